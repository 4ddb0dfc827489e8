//! Blue/green, linear and canary deployments (DEP-30 to DEP-38).
//!
//! Four tasks of `web:1` serve when `web:2` comes at 600 s; all starts and stops take no time.

use std::sync::Arc;

use super::support::{Case, Run, always, exit_of};
use crate::engine::setup::{HookScript, ServiceBehaviour, Start, TaskBehaviour, TaskTarget, TimelineAction};
use crate::kernel::dist::Distribution;
use crate::kernel::time::SimDuration;
use crate::model::demand::Demand;
use crate::model::deployment::{DeploymentAlarms, DeploymentFailure};
use crate::model::service::{RolloutState, ServiceLoad, ServiceSettings};
use crate::model::traffic_shift::{Hook, HookEnd, ShiftStrategy, Stage};
use crate::model::{DeploymentNumber, TaskDefinitionId};

use RolloutState::{Completed, Failed};
use ShiftStrategy::BlueGreen;

const DAY: f64 = 86_400.0;

fn minutes(minutes: u64) -> SimDuration {
    SimDuration::from_secs(60 * minutes)
}

fn canary() -> ShiftStrategy {
    ShiftStrategy::Canary { canary_tenths: 50, canary_bake: minutes(10) }
}

/// The update, by this strategy and with five minutes of bake time; `shape` may change the settings.
fn update(strategy: ShiftStrategy, shape: impl FnOnce(&mut ServiceSettings)) -> Case {
    let mut case = Case::behind_two_target_groups(4, |settings| {
        settings.deployment_rules.strategy = Some(strategy);
        settings.deployment_rules.bake_time = Some(minutes(5));
        shape(settings);
    });
    case.update(600.0, |input| input.task_definition = Some("web:2".to_owned()));
    case
}

fn hook(stage: Stage, is_pause: bool) -> Hook {
    Hook { is_pause, stages: vec![stage], timeout: minutes(60), continues_after_timeout: false }
}

fn with_hooks(hooks: Vec<Hook>) -> impl FnOnce(&mut ServiceSettings) {
    move |settings| settings.deployment_rules.hooks = hooks.into()
}

/// All hooks take so many seconds and end like this.
fn script(case: &mut Case, seconds: f64, end: Option<HookEnd>) {
    let script = HookScript { stage: None, task_definition: None, completes_after: always(seconds), end };
    case.setup.world.services =
        vec![ServiceBehaviour { hooks: Arc::new([script]), ..ServiceBehaviour::default() }];
}

fn never_ready(tasks: &mut TaskBehaviour) {
    tasks.ready = Some(Distribution::constant(1e9).unwrap());
}

/// The stages from the update on, with the second.
fn stages(run: &Run) -> Vec<(Stage, f64)> {
    run.story.stages.iter().map(|(stage, _, at)| (*stage, *at)).collect()
}

/// When production traffic moved, and how much of it the new revision had then.
fn weights(run: &Run) -> Vec<(u32, f64)> {
    let steps = run.story.stages.iter().filter(|(stage, ..)| *stage == Stage::ProductionTrafficShift);
    steps.map(|(_, weight, at)| (*weight, *at)).collect()
}

fn rollouts(run: &Run) -> Vec<(u32, RolloutState, f64)> {
    run.story.rollouts.iter().filter(|(.., at)| *at > 0.0).copied().collect()
}

/// When tasks of `web:1` were told to stop.
fn old_stopped(run: &Run) -> Vec<f64> {
    let of = run.story.order.iter().map(|name| run.task(name));
    of.filter(|task| task.definition == TaskDefinitionId(0))
        .filter_map(|task| task.told.map(|(_, at)| at))
        .collect()
}

fn failure(run: &Run) -> Option<DeploymentFailure> {
    run.cluster.services[0].deployment(DeploymentNumber(2)).and_then(|found| found.failure)
}

