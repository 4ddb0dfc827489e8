//! Of several instances that are equally good, each is chosen equally often (PLC-9).

use std::collections::BTreeMap;

use ecsim::engine::Simulation;
use ecsim::experiment::statistics::chi_square_quantile;
use ecsim::kernel::streams::{Entity, Purpose, Streams};
use ecsim::model::placement::{BinpackField, PlacementRule, PlacementStrategy};
use ecsim::model::{Cluster, InstanceId, Resources};
use ecsim::policy::placement::requirements::Requirements;
use ecsim::policy::placement::{PlacementRequest, Scratch, choose_instance};
use ecsim::scenario::plan::{Plan, Source};

const PLACEMENTS: u64 = 20_000;

/// `large` instances in three zones that have room for a task of 256 CPU units, among `small` ones that have none.
fn cluster(large: u32, small: u32) -> Cluster {
    let text = format!(
        "ecsim: 1
name: ties
duration: 1s
aws:
  taskDefinitions:
    - {{ family: small, containerDefinitions: [{{ name: app, cpu: 256, memory: 512 }}] }}
  containerInstances:
    - {{ name: small, count: {small}, resources: {{ cpu: 128, memory: 4096 }}, zones: [a, b, c] }}
    - {{ name: large, count: {large}, resources: {{ cpu: 4096, memory: 8192 }}, zones: [a, b, c] }}
  services:
    - {{ serviceName: web, taskDefinition: small, desiredCount: 0 }}
"
    );
    let source = Source::Text("ties.yaml".to_owned(), text);
    let plan = Plan::load(&source, &[], None).unwrap_or_else(|rejected| panic!("{rejected}"));
    let setup = plan.base_setup().unwrap_or_else(|rejected| panic!("{rejected}"));
    Simulation::new(&setup, 0, (), ()).run().unwrap_or_else(|error| panic!("{error}")).cluster
}

/// How often each instance is chosen for a first task of the service, and how often that took 33 draws.
fn chosen(cluster: &Cluster, strategies: &[PlacementStrategy]) -> (BTreeMap<usize, u64>, u64) {
    let web = cluster.service(cluster.service_named("web").expect("the service web"));
    let request = PlacementRequest {
        demand: Resources::new(256, 512),
        host_ports: &[],
        requirements: Requirements::default(),
        group: web.group,
        constraints: &[],
        definition_constraints: &[],
        strategies,
        for_service: true,
        rule: &PlacementRule::Ecs,
        pool: None,
    };
    let (streams, mut scratch) = (Streams::new(7, 0), Scratch::default());
    let (mut times, mut to_the_end) = (BTreeMap::new(), 0);
    for ordinal in 1..=PLACEMENTS {
        let mut stream = streams.open(Purpose::Placement, Entity::named("web").number(ordinal));
        let mut draws = 0;
        let pick = |below| {
            draws += 1;
            stream.below(below)
        };
        let placed: Result<InstanceId, _> = choose_instance(cluster, &request, &mut scratch, pick, &mut ());
        *times.entry(placed.expect("there is room").slot()).or_insert(0) += 1;
        to_the_end += u64::from(draws == 33);
    }
    (times, to_the_end)
}

/// Chi-square with one degree of freedom less than there are equals, at 1e-6.
fn assert_equally_often(times: &BTreeMap<usize, u64>, equals: usize) {
    assert_eq!(times.len(), equals);
    let expected = PLACEMENTS as f64 / equals as f64;
    let off = times.values().map(|times| *times as f64 - expected);
    let distance: f64 = off.map(|off| off * off / expected).sum();
    let limit = chi_square_quantile(1.0 - 1e-6, (equals - 1) as f64);
    assert!(distance < limit, "{distance} is not below {limit}: {times:?}");
}

#[test]
fn each_of_many_equals_is_chosen_equally_often() {
    let (times, to_the_end) = chosen(&cluster(60, 30), &[]);
    assert_equally_often(&times, 60);
    assert_eq!(to_the_end, 0); // (30/90)^32 is 5e-16
}

#[test]
fn each_of_few_equals_among_many_others_is_chosen_equally_often() {
    let (times, to_the_end) = chosen(&cluster(6, 294), &[]);
    assert_equally_often(&times, 6);
    // No draw of 32 finds one of 6 among 300 with a chance of (294/300)^32 = 0.5239: of 20,000 placements in 10,478, with a
    // standard deviation of 71.
    assert!((10_478 - 355..=10_478 + 355).contains(&to_the_end), "{to_the_end}");
}

#[test]
fn each_of_the_equally_tight_is_chosen_equally_often() {
    let mut cluster = cluster(12, 40);
    cluster.keep_order_by(BinpackField::Memory);
    let (times, to_the_end) = chosen(&cluster, &[PlacementStrategy::Binpack(BinpackField::Memory)]);
    assert_equally_often(&times, 12);
    assert_eq!(to_the_end, 0);
}
