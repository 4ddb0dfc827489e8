//! Launch types, strategies and placement, one refusal and one default at a time.

use serde_json::{Value, json};

use super::*;
use crate::engine::api::tests::{input, shop};
use crate::model::task_definition::{CpuArchitecture, OperatingSystem};

fn choice(capacity: Capacity, base: u32, weight: u32) -> CapacityChoice {
    CapacityChoice { capacity, base, weight }
}

fn strategy(cluster: &Cluster, items: Value) -> Result<Vec<CapacityChoice>, ApiError> {
    let items: Vec<CapacityProviderStrategyItem> = input(items);
    capacity_of(cluster, None, Some(&items))
}

/// The field of an InvalidParameterException.
fn invalid<T: std::fmt::Debug>(answer: Result<T, ApiError>) -> String {
    let error = answer.expect_err("ECS refuses it");
    assert_eq!(error.exception, "InvalidParameterException", "{error}");
    error.field
}

fn pool(cluster: &Cluster, name: &str) -> PoolId {
    cluster.pool_named(name).expect("the pool is there")
}

#[test]
fn without_launch_type_strategy_and_default_tasks_run_on_instances() {
    // RES-10
    assert_eq!(capacity_of(&shop(), None, None), Ok(vec![choice(Capacity::Ec2, 0, 1)]));
    assert_eq!(capacity_of(&shop(), None, Some(&[])), Ok(vec![choice(Capacity::Ec2, 0, 1)]));
}

#[test]
fn the_clusters_default_strategy_stands_for_a_missing_one_but_not_for_a_launch_type() {
    // RES-10
    let mut cluster = shop();
    let spot = choice(Capacity::Provider(pool(&cluster, "FARGATE_SPOT")), 0, 1);
    cluster.default_capacity = vec![spot];
    assert_eq!(capacity_of(&cluster, None, None), Ok(vec![spot]));
    let by_type = capacity_of(&cluster, Some(LaunchType::Ec2), None);
    assert_eq!(by_type, Ok(vec![choice(Capacity::Ec2, 0, 1)]));
}

#[test]
fn launch_type_and_strategy_exclude_each_other() {
    // RES-10
    let items: Vec<CapacityProviderStrategyItem> =
        input(json!([{ "capacityProvider": "FARGATE", "weight": 1 }]));
    assert_eq!(invalid(capacity_of(&shop(), Some(LaunchType::Fargate), Some(&items))), "launchType");
}

#[test]
fn launch_type_fargate_is_the_fargate_pool_and_needs_one() {
    // RES-10
    let cluster = shop();
    let found = capacity_of(&cluster, Some(LaunchType::Fargate), None);
    assert_eq!(found, Ok(vec![choice(Capacity::Fargate(pool(&cluster, "FARGATE")), 0, 1)]));
    let bare = Cluster::new("bare", crate::model::parameters::Parameters::default());
    assert_eq!(invalid(capacity_of(&bare, Some(LaunchType::Fargate), None)), "launchType");
}

#[test]
fn external_and_managed_instances_are_told_as_not_modelled() {
    for launch_type in [LaunchType::External, LaunchType::ManagedInstances] {
        let error = capacity_of(&shop(), Some(launch_type), None).unwrap_err();
        assert_eq!((error.exception, error.field.as_str()), ("NotModelled", "launchType"));
    }
}

#[test]
fn base_and_weight_are_zero_unless_given() {
    // CAP-1
    let cluster = shop();
    let found = strategy(
        &cluster,
        json!([{ "capacityProvider": "FARGATE", "base": 2 }, { "capacityProvider": "FARGATE_SPOT", "weight": 3 }]),
    );
    let (fargate, spot) = (pool(&cluster, "FARGATE"), pool(&cluster, "FARGATE_SPOT"));
    assert_eq!(
        found,
        Ok(vec![choice(Capacity::Provider(fargate), 2, 0), choice(Capacity::Provider(spot), 0, 3)])
    );
}

#[test]
fn a_single_item_needs_no_weight() {
    // CAP-2
    let cluster = shop();
    let found = strategy(&cluster, json!([{ "capacityProvider": "FARGATE" }]));
    assert_eq!(found, Ok(vec![choice(Capacity::Provider(pool(&cluster, "FARGATE")), 0, 1)]));
}