/// DEP-30, DEP-31: all stages in their order; the four new start at once, traffic moves at once, both run for the five minutes
/// of bake time, then the four old go: 600 + 300 = 900 s.
#[test]
fn a_blue_green_deployment_passes_all_its_stages() {
    let run = update(BlueGreen, |_| {}).run();
    let names: Vec<Stage> = stages(&run).iter().map(|(stage, _)| *stage).collect();
    assert_eq!(names, Stage::ALL[1..], "all but RECONCILE_SERVICE");
    assert_eq!(weights(&run), [(1000, 600.0)]);
    assert_eq!(run.created(), [0.0, 0.0, 0.0, 0.0, 600.0, 600.0, 600.0, 600.0]);
    assert_eq!(old_stopped(&run), [900.0; 4]);
    assert_eq!(rollouts(&run), [(2, Completed, 900.0)]);
    assert_eq!(run.metric("availability:web"), Some(1.0));
}

/// DEP-32: steps of 30 % with 5 minutes between: 600, 900, 1,200 and 1,500 s; the shift lasts 15 minutes, the bake time five.
#[test]
fn a_linear_deployment_moves_traffic_in_equal_steps() {
    let linear = ShiftStrategy::Linear { step_tenths: 300, step_bake: minutes(5) };
    let run = update(linear, |_| {}).run();
    assert_eq!(weights(&run), [(300, 600.0), (600, 900.0), (900, 1200.0), (1000, 1500.0)]);
    assert_eq!(rollouts(&run), [(2, Completed, 1800.0)]);
}

/// DEP-33, DEP-34: 5 % for ten minutes, then all; the new revision has all four tasks from the beginning.
#[test]
fn a_canary_deployment_moves_a_little_traffic_first() {
    let run = update(canary(), |_| {}).run();
    assert_eq!(weights(&run), [(50, 600.0), (1000, 1200.0)]);
    assert_eq!(run.created()[4..], [600.0; 4]);
    assert_eq!(old_stopped(&run), [1500.0; 4]);
}

/// DEP-34: 600 requests a minute; 5 % of them, 30, go to the canary, which answers half with an error: 15 a minute. With all
/// traffic 300 a minute.
#[test]
fn errors_of_a_canary_hit_its_share_of_the_requests() {
    let mut case = update(canary(), |_| {});
    case.behaviour(TaskDefinitionId(1), |tasks| tasks.error_millionths = 500_000);
    let demand = Demand::new(vec![600], true);
    case.setup.cluster.services[0].load = Some(ServiceLoad { demand, per_task_milli: 10_000 });
    let run = case.run();
    let failed = |minute: usize| run.story.minutes[minute].failed;
    assert_eq!([9, 10, 19, 20, 40].map(failed), [0, 15, 15, 300, 300]);
    assert_eq!(run.metric("requests_failed:web"), Some(10.0 * 15.0 + 40.0 * 300.0));
}

/// DEP-35: a function that fails after 70 s is asked at 0, 30, 60 and 90 s: known at 690 s. No traffic had moved; the four
/// new tasks go at once, the old ones stay.
#[test]
fn a_hook_that_fails_rolls_back() {
    let mut case = update(BlueGreen, with_hooks(vec![hook(Stage::PostTestTrafficShift, false)]));
    script(&mut case, 70.0, Some(HookEnd::Fails));
    let run = case.run();
    assert_eq!(stages(&run).last(), Some(&(Stage::PostTestTrafficShift, 600.0)));
    assert_eq!(rollouts(&run), [(2, Failed, 690.0), (1, Completed, 690.0)]);
    assert_eq!((old_stopped(&run), weights(&run)), (vec![], vec![]));
    assert_eq!(run.cluster.services[0].settings.task_definition, Some(TaskDefinitionId(0)));
}

/// DEP-35: a PAUSE before each step of production traffic, which somebody ends after 100 s: steps at 700 s, and after ten
/// minutes of canary and another pause at 1,400 s.
#[test]
fn a_pause_before_production_traffic_comes_at_every_step() {
    let mut case = update(canary(), with_hooks(vec![hook(Stage::PreProductionTrafficShift, true)]));
    script(&mut case, 100.0, Some(HookEnd::Succeeds));
    assert_eq!(weights(&case.run()), [(50, 700.0), (1000, 1400.0)]);
}

/// DEP-35: nobody ends the pause; after its hour the deployment is rolled back, or goes on where the action is CONTINUE.
#[test]
fn a_hook_that_takes_too_long_does_as_its_timeout_says() {
    let run = |continues_after_timeout| {
        let of = Hook { continues_after_timeout, ..hook(Stage::PostScaleUp, true) };
        let mut case = update(BlueGreen, with_hooks(vec![of]));
        case.ends_at(6000);
        script(&mut case, 0.0, None);
        case.run()
    };
    let back = run(false);
    assert_eq!(rollouts(&back)[0], (2, Failed, 4200.0));
    assert_eq!(back.metric("deployments_failed:web"), Some(1.0));
    assert_eq!(rollouts(&run(true)), [(2, Completed, 4500.0)]);
}

