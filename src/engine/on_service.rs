//! The service scheduler at work: look, complete, stop, start (SVC, DEP).

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::event::Event;
use super::fate::Draws;
use super::launch::Launch;
use super::setup::StandingTask;
use super::simulation::Simulation;
use crate::kernel::queue::Ticket;
use crate::kernel::streams::Entity;
use crate::kernel::time::{SimDuration, SimTime};
use crate::model::placement::PlacementConstraint;
use crate::model::reason::{Refusal, Refused};
use crate::model::service::{SchedulingStrategy, ServiceSettings, ServiceStatus};
use crate::model::service_event::ServiceEvent;
use crate::model::stop::{StartFailure, StopCause};
use crate::model::task::Origin;
use crate::model::{Change, DeploymentNumber, ServiceId, TaskId, ZoneId};
use crate::observe::Observer;
use crate::policy::capacity::fallback::next_capacity;
use crate::policy::daemon::{self, DaemonWish, misplaced_daemons, wanted_daemons};
use crate::policy::explain::{ExplanationSink, Note, Topic, Wait};
use crate::policy::reconcile::look::{Look, tell_stops};
use crate::policy::{rebalance, reconcile};

/// SVC-8, QUO-7, QUO-8: 500 launches a minute, one each 120 ms.
const LAUNCH_INTERVAL: SimDuration = SimDuration(60_000 / 500);

/// What the scheduler has planned for a service.
#[derive(Clone, Default)]
pub(super) struct ServiceTimers {
    /// The next look, when and with what ticket.
    look: Option<(SimTime, Ticket)>,
    /// Whether a start phase is planned for this instant.
    starts: bool,
    /// Since when placement has been refused without a success (SVC-9).
    refused_since: Option<SimTime>,
    /// No attempt to place before this time (SVC-9).
    retry_at: Option<SimTime>,
    /// When throttles of its deployments end, each with a start phase planned (SVC-10).
    throttle_ends: BTreeSet<SimTime>,
    /// When each task that is lacking was first noticed to be lacking, the oldest first.
    short_since: VecDeque<SimTime>,
    /// The launch rate's bucket: when it will be full again (SVC-8).
    bucket_full_at: SimTime,
    /// Tasks fail to start until then (FAIL-2).
    pub(super) starts_fail_until: SimTime,
    /// Whether a look at its balance over zones is planned (AZR-7).
    pub(super) rebalancing_planned: bool,
    /// How many tasks were told to be protected, more than are wanted (SVC-20).
    told_blocked: Option<u32>,
    /// Whether it was told that the account's launch rate holds it back (QUO-9).
    told_throttled: bool,
    /// The deployment that was told to be stuck (DEP-6).
    told_stuck: Option<DeploymentNumber>,
}

