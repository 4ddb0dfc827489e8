//! The event queue with 1,000, 100,000 and 1,000,000 events pending.

use std::cell::RefCell;
use std::hint::black_box;
use std::time::Duration;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput};
use ecsim::engine::event::Event;
use ecsim::kernel::dist::Distribution;
use ecsim::kernel::queue::{EventQueue, Ticket};
use ecsim::kernel::time::{SimDuration, SimTime};

const PENDING: [u32; 3] = [1_000, 100_000, 1_000_000];
/// Operations between two readings of the clock, so that reading it does not count.
const BATCH: u32 = 500;
/// Delays are drawn before the clock runs and used in turn.
const DELAYS: usize = 1 << 16;

/// A queue whose events carry the number under which their ticket is kept.
struct Hold {
    queue: EventQueue<Event>,
    tickets: Vec<Ticket>,
    /// Numbers that no pending event has.
    free: Vec<u32>,
    delays: Vec<SimDuration>,
    now: SimTime,
    /// Steps of the golden ratio: picks that no processor guesses, the same in every run.
    bits: u64,
}

impl Hold {
    fn new(pending: u32) -> Hold {
        let law = Distribution::exponential(3_600_000.0).expect("a mean above 0");
        let share = |n: usize| (n as f64 + 0.5) / DELAYS as f64;
        // An odd step visits every share once, in no order that helps the heap.
        let delays = (0..DELAYS).map(|n| SimDuration(law.draw_ms(share(n * 40_503 % DELAYS)))).collect();
        let mut queue = EventQueue::new();
        let none = queue.schedule(SimTime::ZERO, 1, Event::TimelineIsDue(0));
        queue.cancel(none);
        let tickets = vec![none; pending as usize];
        let mut hold =
            Hold { queue, tickets, free: (0..pending).collect(), delays, now: SimTime::ZERO, bits: 0 };
        hold.fill();
        hold
    }

    fn pick(&mut self, below: u32) -> u32 {
        self.bits = self.bits.wrapping_add(0x9e37_79b9_7f4a_7c15);
        ((u128::from(self.bits) * u128::from(below)) >> 64) as u32
    }

    fn push(&mut self, number: u32) {
        let pick = self.pick(DELAYS as u32) as usize;
        let delay = self.delays[pick];
        let event = Event::TimelineIsDue(number);
        self.tickets[number as usize] = self.queue.schedule(self.now + delay, event.rank(), event);
    }

    fn pop(&mut self) -> u32 {
        let Some((at, Event::TimelineIsDue(number))) = self.queue.pop() else {
            unreachable!("as many events are pending as were pushed")
        };
        self.now = at;
        number
    }

    /// Pushes until every number is pending.
    fn fill(&mut self) {
        while let Some(number) = self.free.pop() {
            self.push(number);
        }
    }

    /// `BATCH` pending events, spread over all.
    fn some_pending(&mut self) -> Vec<u32> {
        let all = self.tickets.len() as u32;
        let first = self.pick(all);
        (0..BATCH).map(|n| (first + n * (all / BATCH)) % all).collect()
    }

    fn cancel(&mut self, number: u32) {
        black_box(self.queue.cancel(self.tickets[number as usize]));
    }

    /// The hold model: an event happens and another is planned; each tenth time one that is pending is planned anew.
    fn turn(&mut self) {
        let number = self.pop();
        self.push(number);
        if number.is_multiple_of(10) {
            let other = self.pick(self.tickets.len() as u32);
            self.cancel(other);
            self.push(other);
        }
    }
}

/// One turn is a pop, a push, and a tenth of a cancellation with its own push.
pub fn hold_model(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("queue/hold");
    for pending in PENDING {
        let mut hold = Hold::new(pending);
        group.bench_function(BenchmarkId::from_parameter(pending), |bencher| bencher.iter(|| hold.turn()));
    }
    group.finish();
}

/// Pushes, pops and cancellations alone, in batches of `BATCH` that begin with so many pending.
pub fn single_operations(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("queue");
    group.throughput(Throughput::Elements(u64::from(BATCH)));
    group.sample_size(20).measurement_time(Duration::from_secs(3));
    for pending in PENDING {
        // Set-up and routine take turns with the same queue.
        let hold = RefCell::new(Hold::new(pending));
        group.bench_function(BenchmarkId::new("push", pending), |bencher| {
            let make_room = || {
                let mut hold = hold.borrow_mut();
                hold.fill();
                let numbers = hold.some_pending();
                numbers.iter().for_each(|number| hold.cancel(*number));
                numbers
            };
            let push = |numbers: Vec<u32>| numbers.into_iter().for_each(|n| hold.borrow_mut().push(n));
            bencher.iter_batched(make_room, push, BatchSize::PerIteration);
        });
        group.bench_function(BenchmarkId::new("pop", pending), |bencher| {
            let pop = |()| {
                let mut hold = hold.borrow_mut();
                for _ in 0..BATCH {
                    let number = hold.pop();
                    hold.free.push(number);
                }
            };
            bencher.iter_batched(|| hold.borrow_mut().fill(), pop, BatchSize::PerIteration);
        });
        group.bench_function(BenchmarkId::new("cancel", pending), |bencher| {
            let choose = || {
                let mut hold = hold.borrow_mut();
                hold.fill();
                hold.some_pending()
            };
            let cancel = |numbers: Vec<u32>| {
                let mut hold = hold.borrow_mut();
                for number in numbers {
                    hold.cancel(number);
                    hold.free.push(number);
                }
            };
            bencher.iter_batched(choose, cancel, BatchSize::PerIteration);
        });
    }
    group.finish();
}
