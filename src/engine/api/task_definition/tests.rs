//! RegisterTaskDefinition, one refusal and one default at a time.

mod fargate;
mod real_files;

use serde_json::{Value, json};

use super::{ignored, register};
use crate::engine::api::tests::{input, shop, with};
use crate::kernel::time::SimDuration;
use crate::model::host_port::{HostPort, Protocol};
use crate::model::parameters::{ParameterValues, Parameters};
use crate::model::task_definition::{
    CpuArchitecture, HealthCheck, NetworkMode, OperatingSystem, TaskDefinition, TaskDefinitionStatus,
};
use crate::model::{Cluster, Resources};

/// A definition for instances with these containers.
fn holding(containers: Value) -> Value {
    json!({ "family": "f", "containerDefinitions": containers })
}

/// A definition for instances whose one container has these fields beside a name and 512 MiB.
fn one(fields: Value) -> Value {
    holding(json!([with(json!({ "name": "app", "memory": 512 }), fields)]))
}

fn accepted(value: Value) -> TaskDefinition {
    register(&shop(), &input(value)).expect("ECS takes the definition")
}

/// Field and message of a ClientException.
fn refused(value: Value) -> (String, String) {
    let error = register(&shop(), &input(value)).expect_err("ECS refuses the definition");
    assert_eq!(error.exception, "ClientException", "{error}");
    (error.field, error.message)
}

fn refused_field(value: Value) -> String {
    refused(value).0
}

#[test]
fn revisions_count_from_one_in_each_family() {
    // RES-4: the cluster has web:1 and web:2
    assert_eq!(accepted(with(one(json!({})), json!({ "family": "web" }))).name(), "web:3");
    let first = accepted(with(one(json!({})), json!({ "family": "new" })));
    assert_eq!((first.name().as_str(), first.status), ("new:1", TaskDefinitionStatus::Active));
}

#[test]
fn a_family_is_letters_digits_hyphens_and_underscores() {
    for family in ["", "a b", "web:1", "ä", &"x".repeat(256)] {
        assert_eq!(refused_field(with(one(json!({})), json!({ "family": family }))), "family", "{family:?}");
    }
    assert_eq!(accepted(with(one(json!({})), json!({ "family": "x".repeat(255) }))).revision, 1);
}

#[test]
fn a_definition_has_one_to_ten_containers() {
    // RES-5, QUO-17
    let containers = |count: usize| -> Value {
        holding((0..count).map(|n| json!({ "name": format!("c{n}"), "memory": 8 })).collect())
    };
    assert_eq!(refused_field(containers(0)), "containerDefinitions");
    assert_eq!(accepted(containers(10)).containers.len(), 10);
    assert_eq!(refused_field(containers(11)), "containerDefinitions");
}

#[test]
fn a_definition_has_at_most_64_kib() {
    // RES-5, QUO-17: 65,536 bytes of command alone leave no room for the rest
    assert_eq!(refused_field(one(json!({ "command": ["x".repeat(65_536)] }))), "containerDefinitions");
    assert_eq!(accepted(one(json!({ "command": ["x".repeat(60_000)] }))).containers.len(), 1);
}

#[test]
fn container_names_are_unique_and_spelled_like_a_family() {
    let twice = holding(json!([{ "name": "app", "memory": 8 }, { "name": "app", "memory": 8 }]));
    assert_eq!(refused_field(twice), "containerDefinitions[1].name");
    for name in ["", "a.b", "a b"] {
        assert_eq!(refused_field(one(json!({ "name": name }))), "containerDefinitions[0].name");
    }
}

#[test]
fn a_container_is_essential_unless_told_otherwise_and_one_must_be() {
    // CON-1
    assert!(accepted(one(json!({}))).containers[0].essential);
    assert_eq!(refused_field(one(json!({ "essential": false }))), "containerDefinitions");
}

fn depending(on: &str, condition: &str, side: Value) -> Value {
    holding(json!([
        { "name": "app", "memory": 64, "dependsOn": [{ "containerName": on, "condition": condition }] },
        with(json!({ "name": "side", "memory": 64 }), side),
    ]))
}

#[test]
fn depends_on_names_a_container_that_is_there() {
    // CON-2; the nearest name is told
    let (field, message) = refused(depending("sid", "START", json!({})));
    assert_eq!(field, "containerDefinitions[0].dependsOn[0].containerName");
    assert!(message.contains("\"side\""), "{message}");
    assert_eq!(accepted(depending("side", "START", json!({}))).containers.len(), 2);
}

