//! F26 to F36: what the words mean together.

use crate::support::{GOOD, ecsim_on, good_but, run};

#[test]
fn f26_two_services_of_one_name_are_refused() {
    let twice = "desiredCount: 2 }\n    - { serviceName: web, taskDefinition: web, desiredCount: 1 }";
    let outcome = run(good_but("desiredCount: 2 }", twice));
    // Lines 11 and 12 of the file.
    outcome.is_refused_with(&["web", "services[1]", "scenario.yaml:12:", "line 11"]);
}

#[test]
fn f27_a_circle_of_dependencies_is_printed_in_order() {
    let containers = "[{ name: a, memory: 64, dependsOn: [{ containerName: b, condition: START }] }, \
                      { name: b, memory: 64, dependsOn: [{ containerName: a, condition: START }] }]";
    run(good_but("[{ name: app, cpu: 256, memory: 512 }]", containers)).is_refused_with(&["→", "CON-2"]);
    // The longest that a definition can hold: ten containers, each waiting for the one before.
    let names: Vec<char> = ('a'..='j').collect();
    let waits = |n: usize| {
        let (name, before) = (names[n], names[(n + 9) % 10]);
        format!("{{ name: {name}, memory: 8, dependsOn: [{{ containerName: {before}, condition: START }}] }}")
    };
    let ten: Vec<String> = (0..10).map(waits).collect();
    run(good_but("[{ name: app, cpu: 256, memory: 512 }]", &format!("[{}]", ten.join(", "))))
        .is_refused_with(&["a → j → i → h → g → f → e → d → c → b → a"]);
    let itself = "[{ name: a, memory: 64, dependsOn: [{ containerName: a, condition: START }] }]";
    run(good_but("[{ name: app, cpu: 256, memory: 512 }]", itself)).is_refused_with(&["a → a"]);
}

#[test]
fn f28_what_does_not_exist_gets_the_nearest_name() {
    run(good_but("taskDefinition: web,", "taskDefinition: wbe,")).is_refused_with(&["wbe", "web"]);
    let waits = "[{ name: app, memory: 64, dependsOn: [{ containerName: lgo, condition: START }] }, \
                 { name: log, memory: 64 }]";
    run(good_but("[{ name: app, cpu: 256, memory: 512 }]", waits)).is_refused_with(&["lgo", "log"]);
}

#[test]
fn f29_a_task_larger_than_every_instance_is_told_before_and_after() {
    let text = good_but("memory: 512 }]", "memory: 4096 }]");
    let outcome = ecsim_on(text, &["run", "scenario.yaml", "--no-plots"]);
    outcome.is_done();
    assert!(outcome.stderr.contains("memory"), "a warning: {}", outcome.stderr);
    assert!(outcome.file("good", "unplaced.csv").contains("RESOURCE:MEMORY"));
}

/// The names of the instances that `tasks.csv` says the tasks are on, sorted.
fn instances_of_tasks(outcome: &crate::support::Outcome) -> Vec<String> {
    let table = outcome.file("good", "tasks.csv");
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let column = reader.headers().unwrap().iter().position(|name| name == "instance").unwrap();
    let mut instances: Vec<String> = reader.records().map(|row| row.unwrap()[column].to_owned()).collect();
    instances.sort();
    instances
}

/// `GOOD` without crashes, its four tasks spread over the racks of its instances.
fn spread_over_racks() -> String {
    let strategy = "desiredCount: 4, placementStrategy: [{ type: spread, field: \"attribute:rack\" }]";
    good_but("desiredCount: 2", strategy).replace("mean: 20m", "mean: 1000d")
}

