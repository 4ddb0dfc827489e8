//! The loop: pop, let the clock move, handle, observe.

use std::collections::VecDeque;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use thiserror::Error;

use super::event::Event;
use super::fate::Fate;
use super::on_caller::{CallerState, Pending};
use super::on_capacity::{Awaiting, ProviderTimer};
use super::on_hook::HookWait;
use super::on_load::LoadMeter;
use super::on_replacement::Replacement;
use super::on_service::ServiceTimers;
use super::quotas::Quotas;
use super::setup::{End, OnRefusal, Setup, TaskBehaviour};
use crate::kernel::queue::{EventQueue, Ticket};
use crate::kernel::streams::Streams;
use crate::kernel::time::{SimDuration, SimTime};
use crate::model::placement::PlacementConstraint;
use crate::model::reason::Refused;
use crate::model::{Change, Cluster, InstanceId, PoolId, Resources, TaskDefinitionId, TaskId, ZoneId};
use crate::observe::Observer;
use crate::policy::explain::ExplanationSink;
use crate::policy::placement::Scratch;

/// So many events in one instant are taken for a loop that never ends (F23).
pub const MAX_EVENTS_IN_ONE_INSTANT: u64 = 1_000_000;

/// One replication of a setup. `O` watches it, `S` hears why its policies decide as they do.
pub struct Simulation<'a, O, S> {
    pub(super) setup: &'a Setup,
    pub(super) cluster: Cluster,
    pub(super) queue: EventQueue<Event>,
    pub(super) streams: Streams,
    pub(super) now: SimTime,
    pub(super) observer: O,
    pub(super) sink: S,
    /// By task definition: those of time zero, then those registered since.
    pub(super) behaviours: Vec<Arc<TaskBehaviour>>,
    /// By slot of the task.
    pub(super) fates: Vec<Fate>,
    /// Stopped tasks, the first to be forgotten in front (LIF-13).
    pub(super) stopped: VecDeque<(SimTime, TaskId)>,
    pub(super) services: Vec<ServiceTimers>,
    pub(super) callers: Vec<CallerState>,
    /// Requests that wait for something, by slot; free slots are `None`.
    pub(super) pending: Vec<Option<Pending>>,
    pub(super) free_pending: Vec<u32>,
    /// The callers that wait in line (`onRefusal: wait`).
    pub(super) line: VecDeque<u32>,
    pub(super) line_looked_at: u64,
    pub(super) line_moves: bool,
    /// Whether a caller that waits in line has constraints that ask for tasks.
    pub(super) line_reads_tasks: bool,
    /// Whether a DAEMON service has such constraints.
    pub(super) daemons_read_tasks: bool,
    /// Refusals that still hold: nothing got freer since.
    pub(super) refusals: FxHashMap<(u64, TaskDefinitionId, Resources, Option<PoolId>, bool), Refused>,
    pub(super) refusals_version: u64,
    /// By provider of Managed Instances: whether it launches at the end of this instant.
    pub(super) managed_launches: Vec<bool>,
    /// By slot of a managed instance without tasks: when it goes.
    pub(super) idle_until: Vec<Option<SimTime>>,
    /// Images present by slot of the instance (LAT-4).
    pub(super) images: Vec<Vec<u32>>,
    /// By slot of the instance: its next failure.
    pub(super) instance_failures: Vec<Option<Ticket>>,
    /// By slot of the instance: when ECS notices that it is gone.
    pub(super) instance_notices: Vec<Option<Ticket>>,
    /// When the trunk interface of an instance that registers is there, by slot.
    pub(super) trunks: Vec<Option<Ticket>>,
    /// By slot of the instance: the next step of its life with its Auto Scaling group.
    pub(super) instance_steps: Vec<Option<Ticket>>,
    /// By slot of the instance: from the running machine to the registered instance (LAT-9).
    pub(super) registrations: Vec<SimDuration>,
    /// By slot of the instance: what is planned for it as a Spot instance.
    pub(super) spot_plans: Vec<super::on_spot::SpotPlans>,
    /// By Spot supply: how many reclaims of the whole pool there were.
    pub(super) reclaims_so_far: Vec<u64>,
    /// Terminated instances, the first to be forgotten in front.
    pub(super) ended_instances: VecDeque<(SimTime, InstanceId)>,
    /// By Auto Scaling group: whether another attempt to launch is planned (ASG-11).
    pub(super) group_retries: Vec<bool>,
    /// By Auto Scaling group: its next scheduled action.
    pub(super) group_schedules: Vec<Option<Ticket>>,
    /// By Auto Scaling group: until when its instance refresh waits for the end of protections.
    pub(super) refresh_patience: Vec<Option<SimTime>>,
    /// By slot of the instance: what its lifecycle hooks wait for.
    pub(super) hook_waits: Vec<HookWait>,
    /// Instances that groups launched before they let others go, the first in front.
    pub(super) replacements: Vec<Replacement>,
    /// By capacity provider: the next datapoint of its metric.
    pub(super) providers: Vec<ProviderTimer>,
    /// Tasks that wait in PROVISIONING for capacity, the oldest in front (CAS-12).
    pub(super) awaiting: VecDeque<Awaiting>,
    pub(super) waiting_looked_at: u64,
    pub(super) waiting_moves: bool,
    /// Whether one of them has constraints that ask for tasks.
    pub(super) waiting_reads_tasks: bool,
    /// The account's rates (QUO).
    pub(super) quotas: Quotas,
    /// How many agents are disconnected.
    pub(super) disconnected: u32,
    /// By slot of the instance: when its agent is connected again.
    pub(super) agent_returns: Vec<Option<(SimTime, Ticket)>>,
    /// What happened on instances whose agents are disconnected, in order (INS-4).
    pub(super) held_back: Vec<(InstanceId, Event)>,
    /// By slot of the instance: tasks that its agent lets wait for room, in order (LIF-21).
    pub(super) waiting_for_room: Vec<VecDeque<TaskId>>,
    /// Instances whose own repair is over, or was none of theirs, but not their zone's outage.
    pub(super) waits_for_zone: Vec<(ZoneId, InstanceId)>,
    pub(super) zone_failures_so_far: Vec<u64>,
    /// By service with demand: its minutes that are not told yet.
    pub(super) loads: Vec<Option<LoadMeter>>,
    /// By service: its next scheduled scaling action.
    pub(super) scaling_schedules: Vec<Option<Ticket>>,
    /// By alarm of the timeline: until when it is in ALARM.
    pub(super) alarms_end: Vec<SimTime>,
    pub(super) scratch: Scratch,
    pub(super) standalone_open: u64,
    pub(super) open_callers: usize,
    events: u64,
}

