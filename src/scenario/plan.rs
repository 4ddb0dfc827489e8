//! A scenario read, changed as asked, and expanded to its points.

use std::collections::BTreeSet;
use std::path::{Path as FilePath, PathBuf};
use std::sync::LazyLock;

use rayon::prelude::*;

use super::build::{self, Notes};
use super::document::{Document, Rejected};
use super::formats::FORMATS;
use super::limits::MAX_POINTS;
use super::path::Path;
use super::problem::Problem;
use super::problem::text::grouped;
use super::schema_check::Schema;
use super::spec::{Axis, Objective, Scenario, Target, scenario_schema};
use super::tree::{Node, Value};
use crate::catalog::instance_types::TypesFile;
use crate::engine::Setup;
use crate::observe::metrics::MetricName;

/// The scenario that `ecsim run` runs when none is named.
pub const QUICKSTART: &str = include_str!("../../scenarios/quickstart.yaml");
/// The newest version of the scenario format that this program reads.
pub const FORMAT_VERSION: u32 = 1;

/// Where a scenario comes from.
#[derive(Clone, Debug)]
pub enum Source {
    /// A file.
    File(PathBuf),
    /// A scenario that is no file: a name for messages, and the text. It cannot name files.
    Text(String, String),
    /// The quickstart that is part of the program.
    BuiltIn,
}

/// A checked scenario and the points of its sweep.
#[derive(Debug)]
pub struct Plan {
    /// Its name.
    pub name: String,
    /// The question of its first comment line, if it opens with one.
    pub question: Option<String>,
    /// The paths of the sweep's axes; those that move together are one axis each here too.
    pub axes: Vec<String>,
    /// Every combination; one point without labels where nothing is swept.
    pub points: Vec<Point>,
    /// Independent runs of each point.
    pub replications: u32,
    /// What "good" means.
    pub objectives: Vec<Objective>,
    /// What the user should know of the scenario.
    pub warnings: Vec<String>,
    /// What was left out of data files.
    pub notes: Vec<String>,
    /// The scenario as checked.
    pub scenario: Scenario,
    /// The scenario as it was run, all files taken in, as JSON.
    pub canonical: String,
    document: Document,
    seed: Option<u64>,
    /// The instance types of the command line.
    types: Option<TypesFile>,
}

/// A point of a sweep.
#[derive(Clone, Debug, Default)]
pub struct Point {
    /// What stands in tables, one for each axis.
    pub labels: Vec<String>,
    /// What is put where.
    values: Vec<(String, serde_json::Value)>,
}

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| with_formats(Schema::new(scenario_schema())));

/// A schema whose units are judged by the scenario's own readers.
#[must_use]
pub fn with_formats(schema: Schema) -> Schema {
    FORMATS
        .iter()
        .fold(schema, |schema, format| schema.with_format(format.name, format.expects, judge_of(format.name)))
}

/// One function for each format, since the checker takes plain functions.
fn judge_of(name: &str) -> fn(&Node) -> Result<(), String> {
    macro_rules! judge {
        ($($name:literal)*) => {
            match name {
                $($name => |node: &Node| match &node.value {
                    Value::Text(text) => super::formats::judge($name, super::shape::Scalar::Text(text)),
                    _ => Ok(()),
                },)*
                _ => |_: &Node| Ok(()),
            }
        };
    }
    judge!("duration" "fractionalDuration" "size" "rate" "sizeRate" "share" "taskCpu" "taskMemory")
}

impl Plan {
    /// Reads a scenario, puts the overrides (`path=value`) into it, and checks every point of its sweep.
    ///
    /// # Errors
    /// Everything that is wrong, at its place.
    pub fn load(source: &Source, overrides: &[String], seed: Option<u64>) -> Result<Plan, Rejected> {
        Plan::load_with(source, overrides, seed, None)
    }

