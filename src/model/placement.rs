//! What a service or RunTask asks of placement: constraints and strategies as data.

use std::sync::Arc;

use super::query::Expression;

/// One entry of a placement strategy (PLC-3); at most five stand in a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PlacementStrategy {
    /// Any of the remaining candidates (PLC-7).
    Random,
    /// Least of this resource left (PLC-4).
    Binpack(BinpackField),
    /// Fewest tasks of the group (PLC-5).
    Spread(SpreadField),
}

/// The resource that `binpack` packs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BinpackField {
    /// CPU units.
    Cpu,
    /// Memory.
    Memory,
}

/// What `spread` spreads over.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SpreadField {
    /// Single instances (`instanceId` or `host`).
    Instance,
    /// Availability Zones (`attribute:ecs.availability-zone`).
    AvailabilityZone,
    /// Another attribute, by name.
    Attribute(String),
}

/// One placement constraint (PLC-10).
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PlacementConstraint {
    /// Each active task of the group on an instance of its own (PLC-11).
    DistinctInstance,
    /// Instances that satisfy an expression (PLC-12).
    MemberOf(Arc<Expression>),
}

impl PlacementConstraint {
    /// Whether a task that comes can make its answer better, and not only a change of the instances.
    #[must_use]
    pub fn reads_tasks(&self) -> bool {
        match self {
            PlacementConstraint::DistinctInstance => false,
            PlacementConstraint::MemberOf(expression) => expression.reads_tasks(),
        }
    }
}

/// Who decides where a task goes: ECS's rules, or one of the policies that ECS does not offer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum PlacementRule {
    /// The placement strategy of the service or call, as ECS does.
    #[default]
    Ecs,
    /// The first instance, by registration, with room.
    FirstFit,
    /// The instance with the most memory left, then the most CPU.
    WorstFit,
    /// The instance with the least memory left, then the least CPU.
    BestFit,
}