/// What is left when a simulation is over.
pub struct Outcome<O, S> {
    /// The observer.
    pub observer: O,
    /// The explanations.
    pub sink: S,
    /// The cluster at the end.
    pub cluster: Cluster,
    /// When it ended.
    pub end: SimTime,
    /// Events that happened.
    pub events: u64,
}

/// Why a simulation was stopped.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum RunError {
    /// F23: time stands still.
    #[error(
        "more than {MAX_EVENTS_IN_ONE_INSTANT} events at one instant ({at}): {what} starts and ends without any delay; \
         give it a start-up time, a run time or a retry interval above 0"
    )]
    Livelock {
        /// When.
        at: SimTime,
        /// What the last of them was about.
        what: String,
    },
}

fn line_reads_tasks(setup: &Setup) -> bool {
    let waits =
        setup.world.callers.iter().flatten().filter(|c| matches!(c.on_refusal, OnRefusal::Wait { .. }));
    let mut constraints = waits.flat_map(|caller| {
        let definition = setup.cluster.task_definition(caller.task_definition);
        definition.constraints.iter().chain(&caller.constraints)
    });
    constraints.any(PlacementConstraint::reads_tasks)
}

impl<'a, O: Observer, S: ExplanationSink> Simulation<'a, O, S> {
    /// Replication `replication` of `setup`, before its first event.
    pub fn new(setup: &'a Setup, replication: u64, observer: O, sink: S) -> Self {
        let mut cluster = setup.cluster.clone();
        cluster.parameters = Arc::new(cluster.parameters.apart());
        for caller in setup.world.callers.iter().flatten() {
            cluster.keep_order_for(&caller.placement_rule, &caller.strategies);
        }
        let slots = cluster.instances.slots();
        Simulation {
            services: vec![ServiceTimers::default(); cluster.services.len()],
            callers: (0..cluster.callers.len()).map(|_| CallerState::default()).collect(),
            images: vec![Vec::new(); slots],
            instance_failures: vec![None; slots],
            instance_notices: vec![None; slots],
            trunks: vec![None; slots],
            instance_steps: vec![None; slots],
            registrations: vec![SimDuration::ZERO; slots],
            spot_plans: Vec::new(),
            reclaims_so_far: Vec::new(),
            ended_instances: VecDeque::new(),
            group_retries: vec![false; cluster.auto_scaling_groups.len()],
            group_schedules: vec![None; cluster.auto_scaling_groups.len()],
            refresh_patience: vec![None; cluster.auto_scaling_groups.len()],
            hook_waits: vec![HookWait::default(); slots],
            replacements: Vec::new(),
            providers: Vec::new(),
            awaiting: VecDeque::new(),
            waiting_looked_at: 0,
            waiting_moves: false,
            waiting_reads_tasks: false,
            quotas: Quotas::default(),
            disconnected: 0,
            agent_returns: vec![None; slots],
            held_back: Vec::new(),
            waiting_for_room: vec![VecDeque::new(); slots],
            waits_for_zone: Vec::new(),
            zone_failures_so_far: vec![0; cluster.zones.len()],
            loads: Vec::new(),
            scaling_schedules: Vec::new(),
            alarms_end: Vec::new(),
            behaviours: setup.world.tasks.clone(),
            streams: Streams::new(setup.seed, replication),
            setup,
            cluster,
            queue: EventQueue::new(),
            now: SimTime::ZERO,
            observer,
            sink,
            fates: Vec::new(),
            stopped: VecDeque::new(),
            pending: Vec::new(),
            free_pending: Vec::new(),
            line: VecDeque::new(),
            line_looked_at: 0,
            line_moves: false,
            line_reads_tasks: line_reads_tasks(setup),
            daemons_read_tasks: false,
            refusals: FxHashMap::default(),
            refusals_version: 0,
            managed_launches: Vec::new(),
            idle_until: Vec::new(),
            scratch: Scratch::default(),
            standalone_open: 0,
            open_callers: 0,
            events: 0,
        }
    }