/// DEP-36, DEP-38: the new tasks never become healthy: SCALE_UP lasts 24 hours, then the deployment is rolled back.
#[test]
fn a_revision_that_never_becomes_healthy_is_rolled_back_after_a_day() {
    let mut case = update(BlueGreen, |_| {});
    case.ends_at(2 * 86_400);
    case.values.scheduler_wake = SimDuration::from_secs(5);
    case.behaviour(TaskDefinitionId(1), never_ready);
    let run = case.run();
    let failed: Vec<_> = rollouts(&run).iter().filter(|(_, state, _)| *state == Failed).copied().collect();
    assert_eq!(failed, [(2, Failed, 600.0 + 5.0 + DAY)]);
    assert_eq!(run.metric("availability:web"), Some(1.0));
}

/// DEP-36: four PAUSE hooks of 8 days each, of which every stage may wait as long as its hook: 600 s + 24 days, then the
/// fourth is cut off at 30 days.
#[test]
fn a_deployment_lasts_thirty_days_at_most() {
    let of = |stage| Hook { timeout: minutes(14 * 1440), ..hook(stage, true) };
    let hooks = [Stage::PreScaleUp, Stage::PostScaleUp, Stage::PostTestTrafficShift];
    let mut hooks: Vec<Hook> = hooks.map(of).into();
    hooks.push(of(Stage::PreProductionTrafficShift));
    let mut case = update(BlueGreen, with_hooks(hooks));
    case.ends_at(40 * 86_400);
    script(&mut case, 8.0 * DAY, Some(HookEnd::Succeeds));
    let run = case.run();
    assert_eq!(stages(&run).last(), Some(&(Stage::PreProductionTrafficShift, 600.0 + 24.0 * DAY)));
    assert_eq!(rollouts(&run)[0], (2, Failed, 600.0 + 30.0 * DAY));
}

/// DEP-25, DEP-31: an alarm at 700 s, in the bake time: all traffic goes back at once, and the new tasks stop.
#[test]
fn an_alarm_in_the_bake_time_turns_the_weights_back() {
    let mut case = update(BlueGreen, |settings| {
        settings.deployment_rules.alarms =
            Some(DeploymentAlarms { names: vec!["errors".to_owned()], rollback: true });
    });
    case.setup.world.alarms = vec!["errors".to_owned()];
    case.at(700.0, TimelineAction::Alarm { alarm: 0, length: always(60.0) });
    let run = case.run();
    assert_eq!(rollouts(&run), [(2, Failed, 700.0), (1, Completed, 700.0)]);
    let service = &run.cluster.services[0];
    assert_eq!(service.traffic_of(DeploymentNumber(1)), Some(1000));
    assert_eq!((service.counts.active, old_stopped(&run)), (4, vec![]));
}

/// DEP-30: a task of either revision that dies meanwhile is replaced by its own.
#[test]
fn both_revisions_keep_their_tasks_until_the_end() {
    let mut case = update(BlueGreen, |_| {});
    case.at(700.0, exit_of(TaskTarget::Task("web#1".to_owned()), 1));
    case.at(700.0, exit_of(TaskTarget::Task("web#5".to_owned()), 1));
    let run = case.run();
    assert_eq!(run.task("web#9").definition, TaskDefinitionId(0));
    assert_eq!(run.task("web#10").definition, TaskDefinitionId(1));
    assert_eq!(run.created()[8..], [700.0, 700.0]);
}

/// AAS-12, DEP-30: a new desired count is that of both revisions: from 4 and 4 to 6 and 6, at the end 6.
#[test]
fn a_new_desired_count_is_for_both_revisions() {
    let mut case = update(BlueGreen, |_| {});
    case.update(700.0, |input| input.desired_count = Some(6));
    let run = case.run();
    let added: Vec<_> = (9..=12).map(|n| run.task(&format!("web#{n}")).definition).collect();
    let (old, new) = (TaskDefinitionId(0), TaskDefinitionId(1));
    assert_eq!(added, [old, old, new, new]);
    assert_eq!((old_stopped(&run).len(), run.cluster.services[0].counts.healthy), (6, 6));
}

