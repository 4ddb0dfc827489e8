//! EC2 Spot: notices, draining, ends, replacements, reclaims of whole pools, and the bill (SPT, ASG-10, CST-8, CST-10).

use std::path::Path;

use ecsim::engine::{Setup, Simulation};
use ecsim::experiment::{TrialKey, TrialOptions, simulate};
use ecsim::kernel::time::{SimDuration, SimTime};
use ecsim::model::auto_scaling_group::{Lifecycle, Market};
use ecsim::model::instance::ContainerInstance;
use ecsim::model::stop::StopCode;
use ecsim::model::{Change, Cluster};
use ecsim::observe::Observer;
use ecsim::observe::invariants::Invariants;
use ecsim::observe::metrics::metric_names;
use ecsim::observe::sampler::Sampler;
use ecsim::scenario::plan::{Plan, Source};

use super::support::{count, held, mixed, run};

const SPOT: &str = "OnDemandPercentageAboveBaseCapacity: 0";
const ONE: &str = "MinSize: 1, MaxSize: 1, DesiredCapacity: 1";
const INTERRUPTION: &str = "timeline: [{ at: 10m, fault: spotInterruption, with: { instance: asg-1 } }]";

fn service(count: u32) -> String {
    format!(
        "\n  services: [{{ serviceName: web, taskDefinition: quarter, desiredCount: {count},
    capacityProviderStrategy: [{{ capacityProvider: ec2, weight: 1 }}] }}]"
    )
}

/// No instance is interrupted but by the timeline.
fn calm(case: &str) -> String {
    case.replace("model: {", "model: { spot_hazard_per_hour: 0.000000001,")
}

/// SPT-1, SPT-2: noticed at 600 s, DRAINING one second later, gone at 720 s, when its replacement is launched.
#[test]
fn managed_draining_drains_at_the_notice_and_the_instance_is_gone_after_two_minutes() {
    let case = calm(&mixed(&["m5.large"], ONE, SPOT, ""));
    let (log, _) = run(&format!("duration: 20m\n{case}\n{INTERRUPTION}"));
    assert_eq!(
        log.with("asg-1 ")[3..],
        [
            "600 asg-1 has its notice",
            "601 asg-1 is DRAINING",
            "720 asg-1 goes: Spot interruption",
            "720 asg-1 is Terminating",
            "720 asg-1 is DRAINING", // lost
            "720 asg-1 is INACTIVE", // and known to be lost
            "750 asg-1 is Terminated"
        ]
    );
    assert_eq!(log.with("launch")[1..], ["720 launch asg-2 as Spot in a"]);
}

/// SPT-4, INS-5: without draining ECS learns it 60 s after the end: tasks are STOPPED at 720 + 60 s.
#[test]
fn without_draining_tasks_die_with_the_instance_and_are_noticed_later() {
    let case = calm(&mixed(&["m5.large"], ONE, SPOT, ", managedDraining: DISABLED"));
    let (log, end) = run(&format!("duration: 20m\n{case}{}\n{INTERRUPTION}", service(2)));
    assert!(log.with("DRAINING").is_empty());
    assert_eq!(log.with("STOPPED")[..2].iter().map(|line| &line[..4]).collect::<Vec<_>>(), ["780 ", "780 "]);
    let lost = end.tasks.iter().filter(|(_, task)| task.stopped_at == Some(SimTime(780_000)));
    let told: Vec<_> =
        lost.map(|(id, task)| (task.stop.unwrap().code(), end.stopped_reason(id).unwrap())).collect();
    assert_eq!(told.len(), 2);
    assert!(
        told.iter().all(|(code, why)| *code == StopCode::SpotInterruption
            && why == "Host EC2 (instance asg-1) terminated."),
        "{told:?}"
    );
}

/// SPT-2: ECS_ENABLE_SPOT_INSTANCE_DRAINING does what managed draining does.
#[test]
fn the_agents_own_spot_draining_drains_too() {
    let case = calm(&mixed(&["m5.large"], ONE, SPOT, ", managedDraining: DISABLED"));
    let world = "world: { groups: { asg: { spotDraining: true } } }";
    let (log, _) = run(&format!("duration: 20m\n{case}\n{world}\n{INTERRUPTION}"));
    assert_eq!(log.with("DRAINING")[0], "601 asg-1 is DRAINING");
}

