//! What the tasks of a service can do at an instant: of those that are healthy, by revision while traffic shifts, or of all
//! where a load balancer finds none of them healthy (LB-6, DEP-34).

use std::collections::BTreeSet;

use super::on_load::Rates;
use super::simulation::Simulation;
use crate::kernel::time::SimTime;
use crate::model::cpu_share;
use crate::model::deployment::Deployment;
use crate::model::service::Service;
use crate::model::target_group::TargetState;
use crate::model::task::{Host, Origin, Task, TaskStatus};
use crate::model::{Change, DeploymentNumber, ServiceId, TaskId};
use crate::observe::Observer;
use crate::policy::explain::ExplanationSink;

impl<O: Observer, S: ExplanationSink> Simulation<'_, O, S> {
    /// What the tasks of a service can do now, and when that changes while its load balancers find all of them unhealthy.
    pub(super) fn rates_of(&self, id: ServiceId) -> (Rates, Option<SimTime>) {
        let service = self.cluster.service(id);
        let Some(load) = &service.load else { return (Rates::default(), None) };
        let mut rates = Rates::default();
        // Deployments by group, each with what one of its tasks serves and the millionths that fail.
        let mut groups: [Vec<(DeploymentNumber, u64, u32)>; 2] = [Vec::new(), Vec::new()];
        let newest = service.primary().map(|newest| newest.number);
        let shifts = service.shift().is_some_and(|shift| shift.source.is_some());
        for deployment in &service.deployments {
            let behaviour = &self.behaviours[deployment.task_definition.index()];
            let each = behaviour.per_task_milli.unwrap_or(load.per_task_milli);
            rates.running += each * u64::from(deployment.counts.running);
            let is_new = shifts && Some(deployment.number) == newest;
            match service.traffic_of(deployment.number) {
                Some(0) if !is_new => continue,
                Some(weight) if is_new => rates.weight = weight,
                Some(_) | None => {}
            }
            let apart = usize::from(is_new && service.traffic_of(deployment.number).is_some());
            let serving = self.serving_milli(service, deployment, each);
            rates.serving[apart] += serving;
            rates.failing[apart] += u128::from(serving) * u128::from(behaviour.error_millionths);
            rates.targets += u64::from(deployment.counts.serving);
            groups[apart].push((deployment.number, each, behaviour.error_millionths));
        }
        let mut next_change = None;
        for (group, deployments) in groups.into_iter().enumerate() {
            let is_open = rates.serving[group] == 0 && !deployments.is_empty();
            if is_open && !service.settings.load_balancers.is_empty() {
                next_change =
                    next_change.into_iter().chain(self.fail_open(id, &deployments, group, &mut rates)).min();
            }
        }
        (rates, next_change)
    }

    /// Thousandths of a request a second that the tasks of a deployment serve, of which each serves so many with the CPU that
    /// it reserves.
    fn serving_milli(&self, service: &Service, deployment: &Deployment, each: u64) -> u64 {
        if !cpu_share::borrows(self.cluster.task_definition(deployment.task_definition)) {
            return each * u64::from(deployment.counts.serving);
        }
        let is_of_it = |task: &&Task| matches!(task.origin, Origin::Service { deployment: of, .. } if of == deployment.number);
        let tasks = service.tasks.iter().filter(|id| {
            let task = &self.cluster.tasks[**id];
            is_of_it(&task) && task.is_active() && task.serves()
        });
        tasks.map(|task| self.rate_of(*task, each)).sum()
    }

    /// CON-15: a task that has more CPU than it reserves serves as much more.
    fn rate_of(&self, task: TaskId, each: u64) -> u64 {
        let reserved = u64::from(self.cluster.tasks[task].reserved.cpu);
        let available = u64::from(cpu_share::available_cpu(&self.cluster, task));
        (each * available).checked_div(reserved).unwrap_or(each)
    }

    /// A task came to an instance or left it: those beside it have less CPU, or more (CON-15).
    pub(super) fn note_neighbours(&mut self, change: &Change) {
        let task = match change {
            Change::TaskCreated(new) => new.task,
            Change::TaskPlaced { task, .. } => *task,
            Change::TaskStatusChanged { task, to: TaskStatus::Stopped, .. } => *task,
            _ => return,
        };
        let Host::Instance(instance) = self.cluster.tasks[task].host else { return };
        let Some(found) = self.cluster.instances.get(instance) else { return };
        let mut services = BTreeSet::new();
        for beside in found.tasks.iter().map(|beside| &self.cluster.tasks[*beside]) {
            let has_load = |id: &ServiceId| self.loads.get(id.index()).is_some_and(|load| load.is_some());
            let service = beside.service().filter(has_load);
            if cpu_share::borrows(self.cluster.task_definition(beside.task_definition)) {
                services.extend(service);
            }
        }
        services.into_iter().for_each(|service| self.read_rates(service, true));
    }

    /// LB-6: no target is healthy and one at least is found unhealthy, so that requests go to all that are registered. Those
    /// that work although their checks have not said so yet serve; when the next of them begins or ceases to.
    fn fail_open(
        &self,
        id: ServiceId,
        deployments: &[(DeploymentNumber, u64, u32)],
        group: usize,
        rates: &mut Rates,
    ) -> Option<SimTime> {
        let of_group = |task: &&TaskId| match self.cluster.tasks[**task].origin {
            Origin::Service { deployment, .. } => {
                deployments.iter().any(|(number, ..)| *number == deployment)
            }
            Origin::Caller { .. } => false,
        };
        let registered = |task: &&TaskId| self.cluster.tasks[**task].is_registered_target();
        let tasks: Vec<TaskId> =
            self.cluster.service(id).tasks.iter().filter(of_group).filter(registered).copied().collect();
        let is_unhealthy = |task: &TaskId| {
            let targets = &self.cluster.tasks[*task].targets;
            targets.iter().any(|target| target.state == TargetState::Unhealthy)
        };
        if !tasks.iter().any(is_unhealthy) {
            return None;
        }
        let mut next_change = None;
        for task in tasks {
            rates.targets += 1;
            let (works, until) = self.works(task);
            next_change = next_change.into_iter().chain(until).min();
            let Origin::Service { deployment, .. } = self.cluster.tasks[task].origin else { continue };
            let Some((_, each, errors)) = deployments.iter().find(|(number, ..)| *number == deployment)
            else {
                continue;
            };
            if works && self.cluster.tasks[task].last_status == TaskStatus::Running {
                let rate = self.rate_of(task, *each);
                rates.serving[group] += rate;
                rates.failing[group] += u128::from(rate) * u128::from(*errors);
            }
        }
        next_change
    }

    /// Whether what the checks of a task look at works now, and until when that is so.
    fn works(&self, task: TaskId) -> (bool, Option<SimTime>) {
        let (mut works, mut until) = (true, SimTime::NEVER);
        for target in &self.cluster.tasks[task].targets {
            let stretches = self.results_of_checks(task, usize::from(target.container));
            if let Some(stretch) = stretches.iter().find(|stretch| stretch.until > self.now) {
                works &= stretch.passes;
                until = until.min(stretch.until);
            }
        }
        (works, (until != SimTime::NEVER).then_some(until))
    }
}