/// DEP-30: `web:1` again while `web:2` has 5 %: first the canary goes, then the new one comes beside what serves.
#[test]
fn a_deployment_begun_during_another_first_reconciles_the_service() {
    let mut case = update(canary(), |_| {});
    case.update(900.0, |input| input.task_definition = Some("web:1".to_owned()));
    let run = case.run();
    let second: Vec<_> = stages(&run).into_iter().filter(|(_, at)| *at >= 900.0).collect();
    assert_eq!(second[0], (Stage::ReconcileService, 900.0));
    assert_eq!(weights(&run), [(50, 600.0), (50, 900.0), (1000, 1500.0)]);
    let canary: Vec<_> = (5..=8).map(|n| run.task(&format!("web#{n}")).told.map(|(_, at)| at)).collect();
    assert_eq!(canary, [Some(900.0); 4]);
    assert_eq!(rollouts(&run), [(3, Completed, 1800.0)]);
}

/// DEP-37: without load balancer or mesh the tasks are swapped alone, after the bake time.
#[test]
fn a_headless_service_swaps_its_tasks() {
    let run = update(BlueGreen, |settings| settings.load_balancers.clear()).run();
    assert_eq!(rollouts(&run), [(2, Completed, 900.0)]);
    assert_eq!(run.cluster.services[0].traffic_of(DeploymentNumber(2)), None);
    assert_eq!(run.metric("availability:web"), Some(1.0));
}

/// DEP-36: a Network Load Balancer takes ten minutes for the test and ten for the production traffic: 600 + 1,200 + 300 s.
#[test]
fn a_network_load_balancer_takes_ten_minutes_for_each_shift() {
    let mut case = update(BlueGreen, |_| {});
    case.setup.cluster.target_groups.iter_mut().for_each(|group| group.is_network = true);
    let run = case.run();
    assert_eq!(weights(&run), [(1000, 1200.0)]);
    assert_eq!(rollouts(&run), [(2, Completed, 2100.0)]);
}

/// DEP-37: three tasks of four fail to start, which would trip a circuit breaker; here only the 24 hours of SCALE_UP can.
#[test]
fn the_circuit_breaker_plays_no_part() {
    let mut case = update(BlueGreen, |settings| {
        settings.deployment_rules.circuit_breaker = Some(crate::model::deployment::CircuitBreaker {
            rollback: true,
            reset_on_healthy_task: true,
            threshold: crate::model::deployment::BreakerThreshold::Count(1),
        });
    });
    case.behaviour(TaskDefinitionId(1), |tasks| {
        tasks.launch = Some(always(20.0));
        tasks.start_failure = Some((1.0, crate::model::stop::StartFailure::CannotPullContainer));
    });
    let run = case.run();
    assert_eq!((rollouts(&run), failure(&run)), (vec![], None));
    assert_eq!(stages(&run).last(), Some(&(Stage::ScaleUp, 600.0)));
}

/// DEP-30: the first deployment of all has nothing to move traffic from: no bake time, all traffic as soon as it is healthy.
#[test]
fn the_first_deployment_serves_at_once() {
    let mut case = update(canary(), |_| {});
    (case.setup.start, case.setup.timeline) = (Start::Cold, Vec::new());
    let run = case.run();
    assert_eq!(run.story.rollouts, [(1, Completed, 0.0)]);
}

/// DEP-24, DEP-25: without rollback it is FAILED and traffic stays at 5 %; what the old revision loses is replaced, what the new
/// one loses is not.
#[test]
fn a_canary_that_fails_without_a_rollback_keeps_its_traffic() {
    let mut case = update(canary(), |settings| {
        settings.deployment_rules.alarms =
            Some(DeploymentAlarms { names: vec!["errors".to_owned()], rollback: false });
    });
    case.setup.world.alarms = vec!["errors".to_owned()];
    case.at(700.0, TimelineAction::Alarm { alarm: 0, length: always(60.0) });
    for name in ["web#1", "web#5"] {
        case.at(800.0, exit_of(TaskTarget::Task(name.to_owned()), 1));
    }
    let run = case.run();
    assert_eq!((rollouts(&run), failure(&run)), (vec![(2, Failed, 700.0)], Some(DeploymentFailure::Alarm)));
    let service = &run.cluster.services[0];
    assert_eq!([1, 2].map(|n| service.traffic_of(DeploymentNumber(n))), [Some(950), Some(50)]);
    assert_eq!(run.created()[8..], [800.0]);
    assert_eq!(run.task("web#9").definition, TaskDefinitionId(0));
}

