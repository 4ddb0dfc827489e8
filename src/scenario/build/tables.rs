//! The tables that a scenario brings along: instance types, prices, Spot prices over time.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::availability::{CapacitySteps, traces};
use super::{nano_usd, quoted};
use crate::catalog::csv_text::{CsvText, Mistake};
use crate::catalog::fargate::FargatePlatform;
use crate::catalog::instance_types::{InstanceTypes, TypesFile};
use crate::catalog::price_list::{FargateResource, Item, Market, PriceList};
use crate::catalog::units;
use crate::kernel::time::SimTime;
use crate::model::prices::spot::{PriceSeries, PriceStep, SpotPrice, SpotTerms};
use crate::scenario::document::Document;
use crate::scenario::limits::MAX_DURATION_MS;
use crate::scenario::problem::Problem;
use crate::scenario::problem::text::grouped;
use crate::scenario::spec::{
    FargatePlatformName, FargateResourceName, MarketName, PriceEntry, Scenario, TableCurve,
};

/// Reading a series ends after so many mistakes.
const MOST_MISTAKES: usize = 1_000;

/// What a scenario and the command line say of types and prices, over what is built in.
pub(super) struct Tables {
    pub(super) types: Arc<InstanceTypes>,
    pub(super) prices: PriceList,
    /// By the keys of `world.spot`.
    pub(super) spot: BTreeMap<String, SpotTerms>,
    /// What Spot pools can hold over time, by the keys of `world.spot`.
    pub(super) availability: BTreeMap<String, CapacitySteps>,
}

impl Tables {
    /// Reads the files that the scenario names; `over` are the types of the command line, which go over all.
    pub(super) fn load(
        document: &mut Document,
        scenario: &Scenario,
        over: Option<&TypesFile>,
    ) -> Result<Tables, Vec<Problem>> {
        let mut problems = Vec::new();
        let types = types(document, scenario, over).unwrap_or_else(|found| {
            problems.extend(found);
            InstanceTypes::built_in().clone()
        });
        let prices = prices(document, scenario, &types).unwrap_or_else(|found| {
            problems.extend(found);
            PriceList::default()
        });
        let spot = spot(document, scenario).unwrap_or_else(|found| {
            problems.extend(found);
            BTreeMap::new()
        });
        let availability = traces(document, scenario).unwrap_or_else(|found| {
            problems.extend(found);
            BTreeMap::new()
        });
        if problems.is_empty() { Ok(Tables { types, prices, spot, availability }) } else { Err(problems) }
    }
}

fn types(
    document: &mut Document,
    scenario: &Scenario,
    over: Option<&TypesFile>,
) -> Result<Arc<InstanceTypes>, Vec<Problem>> {
    let mut types = InstanceTypes::built_in().clone();
    if let Some(file) = &scenario.world.instance_types {
        let path = "world.instanceTypes";
        let data = document.take_in_data(path, file).map_err(|problem| vec![problem])?;
        let read = TypesFile::read(&data.name, &data.text);
        let read = read.map_err(|mistakes| all(mistakes, |mistake| data.problem(path, mistake)))?;
        types = Arc::new(types.with(&read));
    }
    Ok(over.map_or_else(|| types.clone(), |over| Arc::new(types.with(over))))
}

fn all(mistakes: Vec<Mistake>, problem: impl Fn(Mistake) -> Problem) -> Vec<Problem> {
    mistakes.into_iter().map(problem).collect()
}

fn prices(
    document: &mut Document,
    scenario: &Scenario,
    types: &InstanceTypes,
) -> Result<PriceList, Vec<Problem>> {
    let given = &scenario.world.prices;
    let mut list = PriceList::default();
    if let Some(file) = &given.file {
        let path = "world.prices.file";
        let data = document.take_in_data(path, file).map_err(|problem| vec![problem])?;
        let read = PriceList::read(&data.text);
        list = read.map_err(|mistakes| all(mistakes, |mistake| data.problem(path, mistake)))?;
    }
    let mut problems = Vec::new();
    let mut singles = PriceList::default();
    for (index, entry) in given.list.iter().enumerate() {
        let path = format!("world.prices.list[{index}]");
        let region = entry.region.as_deref().unwrap_or(&scenario.world.region);
        let market = match entry.market.unwrap_or_default() {
            MarketName::OnDemand => Market::OnDemand,
            MarketName::Spot => Market::Spot,
        };
        let item = match item_of(entry, types) {
            Ok(item) => item,
            Err((key, message)) => {
                problems.push(document.error_at(&format!("{path}{key}"), message));
                continue;
            }
        };
        let price = nano_usd(entry.usd_per_hour);
        if singles.set(region, item.clone(), market, price).is_some() {
            let message =
                format!("a second {} price of {} in {region:?} in this list", market.name(), item.words());
            problems.push(document.error_at(&path, message));
        }
        list.set(region, item, market, price);
    }
    if problems.is_empty() { Ok(list) } else { Err(problems) }
}

