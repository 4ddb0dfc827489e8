//! A scenario read, changed as asked, and expanded to its points.

use std::path::{Path as FilePath, PathBuf};
use std::sync::LazyLock;

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::build::{self, Notes};
use super::document::{Document, Rejected};
use super::formats::FORMATS;
use super::path::Path;
use super::points::Points;
use super::problem::Problem;
use super::schema_check::Schema;
use super::spec::{Objective, Scenario, Target, scenario_schema};
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
    /// The points of its sweep.
    pub points: Points,
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
    /// SHA-256 over [`Plan::canonical`] and, after it, the files of data that it names.
    pub fingerprint: String,
    document: Document,
    seed: Option<u64>,
    /// The instance types of the command line.
    types: Option<TypesFile>,
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
        let points = expand(&document, &scenario, seed.unwrap_or(scenario.seed))
            .map_err(|problems| document.reject(problems))?;
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
        let canonical = document.root().to_json().to_string();
        Ok(Plan {
            name: scenario.name.clone(),
            question: question_of(&document),
            points,
            replications: scenario.experiment.replications,
            objectives: scenario.experiment.objectives.clone(),
            warnings: problems.iter().map(|p| super::problem::plain_line(p, document.sources())).collect(),
            notes,
            fingerprint: fingerprint(&canonical, &document),
            canonical,
            scenario,
            document: bare,
            seed,
            types,
        })
    }

    /// Builds every point of the sweep that `is_wanted`, so that an invalid one is found before the first one runs (F36).
    ///
    /// # Errors
    /// Everything that is wrong with the first wrong point, at its place.
    pub fn check_points(&self, is_wanted: impl Fn(usize) -> bool + Sync) -> Result<(), Rejected> {
        if self.points.axes().is_empty() {
            return Ok(());
        }
        let wanted = (0..self.points.count()).into_par_iter().filter(|point| is_wanted(*point));
        wanted.find_map_first(|point| self.setup(point).err()).map_or(Ok(()), Err)
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
                let labels = self.points.get(point).labels;
                let labels = self.points.axes().iter().zip(&labels);
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
        for (path, value) in &self.points.get(point).values {
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

/// What a result was made from, as one number.
fn fingerprint(canonical: &str, document: &Document) -> String {
    let mut hash = Sha256::new();
    hash.update(canonical);
    for text in document.data_texts() {
        // Hashed apart, so that a text cannot pass for two.
        hash.update(Sha256::digest(text));
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The first comment line, if the file opens with one.
fn question_of(document: &Document) -> Option<String> {
    let text = document.sources().text(document.root().source);
    let first = text.trim_start_matches('\u{feff}').lines().next()?;
    let question = first.strip_prefix('#')?.trim();
    (!question.is_empty()).then(|| question.to_owned())
}

/// The points of the sweep; what is wrong with it at its place.
fn expand(document: &Document, scenario: &Scenario, seed: u64) -> Result<Points, Vec<Problem>> {
    Points::of(&scenario.experiment.sweep, seed).map_err(|mistakes| {
        let problem = |(axis, message): (String, String)| {
            let below = if axis.is_empty() { String::new() } else { format!(".{}", quoted(&axis)) };
            document.error_at(&format!("experiment.sweep{below}"), message)
        };
        mistakes.into_iter().map(problem).collect()
    })
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
