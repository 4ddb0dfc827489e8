//! What befell the cluster, for marks in time lines: outages, failures, requests.

use super::Observer;
use crate::kernel::time::SimTime;
use crate::model::instance::InstanceStatus;
use crate::model::{Change, Cluster, ZoneId};

/// Something that was so for a while, or happened at once.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// Begin.
    pub from: SimTime,
    /// End; the same as the begin for what happens at once.
    pub to: SimTime,
    /// What it was.
    pub label: String,
    /// Whether something failed; otherwise somebody asked for it.
    pub is_fault: bool,
}

/// Collects marks.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    marks: Vec<Mark>,
    open: Vec<(ZoneId, usize)>,
}

/// So many marks say nothing any more; later ones are left out.
const MOST_MARKS: usize = 500;

impl Marks {
    /// The marks in order of their begin; an outage that goes on ends at `end`.
    #[must_use]
    pub fn into_marks(mut self, end: SimTime) -> Vec<Mark> {
        self.open.iter().for_each(|(_, index)| self.marks[*index].to = end);
        self.marks
    }

    fn put(&mut self, at: SimTime, label: String, is_fault: bool) -> usize {
        if self.marks.len() < MOST_MARKS {
            self.marks.push(Mark { from: at, to: at, label, is_fault });
        }
        self.marks.len() - 1
    }
}

impl Observer for Marks {
    fn observe(&mut self, at: SimTime, change: &Change, cluster: &Cluster) {
        match change {
            Change::ZoneOutageBegan { zone } => {
                let label = format!("outage of {}", cluster.zones[zone.index()].name);
                let index = self.put(at, label, true);
                self.open.push((*zone, index));
            }
            Change::ZoneOutageEnded { zone } => {
                if let Some(found) = self.open.iter().position(|(open, _)| open == zone) {
                    let (_, index) = self.open.swap_remove(found);
                    self.marks[index].to = at;
                }
            }
            Change::InstanceStatusChanged { instance, from: InstanceStatus::Active, .. } => {
                let zone = cluster.instances[*instance].zone;
                if cluster.zones[zone.index()].outages == 0 {
                    self.put(at, "instance failure".to_owned(), true);
                }
            }
            Change::DeploymentStarted { service, deployment } if deployment.number.0 > 1 => {
                let to = cluster.task_definition(deployment.task_definition).name();
                let service = &cluster.service(*service).name;
                self.put(at, format!("deployment of {service} to {to}"), false);
            }
            Change::ServiceUpdated { service, settings } => {
                let (before, now) = (settings.0.desired_count, settings.1.desired_count);
                if before != now {
                    let service = &cluster.service(*service).name;
                    self.put(at, format!("desired count of {service}: {before} → {now}"), false);
                }
            }
            _ => {}
        }
    }
}
