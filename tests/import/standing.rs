//! `aws.tasks`: a scenario that begins with a cluster that runs already.

use ecsim::engine::Setup;
use ecsim::experiment::state::cluster_at;
use ecsim::kernel::time::SimTime;
use ecsim::model::Cluster;
use ecsim::model::service::RolloutState;
use ecsim::model::task::TaskStatus;
use ecsim::scenario::plan::{Plan, Source};

const SECOND: u64 = 1000;

/// Two revisions of `web`, a `job`, a group and a fixed instance; `services` and `tasks` as given.
fn scenario(services: &str, tasks: &str) -> String {
    let container = |name: &str| {
        format!("containerDefinitions: [{{ name: {name}, image: {name}, cpu: 256, memory: 512 }}]")
    };
    format!(
        "
ecsim: 1
name: standing
duration: 2h
aws:
  taskDefinitions:
    - {{ family: web, {web} }}
    - {{ family: web, {web} }}
    - {{ family: job, {job} }}
  autoScalingGroups:
    - AutoScalingGroupName: asg
      InstanceType: m5.large
      MinSize: 1
      MaxSize: 5
      DesiredCapacity: 2
      AvailabilityZones: [us-east-1a, us-east-1b]
      Instances:
        - {{ InstanceId: i-0aaa, AvailabilityZone: us-east-1a, ProtectedFromScaleIn: true }}
        - {{ InstanceId: asg-7, AvailabilityZone: us-east-1b, Registered: {{ Cpu: 2048, Memory: 7000 }} }}
        - {{ InstanceId: i-0ccc, AvailabilityZone: us-east-1a, LifecycleState: Terminating }}
  containerInstances:
    - {{ name: fixed, instanceType: m5.large, resources: {{ cpu: 1024, memory: 2048 }}, names: [i-0bbb], zones: [us-east-1c] }}
  services: {services}
  tasks: {tasks}
world: {{ tasks: {{ web: {{ launch: 5s }}, job: {{ launch: 5s }} }} }}
",
        web = container("app"),
        job = container("job"),
    )
}

fn load(text: &str) -> Plan {
    let source = Source::Text("standing.yaml".to_owned(), text.to_owned());
    Plan::load(&source, &[], None).unwrap_or_else(|rejected| panic!("{rejected}"))
}

fn refusal(text: &str) -> String {
    let source = Source::Text("standing.yaml".to_owned(), text.to_owned());
    Plan::load(&source, &[], None).expect_err("it is refused").to_string()
}

fn setup(services: &str, tasks: &str) -> Setup {
    load(&scenario(services, tasks)).setup(0).unwrap_or_else(|rejected| panic!("{rejected}"))
}

fn at(setup: &Setup, seconds: u64) -> Cluster {
    cluster_at(setup, 0, SimTime(seconds * SECOND)).unwrap()
}

/// Names of the tasks that are there, each with its revision, place and status.
fn tasks(cluster: &Cluster) -> Vec<String> {
    let there = cluster.tasks.iter().filter(|(_, task)| task.last_status != TaskStatus::Stopped);
    let mut all: Vec<String> = there
        .map(|(id, task)| {
            let place = match task.host {
                ecsim::model::task::Host::Instance(instance) => cluster.instance_name(instance),
                ecsim::model::task::Host::Fargate(zone) => cluster.zones[zone.index()].name.clone(),
                ecsim::model::task::Host::Unplaced(_) => "nowhere".to_owned(),
            };
            let definition = cluster.task_definition(task.task_definition).name();
            format!("{} {definition} {place} {}", cluster.task_name(id), task.last_status.name())
        })
        .collect();
    all.sort();
    all
}

const WEB: &str =
    "[{ serviceName: web, taskDefinition: 'web:2', desiredCount: 2, availabilityZoneRebalancing: DISABLED }]";