#[test]
fn of_several_items_one_needs_a_weight() {
    // CAP-2
    let items = json!([{ "capacityProvider": "FARGATE", "base": 1 }, { "capacityProvider": "FARGATE_SPOT" }]);
    assert_eq!(invalid(strategy(&shop(), items)), "capacityProviderStrategy");
}

#[test]
fn only_one_item_has_a_base() {
    // CAP-1
    let item = |name: &str| json!({ "capacityProvider": name, "base": 1, "weight": 1 });
    let items = json!([item("FARGATE"), item("FARGATE_SPOT")]);
    assert_eq!(invalid(strategy(&shop(), items)), "capacityProviderStrategy");
}

#[test]
fn base_and_weight_keep_to_their_ranges() {
    // CAP-1
    let item =
        |base: u32, weight: u32| json!([{ "capacityProvider": "FARGATE", "base": base, "weight": weight }]);
    assert!(strategy(&shop(), item(100_000, 1000)).is_ok());
    assert_eq!(invalid(strategy(&shop(), item(100_001, 1))), "capacityProviderStrategy[0].base");
    assert_eq!(invalid(strategy(&shop(), item(0, 1001))), "capacityProviderStrategy[0].weight");
}

/// CAP-1, QUO-15.
#[test]
fn a_strategy_has_at_most_twenty_items_each_provider_once() {
    // CAP-1
    let items = |count: usize| -> Value {
        (0..count).map(|_| json!({ "capacityProvider": "FARGATE", "weight": 1 })).collect()
    };
    assert_eq!(invalid(strategy(&shop(), items(21))), "capacityProviderStrategy");
    assert_eq!(invalid(strategy(&shop(), items(2))), "capacityProviderStrategy[1].capacityProvider");
}

#[test]
fn a_provider_that_is_not_there_is_refused_with_the_nearest_name() {
    // CAP-2: a fixed group of instances is no provider
    let items = |name: &str| json!([{ "capacityProvider": name, "weight": 1 }]);
    let error = strategy(&shop(), items("FARGAT_SPOT")).unwrap_err();
    assert!(error.message.contains("did you mean FARGATE_SPOT?"), "{error}");
    assert_eq!(invalid(strategy(&shop(), items("fixed"))), "capacityProviderStrategy[0].capacityProvider");
}

fn on_instances() -> Vec<CapacityChoice> {
    vec![choice(Capacity::Ec2, 0, 1)]
}

fn strategies(value: Value) -> Result<Vec<PlacementStrategy>, ApiError> {
    let strategies: Vec<AwsStrategy> = input(value);
    placement_of(&shop(), &on_instances(), None, Some(&strategies)).map(|(_, strategies)| strategies)
}

fn constraints(value: Value) -> Result<Vec<PlacementConstraint>, ApiError> {
    let constraints: Vec<AwsConstraint> = input(value);
    placement_of(&shop(), &on_instances(), Some(&constraints), None).map(|(constraints, _)| constraints)
}

#[test]
fn every_kind_of_strategy_is_read() {
    // PLC-3, PLC-4, PLC-5, PLC-7
    let read =
        |kind: &str, field: Value| strategies(json!([{ "type": kind, "field": field }])).unwrap().remove(0);
    assert_eq!(read("random", json!(null)), PlacementStrategy::Random);
    assert_eq!(read("binpack", json!("cpu")), PlacementStrategy::Binpack(BinpackField::Cpu));
    assert_eq!(read("binpack", json!("MEMORY")), PlacementStrategy::Binpack(BinpackField::Memory));
    for field in ["instanceId", "host"] {
        assert_eq!(read("spread", json!(field)), PlacementStrategy::Spread(SpreadField::Instance));
    }
    let zones = read("spread", json!("attribute:ecs.availability-zone"));
    assert_eq!(zones, PlacementStrategy::Spread(SpreadField::AvailabilityZone));
    let racks = read("spread", json!("attribute:Rack"));
    assert_eq!(racks, PlacementStrategy::Spread(SpreadField::Attribute("Rack".to_owned())));
}

