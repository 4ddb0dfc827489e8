//! A story as data: dated entries, each with its reason; what repeats is folded as it comes.

use std::collections::VecDeque;

use serde::{Serialize, Serializer};

use crate::kernel::time::SimTime;
use crate::model::Resources;

/// A longer story loses entries between its first ones and its last.
const MOST_ENTRIES: usize = 1_000;
/// How many of the first ones it keeps.
const FIRST_KEPT: usize = 200;
/// How far back equal entries are looked for: things that take turns, such as a start, a crash and a wait.
const FOLD_WITHIN: usize = 24;
/// So many equal entries that do not follow each other stand for themselves; with one more they are one.
const TURNS_SHOWN: usize = 3;
/// How many names an entry lists.
const MOST_NAMES: usize = 12;

/// What happened to one thing, in order.
#[derive(Clone, Debug, Default)]
pub struct Story {
    entries: VecDeque<Entry>,
    /// How many entries were left out.
    pub left_out: u64,
    /// Before which entry they stood.
    gap: usize,
}

/// Something that happened, once or again and again.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// When, or when first.
    pub at: SimTime,
    /// When last.
    pub last: SimTime,
    /// How often.
    pub times: u64,
    /// What kind of thing it is.
    pub kind: Kind,
    /// What happened, in ECS's words.
    pub text: String,
    /// The rules behind it (`ecsim rules`).
    pub rules: Vec<&'static str>,
    /// What is known beside it; of a folded entry, that of the last time.
    pub details: Details,
    /// Entries with the same one are folded; nothing is folded across an entry without.
    fold: Option<String>,
    /// Whether it takes turns with others again and again.
    takes_turns: bool,
}

/// The kinds of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Somebody wants a task.
    Wanted,
    /// No place was found.
    Refused,
    /// A place was found, and the task created.
    Placed,
    /// A task's status moved on.
    Status,
    /// A container started, exited, or did not start.
    Container,
    /// A health check, or what it says of the task, changed.
    Health,
    /// A task was told to stop.
    StopOrdered,
    /// A task has ended.
    Stopped,
    /// Something waits until a time.
    Waits,
    /// Limits keep a service from what it wants.
    Blocked,
    /// A service was made, changed or deleted.
    Service,
    /// A deployment began, completed or ended.
    Deployment,
    /// What ECS writes into the service's event list.
    Message,
    /// An instance, its agent, or its zone changed.
    Instance,
    /// How things stand at an instant.
    State,
}

/// What is known beside the text. What does not apply is left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Details {
    /// How a place was looked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub placement: Option<Placement>,
    /// The limits of a service and where it stands in them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
    /// Until when something waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Moment>,
    /// Stop code and stopped reason as ECS gives them (LIF-11, LIF-12).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop: Option<Stop>,
    /// The tasks that it is about, the first dozen.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<String>,
    /// How many more there are.
    #[serde(skip_serializing_if = "is_zero")]
    pub more_tasks: u64,
    /// How the tasks that are to stop were chosen, the first dozen.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
    /// Sentences.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// An instant, as people and as machines write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment(pub SimTime);

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Shape {
            at: String,
            seconds: f64,
        }
        Shape { at: self.0.to_string(), seconds: self.0.as_secs_f64() }.serialize(serializer)
    }
}

/// How a place was looked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Placement {
    /// How many instances were considered; nothing on Fargate.
    pub considered: Option<usize>,
    /// How many fell at which filter, in the order of the filters (PLC-2).
    pub filters: Vec<Filter>,
    /// What each strategy kept, in their order (PLC-3).
    pub strategies: Vec<Step>,
    /// Among how many equals the choice was made (PLC-9).
    pub equals: Option<usize>,
    /// The instance that was chosen.
    pub chosen: Option<String>,
    /// The zone of the choice.
    pub zone: Option<String>,
    /// The tasks that a spread over zones counted before the choice (PLC-5).
    pub counted: Vec<ZoneCount>,
    /// The instance that came closest (PLC-21).
    pub closest: Option<Closest>,
}

/// Instances that fell at one filter.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Filter {
    /// The reason code of table 5a.
    pub reason: &'static str,
    /// How many.
    pub instances: usize,
}

/// One strategy of the chain.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Step {
    /// As the API writes it.
    pub strategy: String,
    /// The number of the best, where the strategy has one.
    pub best: Option<u64>,
    /// What that number counts.
    pub unit: &'static str,
    /// How many instances are left.
    pub left: usize,
}

/// The tasks of a group in one zone.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ZoneCount {
    /// The zone.
    pub zone: String,
    /// Tasks that are told to run.
    pub tasks: u32,
    /// Of those, the ones of older revisions.
    pub of_older_revisions: u32,
}

