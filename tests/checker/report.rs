//! What was looked at, and what was found wrong.

use std::collections::BTreeMap;
use std::fmt;

/// What is checked. The order is that of the printed list.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Check {
    Shape,
    Clock,
    Version,
    Created,
    Rows,
    Messages,
    Fixed,
    Size,
    Placement,
    Room,
    Remaining,
    LastStatus,
    FirstStatus,
    DesiredStatus,
    Timestamps,
    StopReason,
    ContainerOrder,
    ContainerDependency,
    AllStarted,
    TaskHealth,
    MaximumPercent,
    MinimumHealthyPercent,
    SteadyState,
    Replacement,
}

impl Check {
    pub const ALL: [Check; 24] = [
        Check::Shape,
        Check::Clock,
        Check::Version,
        Check::Created,
        Check::Rows,
        Check::Messages,
        Check::Fixed,
        Check::Size,
        Check::Placement,
        Check::Room,
        Check::Remaining,
        Check::LastStatus,
        Check::FirstStatus,
        Check::DesiredStatus,
        Check::Timestamps,
        Check::StopReason,
        Check::ContainerOrder,
        Check::ContainerDependency,
        Check::AllStarted,
        Check::TaskHealth,
        Check::MaximumPercent,
        Check::MinimumHealthyPercent,
        Check::SteadyState,
        Check::Replacement,
    ];

    /// The rule it holds the log against, and what that says. `log` marks what docs/events.md promises of the files.
    pub fn rule(self) -> (&'static str, &'static str) {
        match self {
            Check::Shape => ("log", "a line is an event of docs/events.md"),
            Check::Clock => ("log", "time does not run back, date and ecsim:at_ms agree, ids count"),
            Check::Version => ("log", "versions of a task or instance count from 1"),
            Check::Created => ("log", "a task is created once, a service's by a deployment it has"),
            Check::Rows => ("log", "tasks.csv and events.jsonl tell the same of every task"),
            Check::Messages => ("SVC-1", "the tasks that a service says it started or stopped are those"),
            Check::Fixed => ("RES-6", "a task keeps its definition, group, host and size"),
            Check::Size => ("CON-13", "a service's task reserves what its definition says"),
            Check::Placement => ("INS-4", "a task is placed on an ACTIVE, connected instance of its zone"),
            Check::Room => ("LIF-21", "tasks reserve no more than their instance registered"),
            Check::Remaining => ("INS-2", "remaining resources and task counts of an instance add up"),
            Check::LastStatus => ("LIF-1", "lastStatus moves on and never back"),
            Check::FirstStatus => ("LIF-10", "PROVISIONING is for awsvpc and Fargate"),
            Check::DesiredStatus => {
                ("LIF-2", "desiredStatus becomes STOPPED once, before the task goes down")
            }
            Check::Timestamps => ("LIF-20", "times are in order, come with their status and stay"),
            Check::StopReason => ("LIF-12", "stopCode, stoppedReason and what happened belong together"),
            Check::ContainerOrder => {
                ("CON-11", "containers go PENDING, RUNNING, STOPPED; back only by policy")
            }
            Check::ContainerDependency => ("CON-2", "a container starts after those it depends on"),
            Check::AllStarted => {
                ("LIF-6", "a RUNNING task has started all containers, a STOPPED one runs none")
            }
            Check::TaskHealth => ("CON-8", "the health of a task is the worst of its essential containers"),
            Check::MaximumPercent => ("DEP-3", "a start stays within floor(desired × maximumPercent / 100)"),
            Check::MinimumHealthyPercent => {
                ("DEP-4", "a stop leaves ceil(desired × minimumHealthyPercent / 100) healthy tasks")
            }
            Check::SteadyState => ("SVC-7", "a steady service has its tasks running and healthy"),
            Check::Replacement => ("SVC-2", "a missing task is replaced, or the service says why not"),
        }
    }
}

/// Something wrong.
#[derive(Clone, PartialEq, Debug)]
pub struct Breach {
    pub check: Check,
    pub file: &'static str,
    pub line: usize,
    /// The task, instance or service.
    pub of: String,
    pub found: String,
    pub right: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Breach { check, file, line, of, found, right } = self;
        let text = format!("{file}:{line}: {of}: found {found}; right would be {right} ({})", check.rule().0);
        // Names come from the scenario: none of them steers a terminal.
        text.chars().try_for_each(|letter| match letter.is_control() {
            true => write!(f, "{}", letter.escape_default()),
            false => write!(f, "{letter}"),
        })
    }
}

/// The place that is looked at.
#[derive(Clone, Copy)]
pub struct Place<'p> {
    pub line: usize,
    pub of: &'p str,
}

/// The verdict on a result.
#[derive(Default)]
pub struct Report {
    pub looked_at: BTreeMap<Check, u64>,
    pub breaches: Vec<Breach>,
}

impl Report {
    /// One more look; a breach unless `holds`. `words` says what was found and what would be right.
    pub fn expect<F: Into<String>, R: Into<String>>(
        &mut self,
        check: Check,
        place: Place<'_>,
        holds: bool,
        words: impl FnOnce() -> (F, R),
    ) {
        self.expect_in("events.jsonl", check, place, holds, words);
    }

    /// [`expect`](Report::expect) in another file.
    pub fn expect_in<F: Into<String>, R: Into<String>>(
        &mut self,
        file: &'static str,
        check: Check,
        place: Place<'_>,
        holds: bool,
        words: impl FnOnce() -> (F, R),
    ) {
        *self.looked_at.entry(check).or_insert(0) += 1;
        if !holds {
            let (found, right) = words();
            let (found, right) = (found.into(), right.into());
            let (line, of) = (place.line, place.of.to_owned());
            self.breaches.push(Breach { check, file, line, of, found, right });
        }
    }
}
