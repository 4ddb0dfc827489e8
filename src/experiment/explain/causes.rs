//! Why a service wants another task, and why it has not what it wants.

use super::recorder::Recorder;
use super::words;
use crate::kernel::time::SimTime;
use crate::model::instance::InstanceStatus;
use crate::model::{Change, Cluster, TaskId};
use crate::policy::explain::Wait;
use crate::policy::reconcile::look::Look;

/// So many reasons to want another task are remembered.
const CAUSES_KEPT: usize = 64;

impl Recorder {
    /// Somebody wants the task: since when, and why.
    pub(super) fn tell_wanted(
        &mut self,
        at: SimTime,
        cluster: &Cluster,
        look: Option<&Look>,
        since: SimTime,
    ) {
        self.wanted_told = true;
        let Some(service) = self.service() else { return };
        let cause = self.causes.iter().rev().find(|(of, _)| *of <= since).map(|(_, cause)| cause.as_str());
        self.add(words::wanted(at, cluster, service, look, cause));
    }

    pub(super) fn remember_cause(&mut self, at: SimTime, cause: String) {
        self.causes.push_back((at, cause));
        if self.causes.len() > CAUSES_KEPT {
            self.causes.pop_front();
        }
    }

    /// What makes the service want another task.
    pub(super) fn note_cause(&mut self, at: SimTime, change: &Change, cluster: &Cluster) {
        match change {
            Change::ServiceUpdated { service, settings } if self.is_ours(*service) => {
                let (before, now) = (settings.0.desired_count, settings.1.desired_count);
                if now > before {
                    let name = &cluster.service(*service).name;
                    self.remember_cause(
                        at,
                        format!("the desired count of {name} rose from {before} to {now} at {at}"),
                    );
                }
            }
            Change::DeploymentStarted { service, deployment } if self.is_ours(*service) => {
                let revision = cluster.task_definition(deployment.task_definition).name();
                let cause = format!("deployment {} of {revision} began at {at}", deployment.number.0);
                self.remember_cause(at, cause);
            }
            Change::TaskStopOrdered { task, cause } if !cause.is_planned() && self.owns(cluster, *task) => {
                let (name, why) = (cluster.task_name(*task), words::stopped_reason(cluster, *task));
                self.remember_cause(at, format!("{name} was told to stop at {at}: {why}"));
            }
            Change::InstanceStatusChanged { instance, to: InstanceStatus::Draining, .. } => {
                let mut here = cluster.instances[*instance].tasks.iter();
                if here.any(|task| cluster.tasks[*task].is_active() && self.owns(cluster, *task)) {
                    let name = cluster.instance_name(*instance);
                    self.remember_cause(at, format!("{name} is DRAINING since {at}"));
                }
            }
            Change::TaskImpairmentChanged { task, impairment: Some(why) } if self.owns(cluster, *task) => {
                let (name, why) = (cluster.task_name(*task), words::impairment(*why));
                self.remember_cause(at, format!("{name} is to be replaced since {at}: {why}"));
            }
            _ => {}
        }
    }

    /// The sentences that say why a service has not what it wants, at `at`, with their rules.
    pub(super) fn why_lacking(&self, at: SimTime, cluster: &Cluster) -> Vec<(String, Vec<&'static str>)> {
        let mut reasons = Vec::new();
        let Some(look) = &self.look else { return reasons };
        if let Some(blocked) = self.blocked {
            let entry = words::blocked(at, cluster, look, blocked);
            let sentence = [vec![entry.text], entry.details.facts].concat().join(": ");
            reasons.push((sentence, entry.rules));
        }
        if let Some((since, reason)) = self.refused.filter(|_| look.lacking > 0) {
            let retry = self.waits.get(&Wait::PlacementRetry).filter(|(_, until)| *until >= at);
            let again =
                retry.map(|(_, until)| format!("; the next attempt is at {until}")).unwrap_or_default();
            reasons.push((format!("no place since {since}: {reason}{again}"), vec!["PLC-13", "SVC-9"]));
        }
        for (why, rule) in
            [(Wait::StartThrottle, "SVC-10"), (Wait::LaunchRate, "SVC-8"), (Wait::AccountLaunchRate, "QUO-9")]
        {
            if let Some((deployment, until)) = self.waits.get(&why).filter(|(_, until)| *until > at) {
                reasons.push((
                    words::wait_in_words(cluster, look.service, *deployment, why, *until),
                    vec![rule],
                ));
            }
        }
        reasons
    }

    fn owns(&self, cluster: &Cluster, task: TaskId) -> bool {
        cluster.tasks[task].service().is_some_and(|service| self.is_ours(service))
    }
}