/// The closest instance and what it lacks.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Closest {
    /// Its name.
    pub instance: String,
    /// The reason code of the requirement it fails.
    pub reason: &'static str,
    /// What it has left.
    pub free: Amounts,
    /// What the task wants.
    pub wanted: Amounts,
    /// Fixed ports that the task wants and that are taken.
    pub ports: Vec<TakenPort>,
}

/// Resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Amounts {
    /// CPU units.
    pub cpu: u32,
    /// Memory in MiB.
    pub memory_mib: u32,
    /// GPUs.
    pub gpus: u32,
}

impl From<Resources> for Amounts {
    fn from(resources: Resources) -> Self {
        Amounts { cpu: resources.cpu, memory_mib: resources.memory_mib, gpus: resources.gpus }
    }
}

/// A port that is taken.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TakenPort {
    /// `8080/tcp`.
    pub port: String,
    /// The task that holds it; nothing for what the system keeps.
    pub held_by: Option<String>,
}

/// Stop code and reason.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stop {
    /// LIF-11.
    pub code: &'static str,
    /// Table 2a.
    pub reason: String,
}

/// A service in its limits (DEP-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Limits {
    /// Tasks it is to keep.
    pub desired: u32,
    /// Tasks told to run.
    pub active: u32,
    /// Of those, before RUNNING.
    pub pending: u32,
    /// Of those, healthy.
    pub healthy: u32,
    /// Told to stop, and not past STOPPING.
    pub stopping: u32,
    /// Tasks it lacks.
    pub lacking: u32,
    /// Tasks that are to go.
    pub to_go: u32,
    /// Healthy tasks that must stay now.
    pub must_stay_healthy: u32,
    /// Tasks there may be.
    pub at_most: u32,
}

impl Story {
    /// The entries in order of their first time.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = &Entry> + ExactSizeIterator {
        self.entries.iter()
    }

    /// Whether nothing happened.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Before which entry those that were left out stood: a long story loses its middle, that of an instant its
    /// beginning.
    #[must_use]
    pub fn gap(&self) -> usize {
        self.gap
    }

    /// Only the last `count` entries.
    pub(super) fn keep_last(&mut self, count: usize) {
        self.gap = 0;
        let surplus = self.entries.len().saturating_sub(count);
        self.left_out += surplus as u64;
        self.entries.drain(..surplus);
    }

    /// The newest entry, for what becomes known of it afterwards.
    pub(super) fn newest(&mut self) -> Option<&mut Entry> {
        self.entries.back_mut()
    }

    /// Adds an entry, or counts it where an equal one stands: the one before, or one with which it takes turns.
    pub(super) fn add(&mut self, entry: Entry) {
        let equals = self.equals_of(&entry);
        let follows = equals.last().is_some_and(|newest| newest + 1 == self.entries.len());
        // In a round that is folded already, whatever comes back belongs to it.
        let in_turns = self.entries.iter().rev().take(FOLD_WITHIN).any(|entry| entry.takes_turns);
        let turns = equals.iter().any(|place| self.entries[*place].takes_turns)
            || equals.len() >= if in_turns { 2 } else { TURNS_SHOWN };
        match equals.first() {
            Some(first) if turns => {
                let later = equals[1..].iter().rev().filter_map(|place| self.entries.remove(*place));
                let later: Vec<Entry> = later.collect();
                let one = &mut self.entries[*first];
                one.takes_turns = true;
                later.into_iter().rev().chain([entry]).for_each(|entry| one.again(entry));
            }
            Some(_) if follows => {
                if let Some(newest) = self.entries.back_mut() {
                    newest.again(entry);
                }
            }
            _ => {
                self.entries.push_back(entry);
                if self.entries.len() > MOST_ENTRIES {
                    self.entries.remove(FIRST_KEPT);
                    self.left_out += 1;
                    self.gap = FIRST_KEPT;
                }
            }
        }
    }

    /// The places of recent entries that are equal to it, in order.
    fn equals_of(&self, entry: &Entry) -> Vec<usize> {
        if entry.fold.is_none() {
            return Vec::new();
        }
        let recent = self.entries.iter().enumerate().rev().take(FOLD_WITHIN);
        let recent = recent.take_while(|(_, other)| other.fold.is_some());
        let equal = recent.filter(|(_, other)| other.fold == entry.fold && other.kind == entry.kind);
        let mut places: Vec<usize> = equal.map(|(place, _)| place).collect();
        places.reverse();
        places
    }
}

impl Entry {
    /// An entry that stands for itself.
    pub(super) fn new(
        at: SimTime,
        kind: Kind,
        text: impl Into<String>,
        rules: impl IntoIterator<Item = &'static str>,
    ) -> Entry {
        let rules = rules.into_iter().collect();
        let (text, details) = (text.into(), Details::default());
        Entry { at, last: at, times: 1, kind, text, rules, details, fold: None, takes_turns: false }
    }

