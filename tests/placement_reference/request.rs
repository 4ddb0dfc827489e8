//! What a task asks of placement, drawn: what the program is given, and the same for the reference.

use std::sync::Arc;

use ecsim::engine::api::query;
use ecsim::model::placement::{
    BinpackField, PlacementConstraint, PlacementRule, PlacementStrategy, SpreadField,
};
use ecsim::model::{Cluster, PoolId, Resources, TaskGroupId, ZoneId};
use ecsim::policy::placement::PlacementRequest;
use ecsim::policy::placement::requirements::Requirements;

use super::draw::Draw;
use super::expression::{self, Tree};
use super::world::{Definition, World};

/// A placement constraint.
#[derive(Clone, Debug)]
pub enum Constraint {
    DistinctInstance,
    /// A tree, and how it is written.
    MemberOf(Tree, String),
}

impl Constraint {
    pub fn member_of(draw: &mut Draw) -> Constraint {
        let depth = draw.between(0, 2);
        let tree = expression::drawn(draw, depth);
        let text = expression::text(draw, &tree);
        Constraint::MemberOf(tree, text)
    }

    /// As the program reads it.
    pub fn read(&self, cluster: &Cluster) -> PlacementConstraint {
        match self {
            Constraint::DistinctInstance => PlacementConstraint::DistinctInstance,
            Constraint::MemberOf(_, text) => {
                let read = query::parse(text, cluster.zero_unix_ms);
                PlacementConstraint::MemberOf(Arc::new(
                    read.unwrap_or_else(|error| panic!("{text}: {error}")),
                ))
            }
        }
    }
}

/// A task that wants a place.
#[derive(Clone, Debug)]
pub struct Asked {
    pub definition: Definition,
    pub demand: Resources,
    pub group: TaskGroupId,
    pub constraints: Vec<Constraint>,
    pub strategies: Vec<PlacementStrategy>,
    pub for_service: bool,
    pub pool: Option<PoolId>,
    pub zones: Option<Vec<ZoneId>>,
    read: Vec<PlacementConstraint>,
}

impl Asked {
    pub fn drawn(draw: &mut Draw, world: &World) -> Asked {
        let definition = draw.one_of(&world.definitions);
        let gpus = if draw.percent(12) { draw.between(1, 2) as u32 } else { 0 };
        let demand = Resources {
            cpu: draw.one_of(&[0, 128, 256, 256, 512, 1024]),
            memory_mib: draw.one_of(&[64, 256, 256, 512, 1024]),
            gpus,
        };
        let some = |draw: &mut Draw| match draw.between(0, 9) {
            0..=5 => 0,
            6..=8 => 1,
            _ => 2,
        };
        let constraints: Vec<Constraint> = (0..some(draw))
            .map(|_| match draw.percent(35) {
                true => Constraint::DistinctInstance,
                false => Constraint::member_of(draw),
            })
            .collect();
        let strategies = (0..draw.one_of(&[0, 0, 1, 1, 2, 2, 3, 4, 5])).map(|_| strategy(draw)).collect();
        let group = world.group(draw.between(0, 2) as usize);
        let all = &world.cluster.zones;
        let zones = draw.percent(25).then(|| {
            let chosen = (0..all.len()).filter(|_| draw.percent(60)).map(|zone| ZoneId(zone as u16));
            chosen.collect()
        });
        let pool = draw.percent(10).then(|| PoolId(draw.between(0, 1) as u16));
        let read = constraints.iter().map(|constraint| constraint.read(&world.cluster)).collect();
        let for_service = draw.percent(50);
        Asked { definition, demand, group, constraints, strategies, for_service, pool, zones, read }
    }

    /// CON-21: only a task with an interface of its own has subnets.
    pub fn zones(&self) -> Option<&[ZoneId]> {
        self.zones.as_deref().filter(|_| self.definition.awsvpc)
    }

    /// The same task with one strategy that leaves all that qualify.
    pub fn without_order(&self) -> Asked {
        Asked { strategies: vec![PlacementStrategy::Random], ..self.clone() }
    }

    /// As the program is asked.
    pub fn request<'a>(&'a self, cluster: &'a Cluster) -> PlacementRequest<'a> {
        let definition = cluster.task_definition(self.definition.id);
        PlacementRequest {
            demand: self.demand,
            host_ports: &definition.host_ports,
            requirements: Requirements {
                interfaces: u16::from(self.definition.awsvpc),
                platforms: definition.needs.platforms,
                capabilities: &definition.needs.capabilities,
                zones: self.zones(),
            },
            group: self.group,
            constraints: &self.read,
            definition_constraints: &definition.constraints,
            strategies: &self.strategies,
            for_service: self.for_service,
            rule: &PlacementRule::Ecs,
            pool: self.pool,
        }
    }
}

fn strategy(draw: &mut Draw) -> PlacementStrategy {
    let attribute = |draw: &mut Draw| {
        let name = draw.one_of(&["rack", "rack", "level", "ecs.instance-type", "nowhere"]);
        PlacementStrategy::Spread(SpreadField::Attribute(name.to_owned()))
    };
    match draw.between(0, 7) {
        0 => PlacementStrategy::Random,
        1 => PlacementStrategy::Binpack(BinpackField::Cpu),
        2 => PlacementStrategy::Binpack(BinpackField::Memory),
        3 => PlacementStrategy::Spread(SpreadField::Instance),
        4..=5 => PlacementStrategy::Spread(SpreadField::AvailabilityZone),
        _ => attribute(draw),
    }
}