#[test]
fn nobody_waits_for_an_essential_container_to_exit() {
    // CON-2
    for condition in ["COMPLETE", "SUCCESS"] {
        let field = refused_field(depending("side", condition, json!({})));
        assert_eq!(field, "containerDefinitions[0].dependsOn[0].condition");
        let ends = depending("side", condition, json!({ "essential": false }));
        assert_eq!(accepted(ends).containers.len(), 2);
    }
}

#[test]
fn to_wait_for_health_needs_a_health_check() {
    // CON-2
    let field = refused_field(depending("side", "HEALTHY", json!({})));
    assert_eq!(field, "containerDefinitions[0].dependsOn[0].condition");
    let checked = depending("side", "HEALTHY", json!({ "healthCheck": { "command": ["CMD", "true"] } }));
    assert_eq!(accepted(checked).containers.len(), 2);
}

#[test]
fn a_circle_of_dependencies_is_printed_in_order() {
    // CON-2, circles of 1, 2 and 10
    for length in [1usize, 2, 10] {
        let container = |n: usize| {
            let next = format!("c{}", (n + 1) % length);
            json!({ "name": format!("c{n}"), "memory": 8,
                "dependsOn": [{ "containerName": next, "condition": "START" }] })
        };
        let (field, message) = refused(holding((0..length).map(container).collect()));
        let names: Vec<String> = (0..=length).map(|n| format!("c{}", n % length)).collect();
        assert_eq!(field, "containerDefinitions");
        assert!(message.contains(&names.join(" → ")), "{message}");
    }
}

#[test]
fn two_ways_to_one_container_are_no_circle() {
    // CON-2
    let on = |name: &str| json!({ "containerName": name, "condition": "START" });
    let diamond = holding(json!([
        { "name": "a", "memory": 8, "dependsOn": [on("b"), on("c")] },
        { "name": "b", "memory": 8, "dependsOn": [on("d")] },
        { "name": "c", "memory": 8, "dependsOn": [on("d")] },
        { "name": "d", "memory": 8 },
    ]));
    assert_eq!(accepted(diamond).containers.len(), 4);
}

#[test]
fn health_checks_keep_to_their_ranges_and_probe_every_thirty_seconds_by_default() {
    // CON-5
    let check = |fields: Value| one(json!({ "healthCheck": with(json!({ "command": ["CMD"] }), fields) }));
    for (name, low, high) in
        [("interval", 5, 300), ("timeout", 2, 60), ("retries", 1, 10), ("startPeriod", 0, 300)]
    {
        let field = format!("containerDefinitions[0].healthCheck.{name}");
        assert_eq!(accepted(check(json!({ name: low }))).containers.len(), 1);
        assert_eq!(accepted(check(json!({ name: high }))).containers.len(), 1);
        assert_eq!(refused_field(check(json!({ name: high + 1 }))), field);
        if low > 0 {
            assert_eq!(refused_field(check(json!({ name: low - 1 }))), field);
        }
    }
    let field = refused_field(check(json!({ "command": [] })));
    assert_eq!(field, "containerDefinitions[0].healthCheck.command");
    let default = accepted(check(json!({}))).containers[0].health_check.unwrap();
    let seconds = SimDuration::from_secs;
    let start_period = SimDuration::ZERO;
    let expected = HealthCheck { interval: seconds(30), timeout: seconds(5), retries: 3, start_period };
    assert_eq!(default, expected);
    assert_eq!(accepted(one(json!({}))).containers[0].health_check, None);
}

#[test]
fn restart_policies_keep_to_their_ranges() {
    // CON-11
    let policy = |fields: Value| one(json!({ "restartPolicy": with(json!({ "enabled": true }), fields) }));
    for period in [59, 1801] {
        let field = refused_field(policy(json!({ "restartAttemptPeriod": period })));
        assert_eq!(field, "containerDefinitions[0].restartPolicy.restartAttemptPeriod");
    }
    let field = refused_field(policy(json!({ "ignoredExitCodes": (0..51).collect::<Vec<i32>>() })));
    assert_eq!(field, "containerDefinitions[0].restartPolicy.ignoredExitCodes");
    assert_eq!(accepted(policy(json!({ "restartAttemptPeriod": 60 }))).containers.len(), 1);
}