/// A change of the strategy is for the next deployment; the one under way ends as it began.
#[test]
fn a_new_strategy_is_for_the_next_deployment() {
    let mut case = update(canary(), |_| {});
    let rolling = serde_json::from_value(serde_json::json!({ "strategy": "ROLLING" })).unwrap();
    case.update(900.0, |input| input.deployment_configuration = Some(rolling));
    let run = case.run();
    assert_eq!(weights(&run), [(50, 600.0), (1000, 1200.0)]);
    assert_eq!(rollouts(&run), [(2, Completed, 1500.0)]);
    assert_eq!(run.cluster.services[0].traffic_of(DeploymentNumber(2)), Some(1000));
}

/// RES-11: the tasks of both revisions stop at once, and the deployment goes no further.
#[test]
fn a_service_that_is_deleted_meanwhile_is_gone() {
    let mut case = update(canary(), |_| {});
    case.ends_at(2 * 86_400);
    let input = serde_json::json!({ "service": "web", "force": true });
    case.request(700.0, crate::engine::api::Request::DeleteService, input);
    let run = case.run();
    assert_eq!((old_stopped(&run), rollouts(&run)), (vec![700.0; 4], vec![]));
    assert_eq!(run.cluster.services[0].status, crate::model::service::ServiceStatus::Inactive);
}

/// DEP-10, DEP-30: up to BAKE_TIME a rollback has a whole old revision to go back to; in CLEAN_UP it has not.
#[test]
fn a_deployment_that_cleans_up_is_not_rolled_back() {
    let stopped = |at: f64| {
        let mut case = update(BlueGreen, |_| {});
        let slow = crate::engine::setup::ContainerBehaviour {
            exit_after_signal: Some(always(20.0)),
            ..Default::default()
        };
        case.container(TaskDefinitionId(0), "app", slow);
        let input = serde_json::json!({ "serviceDeploymentArn": "web" });
        case.request(at, crate::engine::api::Request::StopServiceDeployment, input);
        case.run()
    };
    assert_eq!(rollouts(&stopped(899.0))[0], (2, Failed, 899.0));
    let late = stopped(901.0);
    assert_eq!(late.story.failed_requests, [("StopServiceDeployment", "ConflictException")]);
    assert_eq!(rollouts(&late), [(2, Completed, 920.0)]);
}

/// Of four tasks three fit at time zero, so that the first deployment is not complete; while its hook holds it in PRE_SCALE_UP for
/// 100 s, nothing is started and what is there stays.
#[test]
fn settled_tasks_stay_while_the_first_deployment_waits() {
    let mut case = update(BlueGreen, with_hooks(vec![hook(Stage::PreScaleUp, true)]));
    case.setup.timeline.clear();
    case.ends_at(90);
    // 3 × 30,000 of 100,000 units.
    case.setup.cluster.task_definitions[0].reserved = crate::model::Resources::new(30_000, 10);
    script(&mut case, 100.0, Some(HookEnd::Succeeds));
    let run = case.run();
    assert_eq!((run.created(), old_stopped(&run)), (vec![0.0; 3], vec![]));
}

/// SVC-12, SVC-13: while a deployment is on, a task without checks counts as healthy 40 s after RUNNING where an instance drains
/// too: the two of web:1 on host-1, whose replacements start at 605 s, go at 645 s.
#[test]
fn a_draining_instance_keeps_its_tasks_until_their_replacements_count_as_healthy() {
    let mut case = update(BlueGreen, |settings| settings.load_balancers.clear());
    case.values.no_check_healthy_delay = SimDuration::from_secs(40);
    case.instance("host", "a", 100_000, 100_000);
    case.set_state(605.0, "host-1", "DRAINING");
    let mut stopped = old_stopped(&case.run());
    stopped.sort_by(f64::total_cmp);
    assert_eq!(stopped[..2], [645.0, 645.0]);
    assert!(stopped[2] > 645.0, "{stopped:?}");
}