    /// Simulates to the end.
    ///
    /// # Errors
    /// [`RunError::Livelock`] where the scenario lets something happen for ever without time passing.
    pub fn run(mut self) -> Result<Outcome<O, S>, RunError> {
        self.begin();
        let horizon = match self.setup.end {
            End::At(end) => end,
            End::UntilDone => SimTime::LATEST_END,
        };
        let mut in_this_instant = 0;
        while let Some(at) = self.queue.next_time().filter(|at| *at <= horizon) {
            if at > self.now {
                if self.is_done() {
                    break;
                }
                self.observer.time_moves(self.now, at, &self.cluster);
                self.now = at;
                in_this_instant = 0;
                self.forget_stopped_tasks();
            }
            let Some((_, event)) = self.queue.pop() else { break };
            self.events += 1;
            in_this_instant += 1;
            if in_this_instant > MAX_EVENTS_IN_ONE_INSTANT {
                return Err(RunError::Livelock { at, what: self.subject_of(event) });
            }
            self.handle(event);
        }
        let end = match self.setup.end {
            End::At(end) => end,
            End::UntilDone => self.now,
        };
        self.observer.time_moves(self.now, end, &self.cluster);
        self.now = end;
        self.finish_loads(end);
        self.observer.end(end, &self.cluster);
        let Simulation { observer, sink, cluster, events, .. } = self;
        Ok(Outcome { observer, sink, cluster, end, events })
    }

    fn begin(&mut self) {
        self.observer.begin(&self.cluster);
        self.start_hosts();
        self.start_spot();
        self.start_groups();
        self.start_services();
        self.start_loads();
        self.start_providers();
        self.start_policies();
        self.start_callers();
        self.start_timeline();
    }

    fn is_done(&self) -> bool {
        self.setup.end == End::UntilDone && self.open_callers == 0 && self.standalone_open == 0
    }

