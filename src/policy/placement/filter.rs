//! Which instances a task could use at all (PLC-2), and what to say when there is none.

use super::PlacementRequest;
use super::query::{self, Question};
use crate::model::host_port;
use crate::model::instance::InstanceStatus;
use crate::model::placement::PlacementConstraint;
use crate::model::query::Expression;
use crate::model::reason::Refusal;
use crate::model::{Cluster, InstanceId};
use crate::policy::explain::{ExplanationSink, Note};

/// Whether the instance in `slot` meets the requirements and constraints: the test of the hot path.
#[inline(always)]
pub(super) fn admits(cluster: &Cluster, request: &PlacementRequest<'_>, slot: usize) -> bool {
    let row = &cluster.free_rows[slot];
    row.fits(request.demand)
        && request.requirements.are_met_by(row)
        && (request.requirements.capabilities.is_empty() || has_capabilities(cluster, request, slot))
        && (request.constraints.is_empty() && request.definition_constraints.is_empty()
            || admitted_by_constraints(cluster, request, slot))
        && (request.host_ports.is_empty() || has_ports(cluster, request, slot))
        && request.pool.is_none_or(|pool| cluster.instances[cluster.instance_in_slot(slot)].pool == pool)
}

#[inline]
fn admitted_by_constraints(cluster: &Cluster, request: &PlacementRequest<'_>, slot: usize) -> bool {
    let holds = |constraint: &PlacementConstraint| match constraint {
        // PLC-11: tasks already told to stop do not count, and the group view leaves them out.
        PlacementConstraint::DistinctInstance => cluster.group(request.group).on_instance(slot) == 0,
        PlacementConstraint::MemberOf(expression) => is_member(cluster, expression, slot),
    };
    request.definition_constraints.iter().all(holds) && request.constraints.iter().all(holds)
}

/// PLC-12. Apart, so that the loop over the instances stays small for all who ask for no expression.
#[inline(never)]
fn is_member(cluster: &Cluster, expression: &Expression, slot: usize) -> bool {
    let instance = cluster.instance_in_slot(slot);
    query::holds(expression, &Question { cluster, instance, not_of: None })
}

/// PLC-2: capabilities that the task needs of the agent.
fn has_capabilities(cluster: &Cluster, request: &PlacementRequest<'_>, slot: usize) -> bool {
    let needed = request.requirements.capabilities;
    cluster.free_rows[slot].platforms.have_every_capability()
        || cluster.instances[cluster.instance_in_slot(slot)].traits.has_capabilities(needed)
}

/// CON-18.
fn has_ports(cluster: &Cluster, request: &PlacementRequest<'_>, slot: usize) -> bool {
    let instance = &cluster.instances[cluster.instance_in_slot(slot)];
    host_port::are_free(&instance.host_ports, request.host_ports)
}

/// The requirements that an instance fails, in the order of PLC-21; none if it qualifies. One that is not ACTIVE, or of
/// another capacity provider, is out of question whatever else it has.
pub fn failures<'a>(
    cluster: &'a Cluster,
    request: &'a PlacementRequest<'a>,
    id: InstanceId,
) -> impl Iterator<Item = Refusal> + 'a {
    let (instance, row) = (&cluster.instances[id], &cluster.free_rows[id.slot()]);
    let (demand, needs) = (request.demand, &request.requirements);
    let able = needs.capabilities.is_empty() || has_capabilities(cluster, request, id.slot());
    let unconstrained = request.constraints.is_empty() && request.definition_constraints.is_empty();
    let out_of_question =
        instance.status != InstanceStatus::Active || request.pool.is_some_and(|pool| pool != instance.pool);
    let tests = [
        (Refusal::NoInstances, out_of_question),
        (Refusal::Agent, !instance.agent_connected),
        (Refusal::Location, !needs.are_in_zone(instance.zone)),
        (Refusal::Attribute, !(row.platforms.cover(needs.platforms) && able)),
        (Refusal::Constraint, !(unconstrained || admitted_by_constraints(cluster, request, id.slot()))),
        (Refusal::Ports, !(request.host_ports.is_empty() || has_ports(cluster, request, id.slot()))),
        (Refusal::Cpu, instance.free.cpu < demand.cpu),
        (Refusal::Memory, instance.free.memory_mib < demand.memory_mib),
        (Refusal::Gpu, instance.free.gpus < demand.gpus),
        (Refusal::Eni, row.interfaces < needs.interfaces),
    ];
    tests.into_iter().filter(|(_, fails)| *fails).map(|(reason, _)| reason)
}

/// The first requirement that an instance fails; `None` if it meets all.
#[must_use]
pub fn first_failure(cluster: &Cluster, request: &PlacementRequest<'_>, id: InstanceId) -> Option<Refusal> {
    failures(cluster, request, id).next()
}

/// Tells how many instances fell at which filter.
pub(super) fn tell<S: ExplanationSink>(cluster: &Cluster, request: &PlacementRequest<'_>, sink: &mut S) {
    sink.note(Note::Considered { instances: cluster.instances.len() });
    let mut fallen = std::collections::BTreeMap::new();
    for (id, _) in cluster.instances.iter() {
        if let Some(reason) = first_failure(cluster, request, id) {
            *fallen.entry(reason).or_insert(0) += 1;
        }
    }
    fallen.into_iter().for_each(|(reason, instances)| sink.note(Note::Filtered { reason, instances }));
}
