//! Little's law as an identity of the sample path (V11): the integral of the number of tasks in a status is the sum of
//! the times the tasks spend in it. In integer milliseconds both are exactly equal.

use super::{Checker, Finding};
use crate::kernel::time::SimTime;
use crate::model::service::TaskCounts;
use crate::model::task::{Origin, TaskStatus};
use crate::model::{Change, Cluster};

/// PROVISIONING to DEPROVISIONING; STOPPED tasks are gone.
const STATUSES: usize = TaskStatus::Stopped as usize;
const NAMES: [TaskStatus; STATUSES] = [
    TaskStatus::Provisioning,
    TaskStatus::Pending,
    TaskStatus::Activating,
    TaskStatus::Running,
    TaskStatus::Deactivating,
    TaskStatus::Stopping,
    TaskStatus::Deprovisioning,
];

/// Integrates counts as time moves, and adds up stays as tasks move on: two books that never meet before the end.
#[derive(Default)]
pub(super) struct Little {
    services: Vec<Book>,
    callers: Vec<Book>,
    /// By slot of the task: its status, since when, and whose it is.
    stays: Vec<Option<(TaskStatus, SimTime, Origin)>>,
}

/// The two books of one service or caller, in task-milliseconds.
#[derive(Clone, Default)]
struct Book {
    /// Tasks in each status now.
    counts: [u64; STATUSES],
    /// The integrals of `counts`.
    areas: [u128; STATUSES],
    /// The sums of the stays in each status.
    stays: [u128; STATUSES],
    /// The integrals of what the cluster itself counts as present and as running.
    kept: [u128; 2],
    /// The sum of the lives by the tasks' own timestamps.
    lives: u128,
}

impl Little {
    fn book(&mut self, origin: Origin) -> &mut Book {
        let (books, index) = match origin {
            Origin::Service { service, .. } => (&mut self.services, service.index()),
            Origin::Caller { caller } => (&mut self.callers, caller.index()),
        };
        if books.len() <= index {
            books.resize(index + 1, Book::default());
        }
        &mut books[index]
    }
}

