//! Quotas that act in time (QUO), and those that say how many there may be.

use super::support::{refusal, run};

const FARGATE: &str = "aws:
  taskDefinitions:
    - { family: web, networkMode: awsvpc, requiresCompatibilities: [FARGATE], cpu: '256', memory: '512',
        containerDefinitions: [{ name: app }] }
";

fn service(count: u32, strategy: &str) -> String {
    format!(
        "{FARGATE}  services:
    - {{ serviceName: web, taskDefinition: web, desiredCount: {count}, {strategy} }}"
    )
}

const ON_DEMAND: &str = "launchType: FARGATE";

/// QUO-9: a service of 150 tasks from nothing: 100 at once, then one each 1 / 20 s: the last after 50 × 0.05 = 2.5 s.
#[test]
fn a_service_on_fargate_launches_100_at_once_and_20_a_second_after() {
    let (log, end) = run(&format!("duration: 1m\nstart: cold\n{}", service(150, ON_DEMAND)));
    let mut created: Vec<u64> = end.tasks.iter().map(|(_, task)| task.created_at.0).collect();
    created.sort_unstable();
    assert_eq!(created.iter().filter(|at| **at == 0).count(), 100);
    assert_eq!((created[100], created[149]), (50, 2500));
    assert_eq!(
        log.with("being throttled"),
        ["0 event: (service web) operations are being throttled. Will try again later."]
    );
}

/// QUO-9, QUO-10: two services share the bucket of the account; that of Spot is another.
#[test]
fn services_share_the_bucket_of_the_account_and_spot_has_its_own() {
    let spot = "    - { serviceName: spot, taskDefinition: web, desiredCount: 100,
        capacityProviderStrategy: [{ capacityProvider: FARGATE_SPOT, weight: 1 }] }";
    let second = "    - { serviceName: second, taskDefinition: web, desiredCount: 60, launchType: FARGATE }";
    let (_, end) = run(&format!("duration: 1m\nstart: cold\n{}\n{second}\n{spot}", service(60, ON_DEMAND)));
    let at_once = end.tasks.iter().filter(|(_, task)| task.created_at.0 == 0).count();
    assert_eq!(at_once, 100 + 100);
    // 20 are left of 120: the last after 20 × 50 ms
    assert_eq!(end.tasks.iter().map(|(_, task)| task.created_at.0).max(), Some(1000));
}

/// QUO-9: settable, as in a newer Region: 25 and 5 a second: the 30th of 30 after 5 × 0.2 s.
#[test]
fn a_newer_region_has_a_smaller_bucket() {
    let model = "model: { fargate_launch_bucket: 25, fargate_launches_per_s: 5 }";
    let (_, end) = run(&format!("duration: 1m\nstart: cold\n{model}\n{}", service(30, ON_DEMAND)));
    assert_eq!(end.tasks.iter().map(|(_, task)| task.created_at.0).max(), Some(1000));
}

/// QUO-9: at time zero rates do not apply.
#[test]
fn a_settled_service_is_simply_there() {
    let (_, end) = run(&format!("duration: 1s\n{}", service(500, ON_DEMAND)));
    assert_eq!(end.services[0].counts.running, 500);
}

fn callers(launch: &str, calls: u32, count: u32) -> String {
    let at = vec!["10s"; calls as usize].join(", ");
    format!(
        "world:\n  runs:\n    - {{ name: job, taskDefinition: web, count: {count}, {launch}, duration: 10m,
        arrivals: {{ at: [{at}] }} }}"
    )
}

/// QUO-9: eleven calls of ten tasks want 110 launches of the 100: RunTask is throttled, and does not wait.
#[test]
fn run_task_without_a_launch_token_is_throttled() {
    let (log, end) = run(&format!("duration: 1m\n{FARGATE}\n{}", callers(ON_DEMAND, 11, 10)));
    assert_eq!(log.with("refused"), ["10 refused: ThrottlingException"; 10]);
    assert_eq!(end.tasks_created, 100);
}

/// QUO-12: of thirty calls for Fargate at once twenty are taken.
#[test]
fn twenty_run_task_calls_on_fargate_are_taken_at_once() {
    let (log, end) = run(&format!("duration: 1m\n{FARGATE}\n{}", callers(ON_DEMAND, 30, 1)));
    assert_eq!(log.with("refused: ThrottlingException").len(), 10);
    assert_eq!(end.tasks_created, 20);
}

/// QUO-12, `onRefusal`: who calls again after ten seconds is taken then.
#[test]
fn a_throttled_caller_may_call_again() {
    let again =
        callers(ON_DEMAND, 30, 1).replace("duration: 10m,", "duration: 10m, onRefusal: { retryEvery: 10s },");
    let (log, end) = run(&format!("duration: 1m\n{FARGATE}\n{again}"));
    assert_eq!(log.with("refused").len(), 10);
    assert_eq!(end.tasks_created, 30);
}

