//! Why none qualifies: how many instances fell at which requirement, and which came closest (PLC-21).

use std::cmp::Reverse;

use super::PlacementRequest;
use super::filter::{Filter, REQUIREMENTS};
use crate::model::Cluster;
use crate::model::host_port::{self, HostPort};
use crate::model::reason::{PlacementFailure, Refusal};
use crate::model::views::FreeRow;
use crate::policy::explain::{ExplanationSink, Note};

/// Looks at every instance again. The closest one fails the fewest requirements; of several it has most left of the
/// first that it lacks, and stands first. The reason is what it fails first.
pub(super) fn failure(cluster: &Cluster, request: &PlacementRequest<'_>) -> PlacementFailure {
    let mut fell = [0; REQUIREMENTS.len()];
    let mut closest: Option<(_, Refusal, usize)> = None;
    let filter = Filter::new(cluster, request);
    for slot in 0..cluster.free_rows.len() {
        let Some(failures) = filter.failures(slot) else { continue };
        let Some(place) = failures.first() else { continue };
        fell[place] += 1;
        let first = REQUIREMENTS[place];
        if first != Refusal::NoInstances {
            let rank = (failures.count(), Reverse(left_of(&cluster.free_rows[slot], first)));
            if closest.as_ref().is_none_or(|(best, ..)| rank < *best) {
                closest = Some((rank, first, slot));
            }
        }
    }
    let mut fell: Vec<(Refusal, u32)> =
        REQUIREMENTS.into_iter().zip(fell).filter(|(_, instances)| *instances > 0).collect();
    fell.sort_unstable();
    PlacementFailure {
        reason: closest.map_or(Refusal::NoInstances, |(_, reason, _)| reason),
        considered: cluster.instances.len() as u32,
        fell: fell.into(),
        closest: closest.map(|(.., slot)| cluster.instance_in_slot(slot)),
    }
}

/// Tells of it, with what is taken of the ports the task wants.
pub(super) fn tell<S: ExplanationSink>(
    cluster: &Cluster,
    request: &PlacementRequest<'_>,
    failure: &PlacementFailure,
    sink: &mut S,
) {
    if let Some(instance) = failure.closest {
        let found = &cluster.instances[instance];
        let taken = |port: &&HostPort| !host_port::are_free(&found.host_ports, std::slice::from_ref(port));
        let taken = match failure.reason {
            Refusal::Ports => request.host_ports.iter().filter(taken).copied().collect(),
            _ => Vec::new(),
        };
        sink.note(Note::Closest { instance, reason: failure.reason, free: found.free, taken });
    }
}

/// What an instance has left of the resource that a reason is about; `None`, the least, where it is about none.
fn left_of(row: &FreeRow, reason: Refusal) -> Option<u32> {
    match reason {
        Refusal::Cpu => Some(row.cpu),
        Refusal::Memory => Some(row.memory_mib),
        Refusal::Gpu => Some(u32::from(row.gpus)),
        Refusal::NoInstances
        | Refusal::Agent
        | Refusal::Missing
        | Refusal::Inactive
        | Refusal::Location
        | Refusal::Attribute
        | Refusal::Constraint
        | Refusal::Ports
        | Refusal::Eni
        | Refusal::Fargate
        | Refusal::Turn
        | Refusal::ProvisioningLimit
        | Refusal::Throttled
        | Refusal::Vcpus => None,
    }
}
