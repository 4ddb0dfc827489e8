//! Placement policies on the openb trace: by waiting and machines under load, and by the inflation test of FGD.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use ecsim::engine::setup::Arrivals;
use ecsim::engine::{Setup, Simulation};
use ecsim::experiment::trial::metric_options;
use ecsim::kernel::time::SimTime;
use ecsim::model::placement::{BinpackField, PlacementPolicy, PlacementRule, PlacementStrategy, TaskToPlace};
use ecsim::model::{Change, Cluster, InstanceId, Resources};
use ecsim::observe::Observer;
use ecsim::observe::metrics::{Metrics, metric_names};
use ecsim::scenario::plan::{Plan, Source};

use super::{data, openb};

/// How many tasks of the trace have each size: what FGD calls the target workload.
#[derive(Debug)]
struct Workload {
    sizes: Vec<(Resources, u64)>,
    tasks: u64,
}

impl Workload {
    fn of(setup: &Setup) -> Workload {
        let mut counts = BTreeMap::new();
        for demand in demands(setup) {
            *counts.entry((demand.cpu, demand.memory_mib)).or_insert(0) += 1;
        }
        let sizes = counts.into_iter().map(|((cpu, memory), count)| (Resources::new(cpu, memory), count));
        let sizes: Vec<(Resources, u64)> = sizes.collect();
        Workload { tasks: sizes.iter().map(|(_, count)| count).sum(), sizes }
    }

    /// Free CPU units that a task drawn from the trace cannot use, on average, times the number of tasks: all that is free
    /// where it does not fit, and nothing where it does (Weng et al., ATC 2023, with CPU in the place of GPUs).
    fn fragments(&self, free: Resources) -> u64 {
        let unfit = self.sizes.iter().filter(|(size, _)| !free.covers(*size)).map(|(_, count)| count);
        u64::from(free.cpu) * unfit.sum::<u64>()
    }
}

/// Fragmentation gradient descent: where fragmentation grows least. The trait's own test on something large.
#[derive(Debug)]
struct FragmentationGradientDescent(Workload);

impl PlacementPolicy for FragmentationGradientDescent {
    fn name(&self) -> &str {
        "FGD"
    }

    fn choose(
        &self,
        task: &TaskToPlace<'_>,
        candidates: &[InstanceId],
        cluster: &Cluster,
        _: &mut dyn FnMut(u32) -> u32,
    ) -> InstanceId {
        let growth = |id: &&InstanceId| {
            let free = cluster.instances[**id].free;
            let left = free.minus(task.demand).expect("a candidate has room");
            self.0.fragments(left) as i64 - self.0.fragments(free) as i64
        };
        *candidates.iter().min_by_key(growth).expect("there is always a candidate")
    }
}

/// The only caller's rows in order of arrival.
fn demands(setup: &Setup) -> Vec<Resources> {
    let Some(Arrivals::Rows(rows)) = setup.world.callers[0].as_ref().map(|caller| &caller.arrivals) else {
        panic!("the pods come from a file")
    };
    let demand = |row: &ecsim::engine::setup::ArrivalRow| {
        Resources::new(row.cpu.expect("a cpu column"), row.memory_mib.expect("a memory column"))
    };
    rows.iter().map(demand).collect()
}

fn setup_of(text: &str) -> Setup {
    let scratch = tempfile::tempdir().unwrap();
    let file = scratch.path().join("scenario.yaml");
    std::fs::write(&file, text).unwrap();
    Plan::load(&Source::File(file), &[], None).unwrap_or_else(|error| panic!("{error}")).base_setup().unwrap()
}

