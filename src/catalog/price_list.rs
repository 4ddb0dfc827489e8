//! Prices of a scenario's own: by region, for EC2 types and the resources of Fargate, on demand and Spot.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::csv_text::{CsvText, Mistake, Row};
use super::fargate::{EPHEMERAL_STORAGE_NANO_USD_PER_GIB_HOUR, FargatePlatform, on_demand_price};
use super::instance_types::words;
use super::{instance_types, nearest_spelling};

/// Reading a file ends after so many mistakes.
const MOST_MISTAKES: usize = 1_000;

words! {
    /// How capacity is bought.
    Market {
        /// At the list price, for as long as it is wanted.
        OnDemand = "on-demand",
        /// At a price that moves, until it is reclaimed.
        Spot = "spot",
    }
}

words! {
    /// What Fargate charges for.
    FargateResource {
        /// A vCPU for an hour.
        Vcpu = "vcpu",
        /// A GB of memory for an hour.
        Gb = "gb",
        /// A GB of ephemeral storage above 20 GB for an hour; the same on all platforms.
        StorageGb = "storage-gb",
        /// The licence of Windows for a vCPU and hour.
        LicenceVcpu = "licence-vcpu",
    }
}

impl FargateResource {
    /// What it costs on demand in us-east-1 by the built-in prices, in nano-dollars an hour (CST-3 to CST-6).
    pub fn built_in_price(self, platform: Option<FargatePlatform>) -> Option<u64> {
        Some(match self {
            FargateResource::Vcpu => on_demand_price(platform?).nano_usd_per_vcpu_hour,
            FargateResource::Gb => on_demand_price(platform?).nano_usd_per_gib_hour,
            FargateResource::LicenceVcpu => {
                on_demand_price(FargatePlatform::Windows).licence_nano_usd_per_vcpu_hour
            }
            FargateResource::StorageGb => EPHEMERAL_STORAGE_NANO_USD_PER_GIB_HOUR,
        })
    }
}

/// What has a price.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Item {
    /// An hour of an instance of this type, under Linux.
    Instance(Arc<str>),
    /// A resource of Fargate on a platform; storage and licence have none.
    Fargate(FargateResource, Option<FargatePlatform>),
}

impl Item {
    /// A Fargate resource with the platform that it needs.
    ///
    /// # Errors
    /// One sentence, if the platform is missing or too much.
    pub fn fargate(resource: FargateResource, platform: Option<FargatePlatform>) -> Result<Item, String> {
        let per_platform = matches!(resource, FargateResource::Vcpu | FargateResource::Gb);
        let words = FargatePlatform::ALL.map(FargatePlatform::word).join(", ");
        match platform {
            None if per_platform => {
                Err(format!("Fargate's {} needs a platform: one of {words}", resource.name()))
            }
            Some(_) if !per_platform => Err(format!(
                "Fargate's {} is the same on all platforms: leave the platform out",
                resource.name()
            )),
            _ => Ok(Item::Fargate(resource, platform)),
        }
    }

    /// What it is, for messages.
    pub fn words(&self) -> String {
        match self {
            Item::Instance(name) => name.to_string(),
            Item::Fargate(resource, None) => format!("Fargate {}", resource.name()),
            Item::Fargate(resource, Some(platform)) => {
                format!("Fargate {} on {}", resource.name(), platform.name())
            }
        }
    }
}

/// Prices by region, thing and market, in nano-dollars an hour.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PriceList {
    prices: BTreeMap<(String, Item, Market), u64>,
}

impl PriceList {
    /// Reads a CSV text with the columns `region`, `item` (an instance type, or `fargate-` with a resource),
    /// `platform` (of Fargate's vCPUs and memory), `market` (without it: on demand) and `usd_per_hour`; others are left
    /// alone.
    ///
    /// # Errors
    /// Every mistake with its place.
    pub fn read(text: &str) -> Result<PriceList, Vec<Mistake>> {
        let csv = CsvText::open(text).map_err(|mistake| vec![mistake])?;
        let one = |mistake| vec![mistake];
        let region = csv.required(&["region"]).map_err(one)?;
        let item = csv.required(&["item", "instance_type"]).map_err(one)?;
        let usd = csv.required(&["usd_per_hour"]).map_err(one)?;
        let platform = csv.column(&["platform"]).map_err(one)?;
        let market = csv.column(&["market"]).map_err(one)?;
        let mut list = PriceList::default();
        let mut starts = BTreeMap::new();
        let mistakes = csv.rows(MOST_MISTAKES, |row| {
            if row.cell(Some(region)).is_empty() {
                return Err(row.mistake(region, "a region such as us-east-1"));
            }
            let of_market = match market.filter(|_| !row.cell(market).is_empty()) {
                Some(place) => instance_types::word(row, place, Market::of, Market::ALL, Market::name)?,
                None => Market::OnDemand,
            };
            let key = (row.cell(Some(region)).to_owned(), item_of(row, item, platform)?, of_market);
            if let Some(first) = starts.insert(key.clone(), row.start()) {
                let first = row.line_of(first);
                let (region, item, market) = &key;
                let (item, market) = (item.words(), market.name());
                let message =
                    format!("a second {market} price of {item} in {region}; the first is in line {first}");
                return Err(row.whole(message));
            }
            list.prices.insert(key, instance_types::usd(row, usd)?);
            Ok(())
        });
        if mistakes.is_empty() { Ok(list) } else { Err(mistakes) }
    }

