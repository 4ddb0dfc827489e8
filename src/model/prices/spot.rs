//! What Spot capacity of EC2 costs (CST-10): one price for each pool, which is an instance type in a zone.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::kernel::time::{SimDuration, SimTime};
use crate::model::parameters::Parameters;

/// Milliseconds of an hour: a price an hour times milliseconds is so many times too much.
const MS_PER_HOUR: u128 = 3_600_000;

/// What an instance of a Spot pool costs, by time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SpotPrice {
    /// The same at all times, in nano-dollars an hour.
    Constant(u64),
    /// As a series tells it.
    Series(Arc<PriceSeries>),
}

impl SpotPrice {
    /// The price at an instant, in nano-dollars an hour.
    #[must_use]
    pub fn nano_usd_per_hour_at(&self, at: SimTime) -> u64 {
        match self {
            SpotPrice::Constant(price) => *price,
            SpotPrice::Series(series) => series.steps[series.step_at(at)].nano_usd_per_hour,
        }
    }

    /// The exact integral of the price over [`from`, `to`) in nano-dollars an hour × milliseconds, the unit in which bills
    /// are summed; 0 where `to` is not after `from`.
    #[must_use]
    pub fn nano_usd_per_hour_ms_between(&self, from: SimTime, to: SimTime) -> u128 {
        let part = |price: u64, length: SimDuration| u128::from(price) * u128::from(length.0);
        match self {
            SpotPrice::Constant(price) => part(*price, to.since(from)),
            SpotPrice::Series(series) => {
                series.parts_between(from, to).map(|(price, ms)| part(price, ms)).sum()
            }
        }
    }

    /// What an instance costs from `from` to `to`, in whole nano-dollars: the integral of the price, rounded once to the
    /// nearest (CST-13). That a bill is by the second and at least of a minute is the caller's to see to.
    #[must_use]
    pub fn nano_usd_between(&self, from: SimTime, to: SimTime) -> u128 {
        (self.nano_usd_per_hour_ms_between(from, to) + MS_PER_HOUR / 2) / MS_PER_HOUR
    }
}

/// A price that changes at times and holds from each until the next; the last one holds for good.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PriceSeries {
    /// In order of time, each later than the one before; the first is of time zero.
    steps: Vec<PriceStep>,
}

/// A price from a time on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PriceStep {
    /// Since when.
    pub from: SimTime,
    /// The price in nano-dollars an hour.
    pub nano_usd_per_hour: u64,
}

/// Why steps are no series, and at which of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoSeries {
    /// There is none.
    Empty,
    /// The first is later than time zero: until then there is no price.
    StartsLate,
    /// This one is not later than the one before.
    NotLater(usize),
}

impl PriceSeries {
    /// A series of these steps.
    ///
    /// # Errors
    /// If they leave time zero without a price or are not in order.
    pub fn new(steps: Vec<PriceStep>) -> Result<PriceSeries, NoSeries> {
        match steps.first() {
            None => return Err(NoSeries::Empty),
            Some(first) if first.from > SimTime::ZERO => return Err(NoSeries::StartsLate),
            Some(_) => {}
        }
        match steps.windows(2).position(|pair| pair[1].from <= pair[0].from) {
            Some(before) => Err(NoSeries::NotLater(before + 1)),
            None => Ok(PriceSeries { steps }),
        }
    }

    /// The prices that hold in [`from`, `to`), each with how long it does; nothing where `to` is not after `from`.
    pub fn parts_between(&self, from: SimTime, to: SimTime) -> impl Iterator<Item = (u64, SimDuration)> + '_ {
        let steps = &self.steps[self.step_at(from)..];
        let within = steps.iter().enumerate().take_while(move |(_, step)| step.from < to && from < to);
        within.map(move |(index, step)| {
            let until = steps.get(index + 1).map_or(to, |next| next.from.min(to));
            (step.nano_usd_per_hour, until.since(step.from.max(from)))
        })
    }

    /// The same with a constant on top.
    #[must_use]
    pub fn plus(&self, nano_usd_per_hour: u64) -> PriceSeries {
        let more = |step: &PriceStep| PriceStep {
            from: step.from,
            nano_usd_per_hour: step.nano_usd_per_hour + nano_usd_per_hour,
        };
        PriceSeries { steps: self.steps.iter().map(more).collect() }
    }

    /// The step that holds at an instant.
    fn step_at(&self, at: SimTime) -> usize {
        self.steps.partition_point(|step| step.from <= at).saturating_sub(1)
    }
}