    /// Folded with entries of the same kind and the same `key`.
    pub(super) fn folding(mut self, key: impl Into<String>) -> Entry {
        self.fold = Some(key.into());
        self
    }

    /// With details.
    pub(super) fn with(mut self, details: Details) -> Entry {
        self.details = details;
        self
    }

    /// With a sentence beside it.
    pub(super) fn fact(mut self, fact: impl Into<String>) -> Entry {
        self.details.facts.push(fact.into());
        self
    }

    /// About this task.
    pub(super) fn about(mut self, task: impl Into<String>) -> Entry {
        self.details.tasks.push(task.into());
        self
    }

    /// As an entry of this kind.
    pub(super) fn of_kind(self, kind: Kind) -> Entry {
        Entry { kind, ..self }
    }

    /// With no more names than an entry lists.
    pub(super) fn trimmed(mut self) -> Entry {
        self.details.trim();
        self
    }

    fn again(&mut self, other: Entry) {
        self.last = other.last;
        self.times += other.times;
        let (names, more) = (std::mem::take(&mut self.details.tasks), self.details.more_tasks);
        let choices = std::mem::take(&mut self.details.choices);
        self.details = other.details;
        self.details.tasks.splice(..0, names);
        self.details.choices.splice(..0, choices);
        self.details.more_tasks += more;
        self.details.trim();
    }
}

impl Details {
    fn trim(&mut self) {
        self.more_tasks += self.tasks.len().saturating_sub(MOST_NAMES) as u64;
        self.tasks.truncate(MOST_NAMES);
        self.choices.truncate(MOST_NAMES);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(second: u64, kind: Kind, key: Option<&str>) -> Entry {
        let entry = Entry::new(SimTime(second * 1000), kind, "text", ["PLC-13"]);
        match key {
            Some(key) => entry.folding(key),
            None => entry,
        }
    }

    fn shape(story: &Story) -> Vec<(Kind, u64, u64, u64)> {
        story.entries().map(|e| (e.kind, e.times, e.at.0 / 1000, e.last.0 / 1000)).collect()
    }

    #[test]
    fn equal_entries_that_follow_each_other_fold() {
        let mut story = Story::default();
        (0..37).for_each(|second| story.add(entry(second, Kind::Refused, Some("a"))));
        assert_eq!(shape(&story), [(Kind::Refused, 37, 0, 36)]);
    }

    #[test]
    fn entries_that_take_turns_fold_from_the_fourth_turn_on() {
        let mut story = Story::default();
        let turn = |story: &mut Story, second| {
            let kind = if second % 2 == 0 { Kind::Refused } else { Kind::Waits };
            story.add(entry(second, kind, Some("a")));
        };
        (0..6).for_each(|second| turn(&mut story, second));
        assert_eq!(story.entries().len(), 6, "three turns of two");
        (6..30).for_each(|second| turn(&mut story, second));
        // 30 entries in turns: 15 of each, the last at 28 s and 29 s
        assert_eq!(shape(&story), [(Kind::Refused, 15, 0, 28), (Kind::Waits, 15, 1, 29)]);
    }

    #[test]
    fn nothing_folds_across_an_entry_that_stands_for_itself() {
        let mut story = Story::default();
        for key in [Some("a"), None, Some("a"), Some("b")] {
            story.add(entry(1, Kind::Refused, key));
        }
        assert_eq!(story.entries().len(), 4);
    }

    #[test]
    fn a_long_story_keeps_its_beginning_and_its_end() {
        let mut story = Story::default();
        (0..5_000).for_each(|second| story.add(entry(second, Kind::Status, None)));
        assert_eq!((story.entries().len(), story.left_out, story.gap()), (1_000, 4_000, 200));
        let seconds: Vec<u64> = story.entries().map(|entry| entry.at.0 / 1000).collect();
        // the first 200, then the last 800 of 0 … 4,999
        assert_eq!((seconds[199], seconds[200], seconds[999]), (199, 4_200, 4_999));
    }

    #[test]
    fn a_folded_entry_lists_a_dozen_tasks_and_counts_the_rest() {
        let mut story = Story::default();
        (0..15).for_each(|n| story.add(entry(n, Kind::Message, Some("x")).about(format!("web#{n}"))));
        let details = &story.entries().next().unwrap().details;
        assert_eq!((details.tasks.len(), details.more_tasks), (12, 3));
        assert_eq!((details.tasks[0].as_str(), details.tasks[11].as_str()), ("web#0", "web#11"));
    }
}
