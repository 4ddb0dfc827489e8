//! No task is lost or counted twice: created = present + stopped, and each owner lists just its own.

use crate::model::Cluster;
use crate::model::task::TaskStatus;

pub(super) fn check(cluster: &Cluster) -> Result<(), String> {
    let present =
        cluster.tasks.iter().filter(|(_, task)| task.last_status != TaskStatus::Stopped).count() as u64;
    if present != cluster.tasks_present {
        return Err(format!(
            "{present} tasks are not STOPPED, and {} are said to be present",
            cluster.tasks_present
        ));
    }
    if cluster.tasks_created < present {
        return Err(format!("{present} tasks are present, and only {} were created", cluster.tasks_created));
    }
    for (index, service) in cluster.services.iter().enumerate() {
        let own = |task: &crate::model::TaskId| {
            let task = &cluster.tasks[*task];
            task.service().is_some_and(|id| id.index() == index) && task.last_status != TaskStatus::Stopped
        };
        if !service.tasks.iter().all(own) || service.counts.present as usize != service.tasks.len() {
            return Err(format!("{} lists tasks that are not its own or not there", service.name));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::model::Cluster;
    use crate::model::parameters::Parameters;

    #[test]
    fn a_task_too_many_in_the_count_is_noticed() {
        let mut cluster = Cluster::new("c", Parameters::default());
        assert_eq!(super::check(&cluster), Ok(()));
        cluster.tasks_present = 1;
        assert!(super::check(&cluster).is_err());
    }
}