    /// The same with a file of instance types over those of the scenario.
    ///
    /// # Errors
    /// Everything that is wrong, at its place, in that file too.
    pub fn load_with(
        source: &Source,
        overrides: &[String],
        seed: Option<u64>,
        types: Option<&FilePath>,
    ) -> Result<Plan, Rejected> {
        let mut document = match source {
            Source::File(path) => Document::load(path)?,
            Source::Text(name, text) => Document::from_text(name, text)?,
            Source::BuiltIn => Document::from_text("quickstart.yaml (built in)", QUICKSTART)?,
        };
        document.require_version("ecsim", FORMAT_VERSION).map_err(|problem| {
            let mut problems = document.problems().to_vec();
            problems.push(problem);
            document.reject(problems)
        })?;
        let types = types.map(|file| read_types(&mut document, file)).transpose()?;
        for argument in overrides {
            document.apply_set(argument).map_err(|problems| document.reject(problems))?;
        }
        let (scenario, mut problems) =
            document.deserialize::<Scenario>(&SCHEMA).map_err(|problems| document.reject(problems))?;
        let (axes, points) = expand(&document, &scenario).map_err(|problems| document.reject(problems))?;
        let bare = document.clone();
        let built = build::build(&mut document, &scenario, types.as_ref());
        let (setup, Notes(mut notes), warnings) = built.map_err(|problems| document.reject(problems))?;
        problems.extend(warnings);
        notes.extend(
            types.as_ref().map(|file| format!("{} instance types are those of `{}`", file.len(), file.name)),
        );
        problems.extend(check_objectives(&document, &scenario, &setup));
        if problems.iter().any(Problem::is_error) {
            return Err(document.reject(problems));
        }
        let plan = Plan {
            name: scenario.name.clone(),
            question: question_of(&document),
            axes,
            points,
            replications: scenario.experiment.replications,
            objectives: scenario.experiment.objectives.clone(),
            warnings: problems.iter().map(|p| super::problem::plain_line(p, document.sources())).collect(),
            notes,
            canonical: document.root().to_json().to_string(),
            scenario,
            document: bare,
            seed,
            types,
        };
        // F36: an invalid point is found before the first one runs.
        if !plan.axes.is_empty() {
            let first_wrong =
                (0..plan.points.len()).into_par_iter().find_map_first(|point| plan.setup(point).err());
            first_wrong.map_or(Ok(()), Err)?;
        }
        Ok(plan)
    }

    /// The scenario as it is written, without its sweep.
    ///
    /// # Errors
    /// None that [`Plan::load`] did not find.
    pub fn base_setup(&self) -> Result<Setup, Rejected> {
        self.build(self.document.clone())
    }

    /// The simulation of a point.
    ///
    /// # Errors
    /// None that [`Plan::load`] did not find.
    pub fn setup(&self, point: usize) -> Result<Setup, Rejected> {
        self.build(self.document_at(point)?).map_err(|mut rejected| {
            for problem in &mut rejected.problems {
                let labels = self.axes.iter().zip(&self.points[point].labels);
                let at: Vec<String> = labels.map(|(axis, label)| format!("{axis} = {label}")).collect();
                problem.message = format!("{} (at the point {})", problem.message, at.join(", "));
            }
            rejected
        })
    }

    /// The scenario with the values of a point.
    ///
    /// # Errors
    /// None that [`Plan::load`] did not find.
    pub fn scenario_at(&self, point: usize) -> Result<Scenario, Rejected> {
        let document = self.document_at(point)?;
        let read = document.deserialize::<Scenario>(&SCHEMA);
        read.map(|(scenario, _)| scenario).map_err(|problems| document.reject(problems))
    }