    /// The price, if the list has it.
    pub fn price(&self, region: &str, item: &Item, market: Market) -> Option<u64> {
        self.prices.get(&(region.to_owned(), item.clone(), market)).copied()
    }

    /// Puts a price over what the list says; the price that it replaces.
    pub fn set(&mut self, region: &str, item: Item, market: Market, nano_usd_per_hour: u64) -> Option<u64> {
        self.prices.insert((region.to_owned(), item, market), nano_usd_per_hour)
    }

    /// Every price of a region.
    pub fn of_region<'l>(&'l self, region: &'l str) -> impl Iterator<Item = (&'l Item, Market, u64)> {
        let of = self.prices.iter().filter(move |((own, ..), _)| own == region);
        of.map(|((_, item, market), price)| (item, *market, *price))
    }
}

fn item_of(row: &Row<'_>, item: usize, platform: Option<usize>) -> Result<Item, Mistake> {
    let cell = row.cell(Some(item));
    let Some(resource) = cell.strip_prefix("fargate-") else {
        let is_type =
            cell.split_once('.').is_some_and(|(family, size)| !family.is_empty() && !size.is_empty());
        let resources = FargateResource::ALL.iter().map(|resource| format!("fargate-{}", resource.name()));
        let resources: Vec<String> = resources.collect();
        let near = nearest_spelling(cell, resources.iter().map(String::as_str));
        let hint = near.map(|near| format!(" (did you mean {near}?)")).unwrap_or_default();
        let expected = format!("an instance type such as m5.large, or {}{hint}", resources.join(", "));
        return match (is_type, platform.filter(|place| !row.cell(Some(*place)).is_empty())) {
            (false, _) => Err(row.mistake(item, &expected)),
            (true, Some(place)) => Err(row.mistake(place, "no platform: EC2 prices are those of Linux")),
            (true, None) => Ok(Item::Instance(cell.into())),
        };
    };
    let Some(resource) = FargateResource::of(resource) else {
        let names: Vec<&str> = FargateResource::ALL.iter().map(|resource| resource.name()).collect();
        return Err(row.mistake(item, &format!("fargate- and one of {}", names.join(", "))));
    };
    let of_platform = match platform.filter(|place| !row.cell(Some(*place)).is_empty()) {
        None => None,
        Some(place) => {
            let all = &FargatePlatform::ALL;
            Some(instance_types::word(row, place, FargatePlatform::of, all, FargatePlatform::word)?)
        }
    };
    Item::fargate(resource, of_platform).map_err(|message| row.whole(message))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "region,item,platform,market,usd_per_hour,as_of\n\
                        eu-west-1,m5.large,,,0.107,2026-07\n\
                        eu-west-1,m5.large,,spot,0.0401,2026-07\n\
                        eu-west-1,fargate-vcpu,linux-arm64,on-demand,0.03238,2026-07\n\
                        eu-west-1,fargate-storage-gb,,,0.000122,2026-07\n";

    #[test]
    fn a_price_is_found_by_region_thing_and_market() {
        let list = PriceList::read(TEXT).unwrap();
        let m5 = Item::Instance("m5.large".into());
        assert_eq!(list.price("eu-west-1", &m5, Market::OnDemand), Some(107_000_000));
        assert_eq!(list.price("eu-west-1", &m5, Market::Spot), Some(40_100_000));
        assert_eq!(list.price("us-east-1", &m5, Market::OnDemand), None);
        let vcpu = Item::fargate(FargateResource::Vcpu, Some(FargatePlatform::LinuxArm)).unwrap();
        assert_eq!(list.price("eu-west-1", &vcpu, Market::OnDemand), Some(32_380_000));
        assert_eq!(list.of_region("eu-west-1").count(), 4);
    }

    #[test]
    fn what_a_price_file_says_wrongly_is_named_at_its_place() {
        let refused = |row: &str| {
            let text = format!("region,item,platform,market,usd_per_hour\n{row}\n");
            let mistake = PriceList::read(&text).unwrap_err().remove(0);
            (text[mistake.start..mistake.end].to_owned(), mistake.message)
        };
        let (place, message) = refused("eu-west-1,m5.large,,spto,0.1");
        assert_eq!((place.as_str(), message.contains("did you mean spot?")), ("spto", true), "{message}");
        let (place, message) = refused("eu-west-1,m5large,,,0.1");
        assert_eq!((place.as_str(), message.contains("fargate-vcpu")), ("m5large", true), "{message}");
        let (_, message) = refused("eu-west-1,fargate-gb,,,0.1");
        assert_eq!(
            message,
            "Fargate's gb needs a platform: one of linux-x86_64, linux-arm64, windows-x86_64"
        );
        let (place, _) = refused("eu-west-1,m5.large,,,0.1 USD");
        assert_eq!(place, "0.1 USD");
        let (place, _) = refused(",m5.large,,,0.1");
        assert_eq!(place, "");
        let (_, message) = refused("eu-west-1,m5.large,,,0.1\neu-west-1,m5.large,,on-demand,0.2");
        assert_eq!(message, "a second on-demand price of m5.large in eu-west-1; the first is in line 2");
    }
}