/// The setup under each policy, with its name.
fn compared(base: &Setup) -> Vec<(&'static str, Setup)> {
    let by = |rule: PlacementRule, strategies: Vec<PlacementStrategy>| {
        let mut setup = base.clone();
        setup.world.callers.iter_mut().flatten().for_each(|caller| caller.strategies = strategies.clone());
        setup.place_all_by(&rule);
        setup
    };
    let ecs = |strategy| by(PlacementRule::Ecs, vec![strategy]);
    let fgd = PlacementRule::Custom(Arc::new(FragmentationGradientDescent(Workload::of(base))));
    vec![
        ("ECS: random", ecs(PlacementStrategy::Random)),
        ("ECS: binpack(cpu)", ecs(PlacementStrategy::Binpack(BinpackField::Cpu))),
        ("ECS: binpack(memory)", ecs(PlacementStrategy::Binpack(BinpackField::Memory))),
        ("firstFit", by(PlacementRule::FirstFit, vec![])),
        ("worstFit", by(PlacementRule::WorstFit, vec![])),
        ("bestFit", by(PlacementRule::BestFit, vec![])),
        ("spreadBestFit", by(PlacementRule::SpreadBestFit, vec![])),
        ("FGD (own policy)", by(fgd, vec![])),
    ]
}

/// The rows stand in the document as they are, so that it cannot fall behind.
fn stands_in_the_document(rows: &[String]) {
    let document = std::fs::read_to_string("docs/real-input.md").unwrap();
    rows.iter().for_each(|row| println!("{row}"));
    let missing: Vec<&String> = rows.iter().filter(|row| !document.contains(row.as_str())).collect();
    assert!(missing.is_empty(), "docs/real-input.md has other figures than these:\n{missing:#?}");
}

/// Instances that hold a task: hours and the most at once.
#[derive(Default)]
struct MachinesInUse {
    milliseconds: u64,
    most: u64,
}

impl Observer for MachinesInUse {
    fn observe(&mut self, _: SimTime, _: &Change, _: &Cluster) {}

    fn time_moves(&mut self, from: SimTime, to: SimTime, cluster: &Cluster) {
        let in_use =
            cluster.instances.iter().filter(|(_, instance)| !instance.tasks.is_empty()).count() as u64;
        self.milliseconds += in_use * to.since(from).0;
        self.most = self.most.max(in_use);
    }
}

#[test]
fn the_loaded_openb_trace_waits_differently_under_each_policy() {
    let Some(traces) = data("traces") else { return };
    let arrivals =
        "        timeScale: 0.00070461245\n        durationCap: 1h\n        leaveOutUnplaceable: true";
    let base = setup_of(&openb(&traces, "      first: 200", arrivals, "      onRefusal: { wait: fifo }"));
    let mut rows = Vec::new();
    for (name, setup) in compared(&base) {
        let observer = (Metrics::new(&setup.cluster, metric_options(&setup)), MachinesInUse::default());
        let outcome = Simulation::new(&setup, 0, observer, ()).run().unwrap();
        let (mut metrics, machines) = outcome.observer;
        let columns = metric_names(&setup.cluster).into_iter().map(|name| name.column());
        let values: BTreeMap<String, Option<f64>> = columns.zip(metrics.values(&outcome.cluster)).collect();
        let of_pods = |metric: &str| values[&format!("{metric}:pods")].unwrap();
        assert_eq!(of_pods("tasks_started"), 6965.0, "{name}: everybody gets a place in the end");
        assert_eq!(machines.most, 200, "{name}: at its peak every instance has a task");
        rows.push(format!(
            "| {name} | {:.1} % | {:.0} s | {:.0} s | {:.0} | {:.0} s |",
            of_pods("waited_share") * 100.0,
            of_pods("wait_placement_s.mean"),
            of_pods("wait_placement_s.p95"),
            machines.milliseconds as f64 / 3_600_000.0,
            outcome.end.0 as f64 / 1000.0,
        ));
    }
    stands_in_the_document(&rows);
}

/// How full the cluster is, and how much of what is left is fragments, as shares of all its CPU.
#[derive(Clone, Copy)]
struct Level {
    allocated: f64,
    fragments: f64,
}