impl<O: Observer, S: ExplanationSink> Simulation<'_, O, S> {
    /// Something that the scheduler reads of this task's service changed (SVC-2).
    pub(super) fn wake_service_of(&mut self, task: TaskId) {
        if let Some(service) = self.cluster.tasks[task].service() {
            self.wake_service(service);
        }
    }

    pub(super) fn wake_service(&mut self, service: ServiceId) {
        let at = self.now + *self.cluster.parameters.scheduler_wake();
        self.plan_look(service, at);
    }

    pub(super) fn look_at_once(&mut self, service: ServiceId) {
        self.plan_look(service, self.now);
    }

    /// The timers of a service, made where it is new.
    pub(super) fn timers_of(&mut self, service: ServiceId) -> &mut ServiceTimers {
        if self.services.len() <= service.index() {
            self.services.resize(service.index() + 1, ServiceTimers::default());
        }
        &mut self.services[service.index()]
    }

    fn plan_look(&mut self, service: ServiceId, at: SimTime) {
        match self.timers_of(service).look {
            Some((planned, _)) if planned <= at => return,
            Some((_, ticket)) => {
                self.queue.cancel(ticket);
            }
            None => {}
        }
        let event = Event::ServiceIsLookedAt(service);
        let ticket = self.queue.schedule(at, event.rank(), event);
        self.services[service.index()].look = Some((at, ticket));
    }

    /// ORD-7 and ORD-8: completion, then stops; starts follow at ORD-9 of the same instant.
    pub(super) fn on_service_is_looked_at(&mut self, service: ServiceId) {
        self.services[service.index()].look = None;
        let found = self.cluster.service(service);
        self.daemons_read_tasks |= found.is_daemon() && daemon::reads_tasks(&self.cluster, found);
        self.close_deployments(service);
        self.look_at_balance(service);
        self.stop_surplus(service);
        if self.cluster.service(service).rebalancing.is_some() {
            self.look_at_balance(service); // it may be over with these stops
        }
        self.finish_deletion(service);
        let steady = reconcile::is_steady(self.cluster.service(service));
        if steady != self.cluster.service(service).steady {
            self.change(&Change::SteadyStateChanged { service, steady });
        }
        self.tell_if_stuck(service);
        self.tell_if_scale_in_is_blocked(service);
        let lacking: u32 = reconcile::tasks_to_start(&self.cluster, service).iter().map(|(_, n)| n).sum();
        let moved: u32 = rebalance::tasks_to_start(&self.cluster, service).iter().map(|(_, n)| n).sum();
        if S::WANTED
            && self.sink.wants(Topic::Service(service))
            && let Some(look) = Look::of(&self.cluster, service, lacking)
        {
            self.sink.note(Note::Looked(Box::new(look)));
        }
        let timers = &mut self.services[service.index()];
        timers.short_since.resize(lacking as usize, self.now);
        if lacking == 0 {
            // SVC-9: what was refused is not wanted any more; a later shortage begins with quick attempts.
            (timers.refused_since, timers.retry_at, timers.told_throttled) = (None, None, false);
        }
        let waits = timers.retry_at.is_some_and(|retry_at| retry_at > self.now);
        if lacking + moved > 0 && !waits && !timers.starts {
            timers.starts = true;
            let event = self.start_of(service);
            self.queue.schedule(self.now, event.rank(), event);
        }
    }

    /// ORD-9: daemons first, so that they are the first on a new instance (INS-11).
    fn start_of(&self, service: ServiceId) -> Event {
        match self.cluster.service(service).is_daemon() {
            true => Event::DaemonStarts(service),
            false => Event::ServiceStarts(service),
        }
    }

    /// SVC-4: an instance came or went, and so did the wish for a daemon on it; a new instance is not kept waiting by
    /// one that has no room (SVC-5).
    pub(super) fn recount_daemons(&mut self) {
        for index in 0..self.cluster.services.len() {
            let service = ServiceId(index as u32);
            let found = self.cluster.service(service);
            if !found.is_daemon() || found.status != ServiceStatus::Active {
                continue;
            }
            if !misplaced_daemons(&self.cluster, service).is_empty() {
                self.wake_service(service);
            }
            let before = self.cluster.service(service).settings.clone();
            let desired_count =
                wanted_daemons(&self.cluster, &DaemonWish::of(&self.cluster, service, &before));
            if before.desired_count == desired_count {
                continue;
            }
            let settings = ServiceSettings { desired_count, ..before.clone() };
            self.change(&Change::ServiceUpdated { service, settings: Box::new((before, settings)) });
            self.timers_of(service).retry_at = None;
            self.look_at_once(service);
        }
    }

    /// A task came or went: constraints that ask for tasks may have another answer now (CQL-6, CQL-7).
    pub(super) fn ask_constraints_again(&mut self) {
        if self.line_reads_tasks {
            self.line_looked_at = self.line_looked_at.wrapping_sub(1);
        }
        if self.waiting_reads_tasks {
            self.waiting_looked_at = self.waiting_looked_at.wrapping_sub(1);
        }
        if self.daemons_read_tasks {
            self.recount_daemons();
        }
    }

    fn stop_surplus(&mut self, service: ServiceId) {
        let misplaced = match self.cluster.service(service).is_daemon() {
            true => misplaced_daemons(&self.cluster, service),
            false => Vec::new(),
        };
        if !misplaced.is_empty() {
            let ordinals = misplaced.iter().map(|task| self.cluster.tasks[*task].ordinal).collect();
            self.write_event(service, ServiceEvent::DaemonConstraintViolated { ordinals });
        }
        let stops = reconcile::tasks_to_stop(&self.cluster, service);
        if S::WANTED && self.sink.wants(Topic::Service(service)) {
            tell_stops(&self.cluster, service, &stops, &mut self.sink);
        }
        let ordinals: Box<[u64]> = stops.iter().map(|(task, _)| self.cluster.tasks[*task].ordinal).collect();
        let moves = self.cluster.service(service).rebalancing.is_some()
            && stops.iter().all(|(_, cause)| *cause == StopCause::ScaleIn);
        let mut by_zone: BTreeMap<ZoneId, Vec<u64>> = BTreeMap::new();
        for (task, _) in stops.iter().filter(|_| moves) {
            let found = &self.cluster.tasks[*task];
            if let Some(zone) = self.cluster.zone_of(found.host) {
                by_zone.entry(zone).or_default().push(found.ordinal);
            }
        }
        let drains = |(task, _): &&(TaskId, StopCause)| self.cluster.tasks[*task].is_registered_target();
        let draining = stops.iter().filter(drains).count() as u32;
        for (task, cause) in stops {
            self.stop_task(task, cause);
        }
        if draining > 0 {
            self.write_event(service, ServiceEvent::DrainingConnections { count: draining });
        }
        for (zone, ordinals) in by_zone {
            let ordinals = ordinals.into();
            self.write_event(service, ServiceEvent::RebalancingTasksStopped { zone, ordinals });
        }
        if !ordinals.is_empty() && !moves {
            self.write_event(service, ServiceEvent::TasksStopped { ordinals });
        }
    }

    pub(super) fn write_event(&mut self, service: ServiceId, event: ServiceEvent) {
        self.change(&Change::ServiceEventWritten { service, event });
    }

    /// DEP-6: ECS says once a deployment that its limits leave no room to move.
    fn tell_if_stuck(&mut self, service: ServiceId) {
        let found = self.cluster.service(service);
        let Some(primary) = found.primary().map(|primary| primary.number) else { return };
        if reconcile::is_stuck(found) && self.services[service.index()].told_stuck != Some(primary) {
            self.services[service.index()].told_stuck = Some(primary);
            self.write_event(service, ServiceEvent::DeploymentStuck);
        }
    }

    /// SVC-20: ECS says that a scale-in is held up by protected tasks, when that begins and when their number changes.
    fn tell_if_scale_in_is_blocked(&mut self, service: ServiceId) {
        let blocked = reconcile::scale_in_blocked(self.cluster.service(service));
        let told = std::mem::replace(&mut self.services[service.index()].told_blocked, blocked);
        if let Some(protected) = blocked.filter(|_| told != blocked) {
            self.write_event(service, ServiceEvent::ScaleInBlocked { protected });
        }
    }

    /// RES-11: a deleted service is INACTIVE when all its tasks are STOPPING or STOPPED.
    fn finish_deletion(&mut self, service: ServiceId) {
        let found = self.cluster.service(service);
        if found.status == ServiceStatus::Draining && found.counts.active == 0 {
            let (from, to) = (ServiceStatus::Draining, ServiceStatus::Inactive);
            self.change(&Change::ServiceStatusChanged { service, from, to });
        }
    }

    /// ORD-9: launches what is lacking, one task after another, until one finds no place.
    pub(super) fn on_service_starts(&mut self, service: ServiceId) {
        let now = self.now;
        let timers = &mut self.services[service.index()];
        timers.starts = false;
        timers.throttle_ends.retain(|ends| *ends > now);
        if timers.retry_at.is_some_and(|retry_at| retry_at > self.now) {
            return;
        }
        timers.retry_at = None;
        let first = self.cluster.service(service).launches + 1;
        self.launch_lacking(service);
        let launched = self.cluster.service(service).launches;
        let count = (launched + 1 - first) as u32;
        if count > 0 {
            self.write_event(service, ServiceEvent::TasksStarted { first, count });
        }
        if self.services[service.index()].retry_at.is_none() {
            self.launch_to_rebalance(service);
        }
    }

    fn launch_lacking(&mut self, service: ServiceId) {
        for (deployment, count) in reconcile::tasks_to_start(&self.cluster, service) {
            if self.is_throttled(service, deployment) {
                continue;
            }
            for _ in 0..count {
                if let Err(until) = self.take_launch_token(service) {
                    self.write_event(service, ServiceEvent::OperationsThrottled);
                    self.tell_wait(service, deployment, Wait::LaunchRate, until);
                    return self.start_later(service, until);
                }
                match self.launch_for(service, deployment, (None, false)) {
                    Ok(_) => {
                        let timers = &mut self.services[service.index()];
                        timers.refused_since = None;
                        timers.short_since.pop_front();
                    }
                    Err(refused) => {
                        self.give_launch_token_back(service);
                        return match refused.reason {
                            Refusal::Throttled => self.wait_for_account(service, deployment),
                            _ => self.retry_placement_later(service, deployment, refused),
                        };
                    }
                }
            }
        }
    }

    /// QUO-9, QUO-10: the account's launch rate is used up; the service goes on when the next launch is there. It says so
    /// once for each time that it lacks tasks.
    pub(super) fn wait_for_account(&mut self, service: ServiceId, deployment: DeploymentNumber) {
        let (_, choice) = next_capacity(&self.cluster, self.cluster.service(service), deployment);
        let Some(pool) = choice.capacity.fargate_pool() else { return };
        let until = self.next_fargate_launch(pool);
        if !std::mem::replace(&mut self.services[service.index()].told_throttled, true) {
            self.write_event(service, ServiceEvent::OperationsThrottled);
        }
        self.tell_wait(service, deployment, Wait::AccountLaunchRate, until);
        self.start_later(service, until);
    }

    /// SVC-10: whether failed starts put the launches of a deployment off; if so, it is tried again when that is over.
    pub(super) fn is_throttled(&mut self, service: ServiceId, deployment: DeploymentNumber) -> bool {
        let found = self.cluster.service(service).deployment(deployment);
        let until = found.and_then(|found| found.throttled_until).filter(|until| *until > self.now);
        let Some(until) = until else { return false };
        self.tell_wait(service, deployment, Wait::StartThrottle, until);
        if self.services[service.index()].throttle_ends.insert(until) {
            let event = self.start_of(service);
            self.queue.schedule(until, event.rank(), event);
        }
        true
    }

    /// What was refused is asked for elsewhere: nobody waits for the next attempt.
    pub(super) fn forget_retry(&mut self, service: ServiceId) {
        self.timers_of(service).retry_at = None;
    }

    pub(super) fn start_later(&mut self, service: ServiceId, at: SimTime) {
        self.services[service.index()].retry_at = Some(at);
        let event = self.start_of(service);
        self.queue.schedule(at, event.rank(), event);
    }

    /// SVC-8: a token bucket that starts full, as the one number by which it can be kept: when it is full again.
    pub(super) fn take_launch_token(&mut self, service: ServiceId) -> Result<(), SimTime> {
        let depth =
            SimDuration(LAUNCH_INTERVAL.0 * u64::from(*self.cluster.parameters.service_launch_bucket()));
        let timers = &mut self.services[service.index()];
        let full_at = timers.bucket_full_at.max(self.now) + LAUNCH_INTERVAL;
        if full_at > self.now + depth {
            return Err(SimTime(full_at.0 - depth.0));
        }
        timers.bucket_full_at = full_at;
        Ok(())
    }

    pub(super) fn give_launch_token_back(&mut self, service: ServiceId) {
        let timers = &mut self.services[service.index()];
        timers.bucket_full_at = SimTime(timers.bucket_full_at.0.saturating_sub(LAUNCH_INTERVAL.0));
    }

    /// SVC-10: a task that ended before RUNNING by its own fault puts off the next launch of its deployment. One that was
    /// told to stop, or lost its host, does not count.
    pub(super) fn count_failed_start(&mut self, task: TaskId) {
        let found = &self.cluster.tasks[task];
        let Origin::Service { service, deployment } = found.origin else { return };
        let at_fault = match found.stop {
            Some(StopCause::FailedToStart(StartFailure::NoCapacity)) => false, // no fault of its own
            Some(
                StopCause::FailedToStart(_)
                | StopCause::EssentialContainerExited { .. }
                | StopCause::OutOfMemory,
            ) => found.started_at.is_none(),
            _ => false,
        };
        let Some(of) = self.cluster.service(service).deployment(deployment).filter(|_| at_fault) else {
            return;
        };
        let failed_starts = of.failed_starts.saturating_add(1);
        let parameters = &self.cluster.parameters;
        let first = parameters.start_delay_first().0;
        let delay =
            first.saturating_mul(1 << (failed_starts - 1).min(40)).min(parameters.start_delay_limit().0);
        let until = Some(self.now + SimDuration(delay));
        self.change(&Change::StartThrottleChanged { service, deployment, failed_starts, until });
        if failed_starts >= *self.cluster.parameters.start_impaired_after() {
            self.write_event(service, ServiceEvent::StartImpaired);
        }
    }

    /// SVC-10: a task that reached RUNNING ends the row of failures of its deployment.
    pub(super) fn end_start_failures(&mut self, task: TaskId) {
        let Origin::Service { service, deployment } = self.cluster.tasks[task].origin else { return };
        let of = self.cluster.service(service).deployment(deployment);
        if of.is_some_and(|of| of.failed_starts > 0) {
            let end = Change::StartThrottleChanged { service, deployment, failed_starts: 0, until: None };
            self.change(&end);
        }
    }

    /// SVC-9: attempts follow each other quickly at first, then slowly.
    fn retry_placement_later(&mut self, service: ServiceId, deployment: DeploymentNumber, refused: Refused) {
        let Refused { reason, why } = refused;
        self.change(&Change::ServicePlacementRefused { service, reason, why });
        let parameters = &self.cluster.parameters;
        let timers = &mut self.services[service.index()];
        let since = *timers.refused_since.get_or_insert(self.now);
        let fast = self.now - since < *parameters.place_fast_window();
        let wait = if fast { *parameters.place_retry_fast() } else { *parameters.place_retry_slow() };
        timers.retry_at = Some(self.now + wait);
        self.after(wait, self.start_of(service));
        self.tell_wait(service, deployment, Wait::PlacementRetry, self.now + wait);
    }

    fn tell_wait(&mut self, service: ServiceId, deployment: DeploymentNumber, why: Wait, until: SimTime) {
        if S::WANTED && self.sink.wants(Topic::Service(service)) {
            self.sink.note(Note::Waits { service, deployment, why, until });
        }
    }

    pub(super) fn launch_for(
        &mut self,
        id: ServiceId,
        deployment: DeploymentNumber,
        (only_zone, settled): (Option<ZoneId>, bool),
    ) -> Result<TaskId, Refused> {
        self.launch_of_service(id, deployment, (only_zone, settled), None)
    }

    /// Launches a task, or puts one where it stands at time zero.
    pub(super) fn launch_of_service(
        &mut self,
        id: ServiceId,
        deployment: DeploymentNumber,
        (only_zone, settled): (Option<ZoneId>, bool),
        standing: Option<StandingTask>,
    ) -> Result<TaskId, Refused> {
        let service = self.cluster.service(id);
        let Some(found) = service.deployment(deployment) else { return Err(Refusal::NoInstances.into()) };
        let task_definition = found.task_definition;
        let settings = service.settings.clone();
        let zones = found.task_set.as_ref().map_or(&settings.zones, |set| &set.zones).clone();
        let choice = match standing {
            None => next_capacity(&self.cluster, service, deployment),
            Some(task) => {
                let choices = found.task_set.as_ref().map_or(&settings.capacity, |set| &set.capacity);
                (task.choice, choices[task.choice])
            }
        };
        let ordinal = service.launches + 1;
        let entity = Entity::named(&service.name).number(ordinal);
        let requested_at =
            self.services.get(id.index()).and_then(|timers| timers.short_since.front().copied());
        let mut constraints = settings.constraints.clone();
        if settings.scheduling == SchedulingStrategy::Daemon {
            constraints.push(PlacementConstraint::DistinctInstance); // one an instance (SVC-4)
        }
        let launch = Launch {
            origin: Origin::Service { service: id, deployment },
            entity,
            ordinal,
            attempt: 1,
            task_definition,
            group: service.group,
            choice,
            zones: zones.as_deref(),
            only_zone,
            named: None,
            standing: standing.map(|task| task.host),
            constraints: &constraints,
            strategies: &settings.strategies,
            rule: &settings.placement_rule,
            reserved: self.cluster.task_definition(task_definition).reserved,
            requested_at: requested_at.unwrap_or(self.now),
            waited: false,
            settled,
            work: None,
        };
        let draws = Draws::open(&self.streams, entity);
        self.launch(&launch, draws)
    }
}
