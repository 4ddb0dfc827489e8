//! Availability Zone rebalancing at work (AZR-3, AZR-5, AZR-6, AZR-7).

use super::event::Event;
use super::simulation::Simulation;
use crate::kernel::time::SimDuration;
use crate::model::reason::Refusal;
use crate::model::service::{RebalancingPhase, ServiceStatus};
use crate::model::service_event::ServiceEvent;
use crate::model::{Change, ServiceId, ZoneId};
use crate::observe::Observer;
use crate::policy::explain::ExplanationSink;
use crate::policy::rebalance;

impl<O: Observer, S: ExplanationSink> Simulation<'_, O, S> {
    /// Each look at a service: an imbalance is noticed, or a rebalancing under way comes to its end.
    pub(super) fn look_at_balance(&mut self, service: ServiceId) {
        let found = self.cluster.service(service);
        let Some(desired_before) = found.rebalancing else {
            if rebalance::is_due(&self.cluster, service) {
                self.plan_rebalancing(service, *self.cluster.parameters.az_rebalance_check());
            }
            return;
        };
        let (counts, desired) = (found.counts, found.settings.desired_count);
        let void = found.status != ServiceStatus::Active
            || found.is_deploying()
            || desired != desired_before
            || !rebalance::is_on(&self.cluster, found);
        if void {
            self.set_rebalancing(service, RebalancingPhase::Stopped);
        } else if counts.active == desired
            && counts.healthy == desired
            && rebalance::is_balanced(&self.cluster, service)
        {
            self.set_rebalancing(service, RebalancingPhase::Completed);
        }
    }

    /// What the balance of services rests on changed: a zone has capacity again.
    pub(super) fn look_at_all_balances(&mut self) {
        for index in 0..self.cluster.services.len() {
            let service = ServiceId(index as u32);
            if rebalance::is_due(&self.cluster, service) {
                self.plan_rebalancing(service, *self.cluster.parameters.az_rebalance_check());
            }
        }
    }

    fn plan_rebalancing(&mut self, service: ServiceId, delay: SimDuration) {
        let timers = self.timers_of(service);
        if !timers.rebalancing_planned {
            timers.rebalancing_planned = true;
            self.after(delay, Event::RebalancingIsDue(service));
        }
    }

    /// AZR-3: it begins from the steady state only.
    pub(super) fn on_rebalancing_is_due(&mut self, service: ServiceId) {
        self.timers_of(service).rebalancing_planned = false;
        if rebalance::is_due(&self.cluster, service) {
            self.set_rebalancing(service, RebalancingPhase::Started);
            self.look_at_once(service);
        }
    }

    fn set_rebalancing(&mut self, service: ServiceId, phase: RebalancingPhase) {
        let shares = rebalance::shares(&self.cluster, service);
        let tasks = shares.iter().map(|share| (share.zone, share.tasks)).collect();
        self.change(&Change::RebalancingChanged { service, phase, tasks });
    }

    /// AZR-5: starts tasks in the zones that hold too few. One that finds no place ends it (AZR-6).
    pub(super) fn launch_to_rebalance(&mut self, service: ServiceId) {
        for (zone, count) in rebalance::tasks_to_start(&self.cluster, service) {
            let first = self.cluster.service(service).launches + 1;
            let placed = self.launch_in_zone(service, zone, count);
            let count = (self.cluster.service(service).launches + 1 - first) as u32;
            if count > 0 {
                let event = ServiceEvent::RebalancingTasksStarted { zone, first, count };
                self.change(&Change::ServiceEventWritten { service, event });
            }
            if !placed {
                return;
            }
        }
    }

    fn launch_in_zone(&mut self, service: ServiceId, zone: ZoneId, count: u32) -> bool {
        let Some(primary) = self.cluster.service(service).primary().map(|primary| primary.number) else {
            return false;
        };
        if self.is_throttled(service, primary) {
            return false;
        }
        for _ in 0..count {
            if let Err(until) = self.take_launch_token(service) {
                self.start_later(service, until);
                return false;
            }
            if let Err(refused) = self.launch_for(service, primary, (Some(zone), false)) {
                self.give_launch_token_back(service);
                if refused.reason == Refusal::Throttled {
                    self.wait_for_account(service, primary);
                    return false;
                }
                let event = ServiceEvent::RebalancingPlacementFailed { zone, reason: refused.reason };
                self.change(&Change::ServiceEventWritten { service, event });
                self.set_rebalancing(service, RebalancingPhase::Stopped);
                self.wake_service(service);
                self.plan_rebalancing(service, *self.cluster.parameters.place_retry_slow());
                return false;
            }
        }
        true
    }
}