/// SPT-3: with a minimum of 100 percent the old tasks stay for a replacement that has no room before the end: they are
/// STOPPED at 720 s, and ECS knows at once.
#[test]
fn tasks_without_a_place_elsewhere_run_until_the_end_of_the_notice() {
    let case = calm(&mixed(&["m5.large"], ONE, SPOT, ""));
    let (log, end) = run(&format!("duration: 20m\n{case}{}\n{INTERRUPTION}", service(2)));
    assert_eq!(
        log.with("STOPPED"),
        ["720 service:web#1 STOPPED", "720 service:web#2 STOPPED"]
            .map(|line| { line.replace("service:", "") })
    );
    let stopped = end.tasks.iter().filter_map(|(_, task)| task.stop);
    assert!(stopped.map(|cause| cause.code()).all(|code| code == StopCode::SpotInterruption));
}

/// ASG-10: recommended at 600 - 300 = 300 s: a replacement is launched, runs at 330 s, and the old instance goes; no
/// notice ever reaches it.
#[test]
fn capacity_rebalance_replaces_before_the_notice() {
    let group = format!("{ONE}, CapacityRebalance: true");
    let case = calm(&mixed(&["m5.large"], &group, SPOT, ""));
    // the machine of asg-1 runs from 30 s on: 570 s later is 600 s; that of zone b is left alone
    let world =
        "world: { spot: { m5.large/a: { interruption: { every: 570s }, rebalanceRecommendation: 300s } } }";
    let (log, end) = run(&format!("duration: 20m\n{case}\n{world}"));
    assert_eq!(log.with("risk"), ["300 asg-1 is at risk"]);
    assert_eq!(log.with("launch")[1..], ["300 launch asg-2 as Spot in b"]);
    assert_eq!(log.with("asg-1 is Terminating:Wait"), ["330 asg-1 is Terminating:Wait"]);
    assert!(log.with("notice").is_empty(), "{:?}", log.with("notice"));
    assert_eq!(count(&held(&end), "spot"), 1);
}

/// ASG-10: the notice comes 20 s after the recommendation, before the replacement of 30 s is there: the old one simply
/// goes, 120 s after its notice.
#[test]
fn a_notice_before_the_replacement_is_there_takes_its_course() {
    let group = format!("{ONE}, CapacityRebalance: true");
    let case = calm(&mixed(&["m5.large"], &group, SPOT, ", managedDraining: DISABLED"));
    let world =
        "world: { spot: { m5.large/a: { interruption: { every: 570s }, rebalanceRecommendation: 20s } } }";
    let (log, _) = run(&format!("duration: 20m\n{case}\n{world}"));
    assert_eq!(log.with("launch")[1], "580 launch asg-2 as Spot in b");
    assert_eq!(log.with("asg-1 has its notice"), ["600 asg-1 has its notice"]);
}

/// FAIL-6: all instances of a pool are taken at the same instant, those of other pools are not.
#[test]
fn a_pool_wide_reclaim_takes_its_share_of_that_pool_alone() {
    let group = "MinSize: 0, MaxSize: 9, DesiredCapacity: 6";
    let case = calm(&mixed(&["m5.large"], group, SPOT, ""));
    let world = "world: { spot: { m5.large/b: { reclaim: { every: 10m, share: 1 } } } }";
    let (log, _) = run(&format!("duration: 12m\n{case}\n{world}"));
    assert_eq!(log.with("notice"), ["600 asg-2 has its notice", "600 asg-5 has its notice"]);
}

/// FAIL-6: a share of 0.3 of 1,000 instances is binomial: 300 with a deviation of sqrt(1000 × 0.3 × 0.7) = 14.5; four of
/// them are 58.
#[test]
fn a_share_of_the_pool_is_drawn_instance_by_instance() {
    let group = "MinSize: 0, MaxSize: 1000, DesiredCapacity: 1000";
    let case = calm(&mixed(&["m5.large"], group, SPOT, "")).replace("[a, b, c]", "[a]");
    let world = "world: { spot: { m5.large/a: { reclaim: { every: 10m, share: 0.3 } } } }";
    let (log, _) = run(&format!("duration: 11m\n{case}\n{world}"));
    let taken = log.with("notice").len();
    assert!(taken.abs_diff(300) <= 58, "{taken}");
}

