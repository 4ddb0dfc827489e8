//! V12: placement by first fit and best fit, and spreading by worst fit, to the instance (PLC-1, PLC-4, PLC-9).

use std::collections::BTreeMap;

use ecsim::experiment::TrialOptions;

use crate::support::{replication, setup_of};

/// Tasks of these sizes, one a second in this order, on instances of `memory`: memory used by instance.
fn loads(
    sizes: &[u32],
    instances: usize,
    memory: u32,
    strategy: &str,
    policies: &str,
) -> BTreeMap<String, u32> {
    let mut definitions = String::new();
    let mut runs = String::new();
    for (second, size) in sizes.iter().enumerate() {
        definitions += &format!(
            "    - {{ family: f{second}, containerDefinitions: [{{ name: c, memory: {size} }}] }}\n"
        );
        runs += &format!(
            "    - {{ name: r{second}, taskDefinition: f{second}, arrivals: {{ at: [{second}s] }}, duration: 1h{strategy} }}\n"
        );
    }
    let setup = setup_of(&format!(
        "ecsim: 1
name: packing
duration: 10m
aws:
  taskDefinitions:
{definitions}
  containerInstances: [{{ name: host, count: {instances}, resources: {{ cpu: 1024, memory: {memory} }} }}]
world:
  runs:
{runs}
model: {{ tie_break: lowest_instance_id }}
policies: {{ {policies} }}
"
    ));
    let (_, rows) = replication(&setup, 0, TrialOptions::default());
    let mut loads = BTreeMap::new();
    for row in &rows.0 {
        let size = sizes[row.task_definition[1..].split(':').next().unwrap().parse::<usize>().unwrap()];
        *loads.entry(row.instance.clone().unwrap()).or_default() += size;
    }
    assert_eq!(rows.0.len(), sizes.len());
    loads
}

/// Six of 150, six of 340, six of 510: the optimum is 6 instances of 1000.
fn johnson() -> Vec<u32> {
    [150, 340, 510].iter().flat_map(|size| [*size; 6]).collect()
}

const BINPACK: &str = ", placementStrategy: [{ type: binpack, field: memory }]";

#[test]
fn v12_binpack_on_memory_is_best_fit_and_needs_ten_instances() {
    assert_eq!(loads(&johnson(), 18, 1000, BINPACK, "").len(), 10);
}

#[test]
fn v12_first_fit_needs_ten_instances() {
    assert_eq!(loads(&johnson(), 18, 1000, "", "placement: { default: firstFit }").len(), 10);
}

#[test]
fn v12_the_example_of_martello_and_toth_needs_four() {
    // weights × 10, since a container has at least 6 MiB
    let sizes = [700, 600, 500, 330, 330, 330, 110, 70, 30];
    assert_eq!(loads(&sizes, 9, 1000, BINPACK, "").len(), 4);
    assert_eq!(loads(&sizes, 9, 1000, "", "placement: { default: firstFit }").len(), 4);
}

#[test]
fn v12_worst_fit_spreads_the_loads_evenly() {
    // 500 | 400 + 100 | 300 + 200
    let loads = loads(&[500, 400, 300, 200, 100], 3, 1000, "", "placement: { default: worstFit }");
    assert_eq!(loads.into_values().collect::<Vec<_>>(), [500, 500, 500]);
}

#[test]
fn v12_a_twin_with_instances_of_1050_is_rejected() {
    // 6 × 150 = 900; 3 × 340 = 1020; 2 × 510 = 1020: 1 + 2 + 3 = 6
    assert_eq!(loads(&johnson(), 18, 1050, BINPACK, "").len(), 6);
}
