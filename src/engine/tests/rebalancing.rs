//! Availability Zone rebalancing (AZR).

use super::support::{Case, Run, always};
use crate::engine::setup::Start;
use crate::model::service::RebalancingPhase;
use crate::model::service_event::ServiceEvent;
use crate::model::stop::StopCause;

/// Three zones with an instance each; a settled service of `desired` tasks of 256 units that start in 10 s and stop in 5 s;
/// zone c is out from 100 to 160 s.
fn after_the_loss_of_a_zone(desired: u32, maximum_percent: u32) -> Case {
    let mut case = Case::instant();
    case.setup.start = Start::Settled;
    for zone in ["a", "b", "c"] {
        case.instance("host", zone, 8192, 65_536);
    }
    let web = case.definition("web", 256, 512, |_| {});
    case.behaviour(web, |tasks| tasks.launch = Some(always(10.0)));
    case.service("web", web, desired, |settings| {
        settings.maximum_percent = maximum_percent;
        settings.zone_rebalancing = true;
    });
    case.outage(100.0, "c", 60.0);
    case
}

/// Tasks that live at the end, by zone.
fn by_zone(run: &Run) -> [usize; 3] {
    let lives = |zone: &str| {
        let tasks = run.story.tasks.values();
        tasks.filter(|task| task.told.is_none() && task.lost.is_none() && task.zone == zone).count()
    };
    ["a", "b", "c"].map(lives)
}

/// AZR-3, AZR-4, AZR-5, AZR-7, PLC-19: 2 of 6 are lost at 100 s and replaced in a and b, 3 each; c is back at 160 s, so at 220 s
/// two start there, and when they are healthy, at 230 s, one stops in a and one in b.
#[test]
fn a_zone_that_comes_back_gets_its_share() {
    let run = after_the_loss_of_a_zone(6, 200).run();
    assert_eq!(by_zone(&run), [2, 2, 2]);
    assert_eq!(run.created()[6..], [100.0, 100.0, 220.0, 220.0]);
    let moved = run.story.tasks.values().filter_map(|task| task.told);
    let moved: Vec<f64> = moved.filter(|(cause, _)| *cause == StopCause::ScaleIn).map(|(_, at)| at).collect();
    assert_eq!(moved, [230.0, 230.0]);
    let told = |wanted: fn(&ServiceEvent) -> bool| {
        run.story.events.iter().filter(|(event, _)| wanted(event)).map(|(_, at)| *at).collect::<Vec<f64>>()
    };
    assert_eq!(
        told(|event| matches!(event, ServiceEvent::RebalancingTasksStarted { count: 2, .. })),
        [220.0]
    );
    assert_eq!(told(|event| matches!(event, ServiceEvent::RebalancingTasksStopped { .. })), [230.0, 230.0]);
}

/// AZR-5: 6 tasks and 117 percent leave room for floor(6 × 1.17) − 6 = 1 at a time.
#[test]
fn the_extra_tasks_stay_within_maximum_percent() {
    let run = after_the_loss_of_a_zone(6, 117).run();
    assert_eq!(by_zone(&run), [2, 2, 2]);
    assert_eq!(run.created()[6..], [100.0, 100.0, 220.0, 230.0]);
}

/// AZR-4: 7 over 3 zones are {3, 2, 2}; 4 and 3 are two zones' share.
#[test]
fn the_larger_shares_stay_where_most_tasks_are() {
    let run = after_the_loss_of_a_zone(7, 200).run();
    // after the loss a and b hold 7; two move to c
    let mut zones = by_zone(&run);
    assert_eq!(zones[2], 2);
    zones.sort_unstable();
    assert_eq!((zones, run.created().len()), ([2, 2, 3], 7 + 2 + 2));
}

/// AZR-2, and without head-room nothing could move.
#[test]
fn a_service_that_is_not_eligible_stays_as_it_is() {
    let run = after_the_loss_of_a_zone(6, 100).run();
    assert_eq!(by_zone(&run), [3, 3, 0]);
}

/// AZR-1, PLC-19.
#[test]
fn a_service_with_rebalancing_switched_off_stays_as_it_is() {
    let mut case = after_the_loss_of_a_zone(6, 200);
    case.setup.cluster.services[0].settings.zone_rebalancing = false;
    assert_eq!(by_zone(&case.run()), [3, 3, 0]);
}

/// AZR-3: a deployment at 225 s ends it; its own new tasks spread over all zones.
#[test]
fn a_new_deployment_ends_rebalancing() {
    let mut case = after_the_loss_of_a_zone(6, 200);
    case.update(225.0, |input| input.force_new_deployment = Some(true));
    let run = case.run();
    use RebalancingPhase::{Started, Stopped};
    assert_eq!(run.story.rebalancing[..2], [(Started, 220.0), (Stopped, 225.0)]);
    assert_eq!(by_zone(&run), [2, 2, 2]);
}

/// AZR-6: the instance of zone c is back too small for a task; tried at 220 s, given up, tried again after 300 s.
#[test]
fn a_task_that_finds_no_place_ends_rebalancing() {
    let mut case = after_the_loss_of_a_zone(6, 200);
    let big = case.definition("big", 8192, 1024, |_| {});
    case.caller("big", big, &[(170.0, 1e6)], |_| {});
    let run = case.run();
    assert_eq!(by_zone(&run), [3, 3, 1]); // the big one
    let failed = run
        .story
        .events
        .iter()
        .filter(|(event, _)| matches!(event, ServiceEvent::RebalancingPlacementFailed { .. }));
    let at: Vec<f64> = failed.map(|(_, at)| *at).collect();
    assert_eq!(at[..2], [220.0, 520.0]);
}

/// AZR-4: D = 4 over 3 zones is balanced as {2, 1, 1}, and so stays.
#[test]
fn a_balanced_service_is_left_alone() {
    let mut case = Case::instant();
    for zone in ["a", "b", "c"] {
        case.instance("host", zone, 8192, 65_536);
    }
    let web = case.definition("web", 256, 512, |_| {});
    case.service("web", web, 4, |settings| settings.zone_rebalancing = true);
    let run = case.run();
    assert_eq!((by_zone(&run), run.story.rebalancing.len()), ([2, 1, 1], 0));
}