/// The fault takes so many of the running Spot instances of a provider, and of a pool, at random.
#[test]
fn the_fault_takes_instances_of_a_provider_or_of_a_pool() {
    let group = "MinSize: 0, MaxSize: 9, DesiredCapacity: 6";
    let case = calm(&mixed(&["m5.large"], group, SPOT, ""));
    let timeline = "timeline:
  - { at: 5m, fault: spotInterruption, with: { pool: ec2, count: 2 } }
  - { at: 15m, fault: spotInterruption, with: { pool: m5.large/c, count: 9 } }";
    let (log, _) = run(&format!("duration: 16m\n{case}\n{timeline}"));
    let noticed = log.with("notice");
    assert_eq!(noticed.iter().filter(|line| line.starts_with("300 ")).count(), 2, "{noticed:?}");
    assert_eq!(noticed.iter().filter(|line| line.starts_with("900 ")).count(), 2, "{noticed:?}");
}

/// FAIL-6: FARGATE_SPOT is reclaimed as a whole too: three tasks get their stop signal at 600 s and are STOPPED after 2 s
/// and 10 s of deprovisioning.
#[test]
fn a_reclaim_of_fargate_spot_takes_its_tasks() {
    let (log, _) = run("duration: 15m
aws:
  taskDefinitions: [{ family: f, requiresCompatibilities: [FARGATE], networkMode: awsvpc, cpu: 256, memory: 512,
    containerDefinitions: [{ name: app }] }]
  services: [{ serviceName: web, taskDefinition: f, desiredCount: 3,
    capacityProviderStrategy: [{ capacityProvider: FARGATE_SPOT, weight: 1 }] }]
world: { spot: { FARGATE_SPOT: { reclaim: { every: 10m, share: 1 } } } }");
    assert_eq!(log.with("STOPPED"), ["612 web#1 STOPPED", "612 web#2 STOPPED", "612 web#3 STOPPED"]);
}

/// On-demand instances of a mixed group are not taken.
#[test]
fn an_on_demand_instance_is_not_interrupted() {
    let case = calm(&mixed(&["m5.large"], ONE, "OnDemandPercentageAboveBaseCapacity: 100", ""));
    let (log, _) = run(&format!("duration: 20m\n{case}\n{INTERRUPTION}"));
    assert!(log.with("notice").is_empty());
}

/// SPT-7: at a hazard of 0.5 an hour a life is 2 h in the mean. 300 instances over 20 h, replaced two and a half minutes
/// after each notice: time run divided by notices estimates it with a relative deviation of 1 / sqrt(about 2,900) = 1.9 %;
/// four of them are 7.4 %. A hazard 10 % off (2.2 h) falls outside.
#[test]
fn the_mean_life_of_a_spot_instance_follows_its_hazard() {
    let group = "MinSize: 0, MaxSize: 300, DesiredCapacity: 300";
    let case = mixed(&["m5.large"], group, SPOT, ", managedDraining: DISABLED")
        .replace("model: {", "model: { spot_hazard_per_hour: 0.5,");
    let (log, _) = run(&format!("seed: 5\nduration: 20h\n{case}"));
    let at = |line: &&str| line.split(' ').next().unwrap().parse::<f64>().unwrap() / 3600.0;
    let began: f64 = log.with("InService").iter().map(at).sum();
    let (noticed, running) = (log.with("notice"), log.with("InService").len() - log.with("notice").len());
    let ended: f64 = noticed.iter().map(at).sum::<f64>() + running as f64 * 20.0;
    let mean_h = (ended - began) / noticed.len() as f64;
    assert!(noticed.len() > 2500, "{}", noticed.len());
    assert!((mean_h - 2.0).abs() < 0.148, "{mean_h}");
}

/// A scenario in a directory with its files.
fn setup_in(directory: &Path, rest: &str, files: &[(&str, &str)]) -> Setup {
    for (name, text) in files {
        std::fs::write(directory.join(name), text).unwrap();
    }
    let path = directory.join("scenario.yaml");
    std::fs::write(&path, format!("ecsim: 1\nname: case\n{rest}\n")).unwrap();
    let plan = Plan::load(&Source::File(path), &[], None).unwrap_or_else(|rejected| panic!("{rejected}"));
    plan.base_setup().unwrap_or_else(|rejected| panic!("{rejected}"))
}

/// The metric columns of replication 0.
fn metrics(rest: &str, files: &[(&str, &str)]) -> impl Fn(&str) -> f64 {
    let directory = tempfile::tempdir().unwrap();
    let setup = setup_in(directory.path(), rest, files);
    let key = TrialKey { point: 0, replication: 0 };
    let options = TrialOptions { check: true, ..TrialOptions::default() };
    let (trial, _) = simulate(&setup, key, options, None::<()>).unwrap();
    let names: Vec<String> = metric_names(&setup.cluster).iter().map(|name| name.column()).collect();
    move |name: &str| {
        let place =
            names.iter().position(|known| known == name).unwrap_or_else(|| panic!("{name}: {names:?}"));
        trial.values[place].unwrap_or(0.0)
    }
}

/// CST-8, CST-10: from 30 s to 3,630 s two instances cost 2 × 0.096 × 0.35 = 0.0672 USD: an hour of a bill that begins
/// with the running machine.
#[test]
fn a_spot_instance_costs_the_on_demand_price_less_the_discount() {
    let case = calm(&mixed(&["m5.large"], "MinSize: 0, MaxSize: 2, DesiredCapacity: 2", SPOT, ""));
    let cost = metrics(&format!("duration: 3630s\n{case}"), &[])("cost_usd:default");
    assert!((cost - 0.0672).abs() < 1e-9, "{cost}");
}

/// CST-8, CST-10: the time line integrates the same prices as the bill, by the millisecond. Interrupted after ten minutes,
/// asg-1 is billed from 30 s to 720 s and asg-2 from 750 s on: all whole seconds and longer than a minute.
#[test]
fn the_time_line_of_cost_ends_at_the_bill_whatever_the_prices() {
    let case = calm(&mixed(&["m5.large"], ONE, SPOT, ""));
    let world = "world: { spot: { m5.large: { price: { series: { file: p.csv, time: t, value: usd } } } } }";
    let rest = format!("duration: 1h\n{case}\n{world}\n{INTERRUPTION}");
    let files = [("p.csv", "t,usd\n0,0.036\n600,0.072\n1800,0.018\n")];
    // 570 s at 0.036, 120 s and 1,050 s at 0.072, 1,800 s at 0.018: 0.0057 + 0.0024 + 0.021 + 0.009 = 0.0381 USD
    let bill = metrics(&rest, &files)("cost_usd:default");
    assert!((bill - 0.0381).abs() < 1e-12, "{bill}");
    let directory = tempfile::tempdir().unwrap();
    let setup = setup_in(directory.path(), &rest, &files);
    let sampler = Sampler::new(SimDuration::from_secs(60));
    let samples = Simulation::new(&setup, 0, sampler, ()).run().unwrap().observer.into_samples();
    let pool = &samples.pools[0];
    assert!((pool.last().unwrap().cost_usd - bill).abs() < 1e-12, "{:?}", pool.last());
    assert!((pool[10].cost_usd - 0.0057).abs() < 1e-12, "{:?}", pool[10]);
}

/// CST-10: billed from the start at 0.03 USD an hour for 1,800 s and at 0.06 for the other half hour: 0.045 USD. A task of 512 of 2,048 CPU units and 256 of 7,946 MiB holds (9 × 512 + 256) / (9 × 2,048 + 7,946) = 4,864 /
/// 26,378 of each price, rounded down to the nano-dollar; what it pays and what is idle are together what the instance costs.
#[test]
fn a_series_of_prices_is_integrated_and_split_exactly() {
    let case = calm(&mixed(&["m5.large"], ONE, SPOT, ""));
    let world = "world: { spot: { m5.large: { price: { series: { file: p.csv, time: t, value: usd } } } } }";
    let case = format!("duration: 1h\n{case}{}\n{world}", service(1)).replace("start: cold\n", "");
    let of = metrics(&case, &[("p.csv", "t,usd\n0,0.03\n1800,0.06\n")]);
    let (all, idle, web) = (of("cost_usd:default"), of("idle_cost_usd:default"), of("cost_usd:web"));
    assert!((all - 0.045).abs() < 1e-12, "{all}");
    assert!((all - idle - web).abs() < 1e-12, "{all} {idle} {web}");
    assert!(web > 0.0 && idle > 0.0);
    // 1,800 s at the share of 30,000,000 and 1,800 s at the share of 60,000,000 nano-dollars an hour
    let share = |price: u64| price * 4864 / 26_378;
    let expected = (share(30_000_000) * 1_800_000 + share(60_000_000) * 1_800_000) as f64 / 3.6e15;
    assert!((web - expected).abs() < 1e-12, "{web} {expected}");
}

/// Recounts at every instant what each pool of the group holds against what it can hold.
#[derive(Default)]
struct Recount {
    looked: u64,
    notices: u32,
    broken: Vec<String>,
}

impl Observer for Recount {
    fn observe(&mut self, _: SimTime, change: &Change, _: &Cluster) {
        self.notices += u32::from(matches!(change, Change::InterruptionNoticed { .. }));
    }

    fn time_moves(&mut self, from: SimTime, _: SimTime, cluster: &Cluster) {
        self.looked += 1;
        for index in 0..cluster.capacity_pools.len() {
            let pool = &cluster.capacity_pools[index];
            let alive = cluster.instances.iter().filter(|(_, instance)| {
                instance.market == Market::Spot
                    && instance.zone == pool.zone
                    && instance.instance_type.as_deref() == Some(&*pool.instance_type)
                    && matches!(
                        instance.lifecycle,
                        Lifecycle::Pending | Lifecycle::InService | Lifecycle::TerminatingWait
                    )
                    && instance.spot.ends_at.is_none()
            });
            let held = alive.count();
            if pool.spot_capacity.is_some_and(|capacity| held > capacity as usize) {
                self.broken.push(format!("{from:?}: pool {index} holds {held}"));
            }
        }
        let late = |instance: &ContainerInstance| {
            instance.is_billed() && instance.spot.ends_at.is_some_and(|end| end < from)
        };
        if cluster.instances.iter().any(|(_, instance)| late(instance)) {
            self.broken.push(format!("{from:?}: an instance outlives its notice"));
        }
    }
}

/// Everything at once: reclaims of pools, single notices with and without recommendations, instances that fail or are
/// terminated, a zone that fails, capacity that runs out, scaling both ways. No pool ever holds more than it can, nobody
/// outlives a notice, every invariant holds, and the bill is the sum of its parts.
#[test]
fn no_storm_breaks_a_pool_or_the_bill() {
    for (seed, strategy) in [(1, "lowest-price"), (2, "capacity-optimized"), (3, "price-capacity-optimized")]
    {
        let group = "MinSize: 2, MaxSize: 20, DesiredCapacity: 9, CapacityRebalance: true";
        let distribution = format!(
            "OnDemandBaseCapacity: 1, OnDemandPercentageAboveBaseCapacity: 20, SpotAllocationStrategy: {strategy}"
        );
        let case = mixed(&["m5.large", "c5.large"], group, &distribution, "").replace("DISABLED", "ENABLED");
        let world = "world:
  groups: { asg: { failure: { every: { exponential: { mean: 20h } } } } }
  spot:
    default: { capacity: 3, interruption: { every: { exponential: { mean: 2h } } }, rebalanceRecommendation: { uniform: [0s, 4m] },
      reclaim: { every: { exponential: { mean: 3h } }, share: 50% } }
    c5.large/b: { availability: { csv: t.csv, trace: x }, price: { series: { file: p.csv, time: t, value: usd } } }
timeline:
  - { at: 2h, every: 2h, fault: instanceTermination, with: { group: asg } }
  - { at: 3h, fault: capacityOutage, with: { pool: m5.large/a, for: 50m } }
  - { at: 5h, fault: zoneOutage, with: { zone: b, for: 40m } }
  - { at: 7h, call: UpdateService, with: { service: web, desiredCount: 50 } }
  - { at: 11h, call: UpdateService, with: { service: web, desiredCount: 12 } }";
        let rows: String = (0..40).map(|i| format!("x,2400,{i},1,{}\n", [2, 0, 4, 1, 3][i % 5])).collect();
        let trace = format!("trace,gap_seconds,start_tick,ticks,available\n{rows}");
        let files = [("p.csv", "t,usd\n0,0.03\n9001,0.0312345\n20000,0.02\n"), ("t.csv", trace.as_str())];
        let rest = format!("seed: {seed}\nduration: 16h\n{case}{}\n{world}", service(24));
        let directory = tempfile::tempdir().unwrap();
        let setup = setup_in(directory.path(), &rest, &files);
        let outcome =
            Simulation::new(&setup, 0, (Recount::default(), Invariants::default()), ()).run().unwrap();
        let (recount, invariants) = outcome.observer;
        invariants.verdict().unwrap_or_else(|violation| panic!("{violation}"));
        assert!(recount.looked > 1000 && recount.notices > 20, "{} {}", recount.looked, recount.notices);
        assert!(recount.broken.is_empty(), "{:?}", &recount.broken[..recount.broken.len().min(5)]);
        let of = metrics(&rest, &files);
        let (all, idle, web) = (of("cost_usd:default"), of("idle_cost_usd:default"), of("cost_usd:web"));
        assert!((all - idle - web).abs() < 1e-9 && idle >= 0.0 && web > 0.0, "{all} {idle} {web}");
    }
}
