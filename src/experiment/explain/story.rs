//! A story as data: dated entries, each with its reason; what repeats is folded as it comes.

mod details;

use std::collections::VecDeque;

use serde::Serialize;

pub use self::details::{
    Amounts, Closest, Details, Filter, Limits, Moment, Placement, Step, Stop, TakenPort, ZoneCount,
};
use crate::kernel::time::SimTime;

/// A longer story loses entries between its first ones and its last.
const MOST_ENTRIES: usize = 1_000;
/// How many of the first ones it keeps.
const FIRST_KEPT: usize = 200;
/// How far back equal entries are looked for: things that take turns, such as a start, a crash and a wait.
const FOLD_WITHIN: usize = 64;
/// So many equal entries that do not follow each other stand for themselves; with one more they are one.
const TURNS_SHOWN: usize = 8;

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
    /// The metric of a capacity provider was measured, or its group changed its desired capacity.
    Capacity,
    /// How things stand at an instant.
    State,
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
        // Of one instant, the order between equal entries and others means nothing.
        let same_instant = equals.iter().rev().find(|place| self.entries[**place].last == entry.at);
        let follows = equals.last().filter(|newest| *newest + 1 == self.entries.len());
        let follows = same_instant.or(follows).copied();
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
            _ if follows.is_some() => {
                if let Some(equal) = follows.and_then(|place| self.entries.get_mut(place)) {
                    equal.again(entry);
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
    fn entries_that_take_turns_fold_from_the_ninth_turn_on() {
        let mut story = Story::default();
        let turn = |story: &mut Story, second| {
            let kind = if second % 2 == 0 { Kind::Refused } else { Kind::Waits };
            story.add(entry(second, kind, Some("a")));
        };
        (0..16).for_each(|second| turn(&mut story, second));
        assert_eq!(story.entries().len(), 16, "eight turns of two");
        (16..30).for_each(|second| turn(&mut story, second));
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
