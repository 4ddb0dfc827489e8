//! What a service or RunTask asks of placement: constraints and strategies as data.

mod own_policy;

use std::sync::Arc;

use super::query::Expression;

pub use own_policy::{PlacementPolicy, TaskToPlace};

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

/// Where the first `binpack` stands in a list of strategies, if those before it leave no other order than that of zones;
/// and what it packs.
#[must_use]
pub fn leading_binpack(strategies: &[PlacementStrategy]) -> Option<(usize, BinpackField)> {
    let by_zone = PlacementStrategy::Spread(SpreadField::AvailabilityZone);
    let first = strategies.iter().position(|one| *one != PlacementStrategy::Random && *one != by_zone)?;
    match &strategies[first] {
        PlacementStrategy::Binpack(field) => Some((first, *field)),
        PlacementStrategy::Random | PlacementStrategy::Spread(_) => None,
    }
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

/// Who decides where a task goes: ECS's rules, or one of the policies that ECS does not offer. All choose among the
/// instances that meet every requirement and constraint, and end with the order of registration.
///
/// Best and worst fit go by the dot product of what an instance has free and what the task demands, over cpu and memory,
/// each as a share of the largest instance of the cluster. Panigrahy et al. (2011) and Tetris (Grandl et al., SIGCOMM 2014)
/// take the largest; the comparison of FGD (Weng et al., ATC 2023) takes the smallest.
#[derive(Clone, Debug, Default)]
pub enum PlacementRule {
    /// The placement strategy of the service or call, as ECS does.
    #[default]
    Ecs,
    /// The first instance.
    FirstFit,
    /// The instance with the largest dot product: most room of what the task needs most.
    WorstFit,
    /// The instance with the smallest dot product: the tightest.
    BestFit,
    /// Of the zone with the fewest tasks of the group, the instance with the smallest dot product.
    SpreadBestFit,
    /// A policy of the library's user.
    Custom(Arc<dyn PlacementPolicy>),
}

/// Policies of one's own are equal if they are the same one.
impl PartialEq for PlacementRule {
    fn eq(&self, other: &PlacementRule) -> bool {
        match (self, other) {
            (PlacementRule::Custom(one), PlacementRule::Custom(other)) => Arc::ptr_eq(one, other),
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }
}
