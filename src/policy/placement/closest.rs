//! The instance that came closest when none qualifies (PLC-21): of those that fell at the reason given, the one that
//! lacks least.

use super::{PlacementRequest, filter};
use crate::model::host_port::{self, HostPort};
use crate::model::reason::Refusal;
use crate::model::{Cluster, InstanceId, Resources};
use crate::policy::explain::{ExplanationSink, Note};

/// Tells it, if any instance fell at `reason`.
pub(super) fn tell<S: ExplanationSink>(
    cluster: &Cluster,
    request: &PlacementRequest<'_>,
    reason: Refusal,
    sink: &mut S,
) {
    let fell_there = |id: &InstanceId| filter::first_failure(cluster, request, *id) == Some(reason);
    let all = cluster.instances.iter().map(|(id, _)| id);
    let left = |id: &InstanceId| amount(cluster.instances[*id].free, reason);
    // Of equals the first.
    let closest = all.filter(fell_there).max_by_key(|id| (left(id), std::cmp::Reverse(id.slot())));
    if let Some(instance) = closest {
        let found = &cluster.instances[instance];
        let taken = |port: &&HostPort| !host_port::are_free(&found.host_ports, std::slice::from_ref(port));
        let taken = match reason {
            Refusal::Ports => request.host_ports.iter().filter(taken).copied().collect(),
            _ => Vec::new(),
        };
        sink.note(Note::Closest { instance, reason, free: found.free, taken });
    }
}

/// What is left of the resource that a reason is about.
fn amount(free: Resources, reason: Refusal) -> u32 {
    match reason {
        Refusal::Cpu => free.cpu,
        Refusal::Memory => free.memory_mib,
        Refusal::Gpu => free.gpus,
        Refusal::NoInstances
        | Refusal::Agent
        | Refusal::Attribute
        | Refusal::Constraint
        | Refusal::Ports
        | Refusal::Fargate
        | Refusal::Turn => 0,
    }
}