#[test]
fn without_memory_of_the_task_a_container_needs_its_own() {
    // CON-12
    let bare = || holding(json!([{ "name": "app" }]));
    assert_eq!(refused_field(bare()), "containerDefinitions[0].memory");
    assert_eq!(accepted(with(bare(), json!({ "memory": "512" }))).reserved, Resources::new(0, 512));
}

#[test]
fn the_hard_limit_is_above_the_soft_one() {
    // CON-12
    for soft in [512, 513] {
        let field = refused_field(one(json!({ "memory": 512, "memoryReservation": soft })));
        assert_eq!(field, "containerDefinitions[0].memory");
    }
    let both = accepted(one(json!({ "memory": 512, "memoryReservation": 511 })));
    assert_eq!(both.reserved.memory_mib, 511, "the soft limit is what is reserved");
}

#[test]
fn a_container_takes_at_least_six_mib() {
    // CON-12
    assert_eq!(refused_field(one(json!({ "memory": 5 }))), "containerDefinitions[0].memory");
    let soft = one(json!({ "memoryReservation": 5 }));
    assert_eq!(refused_field(soft), "containerDefinitions[0].memoryReservation");
    assert_eq!(accepted(one(json!({ "memory": 6 }))).reserved.memory_mib, 6);
}

#[test]
fn a_task_reserves_its_own_size_or_else_the_sum_of_its_containers() {
    // CON-13: cpu 100 + 0 + 28, memory 256 + 100 (soft) + 64
    let containers = json!([
        { "name": "a", "cpu": 100, "memory": 256 },
        { "name": "b", "memory": 512, "memoryReservation": 100 },
        { "name": "c", "cpu": 28, "memory": 64 },
    ]);
    assert_eq!(accepted(holding(containers.clone())).reserved, Resources::new(128, 420));
    let sized =
        |cpu: &str, memory: &str| with(holding(containers.clone()), json!({ "cpu": cpu, "memory": memory }));
    assert_eq!(accepted(sized("128", "420")).reserved, Resources::new(128, 420));
    assert_eq!(accepted(sized("1 vCPU", "1 GB")).reserved, Resources::new(1024, 1024));
    assert_eq!(refused_field(sized("128", "419")), "memory");
    let larger = json!([{ "name": "a", "cpu": 129, "memory": 8 }]);
    assert_eq!(refused_field(with(holding(larger), json!({ "cpu": "128" }))), "cpu");
}

#[test]
fn sizes_beyond_any_machine_are_refused_without_overflow() {
    let huge = json!([{ "name": "a", "cpu": u32::MAX, "memory": u32::MAX },
        { "name": "b", "cpu": u32::MAX, "memory": u32::MAX }]);
    assert_eq!(refused_field(holding(huge)), "containerDefinitions");
}

#[test]
fn whole_gpus_are_added_up() {
    // CON-16
    let gpus = |value: &str| {
        one(json!({ "resourceRequirements": [{ "type": "GPU", "value": value },
        { "type": "InferenceAccelerator", "value": "device" }] }))
    };
    assert_eq!(accepted(gpus("2")).reserved.gpus, 2);
    let field = "containerDefinitions[0].resourceRequirements[0].value";
    assert_eq!(refused_field(gpus("half")), field);
    assert_eq!(refused_field(gpus("-1")), field);
}

#[test]
fn ports_follow_the_network_mode() {
    // CON-17
    let mapped = |mode: &str, host: Value| {
        let mapping = with(json!({ "containerPort": 80 }), host);
        with(one(json!({ "portMappings": [mapping] })), json!({ "networkMode": mode }))
    };
    let port = |port: u32| json!({ "hostPort": port });
    for mode in ["awsvpc", "host"] {
        let field = refused_field(mapped(mode, port(8080)));
        assert_eq!(field, "containerDefinitions[0].portMappings[0].hostPort");
        assert_eq!(accepted(mapped(mode, port(80))).containers.len(), 1);
        assert_eq!(accepted(mapped(mode, json!({}))).containers.len(), 1);
        assert_eq!(accepted(mapped(mode, port(0))).containers.len(), 1, "0 stands for none");
    }
    assert_eq!(accepted(mapped("bridge", port(8080))).containers.len(), 1);
    let field = refused_field(mapped("none", json!({})));
    assert_eq!(field, "containerDefinitions[0].portMappings[0].containerPort");
    let field = refused_field(mapped("bridge", port(65_536)));
    assert_eq!(field, "containerDefinitions[0].portMappings[0].hostPort");
}

