//! Task sets of services with the controllers EXTERNAL and CODE_DEPLOY (DEP-40 to DEP-43, INS-9).
//!
//! Seven tasks are desired; all starts and stops take no time.

use serde_json::{Value, json};

use super::support::{Case, Run, always};
use crate::engine::api::Request;
use crate::engine::api::code_deploy::CodeDeployRequest;
use crate::engine::api::task_set::TaskSetRequest;
use crate::engine::setup::{HookScript, ServiceBehaviour, TaskBehaviour, TaskTarget, TimelineAction};
use crate::kernel::dist::Distribution;
use crate::kernel::time::SimDuration;
use crate::model::demand::Demand;
use crate::model::service::{RolloutState, ServiceLoad, ServiceSettings};
use crate::model::task_set::{DeploymentController, TaskSetStatus};
use crate::model::traffic_shift::{HookEnd, ShiftStrategy, Stage};
use crate::model::{DeploymentNumber, ServiceId, TaskDefinitionId};

/// A service without task sets, on one large instance.
fn external() -> Case {
    let mut case = Case::instant();
    case.instance("host", "a", 100_000, 100_000);
    let web = case.definition("web", 10, 10, |_| {});
    case.definition("web", 10, 10, |_| {});
    case.service("web", web, 7, |settings| {
        settings.task_definition = None;
        settings.controller = DeploymentController::External;
        settings.capacity = Vec::new();
    });
    let service = &mut case.setup.cluster.services[0];
    (service.deployments, service.deployments_ever) = (Vec::new(), 0);
    case
}

fn create(case: &mut Case, at: f64, name: &str, definition: &str, percent: f64) {
    let input = json!({ "service": "web", "externalId": name, "taskDefinition": definition,
        "scale": { "value": percent, "unit": "PERCENT" } });
    case.request(at, |input| Request::TaskSet(Box::new(TaskSetRequest::Create(input))), input);
}

fn scale(case: &mut Case, at: f64, name: &str, percent: f64) {
    let input = json!({ "service": "web", "taskSet": name, "scale": { "value": percent } });
    case.request(at, |input| Request::TaskSet(Box::new(TaskSetRequest::Update(*input))), input);
}

fn promote(case: &mut Case, at: f64, name: &str) {
    let input = json!({ "service": "web", "primaryTaskSet": name });
    case.request(at, |input| Request::TaskSet(Box::new(TaskSetRequest::SetPrimary(*input))), input);
}

fn delete(case: &mut Case, at: f64, name: &str) {
    let input = json!({ "service": "web", "taskSet": name, "force": true });
    case.request(at, |input| Request::TaskSet(Box::new(TaskSetRequest::Delete(*input))), input);
}

/// When tasks of this revision were told to stop.
fn stopped(run: &Run, definition: u32) -> Vec<f64> {
    let of = run.story.order.iter().map(|name| run.task(name));
    of.filter(|task| task.definition == TaskDefinitionId(definition))
        .filter_map(|task| task.told.map(|(_, at)| at))
        .collect()
}

/// DEP-40: 25 % of 7 are 1.75, so 2; at 100 % five more; the set of before keeps its seven until it is deleted.
#[test]
fn a_task_set_runs_its_share_of_the_desired_count() {
    let mut case = external();
    create(&mut case, 10.0, "blue", "web:1", 100.0);
    promote(&mut case, 20.0, "blue");
    create(&mut case, 600.0, "green", "web:2", 25.0);
    scale(&mut case, 700.0, "green", 100.0);
    promote(&mut case, 800.0, "green");
    delete(&mut case, 900.0, "blue");
    let run = case.run();
    let created = [vec![10.0; 7], vec![600.0; 2], vec![700.0; 5]].concat();
    assert_eq!((run.created(), stopped(&run, 0), stopped(&run, 1)), (created, vec![900.0; 7], vec![]));
    let service = &run.cluster.services[0];
    let sets: Vec<_> =
        service.deployments.iter().map(|one| (one.number.0, service.task_set(one.number))).collect();
    assert_eq!(sets.len(), 1, "the deleted one is gone");
    assert_eq!(sets[0].1.map(|set| (set.status, set.steady)), Some((TaskSetStatus::Primary, true)));
}

/// DEP-41: 600 requests a minute to the PRIMARY set; from 120 s on that is one whose task answers all with an error, and the
/// one of before serves no more.
#[test]
fn only_the_primary_task_set_serves() {
    let mut case = external();
    case.ends_at(240);
    case.behaviour(TaskDefinitionId(1), |tasks| tasks.error_millionths = 1_000_000);
    create(&mut case, 0.0, "blue", "web:1", 100.0);
    promote(&mut case, 0.0, "blue");
    create(&mut case, 60.0, "green", "web:2", 100.0);
    promote(&mut case, 120.0, "green");
    let demand = Demand::new(vec![600], true);
    case.setup.cluster.services[0].load = Some(ServiceLoad { demand, per_task_milli: 10_000 });
    let run = case.run();
    assert_eq!(run.metric("requests_failed:web"), Some(1200.0), "two minutes of 600");
}

