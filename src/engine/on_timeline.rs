//! Requests and faults at set times.

use super::api::{self, Answer, Request};
use super::event::Event;
use super::setup::{CallerBehaviour, SpotTarget, TaskBehaviour, TaskTarget, TimelineAction};
use super::simulation::Simulation;
use crate::kernel::dist::Distribution;
use crate::kernel::streams::{Entity, Purpose};
use crate::kernel::time::SimDuration;
use crate::model::auto_scaling_group::Market;
use crate::model::container::ContainerExit;
use crate::model::instance::PoolKind;
use crate::model::reason::Refusal;
use crate::model::stop::StopCause;
use crate::model::task::TaskStatus;
use crate::model::{CallerId, Change, InstanceId, PoolId, ServiceId, TaskDefinitionId, TaskId};
use crate::observe::Observer;
use crate::policy::explain::ExplanationSink;

impl<O: Observer, S: ExplanationSink> Simulation<'_, O, S> {
    pub(super) fn start_timeline(&mut self) {
        let setup = self.setup;
        for (index, entry) in setup.timeline.iter().enumerate() {
            let delay = SimDuration(entry.at.draw_ms(self.timeline_uniforms(index)[0]));
            self.after(delay, Event::TimelineIsDue(index as u32));
        }
    }

    /// Two uniforms of a timeline entry: for its time and for its length.
    fn timeline_uniforms(&self, index: usize) -> [f64; 2] {
        let entity = Entity::named("timeline").number(index as u64);
        let mut stream = self.streams.open(Purpose::Timeline, entity);
        [stream.uniform(), stream.uniform()]
    }

    pub(super) fn on_timeline_is_due(&mut self, index: usize) {
        let setup = self.setup;
        match &setup.timeline[index].action {
            TimelineAction::Request(request) => self.on_request(request),
            TimelineAction::ZoneOutage { zone, length } => {
                let length = self.length_of(index, length);
                self.begin_zone_outage(*zone, Some(length), false);
            }
            TimelineAction::InstanceFailure { pool, ordinal, count } => {
                let chosen = self.some_of(index, self.active_instances(*pool, *ordinal), *count);
                chosen.into_iter().for_each(|instance| self.fail_instance(instance));
            }
            TimelineAction::InstanceTermination { pool, ordinal, count } => {
                let chosen = self.some_of(index, self.active_instances(*pool, *ordinal), *count);
                chosen.into_iter().for_each(|instance| self.terminate_instance(instance));
            }
            TimelineAction::AgentDisconnect { pool, ordinal, length } => {
                let length = self.length_of(index, length);
                let chosen = self.active_instances(*pool, Some(*ordinal));
                chosen.into_iter().for_each(|instance| self.disconnect_agent(instance, length));
            }
            TimelineAction::ContainerExit { target, count, container, exit_code } => {
                let exit = ContainerExit::by_itself(*exit_code);
                for task in self.some_of(index, self.running_targets(target), *count) {
                    let definition = self.cluster.task_definition(self.cluster.tasks[task].task_definition);
                    let named = container
                        .as_ref()
                        .map(|name| definition.containers.iter().position(|c| c.name == *name));
                    if let Some(index) = named.unwrap_or_else(|| Some(definition.main_container())) {
                        self.container_exits_now(task, index, exit);
                    }
                }
            }
            TimelineAction::StartFailure { service, length } => {
                let until = self.now + self.length_of(index, length);
                let timers = self.timers_of(*service);
                timers.starts_fail_until = timers.starts_fail_until.max(until);
            }
            TimelineAction::Unhealthy { target, count, length } => {
                let until = self.now + self.length_of(index, length);
                let chosen = self.some_of(index, self.running_targets(target), *count);
                chosen.into_iter().for_each(|task| self.hang(task, until));
            }
            TimelineAction::CapacityOutage { place, length } => {
                let length = self.length_of(index, length);
                self.begin_shortage(*place, length);
            }
            TimelineAction::Alarm { alarm, length } => {
                let length = self.length_of(index, length);
                self.raise_alarm(*alarm, length);
            }
            TimelineAction::TaskRetirement { service } => self.announce_retirement(*service),
            TimelineAction::SpotInterruption { target, count } => self.reclaim_spot(index, target, *count),
        }
    }

    /// FAIL-6: some Spot capacity gets its notice.
    fn reclaim_spot(&mut self, index: usize, target: &SpotTarget, count: u32) {
        let (instances, tasks) = match target {
            SpotTarget::Pool(pool) if self.cluster.pools[pool.index()].kind.has_instances() => {
                (self.spot_instances_of(*pool, None), Vec::new())
            }
            SpotTarget::Pool(pool) => (Vec::new(), self.running_tasks_in(*pool)),
            SpotTarget::Instances(pool) => (self.spot_instances_oldest_first(*pool), Vec::new()),
            SpotTarget::Instance(pool, ordinal) => {
                (self.spot_instances_of(*pool, Some(*ordinal)), Vec::new())
            }
            SpotTarget::Task(name) => (Vec::new(), self.running_targets(&TaskTarget::Task(name.clone()))),
        };
        for task in self.some_of(index, tasks, count) {
            let pool = self.cluster.pool_of(&self.cluster.tasks[task]);
            if pool.is_some_and(|pool| self.cluster.pools[pool.index()].kind == PoolKind::FargateSpot) {
                self.stop_task(task, StopCause::SpotInterruption);
            }
        }
        self.some_of(index, instances, count).into_iter().for_each(|instance| self.give_notice(instance));
    }

    fn spot_instances_of(&self, pool: PoolId, ordinal: Option<u32>) -> Vec<InstanceId> {
        let all = self.cluster.pools[pool.index()].instances.iter().copied();
        let spot = |id: &InstanceId| {
            let instance = &self.cluster.instances[*id];
            instance.market == Market::Spot && instance.holds_capacity()
        };
        all.filter(spot)
            .filter(|id| ordinal.is_none_or(|n| self.cluster.instances[*id].ordinal == n))
            .collect()
    }

    /// `count` of the candidates, drawn for this entry of the timeline (Fisher and Yates).
    fn some_of<T>(&self, entry: usize, mut candidates: Vec<T>, count: u32) -> Vec<T> {
        let entity = Entity::named("timeline targets").number(entry as u64);
        let mut stream = self.streams.open(Purpose::Timeline, entity);
        let count = candidates.len().min(count as usize);
        for place in 0..count {
            let left = (candidates.len() - place) as u32;
            candidates.swap(place, place + stream.below(left) as usize);
        }
        candidates.truncate(count);
        candidates
    }

    fn length_of(&self, entry: usize, law: &Distribution) -> SimDuration {
        SimDuration(law.draw_ms(self.timeline_uniforms(entry)[1]))
    }

    fn active_instances(&self, pool: PoolId, ordinal: Option<u32>) -> Vec<InstanceId> {
        let all = self.cluster.pools[pool.index()].instances.iter().copied();
        let works = |id: &InstanceId| self.cluster.instances[*id].status.is_there();
        let wanted = |id: &InstanceId| ordinal.is_none_or(|n| self.cluster.instances[*id].ordinal == n);
        all.filter(works).filter(wanted).collect()
    }

    fn running_targets(&self, target: &TaskTarget) -> Vec<TaskId> {
        match target {
            TaskTarget::Service(service) => {
                self.oldest_first(self.cluster.service(*service).tasks.iter().copied())
            }
            TaskTarget::Task(name) => {
                let all = self.cluster.tasks.iter().map(|(id, _)| id);
                self.oldest_first(all.filter(|id| self.cluster.task_name(*id) == *name))
            }
        }
    }

    pub(super) fn running_tasks_in(&self, pool: PoolId) -> Vec<TaskId> {
        let in_pool = |(id, task): (TaskId, &_)| (self.cluster.pool_of(task) == Some(pool)).then_some(id);
        self.oldest_first(self.cluster.tasks.iter().filter_map(in_pool))
    }

    fn oldest_first(&self, tasks: impl Iterator<Item = TaskId>) -> Vec<TaskId> {
        let runs = |id: &TaskId| {
            let task = &self.cluster.tasks[*id];
            task.last_status == TaskStatus::Running && task.is_active() && self.cluster.host_works(task.host)
        };
        let mut running: Vec<TaskId> = tasks.filter(runs).collect();
        running.sort_by_key(|id| (self.cluster.tasks[*id].started_at, self.cluster.tasks[*id].ordinal));
        running
    }

    fn on_request(&mut self, request: &Request) {
        if !self.take_call(request) {
            let (call, exception) = (request.call(), "ThrottlingException");
            return self.change(&Change::RequestFailed { call, exception });
        }
        match api::answer(&self.cluster, self.now, request) {
            Ok(Answer::Changes(changes)) => self.make_true(&changes),
            Ok(Answer::StopTask(task, reason)) => {
                if let Some(reason) = reason.filter(|_| self.cluster.tasks[task].is_active()) {
                    self.change(&Change::StopReasonGiven { task, reason });
                }
                self.stop_task(task, StopCause::UserInitiated);
            }
            Ok(Answer::TerminateInstance { instance, decrement }) => {
                self.terminate_on_request(instance, decrement);
            }
            Ok(Answer::RunTask { caller, group, behaviour }) => {
                let anywhere = (0..behaviour.count).map(|_| None);
                self.on_run_task(caller, group, &behaviour, anywhere);
            }
            Ok(Answer::StartTask { caller, group, behaviour, instances }) => {
                self.on_run_task(caller, group, &behaviour, instances.into_iter().map(Some));
            }
            Err(error) => {
                let (call, exception) = (request.call(), error.exception);
                self.change(&Change::RequestFailed { call, exception });
            }
        }
    }

    pub(super) fn make_true(&mut self, changes: &[Change]) {
        for change in changes {
            if let Change::InstanceStatusChanged { instance, to, .. } = change {
                self.set_instance_status_on_request(*instance, *to);
                continue;
            }
            self.change(change);
            match change {
                Change::TaskProtectionChanged { task, until } => self.on_protection_changed(*task, *until),
                Change::InstanceAttributesChanged { .. } => self.recount_daemons(),
                Change::AutoScalingGroupUpdated { group, settings } => {
                    if settings.0.max_instance_lifetime != settings.1.max_instance_lifetime {
                        self.plan_lifetimes(*group);
                    }
                    self.look_at_group(*group);
                }
                Change::DesiredCapacityChanged { group, .. } | Change::WarmPoolChanged { group, .. } => {
                    self.look_at_group(*group);
                }
                Change::ProcessesSuspended { group, .. } => self.on_processes_changed(*group),
                Change::InstanceRefreshChanged { group, .. } => self.on_refresh_goes_on(*group),
                Change::ScheduledActionChanged { group, .. } => self.plan_schedule(*group),
                Change::ScaleInProtectionChanged { instance, .. } => {
                    if let Some(group) = self.group_of(*instance) {
                        self.look_at_group(group);
                    }
                }
                Change::CapacityProviderUpdated { provider, .. } => self.on_provider_updated(*provider),
                Change::TaskDefinitionRegistered(definition) => {
                    let families = &self.setup.world.families;
                    let known = families.get(&definition.name()).or_else(|| families.get(&definition.family));
                    self.behaviours.push(known.cloned().unwrap_or_else(|| TaskBehaviour::default().into()));
                }
                Change::ServiceCreated(_) => {
                    self.wake_service(ServiceId((self.cluster.services.len() - 1) as u32));
                }
                Change::ScalingChanged { service, .. } => self.plan_scaling_schedule(*service),
                Change::ServiceUpdated { service, .. }
                | Change::ServiceStatusChanged { service, .. }
                | Change::RollbackStarted { service, .. }
                | Change::TaskSetChanged { service, .. }
                | Change::DeploymentStarted { service, .. } => {
                    self.wake_service(*service);
                }
                _ => {}
            }
        }
    }

    /// The caller of this name, which is noted if it is new.
    pub(super) fn caller_of(&mut self, name: String, group: String) -> CallerId {
        let known = self.cluster.callers.iter().position(|caller| caller.name == name);
        let caller = CallerId(known.unwrap_or(self.cluster.callers.len()) as u32);
        if known.is_none() {
            self.change(&Change::CallerNamed { name, group });
        }
        caller
    }

    /// RunTask and StartTask refuse at once what they cannot place; the rest of the call is placed (PLC-13 to PLC-15).
    fn on_run_task(
        &mut self,
        name: String,
        group: String,
        behaviour: &CallerBehaviour,
        places: impl Iterator<Item = Option<Result<InstanceId, Refusal>>>,
    ) {
        let caller = self.caller_of(name, group);
        debug_assert!(behaviour.task_definition < TaskDefinitionId(self.behaviours.len() as u32));
        // Another call in this caller's name may have asked for something else.
        self.refusals.clear();
        for named in places {
            let _refused_already_told = self.run_task_now(behaviour, caller, named, None);
        }
    }
}