    fn document_at(&self, point: usize) -> Result<Document, Rejected> {
        let mut document = self.document.clone();
        for (path, value) in &self.points[point].values {
            let refuse = |message: String| {
                let at = format!("experiment.sweep.{}", quoted(path));
                self.document.reject(vec![self.document.error_at(&at, message)])
            };
            let parsed: Path = path.parse().map_err(|error| refuse(format!("{error:?}")))?;
            let node = Node::from_json(value, self.document.origin_at("experiment.sweep"));
            document.set(&parsed, node).map_err(|error| {
                let problem = error.into_problem(self.document.origin_at("experiment.sweep").source, 0);
                refuse(format!("{path}: {}", problem.message))
            })?;
        }
        Ok(document)
    }

    fn build(&self, mut document: Document) -> Result<Setup, Rejected> {
        let read = document.deserialize::<Scenario>(&SCHEMA);
        let (scenario, _) = read.map_err(|problems| document.reject(problems))?;
        let built = build::build(&mut document, &scenario, self.types.as_ref());
        let (mut setup, _, _) = built.map_err(|problems| document.reject(problems))?;
        if let Some(seed) = self.seed {
            setup.seed = seed;
        }
        Ok(setup)
    }
}

/// The instance types of a file that the command line names.
fn read_types(document: &mut Document, file: &FilePath) -> Result<TypesFile, Rejected> {
    let data = document.take_in_argument(file)?;
    TypesFile::read(&data.name, &data.text).map_err(|mistakes| {
        let problems = mistakes.into_iter().map(|mistake| data.problem("--types", mistake));
        document.reject(problems.collect())
    })
}

/// The first comment line, if the file opens with one.
fn question_of(document: &Document) -> Option<String> {
    let text = document.sources().text(document.root().source);
    let first = text.trim_start_matches('\u{feff}').lines().next()?;
    let question = first.strip_prefix('#')?.trim();
    (!question.is_empty()).then(|| question.to_owned())
}