/// DEP-40: of 4 desired tasks 25 % are 1, and 100 % are 4.
#[test]
fn a_new_desired_count_is_for_all_task_sets() {
    let mut case = external();
    create(&mut case, 0.0, "blue", "web:1", 100.0);
    create(&mut case, 0.0, "green", "web:2", 25.0);
    case.update(300.0, |input| input.desired_count = Some(4));
    let run = case.run();
    assert_eq!((stopped(&run, 0), stopped(&run, 1)), (vec![300.0; 3], vec![300.0]));
}

/// DEP-41: with tasks that take 100 s to be RUNNING the set is STABILIZING that long, and again when one of them is lost.
#[test]
fn a_task_set_is_steady_when_all_it_wants_runs() {
    let steady_at = |end: u64| {
        let mut case = external();
        case.ends_at(end);
        (case.values.ec2_pull_base, case.values.ec2_pull_cached) = (always(100.0), always(100.0));
        create(&mut case, 0.0, "blue", "web:1", 100.0);
        case.at(
            200.0,
            TimelineAction::ContainerExit {
                target: TaskTarget::Service(ServiceId(0)),
                count: 1,
                container: None,
                exit_code: 1,
            },
        );
        case.run().cluster.services[0].task_set(DeploymentNumber(1)).map(|set| set.steady)
    };
    let steady = [99, 101, 199, 201].map(steady_at);
    assert_eq!(steady, [Some(false), Some(true), Some(true), Some(false)]);
}

/// DEP-41: a set that is scaled to nothing stays ACTIVE; one that is deleted goes when its last task has.
#[test]
fn a_task_set_without_tasks_stays_until_it_is_deleted() {
    let mut case = external();
    create(&mut case, 0.0, "blue", "web:1", 100.0);
    create(&mut case, 0.0, "green", "web:2", 0.0);
    scale(&mut case, 100.0, "blue", 0.0);
    delete(&mut case, 200.0, "green");
    let run = case.run();
    let service = &run.cluster.services[0];
    assert_eq!(stopped(&run, 0), vec![100.0; 7]);
    assert_eq!(service.deployments.iter().map(|one| one.number.0).collect::<Vec<_>>(), [1]);
}

/// INS-9: by 100 and 200 percent the seven tasks of a draining instance are started elsewhere before they go.
#[test]
fn tasks_of_a_task_set_leave_a_draining_instance_by_100_and_200_percent() {
    let mut case = external();
    case.instance("host", "a", 100_000, 100_000);
    create(&mut case, 0.0, "blue", "web:1", 100.0);
    promote(&mut case, 0.0, "blue");
    let name = |n| format!("host-{n}");
    // Both instances, one after the other: wherever the seven are, each is moved.
    case.set_state(100.0, &name(1), "DRAINING");
    case.set_state(200.0, &name(1), "ACTIVE");
    case.set_state(300.0, &name(2), "DRAINING");
    let run = case.run();
    assert_eq!(run.metric("availability:web"), Some(1.0));
    let moved = run.created().iter().filter(|at| **at > 0.0).count();
    assert!(moved >= 7, "{:?}", run.created());
}

/// A service with CODE_DEPLOY whose group moves traffic so, and keeps the original task set for ten minutes.
fn code_deploy(strategy: ShiftStrategy, shape: impl FnOnce(&mut ServiceSettings)) -> Case {
    let mut case = Case::behind_two_target_groups(7, |settings| {
        settings.controller = DeploymentController::CodeDeploy;
        settings.deployment_rules.strategy = Some(strategy);
        settings.deployment_rules.bake_time = Some(SimDuration::from_secs(600));
        shape(settings);
    });
    case.setup.cluster.services[0].deployment_group = Some("shop".into());
    case
}

fn deploy(case: &mut Case, at: f64, config: Option<&str>, hooks: Value) {
    let resources = json!([{ "TargetService": { "Type": "AWS::ECS::Service", "Properties": {
        "TaskDefinition": "web:2", "LoadBalancerInfo": { "ContainerName": "app", "ContainerPort": 80 } } } }]);
    let content = json!({ "version": 0.0, "Resources": resources, "Hooks": hooks }).to_string();
    let mut input = json!({ "deploymentGroupName": "shop",
        "revision": { "revisionType": "AppSpecContent", "appSpecContent": { "content": content } } });
    if let Some(config) = config {
        input["deploymentConfigName"] = json!(config);
    }
    let request = |input| Request::CodeDeploy(Box::new(CodeDeployRequest::CreateDeployment(input)));
    case.request(at, request, input);
}