    pub(super) fn handle(&mut self, event: Event) {
        if self.disconnected > 0 && self.is_held_back(event) {
            return;
        }
        match event {
            Event::InstanceFails(instance) => self.on_instance_fails(instance),
            Event::InstanceReturns(instance) => self.on_instance_returns(instance),
            Event::InstanceIsNoticed(instance) => self.on_instance_is_noticed(instance),
            Event::TrunkIsAttached(instance) => self.on_trunk_is_attached(instance),
            Event::InstanceRuns(instance) => self.on_instance_runs(instance),
            Event::AgentRegisters(instance) => self.on_agent_registers(instance),
            Event::GroupFindsUnhealthy(instance) => self.on_group_finds_unhealthy(instance),
            Event::DrainEnds(instance) => self.on_drain_ends(instance),
            Event::InstanceIsTerminated(instance) => self.on_instance_is_terminated(instance),
            Event::GroupTriesAgain(group) => self.on_group_tries_again(group),
            Event::HooksEnd(instance) => self.on_hooks_end(instance),
            Event::LifetimeEnds(instance) => self.on_lifetime_ends(instance),
            Event::InstanceIsWarm(instance) => self.on_instance_is_warm(instance),
            Event::RefreshGoesOn(group) => self.on_refresh_goes_on(group),
            Event::ScheduledActionIsDue(group) => self.on_scheduled_action_is_due(group),
            Event::WaitingTasksMove => self.on_waiting_tasks_move(),
            Event::ReservationIsMeasured(provider) => self.on_reservation_is_measured(provider),
            Event::SpotNoticeComes(instance) => self.on_spot_notice_comes(instance),
            Event::RebalanceIsRecommended(instance) => self.on_rebalance_is_recommended(instance),
            Event::SpotDrains(instance) => self.on_spot_drains(instance),
            Event::SpotEnds(instance) => self.on_spot_ends(instance),
            Event::SpotPoolIsReclaimed(supply) => self.on_spot_pool_is_reclaimed(supply),
            Event::SpotCapacityChanges(supply, step) => self.on_spot_capacity_changes(supply, step as usize),
            Event::ZoneFails(zone) => self.on_zone_fails(zone),
            Event::ZoneReturns(zone, renew) => self.on_zone_returns(zone, renew),
            Event::SpotIsReclaimed(task) => self.on_spot_is_reclaimed(task),
            Event::FargateHostIsNoticed(task) => self.on_lost_task_is_noticed(task),
            Event::TaskAdvances(task) => self.on_task_advances(task),
            Event::ContainerStarts(task, container) => self.on_container_starts(task, container),
            Event::ContainerExits(task, container) => self.on_container_exits(task, container),
            Event::ContainerHealthChanges(task, container, to) => {
                self.on_container_health_changes(task, container, to);
            }
            Event::PatienceEnds(task, container) => self.on_patience_ends(task, container),
            Event::GraceEnds(task) => self.on_grace_ends(task),
            Event::AgentReconnects(instance) => self.on_agent_reconnects(instance),
            Event::CapacityReturns(place) => self.on_capacity_returns(place),
            Event::RetirementBegins(task) => self.on_retirement_begins(task),
            Event::ProtectionExpires(task) => self.on_protection_expires(task),
            Event::TargetTurns(task, target) => self.on_target_turns(task, target),
            Event::TargetsAreDrained(task) => self.on_targets_are_drained(task),
            Event::TaskBecomesHealthy(task) => self.on_task_becomes_healthy(task),
            Event::TimelineIsDue(entry) => self.on_timeline_is_due(entry as usize),
            Event::CallerArrives(caller) => self.on_caller_arrives(caller),
            Event::CallerRetries(request) | Event::CallerResubmits(request) => {
                self.on_caller_retries(request)
            }
            Event::CallerLosesPatience(request) => self.on_caller_loses_patience(request),
            Event::ScalingScheduleIsDue(service) => self.on_scaling_schedule_is_due(service),
            Event::MinuteIsPublished(service) => self.on_minute_is_published(service),
            Event::AlarmEnds(alarm) => self.on_alarm_ends(alarm),
            Event::DeploymentIsDue(service) => self.look_at_once(service),
            Event::WorkingTargetsChange(service) => self.on_working_targets_change(service),
            Event::RebalancingIsDue(service) => self.on_rebalancing_is_due(service),
            Event::RepackingIsDue(provider) => self.on_repacking_is_due(provider),
            Event::FallbackIsDue(service) => self.on_fallback_is_due(service),
            Event::ManagedInstancesAreLaunched(provider) => self.on_managed_instances_are_launched(provider),
            Event::ManagedInstanceIsIdle(instance) => self.on_managed_instance_is_idle(instance),
            Event::ServiceIsLookedAt(service) => self.on_service_is_looked_at(service),
            Event::DaemonStarts(service) | Event::ServiceStarts(service) => self.on_service_starts(service),
            Event::LineMoves => self.on_line_moves(),
        }
        self.wake_line();
        self.wake_waiting();
    }

    /// Makes a change true and shows it.
    pub(super) fn change(&mut self, change: &Change) {
        self.cluster.apply(self.now, change);
        self.observer.observe(self.now, change, &self.cluster);
        if !self.cluster.capacity_providers.is_empty() {
            self.note_for_providers(change);
        }
        if !self.loads.is_empty() {
            self.note_for_loads(change);
        }
    }

    /// Plans an event for now + `delay`.
    pub(super) fn after(&mut self, delay: SimDuration, event: Event) -> Option<Ticket> {
        let at = self.now + delay;
        (at != SimTime::NEVER).then(|| self.queue.schedule(at, event.rank(), event))
    }