#[test]
fn tasks_stand_where_they_are_said_to_and_run() {
    let setup = setup(WEB, "[{ service: web, containerInstance: i-0bbb, count: 2 }]");
    let cluster = at(&setup, 0);
    assert_eq!(tasks(&cluster), ["web#1 web:2 i-0bbb RUNNING", "web#2 web:2 i-0bbb RUNNING"]);
    assert!(cluster.tasks.iter().all(|(_, task)| task.healthy));
    // All desired tasks of the newest revision run: no deployment is under way.
    assert_eq!(cluster.services[0].deployments[0].rollout_state, RolloutState::Completed);
    assert_eq!(tasks(&at(&setup, 3600)), tasks(&cluster));
}

#[test]
fn a_list_of_tasks_is_all_there_is_and_the_scheduler_brings_the_rest() {
    let setup = setup(WEB, "[]");
    assert_eq!(tasks(&at(&setup, 0)), [""; 0]);
    // scheduler_wake (1 s), then 5 s from PROVISIONING to RUNNING.
    let running = tasks(&at(&setup, 10));
    assert_eq!(running.len(), 2);
    assert!(running.iter().all(|task| task.ends_with("RUNNING")), "{running:?}");
}

#[test]
fn tasks_of_an_older_revision_put_the_service_in_the_midst_of_a_deployment() {
    let tasks_of = "[{ service: web, taskDefinition: 'web:1', containerInstance: i-0aaa, count: 2 }, \
                     { service: web, containerInstance: asg-7 }]";
    let setup = setup(WEB, tasks_of);
    let cluster = at(&setup, 0);
    assert_eq!(
        tasks(&cluster),
        ["web#1 web:1 i-0aaa RUNNING", "web#2 web:1 i-0aaa RUNNING", "web#3 web:2 asg-7 RUNNING"]
    );
    let states: Vec<_> =
        cluster.services[0].deployments.iter().map(|one| (one.number.0, one.rollout_state)).collect();
    assert_eq!(states, [(1, RolloutState::Completed), (2, RolloutState::InProgress)]);
    // The deployment goes on to its end: two tasks of the new revision, none of the old.
    let later = at(&setup, 600);
    let revisions: Vec<String> =
        tasks(&later).iter().map(|task| task.split(' ').nth(1).unwrap().to_owned()).collect();
    assert_eq!(revisions, ["web:2", "web:2"]);
    assert_eq!(later.services[0].deployments.len(), 1);
}

#[test]
fn a_task_on_its_way_up_begins_from_the_beginning() {
    let setup = setup("[]", "[{ taskDefinition: job, containerInstance: i-0bbb, lastStatus: PENDING }]");
    assert!(!tasks(&at(&setup, 4))[0].ends_with("RUNNING"), "5 s of launch are not over");
    assert_eq!(tasks(&at(&setup, 6)), ["RunTask/job#1 job:1 i-0bbb RUNNING"]);
}

#[test]
fn a_standalone_task_runs_for_as_long_as_is_said() {
    let setup = setup(
        "[]",
        "[{ taskDefinition: job, containerInstance: i-0bbb, runsFor: 10m, group: batch, cpu: 512 }]",
    );
    let cluster = at(&setup, 599);
    assert_eq!(tasks(&cluster), ["RunTask/job/batch#1 job:1 i-0bbb RUNNING"]);
    let (_, task) = cluster.tasks.iter().next().unwrap();
    assert_eq!((task.reserved.cpu, task.reserved.memory_mib), (512, 512));
    assert_eq!(cluster.group(task.group).name, "batch");
    assert!(!tasks(&at(&setup, 601)).iter().any(|task| task.ends_with("RUNNING")));
}