/// QUO-12: who waits in line calls when the next token is there: the 30th 10 × 50 ms later.
#[test]
fn a_line_of_callers_moves_at_the_rate() {
    let line =
        callers(ON_DEMAND, 30, 1).replace("duration: 10m,", "duration: 10m, onRefusal: { wait: fifo },");
    let (_, end) = run(&format!("duration: 1m\n{FARGATE}\n{line}"));
    assert_eq!(end.tasks.iter().map(|(_, task)| task.created_at.0).max(), Some(10_500));
}

const EC2: &str = "aws:
  taskDefinitions: [{ family: web, containerDefinitions: [{ name: app, cpu: 1, memory: 6 }] }]
  containerInstances: [{ name: host, count: 1, resources: { cpu: 10240, memory: 20480 } }]
";

/// QUO-13: of 120 calls at once 100 are taken; with one a second later the bucket has 40 again.
#[test]
fn a_hundred_calls_about_tasks_are_taken_at_once() {
    let (log, end) = run(&format!("duration: 1m\n{EC2}\n{}", callers("launchType: EC2", 120, 1)));
    assert_eq!(log.with("refused: ThrottlingException").len(), 20);
    assert_eq!(end.tasks_created, 100);
    let unlimited = format!("model: {{ cluster_calls_bucket: unlimited }}\n{EC2}");
    let (log, _) = run(&format!("duration: 1m\n{unlimited}\n{}", callers("launchType: EC2", 120, 1)));
    assert_eq!(log.with("refused"), [""; 0]);
}

/// QUO-14: of 60 UpdateService at once 50 are taken; ten fail as AWS would have it.
#[test]
fn fifty_calls_about_services_are_taken_at_once() {
    let call = "  - { at: 10s, call: UpdateService, with: { service: web, desiredCount: 2 } }\n";
    let services = "  services: [{ serviceName: web, taskDefinition: web, desiredCount: 1 }]\n";
    let (log, _) = run(&format!("duration: 1m\n{EC2}{services}timeline:\n{}", call.repeat(60)));
    assert_eq!(log.with("UpdateService"), ["10 UpdateService refused: ThrottlingException"; 10]);
}

/// QUO-21, settable: of three calls at once one is taken.
#[test]
fn calls_about_task_protection_have_a_rate() {
    let call =
        "  - { at: 10s, call: UpdateTaskProtection, with: { tasks: ['web#1'], protectionEnabled: true } }\n";
    let services = "  services: [{ serviceName: web, taskDefinition: web, desiredCount: 1 }]\n";
    let model = "model: { task_protection_calls_bucket: 1 }\n";
    let (log, _) = run(&format!("duration: 1m\n{model}{EC2}{services}timeline:\n{}", call.repeat(3)));
    assert_eq!(log.with("UpdateTaskProtection"), ["10 UpdateTaskProtection refused: ThrottlingException"; 2]);
}

/// QUO-11: one vCPU is four tasks of 256 CPU units; the fifth is told of the limit. By default there is none.
#[test]
fn fargate_vcpus_are_limited_where_that_is_asked_for() {
    let (log, end) =
        run(&format!("duration: 1m\nstart: cold\nmodel: {{ fargate_vcpus: 1 }}\n{}", service(6, ON_DEMAND)));
    assert_eq!(end.tasks_present, 4);
    let told = "0 event: (service web) was unable to place a task. Reason: You've reached the limit on the number of \
                vCPUs you can run concurrently.";
    assert_eq!(log.with("unable to place")[0], told);
    let (_, end) = run(&format!("duration: 1m\nstart: cold\n{}", service(60, ON_DEMAND)));
    assert_eq!(end.tasks_present, 60);
}

/// QUO-2.
#[test]
fn a_cluster_has_only_so_many_services() {
    let two = "  services:
    - { serviceName: one, taskDefinition: web, desiredCount: 1 }
    - { serviceName: two, taskDefinition: web, desiredCount: 1 }";
    let message = refusal(&format!("duration: 1m\nmodel: {{ services_per_cluster: 1 }}\n{EC2}{two}"));
    assert!(message.contains("LimitExceededException"), "{message}");
    assert!(message.contains("the cluster has 1 services, and 1 at most (QUO-2)"), "{message}");
}

/// QUO-4.
#[test]
fn a_service_has_only_so_many_tasks() {
    let five = "  services: [{ serviceName: one, taskDefinition: web, desiredCount: 5 }]";
    let message = refusal(&format!("duration: 1m\nmodel: {{ tasks_per_service: 4 }}\n{EC2}{five}"));
    assert!(message.contains("5 is above the 4 tasks a service can have"), "{message}");
}

/// QUO-3: a group that is to hold six launches four where no more may register.
#[test]
fn a_group_launches_no_more_instances_than_may_register() {
    let (log, _) = run("duration: 10m
start: cold
model: { container_instances_per_cluster: 4 }
aws:
  autoScalingGroups:
    - { AutoScalingGroupName: asg, InstanceType: m5.large, AvailabilityZones: [a], MinSize: 6, MaxSize: 6 }");
    assert_eq!(log.with("launch asg").len(), 4);
}
