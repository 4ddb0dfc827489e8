//! What it costs to place one task: `cargo bench --bench placement`.

#![allow(missing_docs)] // criterion's macro makes an undocumented function

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use ecsim::engine::Simulation;
use ecsim::kernel::streams::{Entity, Purpose, Streams};
use ecsim::model::placement::{
    BinpackField, PlacementConstraint, PlacementRule, PlacementStrategy, SpreadField,
};
use ecsim::model::{Cluster, Resources};
use ecsim::policy::placement::requirements::Requirements;
use ecsim::policy::placement::{PlacementRequest, Scratch, choose_instance};
use ecsim::scenario::plan::{Plan, Source};

const INSTANCES: [u32; 3] = [50, 500, 5_000];

/// What an instance registers.
const CPU: u32 = 4_096;

/// A settled cluster in three zones: `web` has tasks on half of the instances, and `rest` fills up unevenly.
fn settled(instances: u32) -> Cluster {
    let text = format!(
        "ecsim: 1
name: settled
duration: 1s
aws:
  taskDefinitions:
    - {{ family: small, containerDefinitions: [{{ name: app, cpu: 256, memory: 512 }}] }}
    - {{ family: large, containerDefinitions: [{{ name: app, cpu: 1024, memory: 1536 }}] }}
  containerInstances:
    - {{ name: host, count: {instances}, resources: {{ cpu: {CPU}, memory: 16384 }}, zones: [a, b, c] }}
  services:
    - {{ serviceName: web, taskDefinition: small, desiredCount: {} }}
    - serviceName: rest
      taskDefinition: large
      desiredCount: {instances}
      placementStrategy: [{{ type: random }}]
",
        instances / 2
    );
    let cluster = stand(text);
    assert_eq!(cluster.tasks_present, u64::from(instances) * 3 / 2);
    cluster
}

/// The same cluster when all but one instance in 50 are full, as one that waits for capacity is.
fn nearly_full(instances: u32) -> Cluster {
    let text = format!(
        "ecsim: 1
name: nearly-full
duration: 1s
aws:
  taskDefinitions:
    - {{ family: small, containerDefinitions: [{{ name: app, cpu: 256, memory: 512 }}] }}
    - {{ family: whole, containerDefinitions: [{{ name: app, cpu: {CPU}, memory: 16384 }}] }}
  containerInstances:
    - {{ name: host, count: {instances}, resources: {{ cpu: {CPU}, memory: 16384 }}, zones: [a, b, c] }}
  services:
    - serviceName: rest
      taskDefinition: whole
      desiredCount: {}
      placementStrategy: [{{ type: random }}]
    - {{ serviceName: web, taskDefinition: small, desiredCount: 0 }}
",
        instances - instances / 50
    );
    stand(text)
}

fn stand(text: String) -> Cluster {
    let source = Source::Text("cluster.yaml".to_owned(), text);
    let plan = Plan::load(&source, &[], None).unwrap_or_else(|rejected| panic!("{rejected}"));
    let setup = plan.base_setup().unwrap_or_else(|rejected| panic!("{rejected}"));
    let outcome = Simulation::new(&setup, 0, (), ()).run().unwrap_or_else(|error| panic!("{error}"));
    let mut cluster = outcome.cluster;
    cluster.keep_order_by(BinpackField::Memory);
    cluster
}

/// The requests by name: demand, constraints, strategies, whether a service asks, and whether there is an answer.
struct Case {
    name: &'static str,
    demand: Resources,
    constraints: Vec<PlacementConstraint>,
    strategies: Vec<PlacementStrategy>,
    for_service: bool,
    is_placed: bool,
}

fn cases() -> Vec<Case> {
    let zone = PlacementStrategy::Spread(SpreadField::AvailabilityZone);
    let instance = PlacementStrategy::Spread(SpreadField::Instance);
    let binpack = PlacementStrategy::Binpack(BinpackField::Memory);
    let case = |name, strategies| Case {
        name,
        demand: Resources::new(256, 512),
        constraints: Vec::new(),
        strategies,
        for_service: true,
        is_placed: true,
    };
    vec![
        case("default of services", vec![]),
        case("spread zone, spread instance", vec![zone.clone(), instance]),
        case("spread zone, binpack memory", vec![zone, binpack.clone()]),
        case("binpack memory", vec![binpack]),
        Case { for_service: false, ..case("default of RunTask (random)", vec![]) },
        Case { constraints: vec![PlacementConstraint::DistinctInstance], ..case("distinctInstance", vec![]) },
        // One unit more than an empty instance has: every row is looked at, and the reason is found.
        Case { demand: Resources::new(CPU + 1, 512), is_placed: false, ..case("refused for cpu", vec![]) },
    ]
}

fn placement(criterion: &mut Criterion) {
    for instances in INSTANCES {
        place_each(criterion, "place one task", &settled(instances), cases());
        let all_but_refused = cases().into_iter().filter(|case| case.is_placed);
        place_each(
            criterion,
            "place one task, nearly full",
            &nearly_full(instances),
            all_but_refused.collect(),
        );
    }
}

fn place_each(criterion: &mut Criterion, name: &str, cluster: &Cluster, cases: Vec<Case>) {
    let group = cluster.service(cluster.service_named("web").expect("the service web")).group;
    let streams = Streams::new(1, 0);
    let mut group_of_benches = criterion.benchmark_group(name);
    for case in cases {
        let request = PlacementRequest {
            demand: case.demand,
            host_ports: &[],
            requirements: Requirements::default(),
            group,
            constraints: &case.constraints,
            definition_constraints: &[],
            strategies: &case.strategies,
            for_service: case.for_service,
            rule: &PlacementRule::Ecs,
            pool: None,
        };
        let mut scratch = Scratch::default();
        // Each placement opens a stream of its own where it draws at all, as in a simulation.
        let mut ordinal = 0;
        let mut place = || {
            ordinal += 1;
            let mut stream = None;
            let pick = |bound| {
                let open = || streams.open(Purpose::Placement, Entity::named("web").number(ordinal));
                stream.get_or_insert_with(open).below(bound)
            };
            choose_instance(cluster, black_box(&request), &mut scratch, pick, &mut ())
        };
        assert_eq!(place().is_ok(), case.is_placed, "{}", case.name);
        let id = BenchmarkId::new(case.name, cluster.instances.len());
        group_of_benches.bench_function(id, |bencher| bencher.iter(&mut place));
    }
    group_of_benches.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(40);
    targets = placement
}
criterion_main!(benches);