#[test]
fn instances_of_a_group_keep_their_names_sizes_and_numbers() {
    let setup = setup("[]", "[]");
    let cluster = at(&setup, 0);
    let names: Vec<_> = cluster.instances.iter().map(|(id, _)| cluster.instance_name(id)).collect();
    assert_eq!(names, ["i-0aaa", "asg-7", "i-0bbb"], "the one that terminates is left out");
    let memory: Vec<_> = cluster.instances.iter().map(|(_, one)| one.registered.memory_mib).collect();
    // m5.large registers 8192 × 0.97 = 7946.24 where nothing else is said (INS-2).
    assert_eq!(memory, [7946, 7000, 2048]);
    let protected: Vec<_> = cluster.instances.iter().map(|(_, one)| one.protected_from_scale_in).collect();
    assert_eq!(protected, [true, false, false]);
    assert_eq!(
        cluster.auto_scaling_groups[0].launches, 7,
        "the next one is asg-8, and no name is given twice"
    );
}

#[test]
fn a_fargate_task_stands_in_its_zone_with_its_provider() {
    let text = "
ecsim: 1
name: fargate
duration: 1h
aws:
  taskDefinitions:
    - { family: web, cpu: '256', memory: '512', networkMode: awsvpc, containerDefinitions: [{ name: app, image: app }] }
  services:
    - { serviceName: web, taskDefinition: web, desiredCount: 2, capacityProviderStrategy:
        [{ capacityProvider: FARGATE, weight: 1 }, { capacityProvider: FARGATE_SPOT, weight: 1 }] }
  tasks:
    - { service: web, availabilityZone: us-east-1b, capacityProvider: FARGATE_SPOT, count: 2 }
";
    let cluster = at(&load(text).setup(0).unwrap(), 0);
    assert_eq!(tasks(&cluster), ["web#1 web:1 us-east-1b RUNNING", "web#2 web:1 us-east-1b RUNNING"]);
    let providers: Vec<_> =
        cluster.tasks.iter().map(|(_, task)| cluster.provider_name(task.capacity)).collect();
    assert_eq!(providers, [Some("FARGATE_SPOT"); 2]);
}

#[test]
fn tasks_that_do_not_fit_their_instance_are_refused_with_the_sum() {
    // 3 × 512 MiB = 1536 fit into 2048; 5 × 256 = 1280 CPU units do not fit into 1024.
    let text = scenario(
        WEB,
        "[{ service: web, containerInstance: i-0bbb, count: 3 }, { taskDefinition: job, containerInstance: i-0bbb, count: 2 }]",
    );
    let told = refusal(&text);
    assert!(told.contains("the tasks on i-0bbb come to 1280 CPU units, and it has 1024"), "{told}");
    assert!(told.contains("come to 2560 MiB of memory, and it has 2048"), "{told}");
}

#[test]
fn what_names_nothing_is_refused_at_its_place() {
    let cases = [
        (
            "[{ service: wbe, containerInstance: i-0bbb }]",
            "there is no service named \"wbe\"; did you mean \"web\"?",
        ),
        (
            "[{ service: web, containerInstance: i-0bb }]",
            "no container instance named \"i-0bb\" at time zero; did you mean \"i-0bbb\"?",
        ),
        (
            "[{ service: web, taskDefinition: 'web:9', containerInstance: i-0bbb }]",
            "there is no task definition \"web:9\"",
        ),
        ("[{ service: web }]", "exactly one of them"),
        ("[{ containerInstance: i-0bbb }]", "a standalone task needs its taskDefinition"),
        ("[{ service: web, containerInstance: i-0bbb, group: x }]", "this is for standalone tasks"),
        ("[{ service: web, availabilityZone: us-east-1a }]", "web does not run there"),
    ];
    for (tasks, words) in cases {
        let told = refusal(&scenario(WEB, tasks));
        assert!(told.contains(words) && told.contains("aws.tasks[0]"), "{tasks}: {told}");
    }
}

#[test]
fn names_and_count_must_agree() {
    let text = scenario(WEB, "[]").replace("names: [i-0bbb]", "names: [i-0bbb], count: 2");
    assert!(refusal(&text).contains("count and the number of names differ"));
}