fn weights(run: &Run) -> Vec<(u32, f64)> {
    let steps = run.story.stages.iter().filter(|(stage, ..)| *stage == Stage::ProductionTrafficShift);
    steps.filter(|(.., at)| *at > 0.0).map(|(_, weight, at)| (*weight, *at)).collect()
}

fn rollouts(run: &Run) -> Vec<(u32, RolloutState, f64)> {
    run.story.rollouts.iter().filter(|(.., at)| *at > 0.0).copied().collect()
}

/// DEP-42: seven more at 600 s; 10 % of the traffic then, all at 900 s; the original seven go ten minutes later, at 1,500 s.
#[test]
fn code_deploy_replaces_all_tasks_and_moves_traffic_as_its_configuration_says() {
    let mut case = code_deploy(ShiftStrategy::BlueGreen, |_| {});
    deploy(&mut case, 600.0, Some("CodeDeployDefault.ECSCanary10Percent5Minutes"), json!([]));
    let run = case.run();
    assert_eq!(weights(&run), [(100, 600.0), (1000, 900.0)]);
    assert_eq!(run.created(), [vec![0.0; 7], vec![600.0; 7]].concat());
    assert_eq!(
        (stopped(&run, 0), rollouts(&run)),
        (vec![1500.0; 7], vec![(2, RolloutState::Completed, 1500.0)])
    );
}

/// DEP-42: ten steps of 10 %, a minute apart: the last at 600 + 9 × 60 = 1,140 s.
#[test]
fn a_linear_configuration_of_code_deploy_takes_ten_steps() {
    let mut case = code_deploy(ShiftStrategy::BlueGreen, |_| {});
    deploy(&mut case, 600.0, Some("CodeDeployDefault.ECSLinear10PercentEvery1Minutes"), json!([]));
    let steps = weights(&case.run());
    assert_eq!((steps.len(), steps[0], steps[9]), (10, (100, 600.0), (1000, 1140.0)));
}

/// DEP-42: a replacement that never becomes healthy is given up after an hour, at 4,200 s, and goes if failures are rolled back.
#[test]
fn a_replacement_that_never_becomes_healthy_is_given_up_after_an_hour() {
    let given_up = |after_failure: bool| {
        let mut case = code_deploy(ShiftStrategy::BlueGreen, |settings| {
            settings.deployment_rules.code_deploy.after_failure = after_failure;
            settings.grace_period = SimDuration::from_secs(10_000);
        });
        case.ends_at(5000);
        case.behaviour(TaskDefinitionId(1), |tasks: &mut TaskBehaviour| {
            tasks.ready = Some(Distribution::constant(1e9).unwrap());
        });
        deploy(&mut case, 600.0, None, json!([]));
        case.run()
    };
    let back = given_up(true);
    assert_eq!(rollouts(&back)[0], (2, RolloutState::Failed, 4200.0));
    assert_eq!((stopped(&back, 1), stopped(&back, 0)), (vec![4200.0; 7], vec![]));
    let stays = given_up(false);
    assert_eq!(rollouts(&stays), [(2, RolloutState::Failed, 4200.0)]);
    assert_eq!((stopped(&stays, 1), stopped(&stays, 0)), (vec![], vec![]));
}

/// DEP-42: BeforeAllowTraffic fails after 60 s: production traffic never moves.
#[test]
fn a_failing_function_of_the_app_spec_ends_the_deployment() {
    let mut case = code_deploy(ShiftStrategy::BlueGreen, |settings| {
        settings.deployment_rules.code_deploy.after_failure = true;
    });
    let script = HookScript {
        stage: None,
        task_definition: None,
        completes_after: always(60.0),
        end: Some(HookEnd::Fails),
    };
    case.setup.world.services =
        vec![ServiceBehaviour { hooks: [script].into(), ..ServiceBehaviour::default() }];
    deploy(&mut case, 600.0, None, json!([{ "BeforeAllowTraffic": "check" }]));
    let run = case.run();
    assert_eq!((weights(&run), rollouts(&run)[0]), (vec![], (2, RolloutState::Failed, 660.0)));
    assert_eq!(stopped(&run, 1), vec![660.0; 7]);
}

/// There is one deployment of a group at a time.
#[test]
fn a_second_deployment_beside_one_in_progress_is_refused() {
    let mut case = code_deploy(ShiftStrategy::BlueGreen, |_| {});
    deploy(&mut case, 600.0, None, json!([]));
    deploy(&mut case, 700.0, None, json!([]));
    let run = case.run();
    assert_eq!(run.story.failed_requests, [("CreateDeployment", "DeploymentLimitExceededException")]);
}
