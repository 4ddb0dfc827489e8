//! Auto Scaling groups at work: launch, register, drain, terminate (ASG, CAS-15).

use super::event::Event;
use super::on_hook::HookWait;
use super::simulation::Simulation;
use crate::kernel::streams::{Entity, Purpose};
use crate::kernel::time::{SimDuration, SimTime};
use crate::model::auto_scaling_group::processes::Process;
use crate::model::auto_scaling_group::{DesiredCapacityCause, Lifecycle, Market, TerminationCause};
use crate::model::instance::{ContainerInstance, InstanceStatus};
use crate::model::managed_instances;
use crate::model::parameters::TerminationTieBreak;
use crate::model::task::Host;
use crate::model::{AutoScalingGroupId, Change, InstanceId, TaskId, ZoneId};
use crate::observe::Observer;
use crate::policy::capacity::purchase::{self, Purchase};
use crate::policy::capacity::scale_in;
use crate::policy::explain::ExplanationSink;

/// CAS-15: so long the hook of managed draining holds an instance at most.
const LONGEST_DRAIN: SimDuration = SimDuration::from_secs(48 * 3600);

impl<O: Observer, S: ExplanationSink> Simulation<'_, O, S> {
    pub(super) fn start_groups(&mut self) {
        for index in 0..self.cluster.auto_scaling_groups.len() {
            let group = AutoScalingGroupId(index as u16);
            self.plan_lifetimes(group);
            self.look_at_group(group);
        }
    }

    pub(super) fn look_at_all_groups(&mut self) {
        (0..self.cluster.auto_scaling_groups.len())
            .for_each(|index| self.look_at_group(AutoScalingGroupId(index as u16)));
    }

    /// Brings a group to its desired capacity, as far as it can be now, and goes on with what it replaces.
    pub(super) fn look_at_group(&mut self, id: AutoScalingGroupId) {
        if let Some((provider, _)) = self.cluster.managed_provider(id) {
            return self.hold_what_is_there(id, provider);
        }
        self.retire_replaced(id);
        let pool = self.cluster.auto_scaling_group(id).pool;
        loop {
            let wanted = self.cluster.auto_scaling_group(id).desired_capacity + self.replacements_ahead(id);
            let held = self.cluster.counting_instances(pool).count() as u32 - self.launched_ahead(id);
            let moved = match held.cmp(&wanted) {
                std::cmp::Ordering::Less => self.launch_one(id, wanted),
                std::cmp::Ordering::Greater => self.scale_in_one(id),
                std::cmp::Ordering::Equal => self.replace_one(id),
            };
            if !moved {
                break;
            }
        }
        self.look_at_warm_pool(id);
    }

    pub(super) fn is_suspended(&self, id: AutoScalingGroupId, process: Process) -> bool {
        self.cluster.auto_scaling_group(id).suspended.contains(process)
    }

    /// ASG-1, ASG-11: in the zone with the fewest, or in the next one that can give an instance; none, and it is tried
    /// again later.
    fn launch_one(&mut self, id: AutoScalingGroupId, wanted: u32) -> bool {
        let pool = self.cluster.auto_scaling_group(id).pool;
        let pending = self.cluster.group_counts(pool).pending;
        if pending >= *self.cluster.parameters.parallel_launches() || self.is_suspended(id, Process::Launch) {
            return false;
        }
        if self.cluster_is_full() {
            self.plan_retry(id);
            return false;
        }
        if self.take_from_warm_pool(id) {
            return true;
        }
        let ahead = self.launched_ahead(id);
        match purchase::next(&self.cluster, id, (wanted, ahead), self.now) {
            Some(purchase) => {
                self.launch_as(id, purchase, Lifecycle::Pending);
                true
            }
            None => {
                self.plan_retry(id);
                false
            }
        }
    }

    /// QUO-3: no more instances register with the cluster.
    fn cluster_is_full(&self) -> bool {
        let most = *self.cluster.parameters.container_instances_per_cluster() as usize;
        let registers = |instance: &ContainerInstance| match instance.lifecycle {
            Lifecycle::Fixed => instance.status.is_there(),
            _ => instance.lifecycle.counts(),
        };
        let all = &self.cluster.instances;
        all.slots() >= most && all.iter().filter(|(_, instance)| registers(instance)).count() >= most
    }

    pub(super) fn plan_retry(&mut self, id: AutoScalingGroupId) {
        if !std::mem::replace(&mut self.group_retries[id.index()], true) {
            let wait = *self.cluster.parameters.ice_retry();
            self.after(wait, Event::GroupTriesAgain(id));
        }
    }

    pub(super) fn on_group_tries_again(&mut self, id: AutoScalingGroupId) {
        self.group_retries[id.index()] = false;
        self.look_at_group(id);
    }

    /// Launches an instance in this zone that begins as PENDING, or as one of the warm pool.
    pub(super) fn launch_in(
        &mut self,
        id: AutoScalingGroupId,
        zone: ZoneId,
        lifecycle: Lifecycle,
    ) -> Option<InstanceId> {
        let purchase = purchase::in_zone(&self.cluster, id, zone, self.now)?;
        Some(self.launch_as(id, purchase, lifecycle))
    }

    pub(super) fn launch_as(
        &mut self,
        id: AutoScalingGroupId,
        purchase: Purchase,
        lifecycle: Lifecycle,
    ) -> InstanceId {
        let Purchase { market, zone, kind } = purchase;
        let group = self.cluster.auto_scaling_group(id);
        let kind = &group.settings.kinds[kind];
        let mut instance = self.cluster.instance_of_group(id, kind, zone, self.now);
        let managed = self.cluster.managed_provider(id).is_some();
        let fee = if managed { self.cluster.management_fee(kind.on_demand_nano_usd_per_hour) } else { 0 };
        instance.price_nano_usd_per_hour += fee;
        if market == Market::Spot {
            instance = instance.bought_as_spot(self.cluster.spot_price(id, kind, zone).plus(fee));
        }
        instance.lifecycle = lifecycle;
        let launched = self.cluster.instances.next_id();
        self.make_room_for_instance(launched);
        self.change(&Change::InstanceLaunched(Box::new(instance)));
        let (boot, registration) = self.launch_times(launched);
        self.instance_steps[launched.slot()] = self.after(boot, Event::InstanceRuns(launched));
        self.registrations[launched.slot()] = registration;
        launched
    }

    /// LAT-9: until the machine runs, and from there until its agent has registered it. Where the scenario gives the
    /// whole way, the machine runs after the part that it usually takes.
    fn launch_times(&self, id: InstanceId) -> (SimDuration, SimDuration) {
        let uniforms = self.instance_uniforms(id);
        let parameters = &self.cluster.parameters;
        let boot = SimDuration(parameters.instance_boot().draw_ms(uniforms[3]));
        let pool = self.cluster.instances[id].pool;
        let whole = self.setup.world.pools.get(pool.index()).and_then(|pool| pool.launch.as_ref());
        let of_group = self.group_of(id).and_then(|group| self.cluster.managed_provider(group));
        let whole = whole.or(of_group.map(|_| parameters.mi_launch_delay())); // LAT-12
        match whole {
            Some(law) => {
                let whole = SimDuration(law.draw_ms(uniforms[4]));
                let boot = boot.min(whole);
                (boot, SimDuration(whole.0 - boot.0))
            }
            None => (boot, SimDuration(parameters.agent_registration().draw_ms(uniforms[4]))),
        }
    }

    /// Side tables run parallel to the slots of instances; a slot is used again once its instance is forgotten.
    fn make_room_for_instance(&mut self, id: InstanceId) {
        let slot = id.slot();
        if self.images.len() <= slot {
            self.images.resize_with(slot + 1, Vec::new);
            self.instance_failures.resize(slot + 1, None);
            self.instance_notices.resize(slot + 1, None);
            self.trunks.resize(slot + 1, None);
            self.agent_returns.resize(slot + 1, None);
            self.waiting_for_room.resize_with(slot + 1, std::collections::VecDeque::new);
            self.instance_steps.resize(slot + 1, None);
            self.registrations.resize(slot + 1, SimDuration::ZERO);
            self.hook_waits.resize(slot + 1, HookWait::default());
        }
        self.images[slot].clear();
        debug_assert!(self.waiting_for_room[slot].is_empty(), "no task waits for an instance that is gone");
    }

    /// ASG-3: the machine runs; it is billed, and in service once no launch hook holds it.
    pub(super) fn on_instance_runs(&mut self, id: InstanceId) {
        self.instance_steps[id.slot()] = None;
        if self.cluster.instances[id].lifecycle == Lifecycle::WarmedPending {
            return self.enter_warm_pool(id);
        }
        if !self.begin_launch_hooks(id) {
            self.enter_service(id);
        }
    }

    /// ASG-3: in service, and its agent will register it.
    pub(super) fn enter_service(&mut self, id: InstanceId) {
        self.set_lifecycle(id, Lifecycle::InService);
        self.plan_interruption(id);
        let registration = self.registrations[id.slot()];
        self.instance_steps[id.slot()] = self.after(registration, Event::AgentRegisters(id));
        self.plan_lifetime(id);
        self.replacement_is_in_service(id);
        if let Some(group) = self.group_of(id) {
            self.look_at_group(group); // of launches in parallel, one more may begin
        }
    }

    /// INS-11: from now on tasks are placed on it.
    pub(super) fn on_agent_registers(&mut self, id: InstanceId) {
        self.instance_steps[id.slot()] = None;
        self.register_again(id);
    }

    pub(super) fn set_lifecycle(&mut self, instance: InstanceId, to: Lifecycle) {
        let from = self.cluster.instances[instance].lifecycle;
        if from != to {
            self.change(&Change::InstanceLifecycleChanged { instance, from, to });
        }
    }

    pub(super) fn group_of(&self, id: InstanceId) -> Option<AutoScalingGroupId> {
        self.cluster.group_of_pool(self.cluster.instances[id].pool)
    }

    /// ASG-5: one instance less; none where all are protected.
    fn scale_in_one(&mut self, id: AutoScalingGroupId) -> bool {
        let candidates = scale_in::candidates(&self.cluster, id, self.now);
        match self.one_of(id, &candidates).filter(|_| !self.is_suspended(id, Process::Terminate)) {
            Some(instance) => {
                self.terminate(instance, TerminationCause::ScaleIn);
                true
            }
            None => false,
        }
    }

    /// Of those that the termination policies leave, the oldest or one that is drawn (ASG-5).
    pub(super) fn one_of(&self, id: AutoScalingGroupId, candidates: &[InstanceId]) -> Option<InstanceId> {
        let group = self.cluster.auto_scaling_group(id);
        match (candidates, *self.cluster.parameters.termination_tie_break()) {
            ([], _) => None,
            ([only], _) | ([only, ..], TerminationTieBreak::Oldest) => Some(*only),
            (several, TerminationTieBreak::SeededRandom) => {
                let oldest = u64::from(self.cluster.instances[several[0]].ordinal);
                let decision = Entity::named(&group.name).number(self.now.0).number(oldest);
                let mut stream = self.streams.open(Purpose::ScaleIn, decision.number(several.len() as u64));
                Some(several[stream.below(several.len() as u32) as usize])
            }
        }
    }

    /// TerminateInstanceInAutoScalingGroup: whatever its protection, and whatever is suspended.
    pub(super) fn terminate_on_request(&mut self, instance: InstanceId, decrement: bool) {
        if let Some(id) = self.group_of(instance).filter(|_| decrement) {
            let from = self.cluster.auto_scaling_group(id).desired_capacity;
            let (to, by) = (from - 1, DesiredCapacityCause::Request);
            self.change(&Change::DesiredCapacityChanged { group: id, from, to, by });
        }
        self.terminate(instance, TerminationCause::Terminated);
    }

    /// An instance of a group is to go: at once, or once managed draining has emptied it and the owner's termination
    /// hooks have ended, whichever takes longer (ASG-3, CAS-15, CAS-16).
    pub(super) fn terminate(&mut self, instance: InstanceId, cause: TerminationCause) {
        let found = &self.cluster.instances[instance];
        if found.lifecycle.is_leaving() {
            return;
        }
        let was_in_service = found.lifecycle == Lifecycle::InService;
        let provider = self.cluster.provider_of_pool(found.pool);
        let drains = provider.is_some_and(|found| self.cluster.capacity_provider(found).managed_draining)
            && found.status.is_there();
        self.change(&Change::InstanceTerminationOrdered { instance, cause });
        self.forget_replacement(instance);
        self.cancel_hooks(instance);
        let waits_for_hooks = was_in_service && self.begin_termination_hooks(instance);
        if !drains && !waits_for_hooks {
            return self.shut_down(instance);
        }
        if let Some(ticket) = self.instance_steps[instance.slot()].take() {
            self.queue.cancel(ticket);
        }
        self.set_lifecycle(instance, Lifecycle::TerminatingWait);
        if self.cluster.instances[instance].status == InstanceStatus::Registering {
            self.break_off_registration(instance);
        }
        if drains {
            self.hook_waits[instance.slot()].drains = true;
            self.set_instance_status(instance, InstanceStatus::Draining);
            let group = self.group_of(instance).and_then(|group| self.cluster.managed_provider(group));
            let longest = if group.is_some() { managed_instances::LONGEST_DRAIN } else { LONGEST_DRAIN };
            self.instance_steps[instance.slot()] = self.after(longest, Event::DrainEnds(instance));
        }
        if self.look_at_termination(instance) {
            return;
        }
        if let Some(group) = self.group_of(instance) {
            self.look_at_group(group); // it does not count any more
        }
    }

    /// Whether an instance that waits for its termination has nothing more to wait for, and is shut down.
    pub(super) fn look_at_termination(&mut self, instance: InstanceId) -> bool {
        let found = &self.cluster.instances[instance];
        let wait = &self.hook_waits[instance.slot()];
        let drained = !wait.drains || found.tasks.is_empty();
        let is_over = found.lifecycle == Lifecycle::TerminatingWait && drained && !wait.holds();
        if is_over {
            self.shut_down(instance);
        }
        is_over
    }

    /// CAS-15: a task of an instance that is drained before its termination has stopped; it may have been the last.
    pub(super) fn look_at_drain(&mut self, gone: TaskId) {
        let Host::Instance(instance) = self.cluster.tasks[gone].host else { return };
        if self.cluster.instances[instance].lifecycle == Lifecycle::TerminatingWait {
            self.look_at_termination(instance);
        }
    }

    /// CAS-15: 48 hours are over, whatever still runs there.
    pub(super) fn on_drain_ends(&mut self, instance: InstanceId) {
        self.instance_steps[instance.slot()] = None;
        self.hook_waits[instance.slot()].drains = false;
        self.look_at_termination(instance);
    }

    /// EC2 shuts the machine down: its bill ends, and what runs on it is lost.
    pub(super) fn shut_down(&mut self, instance: InstanceId) {
        self.cancel_hooks(instance);
        self.forget_spot_plans(instance);
        self.forget_plans_of_instance(instance); // one that still registers has a failure planned too
        if let Some(ticket) = self.instance_steps[instance.slot()].take() {
            self.queue.cancel(ticket);
        }
        let was_there = self.cluster.instances[instance].status.is_there();
        self.set_lifecycle(instance, Lifecycle::Terminating);
        if was_there {
            self.lose_instance(instance);
        }
        if self.cluster.instances[instance].status == InstanceStatus::Registering {
            self.break_off_registration(instance);
        }
        let length = SimDuration(
            self.cluster.parameters.instance_terminate().draw_ms(self.instance_uniforms(instance)[5]),
        );
        self.instance_steps[instance.slot()] = self.after(length, Event::InstanceIsTerminated(instance));
        if let Some(group) = self.group_of(instance) {
            self.look_at_group(group);
        }
    }

    pub(super) fn on_instance_is_terminated(&mut self, instance: InstanceId) {
        self.instance_steps[instance.slot()] = None;
        self.set_lifecycle(instance, Lifecycle::Terminated);
        self.forget_later(instance);
    }

    /// What is gone, and known to be gone, is forgotten with the last of its tasks (LIF-13).
    pub(super) fn forget_later(&mut self, instance: InstanceId) {
        let found = &self.cluster.instances[instance];
        if found.lifecycle == Lifecycle::Terminated && !found.status.is_lost() {
            let until = self.now + *self.cluster.parameters.stopped_task_retention();
            self.ended_instances.push_back((until, instance));
        }
    }

    /// FAIL-5: its zone takes an instance of a group down, for good; it is replaced once the group finds out.
    pub(super) fn fail_group_instance(&mut self, instance: InstanceId) {
        match self.cluster.instances[instance].lifecycle {
            Lifecycle::Pending
            | Lifecycle::PendingWait
            | Lifecycle::WarmedPending
            | Lifecycle::WarmedStopped
            | Lifecycle::WarmedRunning
            | Lifecycle::WarmedHibernated => self.terminate(instance, TerminationCause::Unhealthy),
            Lifecycle::InService if self.cluster.instances[instance].status.is_there() => {
                self.fail_instance(instance);
            }
            // The machine has run, and its agent has not registered it yet.
            Lifecycle::InService => self.terminate(instance, TerminationCause::Unhealthy),
            Lifecycle::TerminatingWait => self.shut_down(instance),
            Lifecycle::Fixed | Lifecycle::Terminating | Lifecycle::Terminated => {}
        }
    }

    /// ASG-4: until when the health of an instance does not count.
    pub(super) fn grace_ends(&self, instance: InstanceId) -> SimTime {
        let Some(group) = self.group_of(instance) else { return SimTime::ZERO };
        let grace = self.cluster.auto_scaling_group(group).settings.health_check_grace;
        self.cluster.instances[instance].in_service_at.map_or(SimTime::ZERO, |at| at + grace)
    }

    /// ASG-4: EC2's status checks have failed for long enough; the group replaces the instance, protected or not.
    pub(super) fn on_group_finds_unhealthy(&mut self, instance: InstanceId) {
        self.instance_steps[instance.slot()] = None;
        let Some(group) = self.group_of(instance) else { return };
        let held_back = [Process::HealthCheck, Process::ReplaceUnhealthy, Process::Terminate];
        if held_back.into_iter().any(|process| self.is_suspended(group, process)) {
            return; // ResumeProcesses comes back to it
        }
        if !self.cluster.instances[instance].lifecycle.is_leaving() {
            self.terminate(instance, TerminationCause::Unhealthy);
        }
    }

    /// SuspendProcesses and ResumeProcesses: what was held back goes on.
    pub(super) fn on_processes_changed(&mut self, id: AutoScalingGroupId) {
        let pool = self.cluster.auto_scaling_group(id).pool;
        let failed = |instance: &InstanceId| {
            let found = &self.cluster.instances[*instance];
            found.lifecycle == Lifecycle::InService
                && found.has_failed()
                && self.instance_steps[instance.slot()].is_none()
        };
        let failed: Vec<InstanceId> = self.cluster.counting_instances(pool).filter(failed).collect();
        failed.into_iter().for_each(|instance| self.on_group_finds_unhealthy(instance));
        self.look_at_group(id);
    }
}
