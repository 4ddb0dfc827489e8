//! Statuses only go forward (LIF-1), and nobody who is told to stop is told again (LIF-2).

use crate::model::task::TaskStatus;
use crate::model::{Change, Cluster};

pub(super) fn check(change: &Change, cluster: &Cluster) -> Result<(), String> {
    match change {
        Change::TaskStatusChanged { task, from, to } => {
            forward(*from, *to).map_err(|what| format!("{}: {what}", cluster.task_name(*task)))
        }
        Change::TaskHealthChanged { task, healthy: true } => {
            let found = &cluster.tasks[*task];
            let may_be = found.last_status == TaskStatus::Running && found.is_active();
            if may_be {
                Ok(())
            } else {
                Err(format!("{} is healthy without running", cluster.task_name(*task)))
            }
        }
        _ => Ok(()),
    }
}

fn forward(from: TaskStatus, to: TaskStatus) -> Result<(), String> {
    if from < to { Ok(()) } else { Err(format!("from {} back to {}", from.name(), to.name())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_that_goes_back_is_noticed() {
        assert_eq!(forward(TaskStatus::Pending, TaskStatus::Running), Ok(()));
        assert!(forward(TaskStatus::Running, TaskStatus::Pending).is_err());
        assert!(forward(TaskStatus::Running, TaskStatus::Running).is_err());
    }
}
