//! No task and no request is lost or counted twice: created = present + stopped, and each owner lists just its own.

use super::{Checker, Finding};
use crate::kernel::time::SimTime;
use crate::model::change::AfterRefusal;
use crate::model::task::{Origin, TaskStatus};
use crate::model::{Change, Cluster, TaskId};

/// Counts what was created, stopped, requested and given up.
#[derive(Default)]
pub(super) struct Conservation {
    created: u64,
    stopped: u64,
    forgotten: u64,
    callers: Vec<Requests>,
}

/// The requests of one caller.
#[derive(Clone, Copy, Default)]
struct Requests {
    made: u64,
    answered: u64,
    given_up: u64,
}

impl Conservation {
    fn caller(&mut self, index: usize) -> &mut Requests {
        if self.callers.len() <= index {
            self.callers.resize(index + 1, Requests::default());
        }
        &mut self.callers[index]
    }
}

impl Checker for Conservation {
    fn name(&self) -> &'static str {
        "conservation"
    }

    fn observe(&mut self, _: SimTime, change: &Change, _: &Cluster) -> Finding {
        match change {
            Change::TaskCreated(new) => {
                self.created += 1;
                if let Origin::Caller { caller } = new.origin {
                    self.caller(caller.index()).answered += 1;
                }
            }
            Change::TaskStatusChanged { to: TaskStatus::Stopped, .. } => self.stopped += 1,
            Change::TaskForgotten { .. } => self.forgotten += 1,
            Change::TaskRequested { caller, .. } => self.caller(caller.index()).made += 1,
            Change::TaskRequestRefused { caller, then: AfterRefusal::GiveUp, .. }
            | Change::TaskRequestAbandoned { caller, .. } => self.caller(caller.index()).given_up += 1,
            _ => {}
        }
        Ok(())
    }

    fn recount(&mut self, cluster: &Cluster) -> Finding {
        let stopped = cluster.tasks.iter().filter(|(_, task)| task.last_status == TaskStatus::Stopped);
        let stopped = stopped.count() as u64;
        let present = cluster.tasks.len() as u64 - stopped;
        if cluster.tasks_present != present {
            return Err(format!("{} tasks are said to be present, and {present} are", cluster.tasks_present));
        }
        if cluster.tasks_created != self.created || self.created != present + self.stopped {
            return Err(format!(
                "{} tasks are said to be created, {} were: {present} present and {} stopped",
                cluster.tasks_created, self.created, self.stopped
            ));
        }
        if self.stopped != stopped + self.forgotten {
            return Err(format!(
                "{} tasks stopped, {stopped} are remembered and {} forgotten",
                self.stopped, self.forgotten
            ));
        }
        self.recount_requests(cluster)?;
        recount_lists(cluster)
    }
}

impl Conservation {
    /// Every request became a task, was given up, or waits.
    fn recount_requests(&self, cluster: &Cluster) -> Finding {
        for (caller, requests) in cluster.callers.iter().zip(&self.callers) {
            let Requests { made, answered, given_up } = *requests;
            if made != answered + given_up + u64::from(caller.waiting) {
                return Err(format!(
                    "{}: {made} requests, {answered} became tasks, {given_up} were given up, {} wait",
                    caller.name, caller.waiting
                ));
            }
        }
        Ok(())
    }
}

/// Every service lists its tasks that are not STOPPED, each once.
fn recount_lists(cluster: &Cluster) -> Finding {
    let mut own: Vec<Vec<TaskId>> = vec![Vec::new(); cluster.services.len()];
    for (id, task) in cluster.tasks.iter().filter(|(_, task)| task.last_status != TaskStatus::Stopped) {
        if let Some(service) = task.service() {
            own[service.index()].push(id);
        }
    }
    for (service, own) in cluster.services.iter().zip(own) {
        let mut listed = service.tasks.clone();
        listed.sort_by_key(|task| task.slot());
        if listed != own {
            return Err(format!("{} lists {listed:?}, and its tasks are {own:?}", service.name));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    //! Holds RES-2, LIF-13, PLC-13.

    use super::super::support::Hand;
    use crate::model::reason::{Refusal, StopCause};
    use crate::model::task::TaskStatus;
    use crate::model::{CallerId, Change};

    fn verdict_of(mut hand: Hand) -> Result<(), String> {
        hand.advance(1);
        hand.verdict().map_err(|violation| {
            assert_eq!(violation.invariant, "conservation");
            violation.what
        })
    }

    #[test]
    fn a_task_is_present_then_stopped_then_forgotten_and_never_lost() {
        let mut hand = Hand::with_instances(1);
        let task = hand.task_of_caller();
        hand.advance(1);
        hand.order_stop(task, StopCause::UserInitiated);
        hand.status(task, TaskStatus::Stopped);
        hand.advance(3_600_000);
        hand.make(&Change::TaskForgotten { task });
        assert_eq!(verdict_of(hand), Ok(()));
    }

    #[test]
    fn a_stopped_task_that_disappears_is_noticed() {
        let mut hand = Hand::with_instances(1);
        let task = hand.task_of_caller();
        hand.order_stop(task, StopCause::UserInitiated);
        hand.status(task, TaskStatus::Stopped);
        hand.cluster.tasks.remove(task);
        let expected = "1 tasks stopped, 0 are remembered and 0 forgotten";
        assert_eq!(verdict_of(hand), Err(expected.to_owned()));
    }

    #[test]
    fn a_task_counted_twice_is_noticed() {
        let mut hand = Hand::with_instances(1);
        hand.task_of_caller();
        hand.cluster.tasks_created += 1;
        assert!(verdict_of(hand).is_err_and(|what| what.contains("2 tasks are said to be created, 1 were")));
    }

    #[test]
    fn a_request_without_an_answer_is_noticed() {
        let mut hand = Hand::with_instances(1);
        hand.task_of_caller();
        hand.make(&Change::TaskRequested { caller: CallerId(0), ordinal: 2 });
        assert!(verdict_of(hand).is_err_and(|what| what.starts_with("job: 2 requests, 1 became tasks")));
    }

    #[test]
    fn a_refused_request_is_an_answered_one() {
        let mut hand = Hand::with_instances(1);
        hand.task_of_caller();
        let (caller, ordinal, reason) = (CallerId(0), 2, Refusal::Cpu);
        hand.make(&Change::TaskRequested { caller, ordinal });
        let then = crate::model::change::AfterRefusal::GiveUp;
        hand.make(&Change::TaskRequestRefused { caller, ordinal, reason, why: None, then });
        assert_eq!(verdict_of(hand), Ok(()));
    }

    #[test]
    fn a_service_that_forgets_one_of_its_tasks_is_noticed() {
        let mut hand = Hand::with_instances(1);
        hand.service(1, 100, 200);
        hand.task_of_service(1);
        hand.cluster.services[0].tasks.clear();
        assert!(verdict_of(hand).is_err_and(|what| what.starts_with("web lists []")));
    }
}
