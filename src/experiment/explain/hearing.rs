//! What the recorder hears of policies and scheduler, note by note.

use super::placing::Placing;
use super::recorder::{Of, Recorder};
use super::story::{Kind, Moment};
use super::words;
use crate::kernel::time::SimTime;
use crate::model::task::Origin;
use crate::model::{Cluster, DeploymentNumber, ServiceId};
use crate::policy::explain::{Note, Wait};
use crate::policy::reconcile::look::{Blocked, Look};

impl Recorder {
    /// What policies have noted since the last change.
    pub(super) fn hear(&mut self, at: SimTime, cluster: &Cluster) {
        for note in std::mem::take(&mut self.notes) {
            match note {
                Note::Placing { asked, demand } => {
                    self.close_search(at, cluster);
                    self.placing = Some(Placing::new(asked, demand));
                }
                Note::Considered { .. }
                | Note::Filtered { .. }
                | Note::Closest { .. }
                | Note::Narrowed { .. }
                | Note::Chose { .. }
                | Note::ChoseZone { .. }
                | Note::NoFargate { .. } => {
                    if let Some(placing) = &mut self.placing {
                        placing.hear(note, cluster);
                    }
                }
                Note::Waits { service, deployment, why, until } => {
                    self.hear_wait(at, cluster, (service, deployment), why, until);
                }
                Note::AsksAgain { at: again, .. } => {
                    self.asks_again = Some(again);
                    if let Some(refusal) = self.story.newest().filter(|entry| entry.kind == Kind::Refused) {
                        refusal.details.until = again.map(Moment);
                        if again.is_none() {
                            refusal
                                .details
                                .facts
                                .push("it waits in its caller's line (onRefusal: wait)".to_owned());
                        }
                    }
                }
                Note::WaitsForRoom { .. } => {
                    self.waits_for_room = true;
                    self.add(words::waits_for_room(at));
                }
                Note::Measured(datapoint) => self.hear_datapoint(at, cluster, &datapoint),
                Note::Looked(look) => self.hear_look(at, cluster, *look),
                Note::ChoseStop(chosen) => self.chosen.push(chosen),
            }
        }
    }

    /// A search that nobody told the end of: the head of a caller's line still finds no place.
    pub(super) fn close_search(&mut self, at: SimTime, cluster: &Cluster) {
        let Some(placing) = self.placing.take() else { return };
        if let (Some(reason), Origin::Caller { .. }) = (placing.reason(), placing.asked.origin) {
            self.add(placing.refusal(at, cluster, reason).fact("it stands first in its caller's line"));
        }
    }

    fn hear_wait(
        &mut self,
        at: SimTime,
        cluster: &Cluster,
        (service, deployment): (ServiceId, DeploymentNumber),
        why: Wait,
        until: SimTime,
    ) {
        let known = self.waits.insert(why, (deployment, until)) == Some((deployment, until));
        let concerned = match self.of {
            Of::Task { ordinal, .. } => {
                self.task.is_none() && cluster.service(service).launches + 1 == ordinal
            }
            Of::Service => true,
            Of::Deployment(number) => number == deployment,
            Of::Instance | Of::CapacityProvider => false,
        };
        if !concerned || known && why == Wait::StartThrottle {
            return;
        }
        if why == Wait::PlacementRetry {
            let refusal = self.story.newest().filter(|entry| entry.kind == Kind::Refused && entry.last == at);
            if let Some(refusal) = refusal {
                refusal.details.until = Some(Moment(until));
            }
            return;
        }
        self.add(words::waits(at, cluster, service, deployment, why, until));
    }

    fn hear_look(&mut self, at: SimTime, cluster: &Cluster, look: Look) {
        let launches = look.launches;
        if let (Of::Task { ordinal, .. }, None) = (self.of, self.task) {
            let is_next = ordinal > launches && ordinal <= launches + u64::from(look.lacking);
            if is_next && !self.wanted_told {
                self.tell_wanted(at, cluster, Some(&look), at);
            } else if !is_next && self.wanted_told {
                self.wanted_told = false;
                self.add(words::unwanted(at, cluster, &look));
            }
        }
        if look.lacking == 0 {
            self.refused = None;
        }
        let blocked = look.blocked();
        if blocked != self.blocked && self.is_blocked_by(cluster, &look, blocked) {
            self.add(words::blocked(at, cluster, &look, blocked.unwrap_or(Blocked::Both)));
        }
        self.chosen.clear(); // ordered by now, or of no concern
        (self.blocked, self.look) = (blocked, Some(look));
    }

    /// Whether what keeps the service keeps the subject too.
    fn is_blocked_by(&self, cluster: &Cluster, look: &Look, blocked: Option<Blocked>) -> bool {
        let Some(blocked) = blocked else { return false };
        match self.of {
            Of::Service => true,
            Of::Deployment(number) => number == look.primary,
            Of::Instance | Of::CapacityProvider => false,
            Of::Task { ordinal, .. } => match self.task.and_then(|task| cluster.tasks.get(task)) {
                Some(task) => {
                    let is_old = matches!(task.origin, Origin::Service { deployment, .. } if deployment != look.primary);
                    let to_go = task.is_active() && (is_old || task.impairment.is_some() || task.draining);
                    to_go && blocked != Blocked::NoRoom
                }
                None => {
                    let is_next =
                        ordinal > look.launches && ordinal <= look.launches + u64::from(look.lacking);
                    is_next && self.task.is_none() && blocked != Blocked::Floor
                }
            },
        }
    }
}