/// Watches tasks that come and never go.
struct Inflation<'a> {
    demands: &'a [Resources],
    workload: &'a Workload,
    asked: u64,
    first_refusal: Option<Level>,
    all_asked: Option<Level>,
}

impl Inflation<'_> {
    fn level(&self, cluster: &Cluster) -> Level {
        let all = cpu_of(cluster);
        let free: u64 = cluster.instances.iter().map(|(_, instance)| u64::from(instance.free.cpu)).sum();
        let fragments: u64 =
            cluster.instances.iter().map(|(_, instance)| self.workload.fragments(instance.free)).sum();
        Level {
            allocated: (all - free) as f64 / all as f64,
            fragments: fragments as f64 / self.workload.tasks as f64 / all as f64,
        }
    }
}

fn cpu_of(cluster: &Cluster) -> u64 {
    cluster.instances.iter().map(|(_, instance)| u64::from(instance.registered.cpu)).sum()
}

impl Observer for Inflation<'_> {
    fn observe(&mut self, _: SimTime, change: &Change, cluster: &Cluster) {
        let (ordinal, refused) = match change {
            Change::TaskCreated(new) => (new.ordinal, false),
            Change::TaskRequestRefused { ordinal, .. } => (*ordinal, true),
            _ => return,
        };
        self.asked += u64::from(self.demands[ordinal as usize - 1].cpu);
        if refused && self.first_refusal.is_none() {
            self.first_refusal = Some(self.level(cluster));
        }
        if self.asked >= cpu_of(cluster) && self.all_asked.is_none() {
            self.all_asked = Some(self.level(cluster));
        }
    }
}

/// The first 500 nodes, pods in order of creation, none ends.
fn inflated(traces: &Path) -> Setup {
    let text = openb(traces, "      first: 500", "", "      duration: 400d");
    let with_ends = "          duration: { from: scheduled_time, to: deletion_time }\n";
    assert!(text.contains(with_ends));
    setup_of(&text.replace(with_ends, ""))
}

#[test]
fn the_inflation_test_on_openb_tells_the_policies_apart() {
    let Some(traces) = data("traces") else { return };
    let base = inflated(&traces);
    let (demands, workload) = (demands(&base), Workload::of(&base));
    assert_eq!(demands.len(), 7853);
    let mut rows = Vec::new();
    for (name, setup) in compared(&base) {
        let watch = Inflation {
            demands: &demands,
            workload: &workload,
            asked: 0,
            first_refusal: None,
            all_asked: None,
        };
        let watch = Simulation::new(&setup, 0, watch, ()).run().unwrap().observer;
        let (first, all) = (watch.first_refusal.unwrap(), watch.all_asked.unwrap());
        // What is allocated, and what a task cannot use of the rest, are parts of one whole.
        for level in [first, all] {
            assert!(level.allocated + level.fragments <= 1.0, "{name}");
        }
        assert!(first.allocated <= all.allocated, "{name}: nothing ends");
        let percent = |share: f64| format!("{:.2} %", share * 100.0);
        rows.push(format!(
            "| {name} | {} | {} | {} | {} |",
            percent(first.allocated),
            percent(first.fragments),
            percent(all.allocated),
            percent(all.fragments),
        ));
    }
    stands_in_the_document(&rows);
}

#[test]
fn fragments_are_what_a_task_of_the_trace_cannot_use() {
    // three tasks of 1024 units, one of 4096; 2048 units are free: one task in four cannot use them
    let sizes = vec![(Resources::new(1024, 1024), 3), (Resources::new(4096, 1024), 1)];
    let workload = Workload { sizes, tasks: 4 };
    assert_eq!(workload.fragments(Resources::new(2048, 8192)), 2048);
    // without memory for any of them all is lost to all four
    assert_eq!(workload.fragments(Resources::new(2048, 512)), 4 * 2048);
    assert_eq!(workload.fragments(Resources::new(4096, 1024)), 0);
}