    fn forget_stopped_tasks(&mut self) {
        while let Some((_, task)) = self.stopped.pop_front_if(|(until, _)| *until <= self.now) {
            self.change(&Change::TaskForgotten { task });
        }
        while let Some((_, instance)) = self.ended_instances.pop_front_if(|(until, _)| *until <= self.now) {
            self.change(&Change::InstanceForgotten { instance });
        }
    }

    fn subject_of(&self, event: Event) -> String {
        match event {
            Event::SpotIsReclaimed(task)
            | Event::FargateHostIsNoticed(task)
            | Event::TaskAdvances(task)
            | Event::ContainerStarts(task, _)
            | Event::ContainerExits(task, _)
            | Event::ContainerHealthChanges(task, ..)
            | Event::PatienceEnds(task, _)
            | Event::GraceEnds(task)
            | Event::RetirementBegins(task)
            | Event::ProtectionExpires(task)
            | Event::TargetTurns(task, _)
            | Event::TargetsAreDrained(task)
            | Event::TaskBecomesHealthy(task) => self
                .cluster
                .tasks
                .get(task)
                .map_or_else(|| "a task".to_owned(), |_| format!("task {}", self.cluster.task_name(task))),
            Event::RebalancingIsDue(service)
            | Event::DeploymentIsDue(service)
            | Event::WorkingTargetsChange(service)
            | Event::MinuteIsPublished(service)
            | Event::ScalingScheduleIsDue(service)
            | Event::FallbackIsDue(service)
            | Event::ServiceIsLookedAt(service)
            | Event::DaemonStarts(service)
            | Event::ServiceStarts(service) => {
                format!("service {}", self.cluster.service(service).name)
            }
            Event::CallerArrives(caller) => format!("caller {}", self.cluster.caller(caller).name),
            Event::CallerRetries(request)
            | Event::CallerResubmits(request)
            | Event::CallerLosesPatience(request) => self.pending[request as usize].as_ref().map_or_else(
                || "a caller".to_owned(),
                |p| format!("caller {}", self.cluster.caller(p.caller).name),
            ),
            Event::InstanceFails(instance)
            | Event::InstanceReturns(instance)
            | Event::AgentReconnects(instance)
            | Event::TrunkIsAttached(instance)
            | Event::InstanceRuns(instance)
            | Event::AgentRegisters(instance)
            | Event::GroupFindsUnhealthy(instance)
            | Event::DrainEnds(instance)
            | Event::SpotNoticeComes(instance)
            | Event::RebalanceIsRecommended(instance)
            | Event::ManagedInstanceIsIdle(instance)
            | Event::SpotDrains(instance)
            | Event::SpotEnds(instance)
            | Event::InstanceIsTerminated(instance)
            | Event::InstanceIsNoticed(instance) => {
                format!("instance {}", self.cluster.instance_name(instance))
            }
            Event::LifetimeEnds(instance) | Event::InstanceIsWarm(instance) | Event::HooksEnd(instance) => {
                let is_there = self.cluster.instances.get(instance).is_some();
                match is_there {
                    true => format!("instance {}", self.cluster.instance_name(instance)),
                    false => "an instance".to_owned(),
                }
            }
            Event::ZoneFails(zone) | Event::ZoneReturns(zone, _) => {
                format!("zone {}", self.cluster.zones[zone.index()].name)
            }
            Event::SpotPoolIsReclaimed(supply) | Event::SpotCapacityChanges(supply, _) => {
                format!("Spot pool {}", self.setup.world.spot_supplies[supply as usize].name)
            }
            Event::AlarmEnds(alarm) => format!("alarm {}", self.setup.world.alarms[usize::from(alarm)]),
            Event::CapacityReturns(_) => "a shortage of capacity".to_owned(),
            Event::TimelineIsDue(entry) => format!("timeline[{entry}]"),
            Event::LineMoves => "the line of waiting callers".to_owned(),
            Event::WaitingTasksMove => "the tasks that wait in PROVISIONING".to_owned(),
            Event::GroupTriesAgain(group)
            | Event::RefreshGoesOn(group)
            | Event::ScheduledActionIsDue(group) => {
                format!("Auto Scaling group {}", self.cluster.auto_scaling_group(group).name)
            }
            Event::ReservationIsMeasured(provider)
            | Event::RepackingIsDue(provider)
            | Event::ManagedInstancesAreLaunched(provider) => {
                format!("capacity provider {}", self.cluster.capacity_provider(provider).name)
            }
        }
    }
}