#[test]
fn a_task_takes_ports_of_its_host_by_network_mode() {
    // CON-17: all container ports, the fixed host ports, or none; UDP beside TCP
    let ports = |mode: &str, mappings: Value| {
        let definition = with(one(json!({ "portMappings": mappings })), json!({ "networkMode": mode }));
        accepted(definition).host_ports
    };
    let tcp = |number| HostPort { number, protocol: Protocol::Tcp };
    let mappings = || json!([{ "containerPort": 80, "hostPort": 0 }, { "containerPort": 443 }]);
    assert_eq!(ports("host", mappings()), [tcp(80), tcp(443)]);
    assert_eq!(ports("bridge", mappings()), []);
    assert_eq!(ports("awsvpc", mappings()), []);
    let fixed = json!([{ "containerPort": 80, "hostPort": 8080, "protocol": "udp" }]);
    assert_eq!(ports("bridge", fixed), [HostPort { number: 8080, protocol: Protocol::Udp }]);
}

#[test]
fn the_network_mode_is_bridge_by_default() {
    // CON-19
    let modes = [
        (json!({}), NetworkMode::Bridge),
        (json!({ "networkMode": "host" }), NetworkMode::Host),
        (json!({ "networkMode": "awsvpc" }), NetworkMode::Awsvpc),
        (json!({ "networkMode": "none" }), NetworkMode::None),
    ];
    for (given, mode) in modes {
        assert_eq!(accepted(with(one(json!({})), given)).network_mode, mode);
    }
}

#[test]
fn managed_instances_have_no_bridge() {
    // CON-19
    let managed = |mode: &str| {
        with(one(json!({})), json!({ "requiresCompatibilities": ["MANAGED_INSTANCES"], "networkMode": mode }))
    };
    assert_eq!(refused_field(managed("bridge")), "networkMode");
    assert_eq!(accepted(managed("host")).network_mode, NetworkMode::Host);
}

#[test]
fn links_need_a_bridge() {
    let linked = |mode: &str| with(one(json!({ "links": ["db"] })), json!({ "networkMode": mode }));
    assert_eq!(refused_field(linked("awsvpc")), "containerDefinitions[0].links");
    assert_eq!(accepted(linked("bridge")).containers.len(), 1);
}

#[test]
fn stop_timeout_is_the_models_unless_given() {
    // LIF-15; the agent takes 0 for "not given"
    let values = ParameterValues { stop_timeout: SimDuration::from_secs(7), ..ParameterValues::default() };
    let cluster = Cluster::new("c", Parameters::new(values));
    let timeout = |fields: Value| register(&cluster, &input(one(fields))).unwrap().containers[0].stop_timeout;
    assert_eq!(timeout(json!({})), SimDuration::from_secs(7));
    assert_eq!(timeout(json!({ "stopTimeout": 0 })), SimDuration::from_secs(7));
    assert_eq!(timeout(json!({ "stopTimeout": 300 })), SimDuration::from_secs(300), "no upper bound on EC2");
}

#[test]
fn a_stop_timeout_that_is_given_leaves_the_guess_unread() {
    let cluster = Cluster::new("c", Parameters::default());
    register(&cluster, &input(one(json!({ "stopTimeout": 5 })))).unwrap();
    assert_eq!(cluster.parameters.names_read(), Vec::<&str>::new());
    register(&cluster, &input(one(json!({})))).unwrap();
    assert_eq!(cluster.parameters.names_read(), ["stop_timeout"]);
}

#[test]
fn on_instances_a_task_has_128_to_196608_cpu_units() {
    // SIZ-2
    let sized = |cpu: u32| with(one(json!({})), json!({ "cpu": cpu.to_string() }));
    assert_eq!(refused_field(sized(127)), "cpu");
    assert_eq!(accepted(sized(128)).reserved.cpu, 128);
    assert_eq!(accepted(sized(196_608)).reserved.cpu, 196_608);
    assert_eq!(refused_field(sized(196_609)), "cpu");
}