#[test]
fn a_field_that_its_strategy_does_not_take_is_refused() {
    // PLC-4, PLC-5, PLC-7
    let wrong = [
        json!({ "type": "random", "field": "cpu" }),
        json!({ "type": "binpack" }),
        json!({ "type": "binpack", "field": "gpu" }),
        json!({ "type": "spread" }),
        json!({ "type": "spread", "field": "zone" }),
        json!({ "type": "spread", "field": "attribute:" }),
    ];
    for strategy in wrong {
        let answer = strategies(json!([{ "type": "random" }, strategy]));
        assert_eq!(invalid(answer), "placementStrategy[1].field");
    }
}

/// QUO-19.
#[test]
fn at_most_five_strategies_stand_in_a_list() {
    // PLC-3
    let list = |count: usize| -> Value { (0..count).map(|_| json!({ "type": "random" })).collect() };
    assert_eq!(strategies(list(5)).unwrap().len(), 5);
    assert_eq!(invalid(strategies(list(6))), "placementStrategy");
}

/// QUO-19.
#[test]
fn at_most_ten_constraints_stand_in_a_list() {
    // PLC-10
    let list =
        |count: usize| -> Value { (0..count).map(|_| json!({ "type": "distinctInstance" })).collect() };
    assert_eq!(constraints(list(10)).unwrap().len(), 10);
    assert_eq!(invalid(constraints(list(11))), "placementConstraints");
}

#[test]
fn distinct_instance_takes_no_expression_and_member_of_needs_one() {
    // PLC-10, PLC-12
    let distinct = json!([{ "type": "distinctInstance", "expression": "attribute:x exists" }]);
    assert_eq!(invalid(constraints(distinct)), "placementConstraints[0].expression");
    assert_eq!(invalid(constraints(json!([{ "type": "memberOf" }]))), "placementConstraints[0]");
    let kept = constraints(json!([{ "type": "memberOf", "expression": "attribute:x exists" }])).unwrap();
    assert!(
        matches!(&kept[..], [PlacementConstraint::MemberOf(read)] if read.to_string() == "attribute:x exists")
    );
}

#[test]
fn an_expression_that_does_not_parse_is_told_with_the_character_at_fault() {
    // the second `=` of `attribute:x = y` is missing: character 12 counting from 0
    let answer = constraints(json!([{ "type": "memberOf", "expression": "attribute:x = y" }])).unwrap_err();
    assert_eq!(
        (answer.field.as_str(), answer.at_character),
        ("placementConstraints[0].expression", Some(12))
    );
    assert!(answer.message.starts_with("at character 13: expected an operator"), "{answer}");
}

#[test]
fn an_attribute_of_ecs_that_ecs_does_not_have_is_refused_where_it_stands() {
    // table 5b
    let answer = constraints(
        json!([{ "type": "memberOf", "expression": "not(attribute:ecs.instance-tpe == m5.large)" }]),
    );
    let error = answer.unwrap_err();
    assert_eq!(error.at_character, Some(14)); // behind `not(attribute:`
    assert!(error.message.contains("did you mean \"ecs.instance-type\"?"), "{error}");
    let spread = json!([{ "type": "spread", "field": "attribute:ecs.zone" }]);
    assert_eq!(invalid(strategies(spread)), "placementStrategy[0].field");
    assert!(strategies(json!([{ "type": "spread", "field": "attribute:ecs.capability.gpu" }])).is_ok());
}

#[test]
fn constraints_of_the_definition_count_among_the_ten() {
    // PLC-10: 4 of the definition and 7 of the service are 11
    let mut definition = shop().task_definitions[0].clone();
    definition.constraints = vec![PlacementConstraint::DistinctInstance; 4];
    let added = |count| vec![PlacementConstraint::DistinctInstance; count];
    assert_eq!(check_constraint_count(&definition, &added(6)), Ok(()));
    assert_eq!(invalid(check_constraint_count(&definition, &added(7))), "placementConstraints");
}

