//! Everything at once, with random failures: the invariants hold, and watching changes nothing.

use super::support::{Case, Run, crashing, exponential, on};
use crate::engine::Simulation;
use crate::engine::setup::{Arrivals, OnRefusal, OnStop, Renewal, SpotTarget, Start, TimelineAction};
use crate::kernel::time::SimDuration;
use crate::model::instance::PoolKind;
use crate::model::parameters::{RollingOrder, TieBreak};
use crate::model::placement::{BinpackField, PlacementConstraint, PlacementStrategy};
use crate::model::reason::StopCause;
use crate::model::task::Capacity;
use crate::model::task_definition::NetworkMode;
use crate::observe::digest::Digest;

/// Two services on six failing instances and on Fargate, two callers, crashes, Spot, outages, three deployments.
fn storm(variant: u64) -> Case {
    let mut case = Case::new();
    case.setup.seed = 100 + variant;
    case.ends_at(4 * 3600);
    case.values.tie_break = TieBreak::SeededRandom;
    case.values.count_stopping_in_max = variant.is_multiple_of(2);
    case.values.rolling_order =
        [RollingOrder::Both, RollingOrder::StartFirst, RollingOrder::StopFirst][(variant % 3) as usize];
    case.values.stopped_task_retention = SimDuration::from_secs(60);
    case.values.lost_instance_detect = SimDuration::from_secs([0, 60, 600][(variant / 2 % 3) as usize]);
    if variant.is_multiple_of(4) {
        case.setup.start = Start::Settled;
    }
    let mut pool = None;
    for number in 0..6 {
        pool = Some(case.instance("host", ["a", "b", "c"][number % 3], 2048, 4096));
    }
    case.failing(pool.unwrap(), exponential(3600.0), Some(exponential(300.0)));
    let spot = case.fargate(PoolKind::FargateSpot, &["a", "b", "c"]);
    let fargate = case.fargate(PoolKind::Fargate, &["a", "b", "c"]);
    case.setup.world.pools[spot.index()].interruption = Some(exponential(1800.0));
    case.setup.world.zones =
        vec![Some(Renewal { every: exponential(9000.0), repair: Some(exponential(400.0)) }); 3];
    let web = case.definition("web", 256, 512, |_| {});
    case.container(web, "app", crashing(exponential(2400.0)));
    let api = case.definition("api", 256, 512, |definition| definition.network_mode = NetworkMode::Awsvpc);
    case.container(api, "app", crashing(exponential(3000.0)));
    case.service("web", web, 12, |settings| {
        settings.minimum_healthy_percent = 50;
        settings.maximum_percent = 150;
        if variant.is_multiple_of(5) {
            settings.strategies = vec![PlacementStrategy::Binpack(BinpackField::Memory)];
        }
    });
    let choices = [Capacity::Provider(spot), Capacity::Provider(fargate)];
    case.service("api", api, 5, |settings| settings.capacity = choices.map(on).to_vec());
    let job = case.definition("job", 512, 1024, |_| {});
    case.caller("job", job, &[], |caller| {
        caller.arrivals = Arrivals::Every(exponential(40.0));
        caller.duration = Some(exponential(300.0));
        caller.on_refusal = OnRefusal::Wait { places: Some(5), timeout: Some(exponential(120.0)) };
        caller.on_stop = OnStop::Resubmit { after: exponential(20.0), even_completed: false };
    });
    case.caller("retry", job, &[], |caller| {
        caller.count = 2;
        caller.arrivals = Arrivals::Every(exponential(200.0));
        caller.duration = Some(exponential(200.0));
        caller.constraints = vec![PlacementConstraint::DistinctInstance];
        caller.on_refusal = OnRefusal::Retry { every: exponential(15.0), limit: Some(4) };
    });
    for (at, count) in [(1800.0, None), (2000.0, Some(16)), (7200.0, None), (7230.0, None), (9000.0, Some(6))]
    {
        case.update(at, |input| {
            input.force_new_deployment = count.is_none().then_some(true);
            input.desired_count = count;
        });
    }
    case.update(5000.0, |input| {
        input.service = "api".to_owned();
        input.force_new_deployment = Some(true);
    });
    case.outage(7210.0, "b", 30.0);
    case.outage(7220.0, "b", 600.0);
    case.at(3000.0, TimelineAction::SpotInterruption { target: SpotTarget::Pool(spot), count: 3 });
    case
}

#[test]
fn every_invariant_holds_in_every_storm() {
    let mut causes = std::collections::BTreeSet::new();
    for variant in 0..24 {
        let run: Run = storm(variant).replication(variant);
        assert!(run.cluster.tasks_created > 300, "{} tasks", run.cluster.tasks_created);
        let told = run.story.tasks.values().filter_map(|task| task.cause());
        causes.extend(told.map(|cause| format!("{cause:?}").split(' ').next().unwrap().to_owned()));
    }
    // the storm is one: all causes of a stop occur but StopTask
    let all = [
        StopCause::Completed,
        StopCause::EssentialContainerExited { exit_code: 137 },
        StopCause::ScaleIn,
        StopCause::Deployment,
        StopCause::SpotInterruption,
        StopCause::HostLost,
        StopCause::FargateHostLost,
    ];
    for cause in all {
        let name = format!("{cause:?}").split(' ').next().unwrap().to_owned();
        assert!(causes.contains(&name), "no {name} in {causes:?}");
    }
}

#[test]
fn watching_changes_nothing() {
    for variant in 0..3 {
        let watched = storm(variant).replication(1).digest;
        let mut case = storm(variant);
        case.finish();
        let alone = Simulation::new(&case.setup, 1, Digest::new(), ()).run().unwrap();
        assert_eq!(alone.observer.hex(), watched);
        let other = Simulation::new(&case.setup, 2, Digest::new(), ()).run().unwrap();
        assert_ne!(other.observer.hex(), watched, "another replication is another story");
    }
}