impl Checker for Little {
    fn name(&self) -> &'static str {
        "Little's law"
    }

    fn observe(&mut self, at: SimTime, change: &Change, cluster: &Cluster) -> Finding {
        match change {
            Change::TaskCreated(new) => {
                let slot = new.task.slot();
                if self.stays.len() <= slot {
                    self.stays.resize(slot + 1, None);
                }
                self.stays[slot] = Some((new.first_status, at, new.origin));
                self.book(new.origin).counts[new.first_status as usize] += 1;
            }
            Change::TaskStatusChanged { task, to, .. } => {
                let Some((from, since, origin)) = self.stays.get(task.slot()).copied().flatten() else {
                    return Err(format!("{} changed before it was created", cluster.task_name(*task)));
                };
                self.stays[task.slot()] = (*to != TaskStatus::Stopped).then_some((*to, at, origin));
                let book = self.book(origin);
                book.counts[from as usize] -= 1;
                book.stays[from as usize] += u128::from((at - since).0);
                if *to == TaskStatus::Stopped {
                    let found = &cluster.tasks[*task];
                    book.lives += u128::from((found.stopped_at.unwrap_or(at) - found.created_at).0);
                } else {
                    book.counts[*to as usize] += 1;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn time_moves(&mut self, from: SimTime, to: SimTime, cluster: &Cluster) {
        let length = u128::from((to - from).0);
        let services = self.services.iter_mut().zip(cluster.services.iter().map(|service| &service.counts));
        let callers = self.callers.iter_mut().zip(cluster.callers.iter().map(|caller| &caller.counts));
        services.chain(callers).for_each(|(book, kept)| book.integrate(length, kept));
    }

    fn end(&mut self, at: SimTime, cluster: &Cluster) -> Finding {
        for (status, since, origin) in std::mem::take(&mut self.stays).into_iter().flatten() {
            self.book(origin).stays[status as usize] += u128::from((at - since).0);
        }
        for (_, task) in cluster.tasks.iter().filter(|(_, task)| task.last_status != TaskStatus::Stopped) {
            self.book(task.origin).lives += u128::from((at - task.created_at).0);
        }
        let services = self.services.iter().zip(cluster.services.iter().map(|service| &service.name));
        let callers = self.callers.iter().zip(cluster.callers.iter().map(|caller| &caller.name));
        services.chain(callers).try_for_each(|(book, name)| book.balance(name))
    }
}

impl Book {
    fn integrate(&mut self, length: u128, kept: &TaskCounts) {
        for (area, count) in self.areas.iter_mut().zip(self.counts) {
            *area += u128::from(count) * length;
        }
        self.kept[0] += u128::from(kept.present) * length;
        self.kept[1] += u128::from(kept.running) * length;
    }

    fn balance(&self, name: &str) -> Finding {
        let equal = |what: &str, area: u128, sum: u128| match area == sum {
            true => Ok(()),
            false => {
                Err(format!("{name}: {what}: the area is {area} task-ms, and the stays add up to {sum}"))
            }
        };
        for ((status, area), sum) in NAMES.iter().zip(self.areas).zip(self.stays) {
            equal(status.name(), area, sum)?;
        }
        equal("present, by the cluster's count", self.kept[0], self.stays.iter().sum())?;
        equal("RUNNING, by the cluster's count", self.kept[1], self.stays[TaskStatus::Running as usize])?;
        equal("present, by the tasks' timestamps", self.areas.iter().sum(), self.lives)
    }
}

#[cfg(test)]
mod tests {
    use super::super::support::Hand;
    use super::*;
    use crate::model::TaskId;
    use crate::model::reason::StopCause;
    use crate::observe::Observer;

    /// Little alone, which may be made blind for one interval.
    struct Watch {
        little: Little,
        intervals: u32,
        drops: Option<u32>,
        finding: Finding,
    }

    impl Observer for Watch {
        fn observe(&mut self, at: SimTime, change: &Change, cluster: &Cluster) {
            self.little.observe(at, change, cluster).unwrap();
        }

        fn time_moves(&mut self, from: SimTime, to: SimTime, cluster: &Cluster) {
            if self.drops != Some(self.intervals) {
                self.little.time_moves(from, to, cluster);
            }
            self.intervals += 1;
        }

        fn end(&mut self, at: SimTime, cluster: &Cluster) {
            self.finding = self.little.end(at, cluster);
        }
    }

    fn stop(hand: &mut Hand<Watch>, task: TaskId) {
        hand.order_stop(task, StopCause::Completed);
        hand.status(task, TaskStatus::Stopped);
    }

    /// V11's example: tasks RUNNING in [0, 10), [2, 5), [5, 12) and [5, 6), in seconds.
    fn example(drops: Option<u32>, spoil: impl FnOnce(&mut Hand<Watch>)) -> Watch {
        let watch = Watch { little: Little::default(), intervals: 0, drops, finding: Ok(()) };
        let mut hand = Hand::watched_by(watch);
        hand.register(1);
        let run = |hand: &mut Hand<Watch>| {
            let task = hand.task_of_caller();
            hand.status(task, TaskStatus::Running);
            task
        };
        let first = run(&mut hand);
        hand.advance(2_000);
        let second = run(&mut hand);
        hand.advance(3_000);
        stop(&mut hand, second);
        let (third, fourth) = (run(&mut hand), run(&mut hand));
        hand.advance(1_000);
        stop(&mut hand, fourth);
        hand.advance(4_000);
        stop(&mut hand, first);
        spoil(&mut hand);
        hand.advance(2_000);
        stop(&mut hand, third);
        hand.observer.end(hand.now, &hand.cluster);
        hand.observer
    }

    #[test]
    fn the_worked_example_has_an_area_of_21_task_seconds() {
        // 10 + 3 + 7 + 1 = 21
        let watch = example(None, |_| {});
        assert_eq!(watch.finding, Ok(()));
        assert_eq!(watch.little.callers[0].areas[TaskStatus::Running as usize], 21_000);
        assert_eq!(watch.little.callers[0].lives, 21_000);
    }

    #[test]
    fn a_twin_that_drops_any_one_interval_is_rejected() {
        // 2 s × 1, 3 s × 2, 1 s × 3, 4 s × 2, 2 s × 1 are 2 + 6 + 3 + 8 + 2 = 21 task-seconds
        for (dropped, area) in [19_000, 15_000, 18_000, 13_000, 19_000].into_iter().enumerate() {
            let expected = format!("job: RUNNING: the area is {area} task-ms, and the stays add up to 21000");
            assert_eq!(example(Some(dropped as u32), |_| {}).finding, Err(expected));
        }
    }

    #[test]
    fn a_cluster_that_counts_one_task_less_for_a_while_is_rejected() {
        // only [5, 12) is left from 10 s on, so a task that starts and is not counted is missed for 2 s
        let watch = example(None, |hand| {
            let task = hand.task_of_caller();
            hand.status(task, TaskStatus::Running);
            hand.cluster.callers[0].counts.present -= 1;
        });
        assert!(watch.finding.is_err_and(|what| what.contains("by the cluster's count")));
    }

    #[test]
    fn a_timestamp_that_lies_is_rejected() {
        let watch = example(None, |hand| {
            let task = hand.task_of_caller();
            hand.cluster.tasks[task].created_at = SimTime(9_999);
        });
        assert!(watch.finding.is_err_and(|what| what.contains("by the tasks' timestamps")));
    }
}
