//! Prices: which of them a scenario needs, and where they come from. A price that is needed and that nobody tells is an
//! error; another region never pays the prices of us-east-1.

use std::collections::{BTreeMap, BTreeSet};

use super::Builder;
use super::tables::unknown_type;
use crate::catalog::fargate::FargatePlatform;
use crate::catalog::instance_types::{HOME_REGION, InstanceType};
use crate::catalog::price_list::{FargateResource, Item, Market};
use crate::engine::setup::CallerBehaviour;
use crate::model::Cluster;
use crate::model::prices::spot::SpotPrices;
use crate::model::prices::{FargatePrice, FargateSpotPrices, Prices};
use crate::model::task::CapacityChoice;
use crate::model::task_definition::{CpuArchitecture, OperatingSystem, TaskDefinition};
use crate::scenario::spec::Call;

impl<'a> Builder<'a> {
    /// The type of this name; that there is none is told at `path`.
    pub(super) fn instance_type(&mut self, name: &str, path: &str) -> Option<&'a InstanceType> {
        let tables = self.tables;
        let Some(kind) = tables.types.get(name) else {
            self.error(path, unknown_type(&tables.types, name));
            return None;
        };
        if kind.architecture.is_mac() {
            self.error(path, format!("{name} is a Mac, and ECS has no container agent for macOS"));
            return None;
        }
        Some(kind)
    }

    /// The on-demand price of a type in the scenario's region, in nano-dollars an hour (CST-9), if anybody tells it.
    pub(super) fn on_demand(&self, kind: &InstanceType) -> Option<u64> {
        let region = &self.scenario.world.region;
        let listed = self.tables.prices.price(region, &Item::Instance(kind.name.clone()), Market::OnDemand);
        listed.or(kind.on_demand_nano_usd_per_hour.filter(|_| region == HOME_REGION))
    }

    /// The same where the bill needs it; that nobody tells it is an error at `path`. `own_price` is the key beside the
    /// type that can hold a price.
    pub(super) fn on_demand_needed(
        &mut self,
        kind: &InstanceType,
        path: &str,
        own_price: Option<&str>,
    ) -> Option<u64> {
        let price = self.on_demand(kind);
        if price.is_none() {
            let (name, region) = (&kind.name, &self.scenario.world.region);
            let mut ways = format!(
                "{}under world.prices.list as {{ instanceType: {name}, usdPerHour: … }}",
                own_price.map(|key| format!("as {key} here, ")).unwrap_or_default()
            );
            ways += match region == HOME_REGION {
                true => ", in world.prices.file or in the file of instance types",
                false => " or in world.prices.file",
            };
            let message = format!(
                "no on-demand price of {name} in {region} is known, and the bill needs it; give it {ways}"
            );
            self.error(path, message);
        }
        price
    }

    /// Prices of Fargate and of Spot. What is not told for the region is 0 until [`Self::fargate_prices_needed`] has
    /// looked whether it is asked for.
    pub(super) fn prices(&mut self) -> Prices {
        let platform = |builder: &Self, platform| FargatePrice {
            nano_usd_per_vcpu_hour: builder.fargate(FargateResource::Vcpu, Some(platform)).unwrap_or(0)
                + match platform {
                    FargatePlatform::Windows => {
                        builder.fargate(FargateResource::LicenceVcpu, None).unwrap_or(0)
                    }
                    FargatePlatform::LinuxX86 | FargatePlatform::LinuxArm => 0,
                },
            nano_usd_per_gb_hour: builder.fargate(FargateResource::Gb, Some(platform)).unwrap_or(0),
        };
        let region = &self.scenario.world.region;
        let of_region = self.tables.prices.of_region(region);
        let listed = of_region.filter_map(|(item, market, price)| match item {
            Item::Instance(name) if market == Market::Spot => Some((name.to_string(), price)),
            Item::Instance(_) | Item::Fargate(..) => None,
        });
        let spot = SpotPrices { terms: self.tables.spot.clone(), listed: listed.collect() };
        let fargate_spot = self.fargate_spot_prices();
        Prices {
            linux_x86: platform(self, FargatePlatform::LinuxX86),
            linux_arm: platform(self, FargatePlatform::LinuxArm),
            windows: platform(self, FargatePlatform::Windows),
            storage_nano_usd_per_gb_hour: self.fargate(FargateResource::StorageGb, None).unwrap_or(0),
            fargate_spot,
            spot,
        }
    }

    /// The on-demand price of a resource of Fargate in the scenario's region, if anybody tells it (CST-3 to CST-6).
    fn fargate(&self, resource: FargateResource, platform: Option<FargatePlatform>) -> Option<u64> {
        let region = &self.scenario.world.region;
        let listed = self.tables.prices.price(region, &Item::Fargate(resource, platform), Market::OnDemand);
        listed.or_else(|| resource.built_in_price(platform).filter(|_| region == HOME_REGION))
    }

    /// CST-7: what the price list says of Fargate Spot, of a platform both vCPU and memory or nothing.
    fn fargate_spot_prices(&mut self) -> FargateSpotPrices {
        let (region, tables) = (&self.scenario.world.region, self.tables);
        let listed = |resource, platform| {
            tables.prices.price(region, &Item::Fargate(resource, platform), Market::Spot)
        };
        let mut of = |platform: FargatePlatform| {
            let vcpu = listed(FargateResource::Vcpu, Some(platform));
            let gb = listed(FargateResource::Gb, Some(platform));
            if vcpu.is_some() != gb.is_some() {
                let (there, lacking) = if vcpu.is_some() { ("vcpu", "gb") } else { ("gb", "vcpu") };
                let name = platform.name();
                let message = format!(
                    "Fargate Spot on {name} has a price of {there} in {region} and none of {lacking}; give both, or none \
                     for fargate_spot_discount"
                );
                self.error("world.prices", message);
            }
            let (nano_usd_per_vcpu_hour, nano_usd_per_gb_hour) = (vcpu?, gb?);
            Some(FargatePrice { nano_usd_per_vcpu_hour, nano_usd_per_gb_hour })
        };
        let (linux_x86, linux_arm) = (of(FargatePlatform::LinuxX86), of(FargatePlatform::LinuxArm));
        let windows = of(FargatePlatform::Windows);
        let licence = listed(FargateResource::LicenceVcpu, None);
        if windows.is_some() || licence.is_some() {
            self.error(
                "world.prices",
                "Fargate has no Spot capacity for Windows (SIZ-4), so it has no price",
            );
        }
        let storage_nano_usd_per_gb_hour = listed(FargateResource::StorageGb, None);
        FargateSpotPrices { linux_x86, linux_arm, storage_nano_usd_per_gb_hour }
    }

    /// Where tasks can come to run on Fargate, every price that their size asks for is told.
    pub(super) fn fargate_prices_needed(&mut self, cluster: &Cluster, callers: &[Option<CallerBehaviour>]) {
        let mut missing = BTreeSet::new();
        for (platform, with_storage) in self.platforms_on_fargate(cluster, callers) {
            let mut asked =
                vec![(FargateResource::Vcpu, Some(platform)), (FargateResource::Gb, Some(platform))];
            if platform == FargatePlatform::Windows {
                asked.push((FargateResource::LicenceVcpu, None));
            }
            if with_storage {
                asked.push((FargateResource::StorageGb, None));
            }
            missing.extend(asked.into_iter().filter(|(resource, of)| self.fargate(*resource, *of).is_none()));
        }
        if missing.is_empty() {
            return;
        }
        let entry = |(resource, platform): (FargateResource, Option<FargatePlatform>)| {
            let platform = platform.map(|platform| format!(", platform: {}", platform.word()));
            format!("{{ fargate: {}{}, usdPerHour: … }}", resource.name(), platform.unwrap_or_default())
        };
        let entries: Vec<String> = missing.into_iter().map(entry).collect();
        let region = &self.scenario.world.region;
        let message = format!(
            "no prices of Fargate in {region} are known, and the bill needs them; give under world.prices.list, or in \
             world.prices.file: {}",
            entries.join(", ")
        );
        self.error("world.region", message);
    }

    /// The platforms whose tasks can come to run on Fargate, and whether one of them has storage above what is included:
    /// those of services and callers that ask for it, and all that fit where later requests can choose among them.
    fn platforms_on_fargate(
        &self,
        cluster: &Cluster,
        callers: &[Option<CallerBehaviour>],
    ) -> BTreeMap<FargatePlatform, bool> {
        let asks =
            |choices: &[CapacityChoice]| choices.iter().any(|one| one.capacity.fargate_pool().is_some());
        let services = cluster.services.iter().map(|service| &service.settings);
        let services =
            services.filter(|settings| asks(&settings.capacity)).filter_map(|of| of.task_definition);
        let callers = callers.iter().flatten().filter(|caller| asks(&caller.capacity));
        let named: BTreeSet<_> = services.chain(callers.map(|caller| caller.task_definition)).collect();
        let calls = || {
            let calls = self.scenario.timeline.iter().filter_map(|item| Some((item.call?, &item.with)));
            calls.map(|(call, with)| (call, serde_json::to_string(with).unwrap_or_default()))
        };
        let by_default = asks(&cluster.default_capacity) && calls().next().is_some();
        if named.is_empty() && !by_default && !calls().any(|(_, with)| with.contains("FARGATE")) {
            return BTreeMap::new();
        }
        let can_choose = calls().any(|(_, with)| with.contains("taskDefinition"));
        let storage_later = calls().any(|(_, with)| with.contains("ephemeralStorage"));
        let mut platforms = BTreeMap::new();
        let mut add =
            |platform, with_storage| *platforms.entry(platform).or_insert(storage_later) |= with_storage;
        for (index, definition) in cluster.task_definitions.iter().enumerate() {
            let is_named = named.iter().any(|id| id.index() == index);
            if is_named || can_choose && definition.fits_fargate {
                add(platform_of(definition), definition.extra_storage_gib > 0);
            }
        }
        for (_, with) in calls().filter(|(call, _)| *call == Call::RegisterTaskDefinition) {
            let platform = match (with.contains("WINDOWS"), with.contains("ARM64")) {
                (true, _) => FargatePlatform::Windows,
                (false, true) => FargatePlatform::LinuxArm,
                (false, false) => FargatePlatform::LinuxX86,
            };
            add(platform, false);
        }
        platforms
    }

    /// Types of the price list that nothing here knows are most likely misspelt; told once.
    pub(super) fn warn_of_unknown_priced_types(&mut self) {
        let region = &self.scenario.world.region;
        let types = &self.tables.types;
        let unknown: BTreeSet<&str> = self
            .tables
            .prices
            .of_region(region)
            .filter_map(|(item, ..)| match item {
                Item::Instance(name) if types.get(name).is_none() => Some(&**name),
                Item::Instance(_) | Item::Fargate(..) => None,
            })
            .collect();
        let Some(first) = unknown.first() else { return };
        let hint = types.nearest(first).map(|near| format!("; did you mean {near}?")).unwrap_or_default();
        let message = format!(
            "{} instance types with a price are in no table of types, such as {first}{hint}; their prices are not used",
            unknown.len()
        );
        self.warn("world.prices.file", message);
    }
}

fn platform_of(definition: &TaskDefinition) -> FargatePlatform {
    match (definition.operating_system, definition.architecture) {
        (OperatingSystem::Windows, _) => FargatePlatform::Windows,
        (OperatingSystem::Linux, CpuArchitecture::X86_64) => FargatePlatform::LinuxX86,
        (OperatingSystem::Linux, CpuArchitecture::Arm64) => FargatePlatform::LinuxArm,
    }
}
