//! What a mixed group buys: on demand or Spot, in which zone, of which type (ASG-6 to ASG-11).

use super::support::{count, held, mixed, refusal, run};

const ALL_SPOT: &str = "OnDemandPercentageAboveBaseCapacity: 0, SpotAllocationStrategy";

fn bought(types: &[&str], size: u32, distribution: &str, world: &str) -> Vec<String> {
    let group = format!("MinSize: 0, MaxSize: 50, DesiredCapacity: {size}");
    let (_, end) = run(&format!("duration: 5m\n{}\n{world}", mixed(types, &group, distribution, "")));
    held(&end)
}

/// ASG-6: base 2, and 30 % of the 7 above it are 2.1, rounded up to 3: 5 on demand and 4 Spot, level over three zones.
#[test]
fn nine_instances_with_base_two_and_thirty_percent_are_five_on_demand_and_four_spot() {
    let distribution = "OnDemandBaseCapacity: 2, OnDemandPercentageAboveBaseCapacity: 30";
    let held = bought(&["m5.large"], 9, distribution, "");
    assert_eq!((count(&held, "on-demand"), count(&held, "spot")), (5, 4), "{held:?}");
    assert_eq!(["/a", "/b", "/c"].map(|zone| count(&held, zone)), [3, 3, 3], "{held:?}");
}

/// The default percentage is 100: a policy of types alone buys nothing as Spot (ASG-6).
#[test]
fn without_a_percentage_all_is_on_demand() {
    let held = bought(&["m5.large"], 4, "", "");
    assert_eq!(count(&held, "on-demand"), 4, "{held:?}");
}

/// ASG-7: m5.large has room for one in each of three zones; the other three of six are c5.large.
#[test]
fn on_demand_takes_the_next_type_of_the_list_where_the_first_has_run_out() {
    let held =
        bought(&["m5.large", "c5.large"], 6, "", "world: { spot: { m5.large: { onDemandCapacity: 1 } } }");
    assert_eq!((count(&held, "m5.large"), count(&held, "c5.large")), (3, 3), "{held:?}");
    assert_eq!(["/a", "/b", "/c"].map(|zone| count(&held, zone)), [2, 2, 2], "{held:?}");
}

/// ASG-7: c5.large costs 0.085 USD an hour and m5.large 0.096.
#[test]
fn on_demand_by_lowest_price_takes_the_cheapest_type() {
    let held = bought(&["m5.large", "c5.large"], 3, "OnDemandAllocationStrategy: lowest-price", "");
    assert_eq!(count(&held, "c5.large"), 3, "{held:?}");
}

/// ASG-8: of three pools in each zone the two cheapest, m5.large at 0.01 and c5.large at 0.02, get 12 / 2 instances each.
#[test]
fn lowest_price_spreads_over_the_cheapest_pools() {
    let world = "world: { spot: { m5.large: { price: { usdPerHour: 0.01 } }, c5.large: { price: { usdPerHour: 0.02 } },
        r5.large: { price: { usdPerHour: 0.03 } } } }";
    let distribution = format!("{ALL_SPOT}: lowest-price, SpotInstancePools: 2");
    let held = bought(&["r5.large", "c5.large", "m5.large"], 12, &distribution, world);
    assert_eq!(["m5.large", "c5.large", "r5.large"].map(|kind| count(&held, kind)), [6, 6, 0], "{held:?}");
}

/// ASG-8: in each zone c5.large has 8 left and m5.large 5: three c5.large level them, then the list decides by turns: after
/// 4 in a zone c5.large has 8 - 3 = 5 of them, and the fourth is m5.large.
#[test]
fn capacity_optimized_takes_the_deepest_pool_of_each_zone() {
    let world = "world: { spot: { m5.large: { capacity: 5 }, c5.large: { capacity: 8 } } }";
    let held = bought(&["m5.large", "c5.large"], 12, &format!("{ALL_SPOT}: capacity-optimized"), world);
    assert_eq!((count(&held, "m5.large"), count(&held, "c5.large")), (3, 9), "{held:?}");
}

/// ASG-8: m5.large with 6 of 10 is deep enough (half of 10 is 5) and first of the list; the first two in each zone leave it
/// 4, which is not, and the third is c5.large.
#[test]
fn capacity_optimized_prioritized_keeps_the_list_while_the_pool_is_deep() {
    let world = "world: { spot: { m5.large: { capacity: 6 }, c5.large: { capacity: 10 } } }";
    let distribution = format!("{ALL_SPOT}: capacity-optimized-prioritized");
    let held = bought(&["m5.large", "c5.large"], 9, &distribution, world);
    assert_eq!((count(&held, "m5.large"), count(&held, "c5.large")), (6, 3), "{held:?}");
}

/// ASG-8: the cheapest pool, r5.large, has 1 of 10 and is no deep one; of the deep ones m5.large is cheaper.
#[test]
fn price_capacity_optimized_takes_the_cheapest_of_the_deep_pools() {
    let world = "world: { spot: { r5.large: { capacity: 1, price: { usdPerHour: 0.001 } },
        c5.large: { capacity: 10, price: { usdPerHour: 0.03 } }, m5.large: { capacity: 9, price: { usdPerHour: 0.02 } } } }";
    let distribution = format!("{ALL_SPOT}: price-capacity-optimized");
    let held = bought(&["r5.large", "c5.large", "m5.large"], 3, &distribution, world);
    assert_eq!(count(&held, "m5.large"), 3, "{held:?}");
}