/// Every combination of the axes, the last one changing fastest; `zip` is one more axis whose members move together.
fn expand(document: &Document, scenario: &Scenario) -> Result<(Vec<String>, Vec<Point>), Vec<Problem>> {
    let sweep = &scenario.experiment.sweep;
    let mut problems = Vec::new();
    let mut error = |axis: &str, message: String| {
        let below = if axis.is_empty() { String::new() } else { format!(".{}", quoted(axis)) };
        problems.push(document.error_at(&format!("experiment.sweep{below}"), message));
    };
    for axis in sweep.axes.iter().chain(&sweep.zip) {
        if axis.values.is_empty() {
            error(&axis.path, "the axis has no value".to_owned());
        }
        let mut seen = BTreeSet::new();
        let twice = axis.values.iter().map(label).find(|label| !seen.insert(label.clone()));
        let moves_alone = !sweep.zip.iter().any(|zipped| zipped.path == axis.path);
        if let (true, Some(label)) = (moves_alone, twice) {
            error(&axis.path, format!("the value {label} stands twice"));
        }
        if let Err(path_error) = axis.path.parse::<Path>() {
            error(&axis.path, format!("{path_error:?}"));
        }
    }
    let lengths: Vec<usize> = sweep.zip.iter().map(|axis| axis.values.len()).collect();
    if lengths.windows(2).any(|pair| pair[0] != pair[1]) {
        error("zip", format!("axes that move together need as many values each; found {lengths:?}"));
    }
    let free = sweep.axes.iter().map(|axis| axis.values.len() as u128);
    let zipped = lengths.first().map(|length| *length as u128);
    let count = free.chain(zipped).try_fold(1u128, u128::checked_mul).unwrap_or(u128::MAX);
    if count > MAX_POINTS as u128 {
        let (count, most) = (i128::try_from(count).unwrap_or(i128::MAX), MAX_POINTS as i128);
        error("", format!("{} points; a sweep has at most {}", grouped(count), grouped(most)));
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut points = vec![Point::default()];
    for axis in &sweep.axes {
        points = cross(&points, std::slice::from_ref(axis));
    }
    if !sweep.zip.is_empty() {
        points = cross(&points, &sweep.zip);
    }
    let axes = sweep.axes.iter().chain(&sweep.zip).map(|axis| axis.path.clone()).collect();
    Ok((axes, points))
}

/// Each point with each place of the axes, which move together.
fn cross(points: &[Point], axes: &[Axis]) -> Vec<Point> {
    let places = axes.first().map_or(0, |axis| axis.values.len());
    let with = |point: &Point, place: usize| {
        let mut next = point.clone();
        for axis in axes {
            next.labels.push(label(&axis.values[place]));
            next.values.push((axis.path.clone(), axis.values[place].value.clone()));
        }
        next
    };
    points.iter().flat_map(|point| (0..places).map(move |place| with(point, place))).collect()
}

fn label(value: &super::spec::AxisValue) -> String {
    match (&value.label, &value.value) {
        (Some(label), _) => label.clone(),
        (None, serde_json::Value::String(text)) => text.clone(),
        (None, other) => other.to_string(),
    }
}

/// An objective's metric is one that the scenario has.
fn check_objectives(document: &Document, scenario: &Scenario, setup: &Setup) -> Vec<Problem> {
    let names = crate::observe::metrics::metric_names(&setup.cluster);
    let cluster = &setup.cluster.name;
    let mut problems = Vec::new();
    for (index, objective) in scenario.experiment.objectives.iter().enumerate() {
        let of = objective.of.as_ref().unwrap_or(cluster);
        let mean = format!("{}.mean", objective.metric);
        let is_asked = |name: &MetricName| name.metric == objective.metric || name.metric == mean;
        let path = format!("experiment.objectives[{index}]");
        if let Some(name) = names.iter().find(|name| name.of == *of && is_asked(name)) {
            problems.extend(share_above_one(document, objective, name, &path));
            continue;
        }
        let of_entity: Vec<&str> = names.iter().filter(|n| n.of == *of).map(|n| n.metric.as_str()).collect();
        let problem = if of_entity.is_empty() {
            let entities: Vec<&str> = names.iter().map(|name| name.of.as_str()).collect();
            let near = crate::catalog::nearest_spelling(of, entities.iter().copied());
            let hint = near.map(|near| format!("; did you mean {near:?}?")).unwrap_or_default();
            document.error_at(&format!("{path}.of"), format!("nothing named {of:?} has metrics{hint}"))
        } else {
            let near = crate::catalog::nearest_spelling(&objective.metric, of_entity.iter().copied());
            let others: Vec<&str> =
                names.iter().filter(|name| is_asked(name)).map(|name| name.of.as_str()).collect();
            let hint = match (near, &others[..]) {
                (_, [first, ..]) => format!("; {first:?} has one: say whose with `of`"),
                (Some(near), []) => format!("; did you mean {near:?}?"),
                (None, []) => format!("; it has {}", first_few(&of_entity)),
            };
            let message = format!("{of:?} has no metric {:?}{hint}", objective.metric);
            document.error_at(&format!("{path}.metric"), message)
        };
        problems.push(problem);
    }
    problems
}

fn first_few(names: &[&str]) -> String {
    const SHOWN: usize = 12;
    match names.len().saturating_sub(SHOWN) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names[..SHOWN].join(", ")),
    }
}

/// A share that is asked to be more than all: most likely meant in percent.
fn share_above_one(
    document: &Document,
    objective: &Objective,
    name: &MetricName,
    path: &str,
) -> Option<Problem> {
    let (key, bound) = match objective.target().ok()? {
        Target::AtLeast(bound) => ("atLeast", bound),
        Target::AtMost(bound) => ("atMost", bound),
        Target::Goal(_) => return None,
    };
    (name.unit == "share" && bound > 1.0).then(|| {
        let message =
            format!("{bound} is more than all: {} is a share from 0 to 1, and 99.9 % is 0.999", name.metric);
        document.error_at(&format!("{path}.{key}"), message)
    })
}

fn quoted(path: &str) -> String {
    if path.contains('.') { format!("\"{path}\"") } else { path.to_owned() }
}