#[test]
fn fargate_takes_neither_strategies_nor_constraints() {
    // SIZ-6, SIZ-7
    let capacity = [choice(Capacity::Fargate(PoolId(1)), 0, 1)];
    let (constraint, strategy): (AwsConstraint, AwsStrategy) =
        (input(json!({ "type": "distinctInstance" })), input(json!({ "type": "random" })));
    let error = placement_of(&shop(), &capacity, Some(&[constraint]), None).unwrap_err();
    assert_eq!((error.exception, error.field.as_str()), ("ClientException", "placementConstraints"));
    let error = placement_of(&shop(), &capacity, None, Some(&[strategy])).unwrap_err();
    assert_eq!((error.exception, error.field.as_str()), ("ClientException", "placementStrategy"));
    assert_eq!(placement_of(&shop(), &capacity, Some(&[]), Some(&[])), Ok((vec![], vec![])));
}

#[test]
fn what_does_not_fit_fargate_is_refused_there_and_taken_by_instances() {
    // SIZ-1, CON-19
    let cluster = shop();
    let check = |capacity: &str, definition: &str| {
        let capacity = match cluster.pool_named(capacity) {
            Some(pool) => vec![choice(Capacity::Provider(pool), 0, 1)],
            None => on_instances(),
        };
        let definition = cluster.task_definition(cluster.task_definition_named(definition).unwrap());
        check_compatible(&cluster, &capacity, definition, "taskDefinition")
    };
    assert_eq!(check("FARGATE", "far"), Ok(()));
    assert_eq!(check("EC2", "web"), Ok(()));
    let error = check("FARGATE", "web").unwrap_err();
    assert_eq!(error.exception, "PlatformTaskDefinitionIncompatibilityException");
    assert_eq!(error.field, "taskDefinition");
}

#[test]
fn fargate_spot_has_no_windows() {
    // SIZ-4, SIZ-5: Linux of both architectures, and nothing else
    let cluster = shop();
    let windows = cluster.task_definition(cluster.task_definition_named("win").unwrap());
    let on = |name| [choice(Capacity::Provider(pool(&cluster, name)), 0, 1)];
    assert_eq!(check_compatible(&cluster, &on("FARGATE"), windows, "taskDefinition"), Ok(()));
    let error = check_compatible(&cluster, &on("FARGATE_SPOT"), windows, "taskDefinition").unwrap_err();
    assert_eq!(error.exception, "PlatformTaskDefinitionIncompatibilityException");
    for architecture in [CpuArchitecture::X86_64, CpuArchitecture::Arm64] {
        let mut linux = windows.clone();
        (linux.operating_system, linux.architecture) = (OperatingSystem::Linux, architecture);
        assert_eq!(check_compatible(&cluster, &on("FARGATE_SPOT"), &linux, "taskDefinition"), Ok(()));
    }
}

#[test]
fn a_family_alone_means_its_latest_active_revision() {
    // RES-4
    let mut cluster = shop();
    let name = |cluster: &Cluster, asked: &str| {
        active_definition(cluster, asked).map(|id| cluster.task_definition(id).name())
    };
    assert_eq!(name(&cluster, "web").as_deref(), Ok("web:2"));
    assert_eq!(name(&cluster, "web:1").as_deref(), Ok("web:1"));
    let arn = "arn:aws:ecs:us-east-1:1:task-definition/web:1";
    assert_eq!(name(&cluster, arn).as_deref(), Ok("web:1"));
    cluster.task_definitions[1].status = TaskDefinitionStatus::Inactive;
    assert_eq!(name(&cluster, "web").as_deref(), Ok("web:1"));
    let error = name(&cluster, "web:2").unwrap_err();
    assert_eq!(error.exception, "ClientException");
    assert!(error.message.starts_with("TaskDefinition is inactive"), "{error}");
}

#[test]
fn a_definition_that_is_not_there_is_refused_with_the_nearest_name() {
    // RES-4
    for (asked, hint) in [("wep", "\"web\""), ("", "blank"), ("web:9", "\"web:1\"")] {
        let error = active_definition(&shop(), asked).unwrap_err();
        assert_eq!((error.exception, error.field.as_str()), ("ClientException", "taskDefinition"));
        assert!(error.message.contains(hint), "{asked:?}: {error}");
    }
}
