//! Axes: from data to a range, ticks at round values, and their labels.

use crate::output::number::{Quantity, grouped};

/// A range of values laid over a range of pixels, with the values that are written beside it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Axis {
    pub low: f64,
    pub high: f64,
    pub ticks: Vec<Tick>,
}

/// A value and what is written beside it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tick {
    pub value: f64,
    pub label: String,
}

impl Axis {
    /// Where a value lies between the pixels `start` (lowest) and `end` (highest); what is outside is set on the edge.
    pub(super) fn place(&self, value: f64, start: f64, end: f64) -> f64 {
        start + ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0) * (end - start)
    }
}

/// An axis for values of a quantity: about `count` ticks, beginning at zero unless the values lie close together far
/// from it, and never beyond 1 for shares that are not.
pub(super) fn value_axis(values: impl Iterator<Item = f64>, quantity: Quantity, count: usize) -> Axis {
    axis_of(values, quantity, count, padded)
}

/// An axis of dots in the plane, where no length from zero is read.
pub(super) fn scatter_axis(values: impl Iterator<Item = f64>, quantity: Quantity, count: usize) -> Axis {
    axis_of(values, quantity, count, |low, high, quantity| match low < high {
        true => with_margin(low, high, quantity),
        false => padded(low, high, quantity),
    })
}

fn axis_of(
    values: impl Iterator<Item = f64>,
    quantity: Quantity,
    count: usize,
    range: fn(f64, f64, Quantity) -> (f64, f64),
) -> Axis {
    let mut whole = true;
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for value in values.filter(|value| value.is_finite()) {
        whole &= value == libm::trunc(value);
        low = low.min(value);
        high = high.max(value);
    }
    let (low, high) = range(low, high, quantity);
    let scale = match quantity {
        Quantity::Seconds => time_unit(high.abs().max(low.abs())).0,
        Quantity::Share => 0.01,
        Quantity::Count | Quantity::Usd => 1.0,
    };
    // A little finer than asked, so that rounding the ends does not leave half the field empty.
    let mut step = round_step(0.7 * (high - low) / scale / count as f64);
    if whole && quantity == Quantity::Count {
        step = step.max(1.0);
    }
    let (first, last) = (libm::floor(low / scale / step + 1e-9), libm::ceil(high / scale / step - 1e-9));
    let decimals = match (quantity, decimals_of(step)) {
        (Quantity::Usd, 1) => 2, // cents come in pairs
        (_, decimals) => decimals,
    };
    let at = |index: f64| Tick {
        value: index * step * scale,
        label: tick_label(index * step, decimals, quantity, high.abs().max(low.abs())),
    };
    let ticks: Vec<Tick> = (0..=(last - first) as usize).map(|index| at(first + index as f64)).collect();
    Axis { low: first * step * scale, high: last * step * scale, ticks }
}

/// The range to show for values between `low` and `high`.
fn padded(low: f64, high: f64, quantity: Quantity) -> (f64, f64) {
    let share = quantity == Quantity::Share && high <= 1.0 && low >= 0.0;
    if low > high || (share && low == high) {
        return (0.0, 1.0);
    }
    if low == high {
        return if high > 0.0 { (0.0, high * 1.2) } else { (low * 1.2, if low == 0.0 { 1.0 } else { 0.0 }) };
    }
    if low >= 0.0 && low < 0.6 * high {
        return (0.0, if share && high > 0.6 { 1.0 } else { high });
    }
    if high <= 0.0 && high > 0.6 * low {
        return (low, 0.0);
    }
    with_margin(low, high, quantity)
}

fn with_margin(low: f64, high: f64, quantity: Quantity) -> (f64, f64) {
    let share = quantity == Quantity::Share && high <= 1.0 && low >= 0.0;
    let margin = (high - low) * 0.05;
    let top = if share { (high + margin).min(1.0) } else { high + margin };
    let bottom = if low >= 0.0 { (low - margin).max(0.0) } else { low - margin };
    (bottom, top)
}

/// The round step (1, 2, 5 times a power of ten) next above `rough`.
fn round_step(rough: f64) -> f64 {
    let power = libm::pow(10.0, libm::floor(libm::log10(rough.max(1e-12))));
    let factor = [1.0, 2.0, 5.0].into_iter().find(|factor| factor * power >= rough * 0.999_999);
    factor.unwrap_or(10.0) * power
}

fn decimals_of(step: f64) -> usize {
    (-libm::floor(libm::log10(step) + 1e-9)).clamp(0.0, 12.0) as usize
}

/// `scaled` is in per cent for shares and in the axis' unit for times.
fn tick_label(scaled: f64, decimals: usize, quantity: Quantity, largest: f64) -> String {
    let number = grouped(scaled, decimals);
    match quantity {
        Quantity::Count => number,
        Quantity::Share => format!("{number} %"),
        Quantity::Seconds => format!("{number} {}", time_unit(largest).1),
        Quantity::Usd => match number.strip_prefix('-') {
            Some(number) => format!("-${number}"),
            None => format!("${number}"),
        },
    }
}