/// What an entry is the price of, or the key at fault and one sentence.
fn item_of(entry: &PriceEntry, types: &InstanceTypes) -> Result<Item, (&'static str, String)> {
    match (&entry.instance_type, entry.fargate) {
        (Some(_), None) if entry.platform.is_some() => Err((
            ".platform",
            "prices of instance types are those of Linux: leave the platform out".to_owned(),
        )),
        (Some(name), None) => match types.get(name) {
            Some(kind) => Ok(Item::Instance(kind.name.clone())),
            None => Err((".instanceType", unknown_type(types, name))),
        },
        (None, Some(resource)) => {
            let resource = match resource {
                FargateResourceName::Vcpu => FargateResource::Vcpu,
                FargateResourceName::Gb => FargateResource::Gb,
                FargateResourceName::StorageGb => FargateResource::StorageGb,
                FargateResourceName::LicenceVcpu => FargateResource::LicenceVcpu,
            };
            let platform = entry.platform.map(|platform| match platform {
                FargatePlatformName::LinuxX86 => FargatePlatform::LinuxX86,
                FargatePlatformName::LinuxArm => FargatePlatform::LinuxArm,
                FargatePlatformName::Windows => FargatePlatform::Windows,
            });
            Item::fargate(resource, platform).map_err(|message| ("", message))
        }
        _ => Err(("", "a price is of exactly one of instanceType and fargate".to_owned())),
    }
}

/// That there is no such type, with the nearest name.
pub(super) fn unknown_type(types: &InstanceTypes, name: &str) -> String {
    let hint = types.nearest(name).map(|near| format!("; did you mean {near:?}?")).unwrap_or_default();
    format!("unknown instance type {name:?}{hint} (`ecsim types` lists them, `--types` adds to them)")
}

fn spot(document: &mut Document, scenario: &Scenario) -> Result<BTreeMap<String, SpotTerms>, Vec<Problem>> {
    let mut terms = BTreeMap::new();
    let mut problems = Vec::new();
    for (key, pool) in &scenario.world.spot {
        let Some(price) = &pool.price else { continue };
        let path = format!("world.spot.{}.price", quoted(key));
        let read = match (price.discount, price.usd_per_hour, &price.series) {
            (Some(discount), None, None) => Ok(SpotTerms::Discount(discount.0)),
            (None, Some(usd), None) => Ok(SpotTerms::Price(SpotPrice::Constant(nano_usd(usd)))),
            (None, None, Some(curve)) => series(document, curve, &format!("{path}.series"))
                .map(|series| SpotTerms::Price(SpotPrice::Series(Arc::new(series)))),
            _ => {
                let message = "a Spot price is told by exactly one of discount, usdPerHour and series";
                Err(vec![document.error_at(&path, message)])
            }
        };
        match read {
            Ok(read) => drop(terms.insert(key.clone(), read)),
            Err(found) => problems.extend(found),
        }
    }
    if problems.is_empty() { Ok(terms) } else { Err(problems) }
}

/// A series of prices: no time without a price, no time that runs backwards.
fn series(document: &mut Document, curve: &TableCurve, path: &str) -> Result<PriceSeries, Vec<Problem>> {
    let data = document.take_in_data(path, &curve.file).map_err(|problem| vec![problem])?;
    let (steps, mistakes) = match steps(&data.text, curve) {
        Ok(read) => read,
        Err(mistake) => (Vec::new(), vec![mistake]),
    };
    if !mistakes.is_empty() {
        return Err(all(mistakes, |mistake| data.problem(path, mistake)));
    }
    PriceSeries::new(steps).map_err(|why| {
        // Order and beginning are looked at row by row.
        let message = format!("the file has no price ({why:?})");
        vec![data.problem(path, Mistake { start: 0, end: 0, message })]
    })
}

fn steps(text: &str, curve: &TableCurve) -> Result<(Vec<PriceStep>, Vec<Mistake>), Mistake> {
    let csv = CsvText::open(text)?;
    let (time, value) = (csv.required(&[&curve.time])?, csv.required(&[&curve.value])?);
    let unit_ms = curve.unit.ms();
    let mut steps: Vec<PriceStep> = Vec::new();
    let mut before = String::new();
    let mistakes = csv.rows(MOST_MISTAKES, |row| {
        let cell = row.cell(Some(time));
        let ms = units::scaled(cell, unit_ms).filter(|ms| *ms <= MAX_DURATION_MS).ok_or_else(|| {
            let most = grouped(i128::from(MAX_DURATION_MS / unit_ms));
            row.mistake(time, &format!("a time in whole milliseconds from 0 to {most} of its unit"))
        })?;
        let is_later = steps.last().map_or(ms == 0, |last| SimTime(ms) > last.from);
        if !is_later {
            return Err(match steps.last() {
                None => row.mistake(time, "0 in the first row, since before it there is no price"),
                Some(_) => row.mistake(time, &format!("a time after {before}, that of the row before")),
            });
        }
        before = cell.to_owned();
        let price = units::nano_usd(row.cell(Some(value))).filter(|price| *price <= MOST_NANO_USD_PER_HOUR);
        let nano_usd_per_hour = price.ok_or_else(|| {
            row.mistake(
                value,
                "US dollars an hour such as 0.0336 in every row, at most 1000000, in whole nano-dollars",
            )
        })?;
        steps.push(PriceStep { from: SimTime(ms), nano_usd_per_hour });
        Ok(())
    });
    Ok((steps, mistakes))
}

/// What a price may be at most, as in the schema: 1,000,000 USD an hour.
const MOST_NANO_USD_PER_HOUR: u64 = 1_000_000_000_000_000;
