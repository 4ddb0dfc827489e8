//! The points of a sweep: every combination of its axes, made when one is asked for.
//!
//! A sweep is a product of parts: each free axis is one, so are the axes under `zip`, the entries of `list`, and the
//! sample that is drawn from all ranges. A point is a number in mixed radix over them, the last part changing fastest, so
//! that a million points cost no memory.

mod sampled;
mod sobol;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use super::limits::MAX_POINTS;
use super::path::Path;
use super::problem::text::grouped;
use super::spec::{Axis, AxisValue, Sweep};
use sampled::Sampled;

/// A point of a sweep.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Point {
    /// What stands in tables, one for each axis.
    pub labels: Vec<String>,
    /// What is put where.
    pub values: Vec<(String, serde_json::Value)>,
}

/// All points of a sweep; one without labels where nothing is swept.
#[derive(Clone, Debug, Default)]
pub struct Points {
    axes: Vec<String>,
    parts: Vec<Part>,
    count: usize,
}

/// What a sweep is a product of.
#[derive(Clone, Debug)]
enum Part {
    /// Lists of equal length whose values move together.
    Listed(Vec<Axis>),
    /// Draws from ranges.
    Drawn(Sampled),
}

/// What is wrong with a sweep: the axis (empty for the whole), and why.
pub type Mistake = (String, String);

impl Points {
    /// The points of a sweep; `seed` is that of the draws from ranges.
    ///
    /// # Errors
    /// Every mistake: an axis without values, a value twice, lists of unequal length, a range without a sample, more
    /// points than [`MAX_POINTS`].
    pub fn of(sweep: &Sweep, seed: u64) -> Result<Points, Vec<Mistake>> {
        let mut mistakes = Vec::new();
        let list = transposed(&sweep.list).unwrap_or_else(|message| {
            mistakes.push(("list".to_owned(), message));
            Vec::new()
        });
        check_lists(sweep, &list, &mut mistakes);
        let sampled = Sampled::of(sweep, seed, &mut mistakes);
        let mut parts: Vec<Part> = sweep.axes.iter().map(|axis| Part::Listed(vec![axis.clone()])).collect();
        parts.extend(
            [&sweep.zip, &list].into_iter().filter(|axes| !axes.is_empty()).cloned().map(Part::Listed),
        );
        parts.extend(sampled.map(Part::Drawn));
        let lengths = parts.iter().map(|part| part.len() as u128);
        let count = lengths.into_iter().try_fold(1u128, u128::checked_mul).unwrap_or(u128::MAX);
        if count > MAX_POINTS as u128 {
            let (count, most) = (i128::try_from(count).unwrap_or(i128::MAX), MAX_POINTS as i128);
            let message = format!("{} points; a sweep has at most {}", grouped(count), grouped(most));
            mistakes.push((String::new(), message));
        }
        let axes: Vec<String> = parts.iter().flat_map(Part::paths).map(str::to_owned).collect();
        let mut seen = BTreeSet::new();
        if let Some(twice) = axes.iter().find(|path| !seen.insert(path.as_str())) {
            mistakes.push((twice.clone(), "the path is varied twice".to_owned()));
        }
        if mistakes.is_empty() { Ok(Points { axes, parts, count: count as usize }) } else { Err(mistakes) }
    }

    /// The paths of the axes; those that move together are one axis each here too.
    #[must_use]
    pub fn axes(&self) -> &[String] {
        &self.axes
    }

    /// How many.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// The point with this number, from 0.
    ///
    /// # Panics
    /// If there are not so many.
    #[must_use]
    pub fn get(&self, number: usize) -> Point {
        assert!(number < self.count, "point {number} of {}", self.count);
        let mut places = Vec::with_capacity(self.parts.len());
        let mut rest = number;
        for part in self.parts.iter().rev() {
            places.push(rest % part.len());
            rest /= part.len();
        }
        let mut point = Point::default();
        for (part, place) in self.parts.iter().zip(places.into_iter().rev()) {
            part.put(place, &mut point);
        }
        point
    }
}

impl Part {
    fn len(&self) -> usize {
        match self {
            Part::Listed(axes) => axes.first().map_or(0, |axis| axis.values.len()),
            Part::Drawn(sampled) => sampled.len(),
        }
    }

    fn paths(&self) -> Vec<&str> {
        match self {
            Part::Listed(axes) => axes.iter().map(|axis| axis.path.as_str()).collect(),
            Part::Drawn(sampled) => sampled.paths().collect(),
        }
    }

    fn put(&self, place: usize, point: &mut Point) {
        match self {
            Part::Listed(axes) => {
                for axis in axes {
                    point.labels.push(label(&axis.values[place]));
                    point.values.push((axis.path.clone(), axis.values[place].value.clone()));
                }
            }
            Part::Drawn(sampled) => sampled.put(place, point),
        }
    }
}

fn label(value: &AxisValue) -> String {
    match (&value.label, &value.value) {
        (Some(label), _) => label.clone(),
        (None, serde_json::Value::String(text)) => text.clone(),
        (None, other) => other.to_string(),
    }
}

/// Points written one by one as axes that move together.
fn transposed(list: &[Vec<(String, AxisValue)>]) -> Result<Vec<Axis>, String> {
    let paths =
        |entry: &[(String, AxisValue)]| entry.iter().map(|(path, _)| path.clone()).collect::<Vec<_>>();
    let Some(first) = list.first().map(|entry| paths(entry)) else { return Ok(Vec::new()) };
    let sorted = |mut paths: Vec<String>| {
        paths.sort();
        paths
    };
    if let Some(other) = list.iter().position(|entry| sorted(paths(entry)) != sorted(first.clone())) {
        return Err(format!(
            "each entry needs the same paths; the first has {}, entry {} has {}",
            first.join(", "),
            other + 1,
            paths(&list[other]).join(", ")
        ));
    }
    let values = |path: &String| {
        let of = |entry: &Vec<(String, AxisValue)>| {
            entry.iter().find(|(own, _)| own == path).map(|found| found.1.clone())
        };
        list.iter().filter_map(of).collect()
    };
    Ok(first.iter().map(|path| Axis { path: path.clone(), values: values(path) }).collect())
}

fn check_lists(sweep: &Sweep, list: &[Axis], mistakes: &mut Vec<Mistake>) {
    for axis in sweep.axes.iter().chain(&sweep.zip).chain(list) {
        if axis.values.is_empty() {
            mistakes.push((axis.path.clone(), "the axis has no value".to_owned()));
        }
        if let Err(error) = axis.path.parse::<Path>() {
            mistakes.push((axis.path.clone(), format!("{error:?}")));
        }
    }
    for axis in &sweep.axes {
        let mut seen = BTreeSet::new();
        if let Some(twice) = axis.values.iter().map(label).find(|label| !seen.insert(label.clone())) {
            mistakes.push((axis.path.clone(), format!("the value {twice} stands twice")));
        }
    }
    let lengths: Vec<usize> = sweep.zip.iter().map(|axis| axis.values.len()).collect();
    if lengths.windows(2).any(|pair| pair[0] != pair[1]) {
        let message = format!("axes that move together need as many values each; found {lengths:?}");
        mistakes.push(("zip".to_owned(), message));
    }
}