/// The unit in which times up to `largest` seconds are written.
fn time_unit(largest: f64) -> (f64, &'static str) {
    match largest {
        ..300.0 => (1.0, "s"),
        300.0..7200.0 => (60.0, "min"),
        7200.0..172_800.0 => (3600.0, "h"),
        _ => (86_400.0, "d"),
    }
}

/// An axis of simulated time from `from_s` to `to_s` with at most `count` ticks, and the unit its labels are in.
pub(super) fn time_axis(from_s: f64, to_s: f64, count: usize) -> (Axis, &'static str) {
    const MINUTE: f64 = 60.0;
    const HOUR: f64 = 3600.0;
    const DAY: f64 = 86_400.0;
    const STEPS: [f64; 22] = [
        1.0,
        2.0,
        5.0,
        10.0,
        15.0,
        30.0,
        MINUTE,
        2.0 * MINUTE,
        5.0 * MINUTE,
        10.0 * MINUTE,
        15.0 * MINUTE,
        30.0 * MINUTE,
        HOUR,
        2.0 * HOUR,
        3.0 * HOUR,
        6.0 * HOUR,
        12.0 * HOUR,
        DAY,
        2.0 * DAY,
        7.0 * DAY,
        14.0 * DAY,
        28.0 * DAY,
    ];
    let to_s = if to_s > from_s { to_s } else { from_s + 1.0 };
    let rough = (to_s - from_s) / count as f64;
    let longer = || 28.0 * DAY * round_step(rough / (28.0 * DAY));
    let step = STEPS.into_iter().find(|&step| step >= rough * 0.999_999).unwrap_or_else(longer);
    let units = [(DAY, "days"), (HOUR, "hours"), (MINUTE, "minutes"), (1.0, "seconds")];
    let whole = |unit: f64| libm::fmod(step, unit) == 0.0;
    let (unit, name) = units.into_iter().find(|&(unit, _)| whole(unit)).unwrap_or((1.0, "seconds"));
    let (first, last) = (libm::ceil(from_s / step - 1e-9), libm::floor(to_s / step + 1e-9));
    let tick = |index: f64| Tick { value: index * step, label: grouped(index * step / unit, 0) };
    let ticks = (0..=(last - first).max(0.0) as usize).map(|index| tick(first + index as f64)).collect();
    (Axis { low: from_s, high: to_s, ticks }, name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|tick| tick.label.as_str()).collect()
    }

    #[test]
    fn counts_begin_at_zero_and_have_whole_ticks() {
        let axis = value_axis([0.0, 2.0, 1.0].into_iter(), Quantity::Count, 5);
        assert_eq!(labels(&axis), ["0", "1", "2"]);
    }

    #[test]
    fn shares_near_one_are_told_apart_and_end_at_one() {
        let axis = value_axis([0.9990, 0.9996, 1.0].into_iter(), Quantity::Share, 5);
        assert_eq!(axis.high, 1.0);
        assert!(axis.low >= 0.9985 && axis.low <= 0.9990, "{axis:?}");
        assert_eq!(labels(&axis).last(), Some(&"100.00 %"));
    }

    #[test]
    fn a_constant_share_is_seen_against_the_whole() {
        let axis = value_axis([1.0; 5].into_iter(), Quantity::Share, 5);
        assert_eq!(labels(&axis), ["0 %", "20 %", "40 %", "60 %", "80 %", "100 %"]);
    }

    #[test]
    fn all_zero_data_still_has_an_axis() {
        let axis = value_axis([0.0, 0.0].into_iter(), Quantity::Count, 5);
        assert_eq!((axis.low, axis.high), (0.0, 1.0));
    }

    #[test]
    fn a_day_is_ticked_every_three_hours() {
        let (axis, unit) = time_axis(0.0, 86_400.0, 9);
        assert_eq!((labels(&axis), unit), (vec!["0", "3", "6", "9", "12", "15", "18", "21", "24"], "hours"));
    }

    #[test]
    fn two_weeks_are_ticked_in_days_and_ten_minutes_in_minutes() {
        assert_eq!(time_axis(0.0, 14.0 * 86_400.0, 9).1, "days");
        assert_eq!(time_axis(0.0, 600.0, 9).1, "minutes");
        assert_eq!(time_axis(0.0, 20.0, 9).1, "seconds");
    }

    #[test]
    fn costs_and_times_carry_their_unit() {
        let axis = value_axis([0.0, 2400.0].into_iter(), Quantity::Usd, 5);
        assert_eq!(labels(&axis).last(), Some(&"$2,500"));
        let axis = value_axis([0.0, 600.0].into_iter(), Quantity::Seconds, 5);
        assert_eq!(labels(&axis).last(), Some(&"10 min"));
    }

    #[test]
    fn a_place_outside_is_set_on_the_edge() {
        let axis = Axis { low: 0.0, high: 10.0, ticks: vec![] };
        assert_eq!(axis.place(5.0, 100.0, 200.0), 150.0);
        assert_eq!(axis.place(20.0, 100.0, 200.0), 200.0);
    }
}
