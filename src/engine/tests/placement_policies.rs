//! Where tasks go by policies that ECS does not offer, and by one of the user's own.

use std::sync::Arc;

use super::placement::{binpack, placed};
use super::support::Case;
use crate::model::host_port::{HostPort, Protocol};
use crate::model::placement::{
    BinpackField, PlacementConstraint, PlacementPolicy, PlacementRule, TaskToPlace,
};
use crate::model::{Cluster, InstanceId};

/// The largest has 4096 CPU units and 8192 MiB. A task of 256 and 512 takes 1/16 of both, so its dot products are
/// (free cpu / 4096 + free memory / 8192) / 16, here in 64ths:
const FIVE: [(&str, u32, u32); 5] = [
    ("a", 3072, 8192), // 3/4 + 1 = 7/4: 7
    ("a", 2048, 6144), // 1/2 + 3/4 = 5/4: 5
    ("b", 4096, 3072), // 1 + 3/8 = 11/8: 5.5
    ("a", 1024, 8192), // 1/4 + 1 = 5/4: 5
    ("b", 4096, 8192), // 1 + 1 = 2: 8
];

fn hosts(count: u32, rule: PlacementRule) -> Vec<String> {
    placed(&FIVE, count, |settings| settings.placement_rule = rule)
}

#[test]
fn first_best_and_worst_fit_and_binpack_on_either_resource_choose_five_different_instances() {
    assert_eq!(hosts(1, PlacementRule::FirstFit), ["host-1"]);
    // 5 twice: the first by registration
    assert_eq!(hosts(1, PlacementRule::BestFit), ["host-2"]);
    assert_eq!(hosts(1, PlacementRule::WorstFit), ["host-5"]);
    assert_eq!(placed(&FIVE, 1, binpack(BinpackField::Memory)), ["host-3"]);
    assert_eq!(placed(&FIVE, 1, binpack(BinpackField::Cpu)), ["host-4"]);
}

#[test]
fn best_fit_stays_where_it_is_tightest_and_spread_takes_zones_in_turn() {
    assert_eq!(hosts(4, PlacementRule::BestFit), ["host-2"; 4]);
    // a 0, b 0: 5 is the least; b: 5.5 before 8; a 1, b 1: host-2 has 7/16 + 11/16 = 9/8 left, 4.5; b again
    assert_eq!(hosts(4, PlacementRule::SpreadBestFit), ["host-2", "host-3", "host-2", "host-3"]);
}

#[test]
fn worst_fit_moves_on_when_another_has_more_room() {
    // host-5: 8, then 15/16 + 15/16 = 15/8: 7.5, then 7/8 + 7/8 = 7/4: 7, as much as host-1, which stands first
    assert_eq!(hosts(3, PlacementRule::WorstFit), ["host-5", "host-5", "host-1"]);
}

#[test]
fn the_resource_that_a_task_needs_most_counts_most() {
    let host = |cpu, memory_mib| {
        let mut case = Case::instant();
        case.instance("host", "a", 2048, 8192);
        case.instance("host", "a", 4096, 2048);
        let web = case.definition("web", cpu, memory_mib, |_| {});
        case.service("web", web, 1, |settings| settings.placement_rule = PlacementRule::BestFit);
        case.run().hosts().remove(0).to_owned()
    };
    // shares 1/4 and 1/16: 1/2 × 1/4 + 1 × 1/16 = 12/64 against 1 × 1/4 + 1/4 × 1/16 = 17/64
    assert_eq!(host(1024, 512), "host-1");
    // shares 1/16 and 1/8: 1/2 × 1/16 + 1 × 1/8 = 5/32 against 1 × 1/16 + 1/4 × 1/8 = 3/32
    assert_eq!(host(256, 1024), "host-2");
}

/// The n-th draw decides; without draws, the last candidate.
#[derive(Debug)]
struct Drawn(u32);

impl PlacementPolicy for Drawn {
    fn name(&self) -> &str {
        "drawn"
    }

    fn choose(
        &self,
        _: &TaskToPlace<'_>,
        candidates: &[InstanceId],
        _: &Cluster,
        chance: &mut dyn FnMut(u32) -> u32,
    ) -> InstanceId {
        let bound = candidates.len() as u32;
        let drawn = (0..self.0).map(|_| chance(bound)).last().unwrap_or(bound - 1);
        candidates[drawn as usize]
    }
}

