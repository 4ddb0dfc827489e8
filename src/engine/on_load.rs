//! Demand at work: minutes are measured, published, and scaling policies decide by them (AAS).
//!
//! A minute is an event only where it can matter: while demand, tasks and alarms stand still, the next one that could differ is
//! planned, and those between are told together.

use std::collections::VecDeque;

use super::event::Event;
use super::simulation::Simulation;
use crate::kernel::queue::Ticket;
use crate::kernel::time::SimTime;
use crate::model::demand::ServiceMinute;
use crate::model::service::{Service, ServiceSettings, ServiceStatus};
use crate::model::traffic_shift::ALL_TRAFFIC;
use crate::model::{Change, ServiceId};
use crate::observe::Observer;
use crate::policy::autoscale;
use crate::policy::explain::ExplanationSink;

const MINUTE_MS: u64 = 60_000;

/// What the tasks of a service can do at an instant.
///
/// While traffic shifts, the new revision and the old have requests of their own; else all tasks share them.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Rates {
    /// Requests a second of the tasks that serve, in thousandths: of all or the old revision, and of the new one.
    pub(super) serving: [u64; 2],
    /// The same weighted with the millionths that they answer with an error.
    pub(super) failing: [u128; 2],
    /// Requests a second of all that run.
    pub(super) running: u64,
    /// Tasks that serve.
    pub(super) targets: u64,
    /// The share of the requests that the new revision gets, in tenths of a percent.
    pub(super) weight: u32,
}

impl Rates {
    fn sums(self) -> Sums {
        let Rates { serving, failing, running, targets, weight } = self;
        let serving = serving.map(u128::from);
        [serving[0], serving[1], failing[0], failing[1], running.into(), targets.into(), weight.into()]
    }
}

/// Rates by milliseconds: serving and failing of both, running, targets, weight.
type Sums = [u128; 7];

/// The minutes of one service that are not told yet.
#[derive(Clone)]
pub(super) struct LoadMeter {
    /// The minute that is under way.
    minute: u64,
    /// Up to when the sums below go.
    since: SimTime,
    /// Summed over the minute that is under way.
    sums: Sums,
    rates: Rates,
    /// When they changed last.
    changed_at: SimTime,
    /// Minutes that are over and not published: the first, how many, and each of them.
    closed: VecDeque<(u64, u64, ServiceMinute)>,
    planned: Option<(SimTime, Ticket)>,
    /// When targets that fail their checks begin or cease to work, while all of them get requests (LB-6).
    reads_at: Option<SimTime>,
}

impl LoadMeter {
    fn add(&mut self, until: SimTime) {
        let ms = u128::from((until - self.since).0);
        for (sum, rate) in self.sums.iter_mut().zip(self.rates.sums()) {
            *sum += rate * ms;
        }
        self.since = until;
    }

    /// Closes every minute that ends at or before `now`, those that are alike together.
    fn advance(&mut self, service: &Service, now: SimTime) {
        let Some(load) = &service.load else { return };
        while (self.minute + 1) * MINUTE_MS <= now.0 {
            let is_whole = self.since.0 == self.minute * MINUTE_MS;
            self.add(SimTime((self.minute + 1) * MINUTE_MS));
            let measured = measured(load.demand.of_minute(self.minute), &self.sums);
            let mut count = 1;
            if is_whole {
                let last = now.0 / MINUTE_MS;
                count =
                    load.demand.next_change(self.minute).map_or(last, |next| next.min(last)) - self.minute;
            }
            self.closed.push_back((self.minute, count, measured));
            self.minute += count;
            self.since = SimTime(self.minute * MINUTE_MS);
            self.sums = [0; 7];
        }
        self.add(now);
    }

    /// The first minute that is not published.
    fn unpublished(&self) -> u64 {
        self.closed.front().map_or(self.minute, |(first, ..)| *first)
    }
}

/// AAS-3, AAS-4, DEP-34: what became of the requests of a minute. The rates are thousandths of a request a second, by
/// milliseconds.
fn measured(
    requests: u64,
    &[old, new, old_failing, new_failing, running, targets, weight]: &Sums,
) -> ServiceMinute {
    let to_new = (u128::from(requests) * weight / u128::from(u64::from(ALL_TRAFFIC) * MINUTE_MS)) as u64;
    let (mut served, mut failed) = (0, 0);
    for (asked, serving, failing) in [(requests - to_new, old, old_failing), (to_new, new, new_failing)] {
        let room = u64::try_from(serving / 1_000_000).unwrap_or(u64::MAX);
        let done = asked.min(room);
        served += done;
        // The mean of their shares of errors, weighted with what they can serve.
        failed += (u128::from(done) * failing).checked_div(serving * 1_000_000).unwrap_or(0) as u64;
    }
    let ratio =
        |part: u128, whole: u128| (whole > 0).then(|| u64::try_from(part / whole).unwrap_or(u64::MAX));
    ServiceMinute {
        requests,
        served,
        failed,
        memory_millionths: None,
        cpu_millionths: ratio(u128::from(served) * 1_000_000 * 100_000_000, running),
        per_target_millionths: ratio(u128::from(requests) * 1_000_000 * u128::from(MINUTE_MS), targets),
    }
}

