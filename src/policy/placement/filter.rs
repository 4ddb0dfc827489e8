//! Which instances a task could use at all (PLC-2), and what to say when there is none.

use super::PlacementRequest;
use super::query::{self, Question};
use crate::model::host_port;
use crate::model::host_traits::Platforms;
use crate::model::instance::InstanceStatus;
use crate::model::placement::PlacementConstraint;
use crate::model::reason::Refusal;
use crate::model::views::TaskGroup;
use crate::model::{Cluster, InstanceId};
use crate::policy::explain::{ExplanationSink, Note};

/// The requirements and constraints of a request, read once for many instances.
#[derive(Clone, Copy)]
pub(super) struct Filter<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) request: &'a PlacementRequest<'a>,
    /// The group of the task.
    pub(super) group: &'a TaskGroup,
    /// Whether a constraint is distinctInstance.
    pub(super) distinct_instance: bool,
    /// Whether a constraint is an expression.
    has_expressions: bool,
    /// Whether an instance may be of another pool than the one that is asked for.
    several_pools: bool,
}

impl<'a> Filter<'a> {
    pub(super) fn new(cluster: &'a Cluster, request: &'a PlacementRequest<'a>) -> Filter<'a> {
        let is_distinct =
            |constraint: &PlacementConstraint| *constraint == PlacementConstraint::DistinctInstance;
        let all = || request.definition_constraints.iter().chain(request.constraints);
        let distinct_instance = all().any(is_distinct);
        let has_expressions = !all().all(is_distinct);
        let with_instances = cluster.pools.iter().filter(|pool| pool.kind.has_instances()).count();
        let several_pools = request.pool.is_some() && with_instances > 1;
        let group = cluster.group(request.group);
        Filter { cluster, request, group, distinct_instance, has_expressions, several_pools }
    }

    /// Whether nothing but a zone, cpu and memory is asked for, so that instances with the same of these are all alike.
    pub(super) fn asks_for_size_alone(&self) -> bool {
        let PlacementRequest { demand, host_ports, requirements: needs, pool, .. } = *self.request;
        let constrained = self.distinct_instance || self.has_expressions;
        demand.gpus == 0
            && host_ports.is_empty()
            && needs.interfaces == 0
            && needs.platforms == Platforms::NONE
            && needs.capabilities.is_empty()
            && !constrained
            && pool.is_none()
    }

    /// Whether the instance in `slot` meets them all: the test of the hot path.
    #[inline(always)]
    pub(super) fn admits(&self, slot: usize) -> bool {
        let Filter { cluster, request, .. } = *self;
        let row = &cluster.free_rows[slot];
        row.fits(request.demand)
            && request.requirements.are_met_by(row)
            && (request.requirements.capabilities.is_empty() || self.has_capabilities(slot))
            && self.meets_constraints(slot)
            && (request.host_ports.is_empty() || self.has_ports(slot))
            && request.pool.is_none_or(|pool| cluster.instances[cluster.instance_in_slot(slot)].pool == pool)
    }

    #[inline(always)]
    fn meets_constraints(&self, slot: usize) -> bool {
        // PLC-11: tasks already told to stop do not count, and the group view leaves them out.
        (!self.distinct_instance || self.group.on_instance(slot) == 0)
            && (!self.has_expressions || self.satisfies_expressions(slot))
    }

    /// PLC-12. Apart, so that the loop over the instances stays small for all who ask for no expression.
    #[inline(never)]
    fn satisfies_expressions(&self, slot: usize) -> bool {
        let question =
            Question { cluster: self.cluster, instance: self.cluster.instance_in_slot(slot), not_of: None };
        let mut all = self.request.definition_constraints.iter().chain(self.request.constraints);
        all.all(|constraint| match constraint {
            PlacementConstraint::DistinctInstance => true,
            PlacementConstraint::MemberOf(expression) => query::holds(expression, &question),
        })
    }

    /// PLC-2: capabilities that the task needs of the agent.
    fn has_capabilities(&self, slot: usize) -> bool {
        let needed = self.request.requirements.capabilities;
        self.cluster.free_rows[slot].platforms.have_every_capability()
            || self.cluster.instances[self.cluster.instance_in_slot(slot)].traits.has_capabilities(needed)
    }

    /// CON-18.
    fn has_ports(&self, slot: usize) -> bool {
        let instance = &self.cluster.instances[self.cluster.instance_in_slot(slot)];
        host_port::are_free(&instance.host_ports, self.request.host_ports)
    }

    /// The requirements that the instance in a slot fails; nothing for a slot that is empty. One that is not ACTIVE, or of
    /// another capacity provider, is out of question whatever else it has.
    #[inline]
    pub(super) fn failures(&self, slot: usize) -> Option<Failures> {
        let Filter { cluster, request, .. } = *self;
        let row = &cluster.free_rows[slot];
        let (demand, needs) = (request.demand, &request.requirements);
        let (mut out_of_question, mut is_silent) = (false, false);
        if !row.open || self.several_pools {
            // An open row says that its instance takes tasks: only then need it not be looked at.
            let instance = &cluster.instances[cluster.instances.id_in_slot(slot)?];
            out_of_question = instance.status != InstanceStatus::Active
                || request.pool.is_some_and(|pool| pool != instance.pool);
            is_silent = !instance.agent_connected;
        }
        let able = needs.capabilities.is_empty() || self.has_capabilities(slot);
        // In the order of REQUIREMENTS.
        let fails = [
            out_of_question,
            is_silent,
            !needs.are_in_zone(row.zone),
            !(row.platforms.cover(needs.platforms) && able),
            !self.meets_constraints(slot),
            !(request.host_ports.is_empty() || self.has_ports(slot)),
            row.cpu < demand.cpu,
            row.memory_mib < demand.memory_mib,
            u32::from(row.gpus) < demand.gpus,
            row.interfaces < needs.interfaces,
        ];
        let bit = |mask: u16, (place, fails): (usize, bool)| mask | u16::from(fails) << place;
        Some(Failures(fails.into_iter().enumerate().fold(0, bit)))
    }
}

/// The requirements of a placement, in the order in which PLC-21 asks for them.
pub(super) const REQUIREMENTS: [Refusal; 10] = [
    Refusal::NoInstances,
    Refusal::Agent,
    Refusal::Location,
    Refusal::Attribute,
    Refusal::Constraint,
    Refusal::Ports,
    Refusal::Cpu,
    Refusal::Memory,
    Refusal::Gpu,
    Refusal::Eni,
];

/// Which of the requirements an instance fails: a bit for each.
#[derive(Clone, Copy)]
pub(super) struct Failures(u16);

impl Failures {
    /// The place of the first in the list of requirements; none if the instance qualifies.
    pub(super) fn first(self) -> Option<usize> {
        (self.0 != 0).then(|| self.0.trailing_zeros() as usize)
    }

    pub(super) fn count(self) -> u32 {
        self.0.count_ones()
    }
}

/// The first requirement that an instance fails; `None` if it meets all.
#[must_use]
pub fn first_failure(cluster: &Cluster, request: &PlacementRequest<'_>, id: InstanceId) -> Option<Refusal> {
    let failures = Filter::new(cluster, request).failures(id.slot())?;
    failures.first().map(|place| REQUIREMENTS[place])
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
