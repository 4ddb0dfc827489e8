//! What a group replaces while it holds what it is to hold: for the balance of its zones (ASG-2), by an instance refresh,
//! or after MaxInstanceLifetime.

use super::event::Event;
use super::simulation::Simulation;
use crate::kernel::time::{SimDuration, SimTime};
use crate::model::auto_scaling_group::processes::Process;
use crate::model::auto_scaling_group::refresh::{InstanceRefresh, ProtectedInRefresh, RefreshEnd};
use crate::model::auto_scaling_group::{Lifecycle, TerminationCause};
use crate::model::{AutoScalingGroupId, Change, InstanceId, ZoneId};
use crate::observe::Observer;
use crate::policy::capacity::purchase::has_room;
use crate::policy::capacity::{scale_in, zones};
use crate::policy::explain::ExplanationSink;

/// So long an instance refresh waits for the end of protections.
const REFRESH_PATIENCE: SimDuration = SimDuration::from_secs(3600);

/// An instance that was launched before another one goes.
#[derive(Clone, Copy)]
pub(super) struct Replacement {
    group: AutoScalingGroupId,
    /// The new instance.
    new: InstanceId,
    /// The one that goes for it, where that is settled.
    old: Option<InstanceId>,
    cause: TerminationCause,
}

impl<O: Observer, S: ExplanationSink> Simulation<'_, O, S> {
    /// How many instances a group has launched in advance, which do not count yet.
    pub(super) fn launched_ahead(&self, id: AutoScalingGroupId) -> u32 {
        self.replacements.iter().filter(|replacement| replacement.group == id).count() as u32
    }

    /// A group that holds what it should replaces an instance, if there is one to replace; whether it did something.
    pub(super) fn replace_one(&mut self, id: AutoScalingGroupId) -> bool {
        let held_back = [Process::Launch, Process::Terminate];
        if held_back.into_iter().any(|process| self.is_suspended(id, process)) {
            return false;
        }
        self.refresh_one(id) || self.end_one_lifetime(id) || self.rebalance_one(id)
    }

    fn launch_ahead(
        &mut self,
        group: AutoScalingGroupId,
        zone: ZoneId,
        old: Option<InstanceId>,
        cause: TerminationCause,
    ) {
        if let Some(new) = self.launch_in(group, zone, Lifecycle::Pending) {
            self.replacements.push(Replacement { group, new, old, cause });
        }
    }

    /// An instance leaves: it stands for no other any more, and no other for it.
    pub(super) fn forget_replacement(&mut self, leaving: InstanceId) {
        self.replacements.retain(|one| one.new != leaving && one.old != Some(leaving));
    }

    /// A new instance is in service: the one it was launched for goes, at once or once the new one is warm.
    pub(super) fn replacement_is_in_service(&mut self, new: InstanceId) {
        let Some(id) = self.group_of(new) else { return };
        if let Some(refresh) = &self.cluster.auto_scaling_group(id).refresh {
            let warmup = refresh.warmup;
            if !warmup.is_zero() {
                self.after(warmup, Event::InstanceIsWarm(new));
                return;
            }
        }
        self.let_old_one_go(new);
    }

    pub(super) fn on_instance_is_warm(&mut self, new: InstanceId) {
        if self.cluster.instances.get(new).is_none() {
            return;
        }
        self.let_old_one_go(new);
        if let Some(group) = self.group_of(new) {
            self.look_at_group(group);
        }
    }

    fn let_old_one_go(&mut self, new: InstanceId) {
        let Some(at) = self.replacements.iter().position(|one| one.new == new) else { return };
        let one = self.replacements.remove(at);
        let goes = match (one.old, one.cause) {
            (Some(old), _) => Some(old),
            (None, _) => {
                let candidates = scale_in::candidates(&self.cluster, one.group, self.now);
                let open: Vec<InstanceId> = candidates.into_iter().filter(|other| *other != new).collect();
                self.one_of(one.group, &open)
            }
        };
        if let Some(old) = goes {
            self.terminate(old, one.cause);
        }
    }

    /// ASG-2: launches in a zone that holds too few, one tenth of MaxSize or one instance ahead at most.
    fn rebalance_one(&mut self, id: AutoScalingGroupId) -> bool {
        let group = self.cluster.auto_scaling_group(id);
        let margin = (group.settings.max_size / 10).max(1);
        let ahead = self.launched_ahead(id);
        let held = self.cluster.counting_instances(group.pool).count() as u32;
        let room = ahead < margin && held < group.settings.max_size + margin;
        if !room || self.is_suspended(id, Process::AzRebalance) {
            return false;
        }
        let Some(zone) = zones::rebalances_to(&self.cluster, id, ahead) else { return false };
        // Where all that could go are protected, nothing is gained.
        let goes = scale_in::candidates(&self.cluster, id, self.now);
        if goes.is_empty() || goes.iter().any(|old| self.cluster.instances[*old].zone == zone) {
            return false;
        }
        self.launch_ahead(id, zone, None, TerminationCause::ZoneRebalancing);
        true
    }

    pub(super) fn plan_lifetimes(&mut self, id: AutoScalingGroupId) {
        let pool = self.cluster.auto_scaling_group(id).pool;
        let all: Vec<InstanceId> = self.cluster.counting_instances(pool).collect();
        all.into_iter().for_each(|instance| self.plan_lifetime(instance));
    }

    pub(super) fn plan_lifetime(&mut self, instance: InstanceId) {
        if let Some(ends) = self.lifetime_ends(instance) {
            let wait = ends.max(self.now) - self.now;
            self.after(wait, Event::LifetimeEnds(instance));
        }
    }

    /// When an instance has reached MaxInstanceLifetime; what is there at time zero was launched then.
    fn lifetime_ends(&self, instance: InstanceId) -> Option<SimTime> {
        let group = self.cluster.auto_scaling_group(self.group_of(instance)?);
        let launched_at = self.cluster.instances[instance].launched_at.unwrap_or(SimTime::ZERO);
        group.settings.max_instance_lifetime.map(|lifetime| launched_at + lifetime)
    }

    pub(super) fn on_lifetime_ends(&mut self, instance: InstanceId) {
        let is_there = self.cluster.instances.get(instance).is_some();
        let Some(group) = is_there.then(|| self.group_of(instance)).flatten() else { return };
        match self.cluster.managed_provider(group) {
            // MI-5: it drains whatever else there is; its tasks call for what takes its place.
            Some(_) => self.terminate(instance, TerminationCause::MaxLifetime),
            None => self.look_at_group(group),
        }
    }

    /// Replaces the oldest instance past its lifetime, one tenth of the group or one instance at a time.
    fn end_one_lifetime(&mut self, id: AutoScalingGroupId) -> bool {
        let group = self.cluster.auto_scaling_group(id);
        if group.settings.max_instance_lifetime.is_none() {
            return false;
        }
        let at_once = (group.desired_capacity / 10).max(1);
        if self.cluster.group_counts(group.pool).pending >= at_once {
            return false;
        }
        let is_over = |old: &InstanceId| {
            self.cluster.instances[*old].lifecycle == Lifecycle::InService
                && self.lifetime_ends(*old).is_some_and(|ends| ends <= self.now)
                && !self.replacements.iter().any(|one| one.old == Some(*old))
        };
        let Some(old) = self.cluster.counting_instances(group.pool).find(is_over) else { return false };
        let launches_first = group.settings.maintenance.is_some_and(|(_, max)| max > 100);
        match self.zone_for_another(id, old).filter(|_| launches_first) {
            Some(zone) => self.launch_ahead(id, zone, Some(old), TerminationCause::MaxLifetime),
            None => self.terminate(old, TerminationCause::MaxLifetime),
        }
        true
    }

    /// The zone of an instance that goes, for the one that comes for it, if the group still launches there.
    fn zone_for_another(&self, id: AutoScalingGroupId, old: InstanceId) -> Option<ZoneId> {
        let here = self.cluster.instances[old].zone;
        let is_open = self.cluster.auto_scaling_group(id).settings.zones.contains(&here)
            && has_room(&self.cluster, id, here);
        if is_open { Some(here) } else { zones::launches_in(&self.cluster, id) }
    }

    pub(super) fn on_refresh_goes_on(&mut self, id: AutoScalingGroupId) {
        self.look_at_group(id);
    }

    /// The next instance that a refresh takes: of those it may, by zones and termination policies.
    fn next_of_refresh(&self, id: AutoScalingGroupId) -> Option<InstanceId> {
        let group = self.cluster.auto_scaling_group(id);
        let refresh = group.refresh.as_ref()?;
        let is_open = |old: &InstanceId| {
            refresh.may_take(&self.cluster.instances[*old])
                && !self.replacements.iter().any(|one| one.old == Some(*old))
        };
        let open = self.cluster.counting_instances(group.pool).filter(is_open).collect();
        self.one_of(id, &scale_in::choose_among(&self.cluster, id, self.now, open))
    }

    /// A step of an instance refresh, if one is under way and has a step to make.
    fn refresh_one(&mut self, id: AutoScalingGroupId) -> bool {
        let group = self.cluster.auto_scaling_group(id);
        let Some(refresh) = group.refresh.as_deref().cloned() else { return false };
        if self.is_suspended(id, Process::InstanceRefresh) || refresh.paused_until > Some(self.now) {
            return false;
        }
        let desired = group.desired_capacity;
        let all: Vec<InstanceId> = self.cluster.counting_instances(group.pool).collect();
        let count = |of: &dyn Fn(&crate::model::instance::ContainerInstance) -> bool| {
            all.iter().filter(|one| of(&self.cluster.instances[**one])).count() as u32
        };
        let healthy = count(&|one| refresh.is_healthy(one, self.now));
        let left = count(&|one| refresh.replaces(one));
        let open = count(&|one| refresh.may_take(one));
        let (held, ahead) = (all.len() as u32, self.launched_ahead(id));
        if left == 0 || (open == 0 && refresh.protected == ProtectedInRefresh::Ignore) {
            let is_over = ahead == 0 && healthy == held;
            return is_over && self.end_refresh(id, RefreshEnd::Successful);
        }
        if open == 0 {
            return ahead == 0 && self.wait_for_protections(id);
        }
        self.refresh_patience[id.index()] = None;
        let replaced = refresh.instances.saturating_sub(left);
        let mut may_replace = open - ahead.min(open);
        if let Some(percent) = refresh.checkpoints.first() {
            let until = (refresh.instances * percent).div_ceil(100).max(1);
            if replaced >= until && ahead == 0 && healthy == held {
                return self.pause_refresh(id, refresh);
            }
            may_replace = may_replace.min(until.saturating_sub(replaced + ahead));
        }
        if may_replace == 0 {
            return false;
        }
        if refresh.max_healthy > 100 {
            let most = (desired * refresh.max_healthy / 100).max(desired + 1);
            let Some(old) = self.next_of_refresh(id).filter(|_| held < most) else { return false };
            let Some(zone) = self.zone_for_another(id, old) else { return false };
            self.launch_ahead(id, zone, Some(old), TerminationCause::InstanceRefresh);
            return true;
        }
        // At least one is replaced at a time, whatever the percentage.
        let least = (desired * refresh.min_healthy).div_ceil(100).min(desired.saturating_sub(1));
        match self.next_of_refresh(id).filter(|_| healthy > least) {
            Some(old) => {
                self.terminate(old, TerminationCause::InstanceRefresh);
                true
            }
            None => false,
        }
    }

    fn end_refresh(&mut self, group: AutoScalingGroupId, end: RefreshEnd) -> bool {
        self.refresh_patience[group.index()] = None;
        self.change(&Change::InstanceRefreshChanged { group, refresh: Err(end) });
        true
    }

    /// Only protected instances are left: they have an hour to lose their protection.
    fn wait_for_protections(&mut self, id: AutoScalingGroupId) -> bool {
        match self.refresh_patience[id.index()] {
            Some(until) if until <= self.now => self.end_refresh(id, RefreshEnd::Failed),
            Some(_) => false,
            None => {
                self.refresh_patience[id.index()] = Some(self.now + REFRESH_PATIENCE);
                self.after(REFRESH_PATIENCE, Event::RefreshGoesOn(id));
                false
            }
        }
    }

    fn pause_refresh(&mut self, group: AutoScalingGroupId, mut refresh: InstanceRefresh) -> bool {
        refresh.checkpoints.remove(0);
        let delay = refresh.checkpoint_delay;
        refresh.paused_until = Some(self.now + delay);
        self.change(&Change::InstanceRefreshChanged { group, refresh: Ok(Box::new(refresh)) });
        self.after(delay, Event::RefreshGoesOn(group));
        true
    }
}