fn drawn(draws: u32) -> PlacementRule {
    PlacementRule::Custom(Arc::new(Drawn(draws)))
}

/// PLC-2: two tasks fill an instance, and it is no candidate any more.
#[test]
fn a_policy_of_ones_own_chooses_among_those_with_room() {
    let three = [("a", 512, 8192), ("a", 512, 8192), ("a", 512, 8192)];
    let hosts = placed(&three, 6, |settings| settings.placement_rule = drawn(0));
    assert_eq!(hosts, ["host-3", "host-3", "host-2", "host-2", "host-1", "host-1"]);
}

/// PLC-11, CON-18: one on each instance by a constraint, and one on each by a port.
#[test]
fn constraints_and_ports_bind_a_policy_of_ones_own() {
    let three = [("a", 4096, 8192), ("a", 4096, 8192), ("a", 4096, 8192)];
    let constrained = placed(&three, 3, |settings| {
        settings.placement_rule = drawn(0);
        settings.constraints = vec![PlacementConstraint::DistinctInstance];
    });
    assert_eq!(constrained, ["host-3", "host-2", "host-1"]);
    let mut case = Case::instant();
    three.iter().for_each(|(zone, cpu, memory)| {
        case.instance("host", zone, *cpu, *memory);
    });
    let web = case.definition("web", 256, 512, |definition| {
        definition.host_ports = vec![HostPort { number: 80, protocol: Protocol::Tcp }];
    });
    case.service("web", web, 3, |settings| settings.placement_rule = drawn(0));
    assert_eq!(case.run().hosts(), ["host-3", "host-2", "host-1"]);
}

#[test]
fn chance_gives_a_policy_a_new_number_at_every_draw_and_the_same_numbers_in_every_run() {
    let four = [("a", 1 << 20, 1 << 20); 4];
    let hosts = |draws| placed(&four, 100, |settings| settings.placement_rule = drawn(draws));
    let (first, second) = (hosts(1), hosts(2));
    assert_eq!(first, hosts(1));
    // Independent draws of four agree in a quarter of 100 tasks: 25, standard deviation 4.3; five of it.
    let equal = first.iter().zip(&second).filter(|(first, second)| first == second).count();
    assert!((4..=46).contains(&equal), "{equal}");
}

/// Chooses the first instance of the cluster, whatever it is told.
#[derive(Debug)]
struct Stubborn;

impl PlacementPolicy for Stubborn {
    fn name(&self) -> &str {
        "stubborn"
    }

    fn choose(
        &self,
        _: &TaskToPlace<'_>,
        _: &[InstanceId],
        cluster: &Cluster,
        _: &mut dyn FnMut(u32) -> u32,
    ) -> InstanceId {
        cluster.instance_in_slot(0)
    }
}

#[test]
#[should_panic(
    expected = "the placement policy \"stubborn\" chose an instance that is none of its candidates"
)]
fn a_policy_that_chooses_what_is_full_is_told_so() {
    // 512 units hold two tasks; the third is asked for with host-2 as the only candidate
    placed(&[("a", 512, 8192), ("a", 512, 8192)], 3, |settings| {
        settings.placement_rule = PlacementRule::Custom(Arc::new(Stubborn));
    });
}

/// A policy takes the place of the scenario's for services and callers alike.
#[test]
fn a_setup_can_be_placed_by_one_rule() {
    let mut case = Case::instant();
    FIVE.iter().for_each(|(zone, cpu, memory)| {
        case.instance("host", zone, *cpu, *memory);
    });
    let web = case.definition("web", 256, 512, |_| {});
    case.service("web", web, 1, |_| {});
    case.caller("job", web, &[(100.0, 10.0)], |_| {});
    case.setup.place_all_by(&PlacementRule::WorstFit);
    assert_eq!(case.run().hosts(), ["host-5", "host-5"]);
}

#[test]
fn policies_of_ones_own_are_equal_if_they_are_the_same_one() {
    let one = drawn(1);
    assert_eq!(one.clone(), one);
    assert_ne!(drawn(1), one);
    assert_ne!(PlacementRule::BestFit, PlacementRule::WorstFit);
}