/// How the price of Spot capacity is told.
#[derive(Clone, PartialEq, Debug)]
pub enum SpotTerms {
    /// So much less than on demand: 0.65 is 65 percent off.
    Discount(f64),
    /// By itself.
    Price(SpotPrice),
}

/// A pool of Spot capacity.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SpotPool<'a> {
    /// The instance type.
    pub instance_type: &'a str,
    /// The Availability Zone.
    pub zone: &'a str,
    /// The capacity provider or Auto Scaling group that asks.
    pub group: &'a str,
}

/// What is told of Spot prices, and what follows for a pool.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct SpotPrices {
    /// By `type/zone`, by type, and by capacity provider or group.
    pub terms: BTreeMap<String, SpotTerms>,
    /// Prices of the price list for the region, by instance type, in nano-dollars an hour.
    pub listed: BTreeMap<String, u64>,
}

impl SpotPrices {
    /// The price of a pool (CST-10). The most particular that is told holds: of type and zone, of the type,
    /// of the provider or group, of `default`, then the price list, and without any of them the on-demand price less
    /// `ec2_spot_discount`. `None` if it comes down to the on-demand price and there is none.
    #[must_use]
    pub fn of(
        &self,
        pool: SpotPool<'_>,
        on_demand_nano_usd_per_hour: Option<u64>,
        parameters: &Parameters,
    ) -> Option<SpotPrice> {
        let of_pool = format!("{}/{}", pool.instance_type, pool.zone);
        let keys = [of_pool.as_str(), pool.instance_type, pool.group, "default"];
        let less = |discount: f64| {
            on_demand_nano_usd_per_hour.map(|price| SpotPrice::Constant(discounted(price, discount)))
        };
        match keys.into_iter().find_map(|key| self.terms.get(key)) {
            Some(SpotTerms::Price(price)) => Some(price.clone()),
            Some(SpotTerms::Discount(discount)) => less(*discount),
            None => match self.listed.get(pool.instance_type) {
                Some(price) => Some(SpotPrice::Constant(*price)),
                None => less(*parameters.ec2_spot_discount()),
            },
        }
    }
}