/// PLC-6: instances without the attribute are one bucket of their own, so the spread neither fails nor separates.
#[test]
fn f30_a_spread_over_an_attribute_that_no_instance_has_is_told_and_keeps_nothing_apart() {
    let outcome = ecsim_on(spread_over_racks(), &["run", "scenario.yaml", "--no-plots"]);
    outcome.is_done();
    let stated = "no container instance has the attribute \"rack\": all of them count as one";
    assert!(outcome.stderr.contains(stated), "{}", outcome.stderr);
    let instances = instances_of_tasks(&outcome);
    assert!(instances.len() == 4 && instances.iter().all(|name| name.starts_with("host-")), "{instances:?}");
}

/// PLC-6: the bucket without the attribute is the least preferred; three tasks of 512 MiB fit into 1,536.
#[test]
fn f30_instances_without_the_attribute_come_after_those_that_have_it() {
    let racked = "zones: [us-east-1a] }\n    - { name: racked, count: 1, resources: { cpu: 1024, memory: 1536 }, \
                  zones: [us-east-1a], attributes: { rack: r1 } }";
    let text = spread_over_racks().replacen("zones: [us-east-1a] }", racked, 1);
    let outcome = ecsim_on(text, &["run", "scenario.yaml", "--no-plots"]);
    outcome.is_done();
    assert!(!outcome.stderr.contains("count as one"), "{}", outcome.stderr);
    let instances = instances_of_tasks(&outcome);
    assert_eq!(instances[1..], ["racked-1", "racked-1", "racked-1"], "{instances:?}");
    assert!(instances[0].starts_with("host-"), "{instances:?}");
}

#[test]
fn f30_a_constraint_on_an_attribute_that_no_instance_has_places_nothing_and_says_so() {
    let constraint =
        "desiredCount: 2, placementConstraints: [{ type: memberOf, expression: \"attribute:rack exists\" }]";
    let text = good_but("desiredCount: 2", constraint);
    let outcome = ecsim_on(&text, &["run", "scenario.yaml", "--no-plots", "--events"]);
    outcome.is_done();
    let events = outcome.file("good", "events.jsonl");
    assert!(events.contains("Reason: MemberOf placement constraint unsatisfied."), "{events}");
    let row = outcome.file("good", "unplaced.csv");
    assert!(row.contains("MemberOf placement constraint unsatisfied"), "{row}");
}

#[test]
fn f31_a_deployment_at_100_and_100_percent_is_told_to_be_stuck() {
    let text = good_but(
        "desiredCount: 2",
        "desiredCount: 2, deploymentConfiguration: { minimumHealthyPercent: 100, maximumPercent: 100 }",
    )
    .replace("mean: 20m", "mean: 1000d")
        + "timeline: [{ at: 10m, call: UpdateService, with: { service: web, forceNewDeployment: true } }]\n";
    let outcome = ecsim_on(&text, &["run", "scenario.yaml", "--no-plots"]);
    outcome.is_done();
    let row = outcome.file("good", "deployments.csv");
    assert!(row.contains("stuck: of 2 desired tasks minimumHealthyPercent 100"), "{row}");
    assert!(outcome.stdout.contains("stuck"), "{}", outcome.stdout);
}

