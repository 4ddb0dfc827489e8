//! A placement policy of one's own beside ECS's, on the same random numbers:
//! `cargo run --release --example own_placement_policy`.

use std::error::Error;
use std::io::Write;
use std::sync::Arc;

use ecsim::engine::Setup;
use ecsim::experiment::statistics::{PairedComparison, mean};
use ecsim::experiment::{TrialKey, TrialOptions, simulate};
use ecsim::model::placement::{PlacementPolicy, PlacementRule, TaskToPlace};
use ecsim::model::{Cluster, InstanceId, Resources};
use ecsim::observe::metrics::metric_names;
use ecsim::scenario::plan::{Plan, Source};

const SCENARIO: &str = include_str!("../scenarios/placement-policies.yaml");
const REPLICATIONS: u64 = 10;

/// Keeps room for a task that is hard to place: goes where it takes the fewest places from it, and of several such
/// instances to the one with the least CPU left.
#[derive(Debug)]
struct KeepRoom {
    room_for: Resources,
}

impl KeepRoom {
    /// How many of the tasks that room is kept for would fit into `free`.
    fn places(&self, free: Resources) -> u32 {
        (free.cpu / self.room_for.cpu).min(free.memory_mib / self.room_for.memory_mib)
    }
}

impl PlacementPolicy for KeepRoom {
    fn name(&self) -> &str {
        "keep room"
    }

    fn choose(
        &self,
        task: &TaskToPlace<'_>,
        candidates: &[InstanceId],
        cluster: &Cluster,
        _chance: &mut dyn FnMut(u32) -> u32,
    ) -> InstanceId {
        let cost = |id: &InstanceId| {
            let free = cluster.instances[*id].free;
            let left = free.minus(task.demand).unwrap_or_default(); // candidates have room
            (self.places(free) - self.places(left), free.cpu)
        };
        // Of equals `min_by_key` takes the first: the order of registration.
        *candidates.iter().min_by_key(|id| cost(id)).expect("there is always a candidate")
    }
}

/// A metric of every replication.
fn values(setup: &Setup, metric: &str, of: &str) -> Result<Vec<Option<f64>>, Box<dyn Error>> {
    let names = metric_names(&setup.cluster);
    let place =
        names.iter().position(|name| name.metric == metric && name.of == of).ok_or("no such metric")?;
    let trial = |replication| {
        let key = TrialKey { point: 0, replication };
        simulate(setup, key, TrialOptions::default(), None::<()>).map(|(trial, _)| trial.values[place])
    };
    Ok((0..REPLICATIONS).map(trial).collect::<Result<_, _>>()?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let source = Source::Text("placement-policies.yaml".to_owned(), SCENARIO.to_owned());
    let ecs = Plan::load(&source, &[], None)?.base_setup()?;
    let mut own = ecs.clone();
    let encode = ecs.cluster.task_definition_named("encode").ok_or("no task definition encode")?;
    let room_for = ecs.cluster.task_definition(encode).reserved;
    own.place_all_by(&PlacementRule::Custom(Arc::new(KeepRoom { room_for })));

    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "{REPLICATIONS} replications; seconds of waiting for a place, mean over all tasks of a run"
    )?;
    writeln!(
        out,
        "{:8}{:>14}{:>14}{:>30}",
        "run", "ECS's binpack", "keep room", "difference (95 % interval)"
    )?;
    for run in ["job", "encode", "index"] {
        let (ecs, own) =
            (values(&ecs, "wait_placement_s.mean", run)?, values(&own, "wait_placement_s.mean", run)?);
        let mean = |values: &[Option<f64>]| mean(&values.iter().flatten().copied().collect::<Vec<_>>());
        let (Some(by_ecs), Some(by_own)) = (mean(&ecs), mean(&own)) else { continue };
        let compared = PairedComparison::of(&own, &ecs).ok_or("too few replications")?;
        let (low, high) = compared.ci95;
        let difference = format!("{:.1} ({low:.1} to {high:.1})", compared.mean);
        writeln!(out, "{run:8}{by_ecs:>14.1}{by_own:>14.1}{difference:>30}")?;
    }
    Ok(())
}