#[test]
fn windows_on_an_instance_ignores_the_size_of_the_task() {
    // SIZ-2: the containers' 300 units and 700 MiB count, not the task's 1024 and 2048
    let windows = json!({ "runtimePlatform": { "operatingSystemFamily": "WINDOWS_SERVER_2022_FULL" }, "cpu": "1024",
        "memory": "2048" });
    let definition = accepted(with(one(json!({ "cpu": 300, "memory": 700 })), windows));
    assert_eq!(definition.reserved, Resources::new(300, 700));
    assert_eq!(definition.operating_system, OperatingSystem::Windows);
}

#[test]
fn a_definition_holds_member_of_constraints_only() {
    // PLC-10
    let constrained =
        |constraint: Value| with(one(json!({})), json!({ "placementConstraints": [constraint] }));
    let distinct = json!({ "type": "distinctInstance" });
    assert_eq!(refused_field(constrained(distinct)), "placementConstraints[0].type");
    let none = json!({ "type": "memberOf" });
    assert_eq!(refused_field(constrained(none)), "placementConstraints[0]");
    let broken = json!({ "type": "memberOf", "expression": "runningTasksCount < many" });
    assert_eq!(refused_field(constrained(broken)), "placementConstraints[0].expression");
    let kept = accepted(constrained(json!({ "type": "memberOf", "expression": "runningTasksCount < 3" })));
    assert!(kept.constraints[0].reads_tasks());
}

#[test]
fn the_platform_is_linux_on_x86_by_default() {
    // PLC-2
    let default = accepted(one(json!({})));
    assert_eq!(default.architecture, CpuArchitecture::X86_64);
    assert_eq!(default.operating_system, OperatingSystem::Linux);
    let arm = with(one(json!({})), json!({ "runtimePlatform": { "cpuArchitecture": "ARM64" } }));
    assert_eq!(accepted(arm).architecture, CpuArchitecture::Arm64);
}

#[test]
fn a_plain_definition_is_fully_acted_on() {
    assert_eq!(ignored(&input(one(json!({ "cpu": 1 })))), []);
}

/// PLC-2: each feature brings the capability of the agent that it rests on.
#[test]
fn the_features_of_a_definition_need_capabilities_of_the_agent() {
    let capabilities = |value: Value| accepted(value).needs.capabilities;
    assert_eq!(capabilities(one(json!({}))), Vec::<String>::new());
    let rich = with(
        one(json!({
            "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/web:1",
            "healthCheck": { "command": ["CMD", "true"] },
            "restartPolicy": { "enabled": true },
            "logConfiguration": { "logDriver": "awslogs" },
            "secrets": [{ "name": "A", "valueFrom": "arn:aws:secretsmanager:us-east-1:1:secret:a" }],
        })),
        json!({ "networkMode": "awsvpc", "executionRoleArn": "r", "taskRoleArn": "t" }),
    );
    let expected = [
        "com.amazonaws.ecs.capability.ecr-auth",
        "com.amazonaws.ecs.capability.logging-driver.awslogs",
        "com.amazonaws.ecs.capability.task-iam-role",
        "ecs.capability.container-health-check",
        "ecs.capability.container-restart-policy",
        "ecs.capability.execution-role-awslogs",
        "ecs.capability.execution-role-ecr-pull",
        "ecs.capability.secrets.asm.environment-variables",
        "ecs.capability.task-eni",
    ];
    assert_eq!(capabilities(rich), expected);
}

/// PLC-2: on instances `runtimePlatform` has no default, so that what it does not name is no requirement.
#[test]
fn a_definition_needs_the_platform_that_it_names() {
    use crate::model::host_traits::Platforms;
    let needs = |platform: Value| {
        accepted(with(one(json!({})), json!({ "runtimePlatform": platform }))).needs.platforms
    };
    let arm = Platforms::of_architecture(CpuArchitecture::Arm64);
    assert_eq!(needs(json!({})), Platforms::NONE);
    assert_eq!(needs(json!({ "cpuArchitecture": "ARM64" })), arm);
    let linux = Platforms::of_system(OperatingSystem::Linux);
    assert_eq!(
        needs(json!({ "cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX" })),
        arm.and(linux)
    );
    let windows = Platforms::of_system(OperatingSystem::Windows);
    assert_eq!(needs(json!({ "operatingSystemFamily": "WINDOWS_SERVER_2022_CORE" })), windows);
}