/// INS-6: neither may its tasks stop nor others start.
#[test]
fn f31_a_drain_at_100_and_100_percent_is_told_to_be_stuck() {
    let drain = |limits: &str| {
        let limits = format!("desiredCount: 2, deploymentConfiguration: {{ {limits} }}");
        let text = good_but("desiredCount: 2", &limits).replace("mean: 20m", "mean: 1000d");
        let call =
            "call: UpdateContainerInstancesState, with: { containerInstances: [host-1], status: DRAINING }";
        let outcome = ecsim_on(
            format!("{text}timeline: [{{ at: 10m, {call} }}]\n"),
            &["run", "scenario.yaml", "--no-plots"],
        );
        outcome.is_done();
        outcome.stdout.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let stuck = "the drain of web is stuck: 1 of 2 desired tasks is on host-1, which cannot be emptied: \
                 minimumHealthyPercent 100 lets none stop and maximumPercent 100 lets no other start";
    let told = drain("minimumHealthyPercent: 100, maximumPercent: 100");
    assert!(told.contains(stuck), "{told}");
    for limits in
        ["minimumHealthyPercent: 50, maximumPercent: 100", "minimumHealthyPercent: 100, maximumPercent: 200"]
    {
        assert!(!drain(limits).contains("stuck"), "{limits}");
    }
}

#[test]
fn f32_a_fargate_size_that_is_not_offered_lists_those_that_are() {
    let text = good_but(
        "    - family: web\n",
        "    - family: web\n      requiresCompatibilities: [FARGATE]\n      networkMode: awsvpc\n      cpu: 256\n      memory: 4096\n",
    );
    run(text).is_refused_with(&["4096", "512", "1024", "2048"]);
}

#[test]
fn f33_a_cluster_without_any_capacity_runs() {
    let text = good_but(
        "    - { name: host, count: 2, resources: { cpu: 1024, memory: 2048 }, zones: [us-east-1a] }\n",
        "    []\n",
    );
    let outcome = run(text);
    outcome.is_done();
    let summary = outcome.file("good", "summary.csv");
    assert!(!summary.contains("NaN") && !summary.contains("inf"), "{summary}");
    assert!(outcome.file("good", "unplaced.csv").contains("NO ACTIVE INSTANCES"));
}

fn sweep(axis: &str) -> crate::support::Outcome {
    let text = good_but("replications: 2", &format!("replications: 2, sweep: {{ {axis} }}"));
    ecsim_on(text, &["sweep", "scenario.yaml", "--no-plots", "--quiet"])
}

#[test]
fn f34_an_axis_without_values_or_with_one_twice_is_refused() {
    sweep("aws.services.web.desiredCount: []").is_refused_with(&["desiredCount"]);
    sweep("aws.services.web.desiredCount: [1, 2, 1]").is_refused_with(&["desiredCount"]);
}

#[test]
fn f35_a_sweep_of_a_million_million_points_is_refused_before_it_is_made() {
    let values = (1..=1000).map(|n| n.to_string()).collect::<Vec<_>>().join(", ");
    let seconds = (1..=1000).map(|n| format!("{n}s")).collect::<Vec<_>>().join(", ");
    let axes = format!(
        "aws.services.web.desiredCount: [{values}], aws.containerInstances.host.count: [{values}], \
         model.scheduler_wake: [{seconds}], model.place_retry_fast: [{seconds}]"
    );
    sweep(&axes).is_refused_with(&["1,000,000,000,000", "1,000,000"]);
}

#[test]
fn f36_one_bad_point_among_good_ones_is_found_before_the_first_runs() {
    sweep("aws.services.web.desiredCount: [1, 2, 3, -4]").is_refused_with(&["-4"]);
}

#[test]
fn limits_are_printed() {
    let outcome = ecsim_on(GOOD, &["validate", "--limits"]);
    outcome.is_done();
    assert!(outcome.stdout.contains("points of a sweep"), "{}", outcome.stdout);
}

/// `GOOD` with tasks in awsvpc mode on these instances.
fn awsvpc_on(instances: &str) -> String {
    good_but("- family: web\n", "- family: web\n      networkMode: awsvpc\n")
        .replacen("resources: { cpu: 1024, memory: 2048 }, zones: [us-east-1a]", instances, 1)
        .replace("mean: 20m", "mean: 1000d")
}

/// CON-20: an m5.large has 3 interfaces, one its own; 3 tasks do not fit on one of 2,048 CPU units.
#[test]
fn an_instance_type_takes_as_many_awsvpc_tasks_as_it_has_interfaces_but_one() {
    let text = awsvpc_on("instanceType: m5.large, zones: [us-east-1a]").replacen("count: 2", "count: 1", 1);
    let three = text.replacen("desiredCount: 2", "desiredCount: 3", 1);
    let outcome = ecsim_on(&three, &["run", "scenario.yaml", "--no-plots"]);
    outcome.is_done();
    assert!(outcome.file("good", "unplaced.csv").contains("RESOURCE:ENI"));
    let trunking = three.replacen("aws:\n", "aws:\n  accountSettings: { awsvpcTrunking: enabled }\n", 1);
    for text in [trunking, three.replacen("zones: [us-east-1a]", "awsvpcTaskLimit: 3", 1)] {
        let outcome = ecsim_on(&text, &["run", "scenario.yaml", "--no-plots"]);
        outcome.is_done();
        assert!(!outcome.file("good", "unplaced.csv").contains("RESOURCE:ENI"), "{text}");
    }
}

#[test]
fn what_keeps_a_task_off_every_instance_is_told_before_the_run() {
    let told = |text: &str, pieces: &[&str]| {
        let outcome = ecsim_on(text, &["validate", "scenario.yaml"]);
        outcome.is_done();
        let said = format!("{}{}", outcome.stdout, outcome.stderr);
        pieces.iter().for_each(|piece| assert!(said.contains(piece), "{piece:?} is not in {said}"));
    };
    let size = "resources: { cpu: 1024, memory: 2048 }, zones: [us-east-1a]";
    told(&awsvpc_on(&format!("{size}, awsvpcTaskLimit: 0")), &["never placed", "RESOURCE:ENI"]);
    let arm = "- family: web\n      runtimePlatform: { cpuArchitecture: ARM64 }\n";
    let intel = good_but("- family: web\n", arm).replacen(size, "instanceType: m5.large", 1);
    told(&intel, &["never placed", "ATTRIBUTE"]);
    let network = "desiredCount: 2, networkConfiguration: { awsvpcConfiguration: { subnets: [subnet-1] } }";
    let elsewhere = awsvpc_on(size).replacen("desiredCount: 2", network, 1);
    told(&elsewhere, &["world.subnets does not say"]);
    let elsewhere = elsewhere.replacen("world:\n", "world:\n  subnets: { subnet-1: us-east-1b }\n", 1);
    told(&elsewhere, &["never placed", "LOCATION"]);
    let old = format!("{size}, lackingCapabilities: [ecs.capability.task-eni]");
    told(&awsvpc_on(&old), &["never placed", "ATTRIBUTE"]);
    let trunking = awsvpc_on("instanceType: t3.medium");
    let trunking = trunking.replacen("aws:\n", "aws:\n  accountSettings: { awsvpcTrunking: enabled }\n", 1);
    told(&trunking, &["have no trunk interface"]);
}

#[test]
fn mistakes_in_what_instances_offer_are_told_at_their_place() {
    let host = |fields: &str| good_but("zones: [us-east-1a]", fields);
    run(host("lackingCapabilities: [task-eni]"))
        .is_refused_with(&["lackingCapabilities[0]", "ecs.capability."]);
    run(host("attributes: { ecs.os-type: beos }")).is_refused_with(&["ecs.os-type", "linux or windows"]);
    run(host("attributes: { ecs.instance-type: m5.large }")).is_refused_with(&["ecs.instance-type"]);
    let setting = |value: &str| {
        good_but("aws:\n", &format!("aws:\n  accountSettings: {{ awsvpcTrunking: {value} }}\n"))
    };
    run(setting("5")).is_refused_with(&[
        "awsvpcTrunking",
        "InvalidParameterException",
        "enabled or disabled",
    ]);
    let network = "desiredCount: 2, networkConfiguration: { awsvpcConfiguration: { subnets: [subnet-9] } }";
    let unknown = awsvpc_on("resources: { cpu: 1024, memory: 2048 }").replacen("desiredCount: 2", network, 1);
    run(unknown.replacen("world:\n", "world:\n  subnets: { subnet-1: us-east-1a }\n", 1)).is_refused_with(&[
        "subnets[0]",
        "InvalidParameterException",
        "subnet-9",
        "subnet-1",
    ]);
}
