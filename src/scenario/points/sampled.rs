//! Points drawn from ranges: a Sobol sequence or a Latin hypercube.

use serde_json::Value;

use super::sobol::{self, MAX_DIMENSIONS};
use super::{Mistake, Point};
use crate::kernel::streams::{Entity, Purpose, Streams};
use crate::scenario::path::Path;
use crate::scenario::spec::{Range, RangeAxis, Sample, Scale, Sweep};
use crate::scenario::units::parse_duration_ms;

/// A sample over all ranges of a sweep.
#[derive(Clone, Debug)]
pub(super) struct Sampled {
    ranges: Vec<(String, Span)>,
    sample: Sample,
    seed: u64,
    /// Of a Latin hypercube: by range, which slice each point has.
    slices: Vec<Vec<u32>>,
}

/// A range as numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Span {
    low: f64,
    high: f64,
    scale: Scale,
    kind: Kind,
}

/// What the values of a range are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Whole,
    Real,
    /// Milliseconds.
    Duration,
}

impl Sampled {
    /// The sample of a sweep, if it has ranges; mistakes are added.
    pub(super) fn of(sweep: &Sweep, seed: u64, mistakes: &mut Vec<Mistake>) -> Option<Sampled> {
        let mut wrong = |axis: &str, message: &str| mistakes.push((axis.to_owned(), message.to_owned()));
        let sample = match (sweep.sample, sweep.ranges.first()) {
            (None, None) => return None,
            (Some(_), None) => {
                wrong("sample", "there is no range to draw from, such as `path: { from: 2, to: 12 }`");
                return None;
            }
            (None, Some(first)) => {
                wrong(&first.path, "a range needs `sample` beside it, such as `sample: { sobol: 64 }`");
                return None;
            }
            (Some(sample), Some(_)) => sample,
        };
        if matches!(sample, Sample::Sobol(_)) && sweep.ranges.len() > MAX_DIMENSIONS {
            wrong(
                "sample",
                &format!("a Sobol sequence has at most {MAX_DIMENSIONS} ranges here; use latinHypercube"),
            );
        }
        let mut ranges = Vec::new();
        for RangeAxis { path, range } in &sweep.ranges {
            if let Err(error) = path.parse::<Path>() {
                wrong(path, &format!("{error:?}"));
            }
            match Span::of(range) {
                Ok(span) => ranges.push((path.clone(), span)),
                Err(message) => wrong(path, &message),
            }
        }
        let slices = match sample {
            Sample::Sobol(_) => Vec::new(),
            Sample::LatinHypercube(count) => {
                ranges.iter().map(|(path, _)| permutation(seed, path, count)).collect()
            }
        };
        Some(Sampled { ranges, sample, seed, slices })
    }

    pub(super) fn len(&self) -> usize {
        self.sample.count() as usize
    }

    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.ranges.iter().map(|(path, _)| path.as_str())
    }

    /// Adds the values of a place to a point.
    pub(super) fn put(&self, place: usize, point: &mut Point) {
        for (index, (path, span)) in self.ranges.iter().enumerate() {
            let (label, value) = span.at(self.share(index, path, place));
            point.labels.push(label);
            point.values.push((path.clone(), value));
        }
    }

    /// Where in its range a point lies, strictly between 0 and 1.
    fn share(&self, range: usize, path: &str, place: usize) -> f64 {
        let of_axis = Entity::named(path);
        let draw = |entity| Streams::new(self.seed, 0).open(Purpose::SweepPoints, entity).uniform();
        match self.sample {
            // A random shift of all points alike, so that another seed is another sample.
            Sample::Sobol(_) => {
                let shift = (draw(of_axis) * 4_294_967_296.0) as u32;
                (f64::from(sobol::number(range, place as u32) ^ shift) + 0.5) / 4_294_967_296.0
            }
            Sample::LatinHypercube(count) => {
                let within = draw(of_axis.number(place as u64));
                (f64::from(self.slices[range][place]) + within) / f64::from(count)
            }
        }
    }
}

/// Fisher and Yates's shuffle of `0..count` for an axis.
fn permutation(seed: u64, path: &str, count: u32) -> Vec<u32> {
    let mut stream = Streams::new(seed, 1).open(Purpose::SweepPoints, Entity::named(path));
    let mut order: Vec<u32> = (0..count).collect();
    for last in (1..count).rev() {
        order.swap(last as usize, stream.below(last + 1) as usize);
    }
    order
}

impl Span {
    fn of(range: &Range) -> Result<Span, String> {
        let whole = |value: &Value| value.as_i64().map(|whole| whole as f64);
        let (low, high, kind) = match (&range.from, &range.to) {
            (Value::String(from), Value::String(to)) => {
                (parse_duration_ms(from)? as f64, parse_duration_ms(to)? as f64, Kind::Duration)
            }
            (from, to) => match (whole(from).zip(whole(to)), from.as_f64().zip(to.as_f64())) {
                (Some((low, high)), _) => (low, high, Kind::Whole),
                (None, Some((low, high))) => (low, high, Kind::Real),
                _ => {
                    return Err(format!(
                        "a range goes from a number to a number or from a duration to a duration; found {from} and {to}"
                    ));
                }
            },
        };
        if low >= high {
            return Err(format!("a range goes upwards; found {} to {}", range.from, range.to));
        }
        if range.scale == Scale::Log && low <= 0.0 {
            return Err(format!("a logarithmic range begins above 0; found {}", range.from));
        }
        Ok(Span { low, high, scale: range.scale, kind })
    }

    /// The value at a share of the range, as a label and for the scenario. Whole numbers have equal chances.
    fn at(self, share: f64) -> (String, Value) {
        let step = if self.kind == Kind::Real { 0.0 } else { 1.0 };
        let raw = match self.scale {
            Scale::Linear => self.low + share * (self.high - self.low + step),
            Scale::Log => {
                let (low, high) = (libm::log(self.low), libm::log(self.high + step));
                libm::exp(low + share * (high - low))
            }
        };
        match self.kind {
            Kind::Real => {
                // Six digits say enough, and the label is the value.
                let label = format!("{raw:.5e}").parse::<f64>().unwrap_or(raw).clamp(self.low, self.high);
                (label.to_string(), Value::from(label))
            }
            Kind::Whole => {
                let whole = libm::floor(raw).clamp(self.low, self.high) as i64;
                (whole.to_string(), Value::from(whole))
            }
            Kind::Duration => {
                // Over a minute and more nobody needs fractions of a second.
                let unit = if self.high - self.low >= 60_000.0 { 1_000.0 } else { 1.0 };
                let ms = (libm::floor(raw / unit) * unit).clamp(self.low, self.high) as u64;
                let text =
                    if ms.is_multiple_of(1_000) { format!("{}s", ms / 1_000) } else { format!("{ms}ms") };
                (text.clone(), Value::from(text))
            }
        }
    }
}
