//! RunTask, StartTask and StopTask, one behaviour at a time.

use serde_json::{Value, json};

use super::*;
use crate::engine::api::Request;
use crate::engine::api::tests::{ask, refusal, shop, with};
use crate::kernel::time::SimTime;
use crate::model::change::NewTask;
use crate::model::task::{Capacity, Host, Origin};
use crate::model::{CallerId, Change, Resources, TaskDefinitionId, TaskGroupId};

fn run_answer(fields: Value) -> Result<Answer, ApiError> {
    ask(&shop(), Request::RunTask, with(json!({ "taskDefinition": "web" }), fields))
}

/// Caller, group and behaviour of a call that ECS takes.
fn taken(fields: Value) -> (String, String, CallerBehaviour) {
    match run_answer(fields) {
        Ok(Answer::RunTask { caller, group, behaviour }) => (caller, group, *behaviour),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_call_runs_one_task_on_instances_by_default_and_does_nothing_after() {
    // RES-7, RES-10
    let (caller, _, behaviour) = taken(json!({}));
    assert_eq!((caller.as_str(), behaviour.count), ("RunTask/web", 1));
    assert_eq!(shop().task_definition(behaviour.task_definition).name(), "web:2");
    assert_eq!(behaviour.capacity[0].capacity, Capacity::Ec2);
    assert!(matches!(behaviour.on_refusal, OnRefusal::Fail));
    assert!(matches!(behaviour.on_stop, OnStop::Nothing));
    assert!(behaviour.duration.is_none() && behaviour.cpu.is_none() && behaviour.memory_mib.is_none());
}

#[test]
fn a_call_runs_one_to_ten_tasks() {
    // RES-7, PLC-14
    assert_eq!(taken(json!({ "count": 10 })).2.count, 10);
    // RES-7, QUO-5
    for count in [0, 11] {
        assert_eq!(refusal(run_answer(json!({ "count": count }))), "InvalidParameterException at count");
    }
}

#[test]
fn the_group_is_that_of_the_family_unless_given() {
    // RES-8
    assert_eq!(taken(json!({})).1, "family:web");
    assert_eq!(taken(json!({ "group": "batch" })).1, "batch");
    for group in ["", &"g".repeat(256)] {
        assert_eq!(refusal(run_answer(json!({ "group": group }))), "InvalidParameterException at group");
    }
}

#[test]
fn a_call_names_a_definition_that_is_active() {
    // RES-4
    assert_eq!(
        refusal(run_answer(json!({ "taskDefinition": "nothing" }))),
        "ClientException at taskDefinition"
    );
}

#[test]
fn a_call_names_a_launch_type_or_a_strategy() {
    // RES-10
    let both = json!({ "launchType": "EC2",
        "capacityProviderStrategy": [{ "capacityProvider": "FARGATE", "weight": 1 }] });
    assert_eq!(refusal(run_answer(both)), "InvalidParameterException at launchType");
    let refused = refusal(run_answer(json!({ "launchType": "FARGATE" })));
    assert_eq!(refused, "PlatformTaskDefinitionIncompatibilityException at taskDefinition");
}

#[test]
fn placement_of_a_call_is_checked_like_a_services() {
    // PLC-3
    let many = json!({ "placementStrategy": vec![json!({ "type": "random" }); 6] });
    assert_eq!(refusal(run_answer(many)), "InvalidParameterException at placementStrategy");
    assert_eq!(
        taken(json!({ "placementConstraints": [{ "type": "distinctInstance" }] })).2.constraints.len(),
        1
    );
}

#[test]
fn a_call_can_have_another_size() {
    // CON-13: at least the containers' 256 units and 512 MiB
    let sized = |cpu: &str, memory: &str| json!({ "overrides": { "cpu": cpu, "memory": memory } });
    let (_, _, behaviour) = taken(sized("512", "1 GB"));
    let mean = |law: Option<Distribution>| law.map(|law| law.mean());
    assert_eq!((mean(behaviour.cpu), mean(behaviour.memory_mib)), (Some(512.0), Some(1024.0)));
    assert_eq!(refusal(run_answer(sized("255", "512"))), "InvalidParameterException at overrides.cpu");
    assert_eq!(refusal(run_answer(sized("256", "511"))), "InvalidParameterException at overrides.memory");
}

#[test]
fn another_size_keeps_to_what_the_launch_type_offers() {
    // SIZ-1: with 512 MiB of the definition, 1024 units are no pair. SIZ-2: above 196,608 units
    let far =
        |cpu: &str| json!({ "taskDefinition": "far", "launchType": "FARGATE", "overrides": { "cpu": cpu } });
    assert_eq!(refusal(run_answer(far("1024"))), "ClientException at overrides.memory");
    assert_eq!(refusal(run_answer(far("300"))), "ClientException at overrides.cpu");
    assert!(run_answer(far("256")).is_ok());
    let huge = json!({ "overrides": { "cpu": "196609" } });
    assert_eq!(refusal(run_answer(huge)), "ClientException at overrides.cpu");
}

#[test]
fn storage_of_one_call_keeps_to_its_range() {
    // SIZ-3
    let stored = json!({ "overrides": { "ephemeralStorage": { "sizeInGiB": 20 } } });
    assert_eq!(refusal(run_answer(stored)), "ClientException at overrides.ephemeralStorage.sizeInGiB");
}

#[test]
fn container_overrides_name_a_container_and_change_no_size() {
    let overridden = |fields: Value| json!({ "overrides": { "containerOverrides": [fields] } });
    assert!(run_answer(overridden(json!({ "name": "app", "command": ["x"] }))).is_ok());
    let refused = refusal(run_answer(overridden(json!({ "name": "apq" }))));
    assert_eq!(refused, "InvalidParameterException at overrides.containerOverrides[0].name");
    let refused = refusal(run_answer(overridden(json!({ "name": "app", "cpu": 1 }))));
    assert_eq!(refused, "NotModelled at overrides.containerOverrides[0].cpu");
}

/// Group and places of a StartTask that ECS takes.
fn started(cluster: &Cluster, fields: Value) -> (String, String, Vec<Result<InstanceId, Refusal>>) {
    match ask(cluster, Request::StartTask, with(json!({ "taskDefinition": "web" }), fields)) {
        Ok(Answer::StartTask { caller, group, instances, .. }) => (caller, group, instances),
        other => panic!("{other:?}"),
    }
}

#[test]
fn start_task_names_one_to_ten_instances() {
    // RES-7
    let many: Vec<String> = (0..11).map(|n| format!("fixed-{n}")).collect();
    for named in [&many[..0], &many[..]] {
        let input = json!({ "taskDefinition": "web", "containerInstances": named });
        let refused = refusal(ask(&shop(), Request::StartTask, input));
        assert_eq!(refused, "InvalidParameterException at containerInstances");
    }
}

#[test]
fn start_task_fails_on_an_instance_that_never_was_and_starts_the_rest() {
    // PLC-15, RES-8
    let mut cluster = shop();
    let zone = cluster.intern_zone("a");
    let instance = crate::model::instance::ContainerInstance {
        ordinal: 1,
        pool: cluster.pool_named("fixed").unwrap(),
        zone,
        instance_type: None,
        own_name: None,
        registered: Resources::new(1024, 1024),
        free: Resources::new(1024, 1024),
        host_ports: Vec::new(),
        traits: Default::default(),
        status: crate::model::instance::InstanceStatus::Active,
        agent_connected: true,
        agent_version: vec![1, 100, 0],
        registered_at: SimTime::ZERO,
        incarnation: 0,
        lifecycle: Default::default(),
        market: Default::default(),
        spot: Default::default(),
        launched_at: None,
        launch_version: 0,
        in_service_at: None,
        billed_since: Some(SimTime::ZERO),
        protected_from_scale_in: false,
        termination: None,
        price_nano_usd_per_hour: 0,
        attributes: Default::default(),
        tasks: Vec::new(),
    };
    cluster.apply(SimTime::ZERO, &Change::InstanceRegistered(Box::new(instance)));
    let known = cluster.instance_in_slot(0);
    let named =
        json!({ "containerInstances": ["fixed-2", "arn:aws:ecs:r:1:container-instance/shop/fixed-1"] });
    let (caller, group, places) = started(&cluster, named);
    assert_eq!((caller.as_str(), group.as_str()), ("StartTask/web", "family:web"));
    assert_eq!(places, [Err(Refusal::Missing), Ok(known)]);
}

/// The shop with a task of the caller nightly for each (ordinal, attempt).
fn shop_with_tasks(tasks: &[(u64, u32)]) -> (Cluster, Vec<TaskId>) {
    let mut cluster = shop();
    let zone = cluster.intern_zone("a");
    let named = Change::CallerNamed { name: "nightly".to_owned(), group: "family:nightly".to_owned() };
    cluster.apply(SimTime::ZERO, &named);
    let mut ids = Vec::new();
    for (ordinal, attempt) in tasks {
        let pool = cluster.pool_named("FARGATE").unwrap();
        let task = cluster.tasks.next_id();
        ids.push(task);
        let new = NewTask {
            task,
            origin: Origin::Caller { caller: CallerId(0) },
            ordinal: *ordinal,
            attempt: *attempt,
            task_definition: TaskDefinitionId(2),
            group: TaskGroupId(0),
            capacity: Capacity::Fargate(pool),
            choice: 0,
            host: Host::Fargate(zone),
            reserved: Resources::new(256, 512),
            distinct_instance: false,
            first_status: TaskStatus::Running,
            requested_at: SimTime::ZERO,
            created_at: SimTime::ZERO,
            waited: false,
            settled: false,
        };
        cluster.apply(SimTime::ZERO, &Change::TaskCreated(new));
    }
    (cluster, ids)
}

fn stopped(cluster: &Cluster, name: &str) -> Option<TaskId> {
    match ask(cluster, Request::StopTask, json!({ "task": name })) {
        Ok(Answer::StopTask(task, _)) => Some(task),
        error => {
            assert_eq!(refusal(error), "InvalidParameterException at task");
            None
        }
    }
}

#[test]
fn stop_task_takes_the_name_that_people_see() {
    // LIF-19
    let (cluster, ids) = shop_with_tasks(&[(3, 1), (3, 2), (4, 1)]);
    assert_eq!(stopped(&cluster, "nightly#3"), Some(ids[0]));
    assert_eq!(stopped(&cluster, "nightly#3.2"), Some(ids[1]));
    assert_eq!(stopped(&cluster, "nightly#4"), Some(ids[2]));
    for unknown in ["nightly#5", "nightly", "weekly#3", ""] {
        assert_eq!(stopped(&cluster, unknown), None, "{unknown:?}");
    }
}

#[test]
fn a_task_that_is_stopped_cannot_be_stopped() {
    // LIF-2
    let (mut cluster, ids) = shop_with_tasks(&[(1, 1)]);
    let (from, to) = (TaskStatus::Running, TaskStatus::Stopped);
    cluster.apply(SimTime::ZERO, &Change::TaskStatusChanged { task: ids[0], from, to });
    assert_eq!(stopped(&cluster, "nightly#1"), None);
}