/// A price less a discount, to the nearest nano-dollar.
#[must_use]
pub fn discounted(nano_usd_per_hour: u64, discount: f64) -> u64 {
    (nano_usd_per_hour as f64 * (1.0 - discount) + 0.5) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3_600_000;

    fn series(steps: &[(u64, u64)]) -> Result<SpotPrice, NoSeries> {
        let steps =
            steps.iter().map(|(ms, price)| PriceStep { from: SimTime(*ms), nano_usd_per_hour: *price });
        PriceSeries::new(steps.collect()).map(|series| SpotPrice::Series(Arc::new(series)))
    }

    #[test]
    fn a_constant_price_costs_its_time() {
        // 0.0336 USD an hour for 90 minutes: 0.0504 USD
        let price = SpotPrice::Constant(33_600_000);
        assert_eq!(price.nano_usd_between(SimTime(HOUR), SimTime(HOUR * 5 / 2)), 50_400_000);
        assert_eq!(price.nano_usd_between(SimTime(HOUR), SimTime(HOUR)), 0);
        assert_eq!(price.nano_usd_between(SimTime(HOUR), SimTime(0)), 0, "time does not run backwards");
    }

    #[test]
    fn a_series_is_integrated_step_by_step() {
        let price = series(&[(0, 36_000), (HOUR, 72_000), (2 * HOUR, 18_000)]).unwrap();
        // half an hour at 36,000, an hour at 72,000, two at 18,000: 18,000 + 72,000 + 36,000
        assert_eq!(price.nano_usd_between(SimTime(HOUR / 2), SimTime(4 * HOUR)), 126_000);
        // within one step, up to its end, and from its beginning: 1/4 of 72,000
        assert_eq!(price.nano_usd_between(SimTime(HOUR), SimTime(HOUR * 5 / 4)), 18_000);
        assert_eq!(price.nano_usd_between(SimTime(HOUR * 7 / 4), SimTime(2 * HOUR)), 18_000);
        assert_eq!(price.nano_usd_per_hour_at(SimTime(2 * HOUR - 1)), 72_000);
        assert_eq!(price.nano_usd_per_hour_at(SimTime(2 * HOUR)), 18_000);
        assert_eq!(price.nano_usd_per_hour_at(SimTime(99 * HOUR)), 18_000, "the last price holds for good");
    }

    #[test]
    fn the_integral_is_rounded_once_and_not_at_each_step() {
        // 1,000 steps of a second at 1,800 nano-dollars an hour, half a nano-dollar each: 500, not 0 or 1,000
        let steps: Vec<(u64, u64)> = (0..1000).map(|second| (second * 1000, 1800)).collect();
        let price = series(&steps).unwrap();
        assert_eq!(price.nano_usd_between(SimTime(0), SimTime(1_000_000)), 500);
        // the same as one price
        assert_eq!(SpotPrice::Constant(1800).nano_usd_between(SimTime(0), SimTime(1_000_000)), 500);
    }

    #[test]
    fn the_whole_is_the_sum_of_its_parts_to_the_last_digit() {
        let price = series(&[(0, 33_333_333), (7_001, 12_345_679), (90_000, 99_999_999)]).unwrap();
        let between = |from, to| price.nano_usd_per_hour_ms_between(SimTime(from), SimTime(to));
        // 7,001 × 33,333,333 + 82,999 × 12,345,679 + 10,000 × 99,999,999
        assert_eq!(between(0, 100_000), 233_366_664_333 + 1_024_679_011_321 + 999_999_990_000);
        for cut in [0, 1, 7_000, 7_001, 7_002, 89_999, 90_000, 99_999, 100_000] {
            assert_eq!(between(0, cut) + between(cut, 100_000), between(0, 100_000), "cut at {cut}");
        }
    }

    #[test]
    fn the_highest_price_for_a_thousand_years_does_not_overflow() {
        // 1,000,000 USD an hour × 8,760,000 h in nano-dollars
        let price = SpotPrice::Constant(1_000_000_000_000_000);
        let end = SimTime(8_760_000 * HOUR);
        assert_eq!(price.nano_usd_between(SimTime(0), end), 8_760_000_000_000_000_000_000);
    }

    #[test]
    fn steps_that_run_backwards_or_begin_late_are_no_series() {
        assert_eq!(series(&[]), Err(NoSeries::Empty));
        assert_eq!(series(&[(1, 5)]), Err(NoSeries::StartsLate));
        assert_eq!(series(&[(0, 5), (10, 6), (10, 7)]), Err(NoSeries::NotLater(2)));
        assert_eq!(series(&[(0, 5), (10, 6), (9, 7)]), Err(NoSeries::NotLater(2)));
    }

    #[test]
    fn the_most_particular_price_of_a_pool_holds() {
        let terms = [
            ("m5.large/us-east-1a", SpotTerms::Price(SpotPrice::Constant(1))),
            ("m5.large", SpotTerms::Discount(0.5)),
            ("batch", SpotTerms::Price(SpotPrice::Constant(3))),
        ];
        let prices = SpotPrices {
            terms: terms.map(|(key, terms)| (key.to_owned(), terms)).into(),
            listed: [("c5.large".to_owned(), 4)].into(),
        };
        let of = |instance_type, zone, group| {
            let pool = SpotPool { instance_type, zone, group };
            prices.of(pool, Some(96_000_000), &Parameters::default())
        };
        assert_eq!(of("m5.large", "us-east-1a", "batch"), Some(SpotPrice::Constant(1)));
        assert_eq!(
            of("m5.large", "us-east-1b", "batch"),
            Some(SpotPrice::Constant(48_000_000)),
            "half of it"
        );
        assert_eq!(of("c5.large", "us-east-1b", "batch"), Some(SpotPrice::Constant(3)));
        assert_eq!(of("c5.large", "us-east-1b", "web"), Some(SpotPrice::Constant(4)), "the price list");
    }

    #[test]
    fn a_pool_of_which_nothing_is_told_costs_the_on_demand_price_less_the_discount() {
        let prices = SpotPrices::default();
        let pool = SpotPool { instance_type: "m5.large", zone: "us-east-1a", group: "web" };
        // CST-10: 0.096 × (1 − 0.65) = 0.0336 USD an hour
        let price = prices.of(pool, Some(96_000_000), &Parameters::default());
        assert_eq!(price, Some(SpotPrice::Constant(33_600_000)));
        assert_eq!(
            prices.of(pool, None, &Parameters::default()),
            None,
            "without an on-demand price there is none"
        );
    }
}
