//! The event queue: what may still happen, in the order (time, rank, ticket).
//!
//! Four methods are all the rest of the program knows: [`EventQueue::schedule`], [`EventQueue::cancel`],
//! [`EventQueue::next_time`] and [`EventQueue::pop`].

use std::borrow::Borrow;
use std::cmp::Reverse;
use std::hash::{Hash, Hasher};
use std::num::NonZeroU64;

use priority_queue::PriorityQueue;
use rustc_hash::FxBuildHasher;

use super::time::SimTime;

/// The receipt of a scheduled event, with which it can be cancelled. Tickets count up, so among events of one
/// instant and rank the one scheduled first happens first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Ticket(NonZeroU64);

/// Pending events of type `E`, ordered by (time, rank, ticket).
pub struct EventQueue<E> {
    pending: PriorityQueue<Pending<E>, Reverse<(SimTime, u8, Ticket)>, FxBuildHasher>,
    last_ticket: u64,
}

struct Pending<E> {
    ticket: Ticket,
    event: E,
}

impl<E> EventQueue<E> {
    /// An empty queue.
    #[must_use]
    pub fn new() -> Self {
        EventQueue { pending: PriorityQueue::with_hasher(FxBuildHasher), last_ticket: 0 }
    }

    /// Plans `event` for `at`; within one instant smaller ranks come first. O(log n).
    pub fn schedule(&mut self, at: SimTime, rank: u8, event: E) -> Ticket {
        self.last_ticket += 1;
        let ticket = Ticket(NonZeroU64::new(self.last_ticket).unwrap_or(NonZeroU64::MIN));
        self.pending.push(Pending { ticket, event }, Reverse((at, rank, ticket)));
        ticket
    }

    /// Takes a pending event back; `None` if it has happened or was cancelled before. O(log n).
    pub fn cancel(&mut self, ticket: Ticket) -> Option<E> {
        self.pending.remove(&ticket).map(|(pending, _)| pending.event)
    }

    /// The instant of the next event. O(1).
    #[must_use]
    pub fn next_time(&self) -> Option<SimTime> {
        self.pending.peek().map(|(_, Reverse((at, _, _)))| *at)
    }

    /// Removes the next event by (time, rank, ticket). O(log n).
    pub fn pop(&mut self) -> Option<(SimTime, E)> {
        self.pending.pop().map(|(pending, Reverse((at, _, _)))| (at, pending.event))
    }
}

impl<E> Default for EventQueue<E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<E> PartialEq for Pending<E> {
    fn eq(&self, other: &Self) -> bool {
        self.ticket == other.ticket
    }
}

impl<E> Eq for Pending<E> {}

impl<E> Hash for Pending<E> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.ticket.hash(state);
    }
}

impl<E> Borrow<Ticket> for Pending<E> {
    fn borrow(&self) -> &Ticket {
        &self.ticket
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn within_an_instant_rank_decides_then_the_order_of_scheduling() {
        let mut queue = EventQueue::new();
        queue.schedule(SimTime(5), 9, "second of rank 9? no, first");
        queue.schedule(SimTime(5), 9, "second");
        queue.schedule(SimTime(5), 1, "rank 1");
        queue.schedule(SimTime(4), 10, "earlier");
        let order: Vec<_> = std::iter::from_fn(|| queue.pop()).map(|(_, event)| event).collect();
        assert_eq!(order, ["earlier", "rank 1", "second of rank 9? no, first", "second"]);
    }

    #[test]
    fn a_cancelled_event_never_happens_and_cannot_be_cancelled_twice() {
        let mut queue = EventQueue::new();
        let ticket = queue.schedule(SimTime(1), 1, 'a');
        queue.schedule(SimTime(2), 1, 'b');
        assert_eq!(queue.cancel(ticket), Some('a'));
        assert_eq!(queue.cancel(ticket), None);
        assert_eq!(queue.next_time(), Some(SimTime(2)));
        assert_eq!(queue.pop(), Some((SimTime(2), 'b')));
        assert_eq!(queue.pop(), None);
    }

    #[derive(Debug, Clone)]
    enum Step {
        Schedule(u64, u8),
        Cancel(usize),
        Pop,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            3 => (0..20u64, 1..=10u8).prop_map(|(delay, rank)| Step::Schedule(delay, rank)),
            1 => any::<usize>().prop_map(Step::Cancel),
            2 => Just(Step::Pop),
        ]
    }

    proptest! {
        /// The oracle is a sorted map: its first key is the next event.
        #[test]
        fn the_queue_agrees_with_a_sorted_map(steps in prop::collection::vec(step(), 0..400)) {
            let mut queue = EventQueue::new();
            let mut oracle = BTreeMap::new();
            let mut tickets = Vec::new();
            let mut now = 0;
            for (number, step) in steps.into_iter().enumerate() {
                match step {
                    Step::Schedule(delay, rank) => {
                        let ticket = queue.schedule(SimTime(now + delay), rank, number);
                        oracle.insert((SimTime(now + delay), rank, ticket), number);
                        tickets.push((SimTime(now + delay), rank, ticket));
                    }
                    Step::Cancel(pick) if !tickets.is_empty() => {
                        let key = tickets[pick % tickets.len()];
                        prop_assert_eq!(queue.cancel(key.2), oracle.remove(&key));
                    }
                    Step::Cancel(_) => {}
                    Step::Pop => {
                        let expected = oracle.pop_first().map(|((at, _, _), event)| (at, event));
                        prop_assert_eq!(queue.pop(), expected);
                        now = expected.map_or(now, |(at, _)| at.0);
                    }
                }
                prop_assert_eq!(queue.next_time(), oracle.keys().next().map(|key| key.0));
            }
        }
    }
}