/// ASG-8: the pool of zone a is a hundred times as deep, and still each zone gets one of three.
#[test]
fn the_balance_of_zones_goes_before_the_strategy() {
    let world = "world: { spot: { m5.large/a: { capacity: 100 }, default: { capacity: 1 } } }";
    let held = bought(&["m5.large"], 3, &format!("{ALL_SPOT}: capacity-optimized"), world);
    assert_eq!(held, ["m5.large/a spot", "m5.large/b spot", "m5.large/c spot"]);
}

/// ASG-1, ASG-11: zones b and c can give one each, so that zone a holds the rest of five.
#[test]
fn what_a_zone_cannot_give_comes_from_another() {
    let world = "world: { spot: { default: { capacity: 1 }, m5.large/a: { capacity: 100 } } }";
    let held = bought(&["m5.large"], 5, &format!("{ALL_SPOT}: lowest-price"), world);
    assert_eq!(["/a", "/b", "/c"].map(|zone| count(&held, zone)), [3, 1, 1], "{held:?}");
}

/// ASG-6, ASG-11: three pools hold one Spot instance each; the fourth of four is not bought on demand instead.
#[test]
fn a_group_that_lacks_spot_does_not_buy_on_demand_instead() {
    let held = bought(
        &["m5.large"],
        4,
        &format!("{ALL_SPOT}: lowest-price"),
        "world: { spot: { default: { capacity: 1 } } }",
    );
    assert_eq!((count(&held, "spot"), count(&held, "on-demand")), (3, 0), "{held:?}");
}

/// ASG-11: terminated at 100 s while there is none until 250 s; tried at 100, 160, 220 and, with success, at 280 s.
#[test]
fn a_launch_without_capacity_is_tried_again_every_minute() {
    let group = "MinSize: 1, MaxSize: 1, DesiredCapacity: 1";
    let timeline = "timeline:
  - { at: 90s, fault: capacityOutage, with: { pool: m5.large/a, for: 160s } }
  - { at: 100s, fault: instanceTermination, with: { group: asg } }";
    let case = mixed(&["m5.large"], group, "", ", managedDraining: DISABLED").replace("[a, b, c]", "[a]");
    let (log, _) = run(&format!("duration: 10m\n{case}\n{timeline}"));
    assert_eq!(log.with("launch"), ["0 launch asg-1 in a", "280 launch asg-2 in a"]);
}

/// ASG-11, FAIL-7: with the pool of one zone out, its instance comes in the next one at once.
#[test]
fn a_pool_that_is_out_is_replaced_by_that_of_another_zone() {
    let group = "MinSize: 1, MaxSize: 1, DesiredCapacity: 1";
    let timeline = "timeline:
  - { at: 90s, fault: capacityOutage, with: { pool: m5.large/a, for: 160s } }
  - { at: 100s, fault: instanceTermination, with: { group: asg } }";
    let case = mixed(&["m5.large"], group, "", ", managedDraining: DISABLED");
    let (log, _) = run(&format!("duration: 10m\n{case}\n{timeline}"));
    assert_eq!(log.with("launch"), ["0 launch asg-1 in a", "100 launch asg-2 in b"]);
}

/// ASG-9: weights do not go with capacity providers.
#[test]
fn weights_of_instances_are_refused() {
    let case = mixed(&["m5.large"], "MinSize: 0, MaxSize: 1", "", "");
    let case = case.replace("InstanceType: m5.large", "InstanceType: m5.large, WeightedCapacity: '2'");
    let said = refusal(&format!("duration: 5m\n{case}"));
    assert!(said.contains("WeightedCapacity") && said.contains("ASG-9"), "{said}");
}

#[test]
fn a_distribution_that_means_nothing_is_refused_at_its_place() {
    let of = |distribution: &str| {
        refusal(&format!(
            "duration: 5m\n{}",
            mixed(&["m5.large"], "MinSize: 0, MaxSize: 1", distribution, "")
        ))
    };
    let said = of("SpotAllocationStrategy: cheapest");
    assert!(said.contains("ValidationError") && said.contains("price-capacity-optimized"), "{said}");
    let said = of("OnDemandAllocationStrategy: random");
    assert!(said.contains("prioritized or lowest-price"), "{said}");
    let said = of("SpotAllocationStrategy: capacity-optimized, SpotInstancePools: 2");
    assert!(said.contains("SpotInstancePools goes with"), "{said}");
}

#[test]
fn a_type_beside_the_overrides_of_a_policy_is_refused() {
    let case = mixed(&["m5.large"], "InstanceType: c5.large, MinSize: 0, MaxSize: 1", "", "");
    let said = refusal(&format!("duration: 5m\n{case}"));
    assert!(said.contains("leave InstanceType out"), "{said}");
}