impl<O: Observer, S: ExplanationSink> Simulation<'_, O, S> {
    pub(super) fn start_loads(&mut self) {
        for index in 0..self.cluster.services.len() {
            let service = ServiceId(index as u32);
            self.plan_scaling_schedule(service);
            if self.cluster.service(service).load.is_none() {
                continue;
            }
            let meter = LoadMeter {
                minute: 0,
                since: SimTime::ZERO,
                sums: [0; 7],
                rates: self.rates_of(service).0,
                changed_at: SimTime::ZERO,
                closed: VecDeque::new(),
                planned: None,
                reads_at: None,
            };
            self.loads.resize(index + 1, None);
            self.loads[index] = Some(meter);
            self.plan_publication(service, 0);
        }
    }

    /// A change that may concern the work of a service with demand.
    pub(super) fn note_for_loads(&mut self, change: &Change) {
        if self.loads.is_empty() {
            return;
        }
        self.note_neighbours(change);
        let service = match change {
            Change::TaskStatusChanged { task, .. }
            | Change::TaskHealthChanged { task, .. }
            | Change::TargetStateChanged { task, .. }
            | Change::TaskStopOrdered { task, .. }
            | Change::TaskHostLost { task }
            | Change::TaskEndedUnheard { task } => self.cluster.tasks[*task].service(),
            Change::ServiceUpdated { service, .. }
            | Change::ServiceStatusChanged { service, .. }
            | Change::ScalingChanged { service, .. }
            | Change::DeploymentStarted { service, .. }
            | Change::RollbackStarted { service, .. }
            | Change::RolloutStateChanged { service, .. }
            | Change::StageEntered { service, .. }
            | Change::TaskSetChanged { service, .. }
            | Change::DeploymentEnded { service, .. } => Some(*service),
            _ => None,
        };
        let Some(id) = service.filter(|id| self.loads.get(id.index()).is_some_and(Option::is_some)) else {
            return;
        };
        let is_task = !matches!(
            change,
            Change::ServiceUpdated { .. }
                | Change::ServiceStatusChanged { .. }
                | Change::ScalingChanged { .. }
                | Change::DeploymentStarted { .. }
                | Change::RollbackStarted { .. }
                | Change::RolloutStateChanged { .. }
                | Change::StageEntered { .. }
                | Change::TaskSetChanged { .. }
                | Change::DeploymentEnded { .. }
        );
        self.read_rates(id, is_task);
    }

    /// What the tasks can do from now on; where nothing else has changed, only if that has.
    pub(super) fn read_rates(&mut self, id: ServiceId, only_if_changed: bool) {
        let (rates, next_change) = self.rates_of(id);
        let now = self.now;
        let Some(meter) = &mut self.loads[id.index()] else { return };
        if let Some(at) = next_change.filter(|at| meter.reads_at.is_none_or(|planned| *at < planned)) {
            meter.reads_at = Some(at);
            let event = Event::WorkingTargetsChange(id);
            self.queue.schedule(at, event.rank(), event);
        }
        if only_if_changed && meter.rates == rates {
            return;
        }
        meter.advance(self.cluster.service(id), now);
        meter.rates = rates;
        meter.changed_at = now;
        let next = meter.unpublished();
        self.plan_publication(id, next);
    }

    /// LB-6: while a load balancer sends requests to targets that fail their checks, some of these begin or cease to work.
    pub(super) fn on_working_targets_change(&mut self, id: ServiceId) {
        let Some(meter) = &mut self.loads[id.index()] else { return };
        meter.reads_at = None;
        self.read_rates(id, true);
    }

    /// LAT-11: the datapoint of a minute is there `metric_lag` after its end.
    fn plan_publication(&mut self, id: ServiceId, minute: u64) {
        let lag = *self.cluster.parameters.metric_lag();
        let at = (SimTime((minute + 1).saturating_mul(MINUTE_MS)) + lag).max(self.now);
        let Some(meter) = &mut self.loads[id.index()] else { return };
        match meter.planned {
            Some((planned, _)) if planned <= at => return,
            Some((_, ticket)) => {
                self.queue.cancel(ticket);
            }
            None => {}
        }
        let event = Event::MinuteIsPublished(id);
        let ticket = self.queue.schedule(at, event.rank(), event);
        meter.planned = Some((at, ticket));
    }

    /// ORD-4, ORD-5: the minutes that are there now, and what the policies make of them.
    pub(super) fn on_minute_is_published(&mut self, id: ServiceId) {
        let lag = *self.cluster.parameters.metric_lag();
        let now = self.now;
        let Some(meter) = &mut self.loads[id.index()] else { return };
        meter.planned = None;
        meter.advance(self.cluster.service(id), now);
        // Minutes up to this one are published.
        let until = now.0.saturating_sub(lag.0) / MINUTE_MS;
        while let Some((first, count, minute)) = self.next_published(id, until) {
            let memory_millionths = self.memory_of(id, SimTime((first + 1) * MINUTE_MS));
            let minute = ServiceMinute { memory_millionths, ..minute };
            self.change(&Change::MinutesMeasured { service: id, first, count, minute });
            self.look_at_metric_alarms(id);
            self.scale_by(id, &minute);
            self.crash_under_load(id, first, &minute);
        }
        self.plan_next_minute(id, until);
    }

    fn next_published(&mut self, id: ServiceId, until: u64) -> Option<(u64, u64, ServiceMinute)> {
        let meter = self.loads[id.index()].as_mut()?;
        let &(first, count, minute) = meter.closed.front()?;
        if first >= until {
            return None;
        }
        let told = count.min(until - first);
        meter.closed.pop_front();
        if told < count {
            meter.closed.push_front((first + told, count - told, minute));
        }
        Some((first, told, minute))
    }

    fn plan_next_minute(&mut self, id: ServiceId, until: u64) {
        let service = self.cluster.service(id);
        let (Some(meter), Some(load)) = (&self.loads[id.index()], &service.load) else { return };
        let next = meter.unpublished();
        let last = until.saturating_sub(1);
        let stands_still = meter.changed_at.0 <= last * MINUTE_MS && meter.closed.is_empty();
        let at_rest = service.last_minute.is_some_and(|minute| {
            autoscale::is_at_rest(&self.cluster, id, &minute)
                && !self.is_overloaded(id, &minute)
                && !self.memory_moves(id)
        });
        if !(stands_still && at_rest) {
            return self.plan_publication(id, next);
        }
        if let Some(change) = load.demand.next_change(last) {
            self.plan_publication(id, change.max(next));
        }
    }

    /// DEP-25: deployments watch alarms by name, whoever raises them.
    fn look_at_metric_alarms(&mut self, id: ServiceId) {
        let alarms = self.cluster.service(id).metric_alarms.iter();
        let states: Vec<(Box<str>, bool)> =
            alarms.map(|alarm| (alarm.name.as_str().into(), alarm.is_raised())).collect();
        states.into_iter().for_each(|(name, raised)| self.set_alarm(name, raised));
    }

    fn scale_by(&mut self, service: ServiceId, minute: &ServiceMinute) {
        if self.cluster.service(service).status != ServiceStatus::Active {
            return;
        }
        let Some(scaling) = autoscale::decide(&self.cluster, service, minute, self.now) else { return };
        let before = self.cluster.service(service).settings.clone();
        self.change(&Change::DesiredCountScaled {
            service,
            policy: scaling.policy as u8,
            from: before.desired_count,
            to: scaling.to,
            from_running: scaling.from_running,
        });
        let settings = ServiceSettings { desired_count: scaling.to, ..before.clone() };
        self.change(&Change::ServiceUpdated { service, settings: Box::new((before, settings)) });
        self.wake_service(service);
    }

    /// The end: what was not published counts all the same, and nobody scales by it.
    pub(super) fn finish_loads(&mut self, end: SimTime) {
        for index in 0..self.loads.len() {
            let id = ServiceId(index as u32);
            let Some(meter) = &mut self.loads[index] else { continue };
            meter.advance(self.cluster.service(id), end);
            while let Some((first, count, minute)) = self.next_published(id, u64::MAX) {
                self.change(&Change::MinutesMeasured { service: id, first, count, minute });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// AAS-3, AAS-4: 3 of 4 tasks serve a whole minute at 25 requests a second: 3 × 25 × 60 = 4,500. Of 6,000 requests 1,500 find no
    /// room; CPU is 4,500 / (4 × 25 × 60) = 75 %; each target was asked 6,000 / 3 = 2,000 times.
    #[test]
    fn a_minute_is_measured_by_what_its_tasks_can_do() {
        let sums = [3 * 25_000 * 60_000, 0, 0, 0, 4 * 25_000 * 60_000, 3 * 60_000, 0];
        let minute = measured(6_000, &sums);
        assert_eq!((minute.served, minute.unserved()), (4_500, 1_500));
        assert_eq!(minute.cpu_millionths, Some(75_000_000));
        assert_eq!(minute.per_target_millionths, Some(2_000_000_000));
        assert_eq!(measured(5, &[0; 7]).cpu_millionths, None);
    }

    /// DEP-34: 10 % of 6,000 requests go to the new revision, whose four tasks could serve all and answer a quarter with an error:
    /// 600 served, 150 of them in error; the old ones have room for 4,500 of 5,400. 900 find no room.
    #[test]
    fn while_traffic_shifts_each_revision_serves_its_share() {
        let (old, new) = (3 * 25_000 * 60_000, 4 * 25_000 * 60_000);
        let sums = [old, new, 0, new * 250_000, old + new, 7 * 60_000, 100 * 60_000];
        let minute = measured(6_000, &sums);
        assert_eq!((minute.served, minute.failed, minute.unserved()), (5_100, 150, 900));
    }
}
