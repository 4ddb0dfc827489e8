//! Prices outside the region whose prices are built in, and types that no table knows.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Assembler, deep, guess};
use crate::catalog::fargate::FargatePlatform;
use crate::catalog::instance_types::{HOME_REGION, InstanceTypes};
use crate::catalog::price_list::FargateResource;
use crate::import::yaml::{Content, Item};

/// The same size of the nearest later generation, else of an earlier one: `c5.large` for `c4.large`.
fn like_type(name: &str) -> Option<String> {
    let (family, size) = name.split_once('.')?;
    let letters: String = family.chars().take_while(char::is_ascii_alphabetic).collect();
    let digits: String = family[letters.len()..].chars().take_while(char::is_ascii_digit).collect();
    let generation: u32 = digits.parse().ok()?;
    let later = generation + 1..=9;
    let earlier = (1..generation).rev();
    let mut candidates = later.chain(earlier).map(|generation| format!("{letters}{generation}.{size}"));
    candidates.find(|name| InstanceTypes::built_in().get(name).is_some())
}

impl Assembler<'_> {
    /// What the bill needs and nobody has said: the prices of us-east-1 stand for those of another region.
    pub(super) fn prices(&self) -> Option<Item> {
        if self.region == HOME_REGION {
            return None;
        }
        let usd = |nano: u64| json!(nano as f64 / 1e9);
        let built_in = InstanceTypes::built_in();
        let mut entries: Vec<Value> = Vec::new();
        for name in self.types_used() {
            if let Some(price) = built_in.get(&name).and_then(|kind| kind.on_demand_nano_usd_per_hour) {
                entries.push(json!({ "instanceType": name, "usdPerHour": usd(price) }));
            }
        }
        for platform in self.platforms_used() {
            for resource in [FargateResource::Vcpu, FargateResource::Gb] {
                let Some(price) = resource.built_in_price(Some(platform)) else { continue };
                entries.push(json!({ "fargate": resource.name(), "platform": platform.word(), "usdPerHour": usd(price) }));
            }
            let licence = FargateResource::LicenceVcpu.built_in_price(None);
            if let (FargatePlatform::Windows, Some(price)) = (platform, licence) {
                entries.push(
                    json!({ "fargate": FargateResource::LicenceVcpu.name(), "usdPerHour": usd(price) }),
                );
            }
        }
        if !self.platforms_used().is_empty()
            && let Some(price) = FargateResource::StorageGb.built_in_price(None)
        {
            entries.push(json!({ "fargate": FargateResource::StorageGb.name(), "usdPerHour": usd(price) }));
        }
        if entries.is_empty() {
            return None;
        }
        let note = guess(format!(
            "prices of {HOME_REGION} stand for those of {}, which are not built in",
            self.region
        ));
        let list = Item::of(Value::Array(entries)).noted(note);
        Some(Item::mapping([("list", list)]))
    }

    /// Instance types that the scenario names.
    fn types_used(&self) -> BTreeSet<String> {
        let mut used = BTreeSet::new();
        let mut add = |item: Option<&Item>| used.extend(item.and_then(Item::text).map(str::to_owned));
        for group in self.lists.get("autoScalingGroups").map_or(&[][..], |list| &list.items) {
            add(group.get("InstanceType"));
            let overrides = deep(group, &["MixedInstancesPolicy", "LaunchTemplate", "Overrides"]);
            overrides
                .map(Item::items)
                .unwrap_or_default()
                .iter()
                .for_each(|one| add(one.get("InstanceType")));
            group
                .get("Instances")
                .map(Item::items)
                .unwrap_or_default()
                .iter()
                .for_each(|one| add(one.get("InstanceType")));
        }
        for group in self.lists.get("containerInstances").map_or(&[][..], |list| &list.items) {
            add(group.get("instanceType"));
        }
        used
    }

    /// On what tasks of the scenario can come to run on Fargate; nothing where none can.
    fn platforms_used(&self) -> BTreeSet<FargatePlatform> {
        let says_fargate = |key: &str| {
            let items = self.lists.get(key).map_or(&[][..], |list| &list.items);
            items
                .iter()
                .any(|item| item.to_yaml().contains("FARGATE") || item.get("availabilityZone").is_some())
        };
        let cluster =
            self.gathered.clusters.iter().any(|node| node.to_json().to_string().contains("FARGATE"));
        if !cluster && !says_fargate("services") && !says_fargate("tasks") {
            return BTreeSet::new();
        }
        let definitions = self.lists.get("taskDefinitions").map_or(&[][..], |list| &list.items);
        let platform = |item: &Item| {
            let text =
                |key: &str| deep(item, &["runtimePlatform", key]).and_then(Item::text).unwrap_or_default();
            match (text("operatingSystemFamily").starts_with("WINDOWS"), text("cpuArchitecture") == "ARM64") {
                (true, _) => FargatePlatform::Windows,
                (false, true) => FargatePlatform::LinuxArm,
                (false, false) => FargatePlatform::LinuxX86,
            }
        };
        definitions.iter().map(platform).collect()
    }

    /// The type that a group launches, if a table knows it; else a like one of another generation stands for it.
    pub(super) fn known_type(&self, item: &mut Item) {
        let Some(name) = item.get("InstanceType").and_then(Item::text).map(str::to_owned) else { return };
        let built_in = InstanceTypes::built_in();
        if built_in.get(&name).is_some() {
            return;
        }
        let like = like_type(&name).unwrap_or_else(|| "m5.large".to_owned());
        let why =
            format!("{name} is not in the table of instance types (`ecsim types`): {like} stands for it");
        item.set("InstanceType", Item::of(json!(like)).noted(guess(why)));
    }

    /// Takes types out of a group that no table knows: their size and price would have to be made up.
    pub(super) fn drop_unknown_types(
        &mut self,
        group: &mut Item,
        at: &str,
        origin: crate::scenario::problem::Origin,
    ) {
        let known = |item: &Item| {
            item.get("InstanceType")
                .and_then(Item::text)
                .is_none_or(|name| InstanceTypes::built_in().get(name).is_some())
        };
        let overrides = group
            .get_mut("MixedInstancesPolicy")
            .and_then(|policy| policy.get_mut("LaunchTemplate"))
            .and_then(|template| template.get_mut("Overrides"));
        if let Some(Content::List(overrides)) = overrides.map(|item| &mut item.value) {
            let unknown: Vec<String> = overrides
                .iter()
                .filter(|one| !known(one))
                .filter_map(|one| one.get("InstanceType")?.text().map(str::to_owned))
                .collect();
            overrides.retain(known);
            for name in unknown {
                let message = format!(
                    "{name} is not in the table of instance types (`ecsim types`; `--types` adds to it); it is left out"
                );
                self.gathered.leave_out(origin, format!("{at}: MixedInstancesPolicy"), message);
            }
        }
    }
}
