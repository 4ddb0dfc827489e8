//! What several fields of a scenario must agree on.

mod distributions;

use super::timeline::ItemProblem;
use super::{ArrivalSource, ContainerInstances, Run, RunLength, Scenario, TimelineItem};

/// A mistake and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecProblem {
    /// The path in the file, such as `world.runs[0].arrivals`; empty for the whole file.
    pub path: String,
    /// One sentence.
    pub message: String,
}

impl SpecProblem {
    fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: message.into() }
    }
}

impl Scenario {
    /// Every mistake that the form of single values does not show. Whether names that point elsewhere exist is not
    /// looked at here.
    pub fn problems(&self) -> Vec<SpecProblem> {
        let mut found = Vec::new();
        self.check_times(&mut found);
        for (i, group) in self.aws.container_instances.iter().enumerate() {
            let path = format!("aws.containerInstances[{i}]");
            found.extend(group.mistake().map(|message| SpecProblem::new(path, message)));
        }
        for (i, run) in self.world.runs.iter().enumerate() {
            run.check(&format!("world.runs[{i}]"), &mut found);
        }
        for (i, item) in self.timeline.iter().enumerate() {
            item.check(&format!("timeline[{i}]"), &mut found);
        }
        distributions::check(self, &mut found);
        self.check_experiment(&mut found);
        found
    }

    fn check_times(&self, found: &mut Vec<SpecProblem>) {
        match self.duration {
            RunLength::Ms(length) if self.warm_up.0 >= length => {
                found.push(SpecProblem::new("warmUp", "the warm-up leaves nothing of the duration"));
            }
            RunLength::UntilDone if self.world.runs.is_empty() => {
                found
                    .push(SpecProblem::new("duration", "untilDone waits for world.runs, and there are none"));
            }
            RunLength::UntilDone => {
                for (i, _) in self.world.runs.iter().enumerate().filter(|(_, run)| run.never_ends()) {
                    let path = format!("world.runs[{i}].arrivals");
                    found
                        .push(SpecProblem::new(path, "with duration: untilDone these arrivals need a count"));
                }
            }
            RunLength::Ms(_) => {}
        }
        if let Err(error) = self.starts_at.parse::<jiff::Timestamp>() {
            let message = format!("\"{}\" is no date such as 2026-01-05T00:00:00Z: {error}", self.starts_at);
            found.push(SpecProblem::new("startsAt", message));
        }
    }

    fn check_experiment(&self, found: &mut Vec<SpecProblem>) {
        for (i, objective) in self.experiment.objectives.iter().enumerate() {
            if let Err(message) = objective.target() {
                found.push(SpecProblem::new(format!("experiment.objectives[{i}]"), message));
            }
        }
        let zip = &self.experiment.sweep.zip;
        let lengths_differ = zip.windows(2).any(|pair| pair[0].values.len() != pair[1].values.len());
        if lengths_differ {
            let lengths: Vec<_> = zip.iter().map(|axis| axis.values.len().to_string()).collect();
            let message =
                format!("values that move together must be equally many, these are {}", lengths.join(", "));
            found.push(SpecProblem::new("experiment.sweep.zip", message));
        }
    }
}

impl ContainerInstances {
    /// Whether the group says what its instances are, exactly once.
    fn mistake(&self) -> Option<&'static str> {
        match (&self.instance_type, &self.resources, &self.csv) {
            (Some(_), _, None) | (None, Some(_), None) => {
                let of_a_file = self.columns.is_some() || self.units.is_some() || self.first.is_some();
                let names = self.names.as_ref().map(Vec::len);
                match (of_a_file, self.count, names) {
                    (true, ..) => Some("columns, units and first go with csv"),
                    (false, Some(count), Some(names)) if count as usize != names => {
                        Some("count and the number of names differ; leave count out")
                    }
                    _ => None,
                }
            }
            (None, None, Some(_)) if self.columns.is_none() => {
                Some("a csv needs columns, at least { cpu, memory }")
            }
            (None, None, Some(_)) if self.count.is_some() => {
                Some("with csv the file says how many: use first, not count")
            }
            (None, None, Some(_)) if self.names.is_some() => {
                Some("with csv a column of the file says the names: columns.name")
            }
            (None, None, Some(_)) => None,
            _ => Some("an entry takes instanceType, resources or both, or a csv"),
        }
    }
}

impl Run {
    fn check(&self, path: &str, found: &mut Vec<SpecProblem>) {
        let has_own_duration = match self.arrivals.source() {
            Ok(ArrivalSource::Csv { columns, .. }) => columns.duration.is_some(),
            Ok(_) => false,
            Err(message) => return found.push(SpecProblem::new(format!("{path}.arrivals"), message)),
        };
        if self.duration.is_some() == has_own_duration {
            let message = match has_own_duration {
                true => "the duration is said twice: here and by the columns of the csv",
                false => "the key duration is missing: how long does a task run?",
            };
            found.push(SpecProblem::new(path, message));
        }
        if self.launch_type.is_some() && self.capacity_provider_strategy.is_some() {
            let message = "a run takes launchType or capacityProviderStrategy, not both (RES-10)";
            found.push(SpecProblem::new(path, message));
        }
    }

    /// Whether its arrivals go on as long as time does.
    fn never_ends(&self) -> bool {
        let source = self.arrivals.source();
        self.arrivals.count.is_none()
            && matches!(source, Ok(ArrivalSource::Every(_) | ArrivalSource::Rate(_)))
    }
}

impl TimelineItem {
    fn check(&self, path: &str, found: &mut Vec<SpecProblem>) {
        match self.action() {
            Ok(_) => {}
            Err(ItemProblem::Form(message)) => found.push(SpecProblem::new(path, message)),
            Err(ItemProblem::With(problem)) => {
                let inner = problem.path.map(|inner| format!(".{inner}")).unwrap_or_default();
                found.push(SpecProblem::new(format!("{path}.with{inner}"), problem.message));
            }
        }
        if self.count.is_some() && self.every.is_none() {
            found.push(SpecProblem::new(path, "count goes with every"));
        }
    }
}
