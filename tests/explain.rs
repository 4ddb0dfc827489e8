//! `ecsim explain`: the stories say what happened and why, and telling them changes nothing.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use ecsim::engine::Setup;
use ecsim::experiment::explain::explain;
use ecsim::experiment::explain::story::{Kind, Story};
use ecsim::experiment::explain::subject::Subject;
use ecsim::experiment::{TrialKey, TrialOptions, simulate};
use ecsim::kernel::time::SimTime;
use ecsim::model::placement::{PlacementPolicy, PlacementRule, TaskToPlace};
use ecsim::model::{Cluster, InstanceId};
use ecsim::output::story;
use ecsim::scenario::plan::{Plan, Source};

fn setup(aws: &str, rest: &str) -> Setup {
    let text = format!("ecsim: 1\nname: case\nduration: 1h\naws:{aws}\n{rest}\n");
    let plan =
        Plan::load(&Source::Text("case".to_owned(), text), &[], None).unwrap_or_else(|e| panic!("{e}"));
    plan.base_setup().unwrap()
}

fn told(setup: &Setup, subject: &Subject) -> Story {
    explain(setup, 0, subject, None).unwrap().story
}

/// The story on lines that are never broken.
fn unbroken(story: &Story) -> String {
    story::text(story, 10_000)
}

fn task(setup: &Setup, name: &str) -> String {
    unbroken(&told(setup, &Subject::task(setup, name).unwrap()))
}

fn service(setup: &Setup, name: &str) -> String {
    unbroken(&told(setup, &Subject::service(setup, name).unwrap()))
}

fn deployment(setup: &Setup, name: &str) -> String {
    unbroken(&told(setup, &Subject::deployment(setup, name).unwrap()))
}

fn at(setup: &Setup, name: &str, seconds: u64) -> String {
    let subject = Subject::task(setup, name).unwrap();
    unbroken(&explain(setup, 0, &subject, Some(SimTime(seconds * 1000))).unwrap().story)
}

#[track_caller]
fn says(story: &str, sentences: &[&str]) {
    for sentence in sentences {
        assert!(story.contains(sentence), "{sentence:?} is not in\n{story}");
    }
}

/// Three instances of 4,096 CPU units and 2,560 MiB take two tasks of 1,024 MiB each.
const MEMORY: &str = "
  taskDefinitions: [{ family: web, containerDefinitions: [{ name: app, cpu: 256, memory: 1024 }] }]
  containerInstances: [{ name: ec2, count: 3, resources: { cpu: 4096, memory: 2560 }, zones: [a, b, c] }]
  services: [{ serviceName: web, taskDefinition: web, desiredCount: 8 }]";

/// PLC-13, PLC-21, SVC-9.
#[test]
fn a_task_pends_for_memory_though_cpu_is_free_everywhere() {
    let setup = setup(MEMORY, "");
    says(
        &task(&setup, "web#7"),
        &[
            "wanted: web lacks 2 tasks (8 desired, 6 told to run) [SVC-1]",
            // attempts at 0, 10, … 50 s, then every 300 s up to 3,350 s: 6 + 11
            "no place: RESOURCE:MEMORY; all 3 instances fell there (17 times, the last at 00:55:50) [PLC-13, PLC-21, PLC-2, SVC-9]",
            // 2,560 − 2 × 1,024 and 4,096 − 2 × 256
            "the closest is ec2-1: 512 MiB of memory free, 1,024 wanted",
            "its CPU would do: 3,584 CPU units free, 256 wanted",
            "the next attempt is at 01:00:50",
            "01:00:00  not started: web lacks 2 tasks and cannot start this one",
        ],
    );
    says(&task(&setup, "web#8"), &["web#7 comes before it and finds no place: RESOURCE:MEMORY"]);
}

/// SVC-9: five minutes in, the attempts are slow; the state says until when it waits.
#[test]
fn at_an_instant_the_story_ends_there_with_the_state_and_its_reason() {
    let setup = setup(
        MEMORY,
        "timeline: [{ at: 30m, call: UpdateService, with: { service: web, desiredCount: 6 } }]",
    );
    let told = at(&setup, "web#7", 600);
    says(
        &told,
        &[
            "00:10:00  not started: web lacks 2 tasks",
            "no place since 00:00:00: RESOURCE:MEMORY; the next attempt is at 00:10:50",
        ],
    );
    assert!(!told.contains("wanted no longer"), "that is later:\n{told}");
    says(&task(&setup, "web#7"), &["00:30:01  wanted no longer: web has 6 of 6 desired"]);
}

/// CON-18.
#[test]
fn a_host_port_conflict_names_the_port_and_who_holds_it() {
    let container =
        "{ name: app, cpu: 128, memory: 256, portMappings: [{ containerPort: 80, hostPort: 8080 }] }";
    let aws = format!(
        "
  taskDefinitions: [{{ family: web, containerDefinitions: [{container}] }}, {{ family: api, containerDefinitions: [{container}] }}]
  containerInstances: [{{ name: ec2, count: 2, resources: {{ cpu: 4096, memory: 4096 }}, zones: [a, b] }}]
  services: [{{ serviceName: web, taskDefinition: web, desiredCount: 2 }}, {{ serviceName: api, taskDefinition: api, desiredCount: 1 }}]"
    );
    says(
        &task(&setup(&aws, ""), "api#1"),
        &[
            "no place: RESOURCE:PORTS; both instances fell there",
            "its port 8080/tcp is held by web#",
            // 4,096 − 128 and 4,096 − 256
            "its CPU and memory would do: 3,968 CPU units free, 128 wanted; 3,840 MiB of memory free, 256 wanted",
        ],
    );
}

/// After an outage of zone b all four tasks sit in zone a.
const ALL_IN_ONE_ZONE: (&str, &str) = (
    "
  taskDefinitions: [{ family: web, containerDefinitions: [{ name: app, cpu: 256, memory: 512 }] }]
  containerInstances: [{ name: ec2, count: 2, resources: { cpu: 2048, memory: 4096 }, zones: [a, b] }]
  services: [{ serviceName: web, taskDefinition: web, desiredCount: 4, availabilityZoneRebalancing: DISABLED }]",
    "timeline:
  - { at: 5m, fault: zoneOutage, with: { zone: b, for: 10m } }
  - { at: 30m, call: UpdateService, with: { service: web, forceNewDeployment: true } }",
);

/// PLC-5: the rollout's four tasks all go to b, since the four old ones still count in a.
#[test]
fn a_rollout_is_skewed_by_old_tasks_that_still_weigh_in() {
    let setup = setup(ALL_IN_ONE_ZONE.0, ALL_IN_ONE_ZONE.1);
    // Four tasks, two replacements of those lost with b, then the third of the rollout: two of it are in b by then.
    says(
        &task(&setup, "web#9"),
        &[
            "wanted: web lacks 4 tasks for deployment 2 (4 desired, 4 told to run, 4 of them to go) [SVC-1, DEP-5]",
            "because deployment 2 of web:1 began at 00:30:00",
            "placed on ec2-2 (b): a task of web:1 for deployment 2 [PLC-1, PLC-3, PLC-5]",
            "spread(attribute:ecs.availability-zone) keeps 1: the fewest, 2 tasks of the group there",
            "the spread counts old tasks that still run, so that it evens out old and new together: a 4 (4 of older \
             revisions), b 2 (0 of older revisions)",
        ],
    );
    says(
        &deployment(&setup, "web/2"),
        &[
            "web#7 on ec2-2 (b), web#8 on ec2-2 (b), web#9 on ec2-2 (b), web#10 on ec2-2 (b)",
            "no task that is to go may stop [DEP-4]",
            "4 tasks to go: minimumHealthyPercent 100 keeps 4 healthy, 4 are, 4 more are not yet",
            "an old task is told to stop: a newer deployment takes its place (4 times) [DEP-5, DEP-4]",
            "deployment completed. [DEP-8]",
            "COMPLETED: 4 of 4 desired tasks running, 4 healthy, 0 pending; 0 tasks of older revisions",
        ],
    );
}

/// SVC-4, SVC-5.
#[test]
fn a_daemon_that_does_not_fit_says_where_and_what_lacks() {
    let aws = "
  taskDefinitions: [{ family: log, containerDefinitions: [{ name: app, cpu: 128, memory: 512 }] }]
  containerInstances:
    - { name: big, count: 2, resources: { cpu: 1024, memory: 2048 }, zones: [a, b] }
    - { name: small, count: 1, resources: { cpu: 1024, memory: 256 }, zones: [a] }
  services: [{ serviceName: log, taskDefinition: log, schedulingStrategy: DAEMON }]";
    let setup = setup(aws, "");
    says(
        &service(&setup, "log"),
        &[
            "log is to keep one task of log:1 on every instance [SVC-4, DEP-1]",
            "of 3 instances fell 2 at MemberOf placement constraint unsatisfied, 1 at RESOURCE:MEMORY",
            "the closest is small-1: 256 MiB of memory free, 512 wanted",
            "2 at the placement constraint have theirs: one task on every instance",
            "2 of 3 desired tasks running, 2 healthy, 0 pending; not steady",
        ],
    );
}

/// 2,048 of 4,096 units and 6,144 of 8,192 MiB are free on small-1, all on large-1; the task takes a sixteenth of both:
/// (1/2 + 3/4) / 16 = 0.078125 against (1 + 1) / 16 = 0.125.
#[test]
fn placement_policies_tell_the_dot_product_they_go_by() {
    let aws = "
  taskDefinitions: [{ family: web, containerDefinitions: [{ name: app, cpu: 256, memory: 512 }] }]
  containerInstances:
    - { name: small, count: 1, resources: { cpu: 2048, memory: 6144 } }
    - { name: large, count: 1, resources: { cpu: 4096, memory: 8192 } }
  services: [{ serviceName: web, taskDefinition: web, desiredCount: 1 }]";
    let by = |policy: &str| {
        task(&setup(aws, &format!("start: cold\npolicies: {{ placement: {{ web: {policy} }} }}")), "web#1")
    };
    says(
        &by("bestFit"),
        &["on small-1", "best fit keeps 1: the least, 781 ten thousandths of free × demand"],
    );
    says(
        &by("worstFit"),
        &["on large-1", "worst fit keeps 1: the most, 1,250 ten thousandths of free × demand"],
    );
}

/// The name of a policy of one's own stands where a strategy would.
#[test]
fn a_policy_of_ones_own_is_told_by_its_name() {
    let mut setup = setup(MEMORY, "start: cold");
    setup.place_all_by(&PlacementRule::Custom(Arc::new(Last)));
    says(&task(&setup, "web#1"), &["on ec2-3", "considered: 3", "last of all keeps 1"]);
}

#[derive(Debug)]
struct Last;

impl PlacementPolicy for Last {
    fn name(&self) -> &str {
        "last of all"
    }

    fn choose(
        &self,
        _: &TaskToPlace<'_>,
        candidates: &[InstanceId],
        _: &Cluster,
        _: &mut dyn FnMut(u32) -> u32,
    ) -> InstanceId {
        candidates[candidates.len() - 1]
    }
}

fn unhealthy(limits: &str) -> Setup {
    let aws = format!(
        "
  taskDefinitions: [{{ family: web, containerDefinitions: [{{ name: app, cpu: 256, memory: 512, healthCheck: {{ command: [CMD, x], interval: 10, retries: 3 }} }}] }}]
  containerInstances: [{{ name: ec2, count: 3, resources: {{ cpu: 4096, memory: 4096 }}, zones: [a, b, c] }}]
  services: [{{ serviceName: web, taskDefinition: web, desiredCount: 3, deploymentConfiguration: {limits} }}]"
    );
    setup(&aws, "timeline: [{ at: 10m, fault: unhealthy, with: { task: web#2, for: 30m } }]")
}

/// SVC-14.
#[test]
fn an_unhealthy_task_with_head_room_is_replaced_before_it_stops() {
    let setup = unhealthy("{ minimumHealthyPercent: 100, maximumPercent: 200 }");
    says(
        &task(&setup, "web#2"),
        &[
            "container app is UNHEALTHY, after HEALTHY [CON-6, CON-7]",
            "is to be replaced: its health checks fail [SVC-14, SVC-15]",
            "maximumPercent 200 allows 6 tasks and 3 are there: its replacement starts first, and it stops when that is healthy",
            "what is to be replaced may not stop before its replacement is healthy [SVC-14]",
            "1 task to be replaced, 2 healthy",
            "told to stop: the service replaces it, because its health checks fail [SVC-14]",
            "its replacement came first: without it 3 tasks of 3 are there, 3 healthy",
            "stopCode ServiceSchedulerInitiated, stoppedReason \"Task failed container health checks\"",
        ],
    );
    says(&task(&setup, "web#4"), &["because web#2 is to be replaced since 00:10:20: its health checks fail"]);
}

/// SVC-14.
#[test]
fn an_unhealthy_task_without_head_room_stops_before_it_is_replaced() {
    let setup = unhealthy("{ minimumHealthyPercent: 50, maximumPercent: 100 }");
    says(
        &task(&setup, "web#2"),
        &[
            "maximumPercent 100 allows 3 tasks and 3 are there: no room for a replacement, so it stops first",
            "it goes before its replacement comes: maximumPercent 100 allows 3 tasks, which leaves no room for one more",
        ],
    );
    says(
        &task(&setup, "web#4"),
        &["because web#2 was told to stop at 00:10:21: Task failed container health checks"],
    );
}

fn shipped(name: &str, point: Option<usize>) -> Setup {
    let source = Source::File(Path::new("scenarios").join(name));
    let plan = Plan::load(&source, &[], None).unwrap_or_else(|error| panic!("{error}"));
    point.map_or_else(|| plan.base_setup(), |point| plan.setup(point)).unwrap()
}

/// DEP-6, and what it means for one of the old tasks.
#[test]
fn a_stuck_deployment_says_which_limit_keeps_which_side() {
    let setup = shipped("rolling-limits.yaml", Some(3)); // 100 % to 100 %
    let stuck = "stuck: the floor lets none of 10 tasks stop (minimumHealthyPercent 100 keeps 10 healthy, 10 are), and \
                 the cap lets no other start (maximumPercent 100 allows 10 tasks, 10 there) [DEP-6, DEP-4, DEP-3]";
    says(
        &deployment(&setup, "web/2"),
        &[
            stuck,
            "IN_PROGRESS: 0 of 10 desired tasks running, 0 healthy, 0 pending; 10 tasks of older revisions",
        ],
    );
    says(
        &at(&setup, "web#3", 3600),
        &[
            stuck,
            "it is of an older revision and stays while it is needed: 10 healthy, 10 of which must stay, 10 to go",
        ],
    );
    says(&task(&setup, "web#11"), &[stuck]);
}

/// FAIL-8, DEP-6: without a deployment too, the limits can leave neither side room to move.
#[test]
fn tasks_to_be_retired_at_100_to_100_percent_are_stuck_by_both_limits() {
    let aws = "
  accountSettings: { fargateTaskRetirementWaitPeriod: '0' }
  taskDefinitions: [{ family: web, requiresCompatibilities: [FARGATE], networkMode: awsvpc, cpu: 256, memory: 512, containerDefinitions: [{ name: app }] }]
  services: [{ serviceName: web, taskDefinition: web, desiredCount: 3, launchType: FARGATE, deploymentConfiguration: { minimumHealthyPercent: 100, maximumPercent: 100 } }]";
    let setup = setup(aws, "timeline: [{ at: 10m, fault: taskRetirement, with: { service: web } }]");
    says(
        &task(&setup, "web#1"),
        &[
            "is to be replaced: Fargate will retire it [FAIL-8]",
            "no room for a replacement, and minimumHealthyPercent 100 keeps it, being healthy",
            "stuck: the floor lets none of 3 tasks stop (minimumHealthyPercent 100 keeps 3 healthy, 3 are), and the cap \
             lets no other start (maximumPercent 100 allows 3 tasks, 3 there) [DEP-6, DEP-4, DEP-3, SVC-14]",
            "its service wants another in its place: Fargate will retire it",
        ],
    );
}

/// INS-6, DEP-3, DEP-4: the instance, the service and the task all say what blocks a drain that never ends.
#[test]
fn a_drain_that_never_finishes_says_which_limit_keeps_which_side() {
    let setup = shipped("drain.yaml", Some(3)); // 100 % to 100 %
    let stuck = "stuck: the floor lets none of 2 tasks stop (minimumHealthyPercent 100 keeps 10 healthy, 10 are), and \
                 the cap lets no other start (maximumPercent 100 allows 10 tasks, 10 there)";
    let instance = unbroken(&told(&setup, &Subject::instance(&setup, "ec2-1").unwrap()));
    let of_web = format!("web: {stuck}");
    says(
        &instance,
        &[
            "DRAINING with 3 tasks; it is empty when the last of them is gone [INS-1, DEP-6, DEP-4, DEP-3, INS-6, INS-8]",
            &of_web,
            "agent#1: a daemon goes when every other task has gone",
        ],
    );
    let with_rules = format!("00:30:01  {stuck} [DEP-6, DEP-4, DEP-3, INS-6]");
    let state = format!("not steady [SVC-7, DEP-6, DEP-4, DEP-3, INS-6]\n          · {stuck}");
    says(&service(&setup, "web"), &[&with_rules, &state]);
    says(
        &task(&setup, "web#5"),
        &[
            "00:30:00  ec2-1 is DRAINING: the task goes when the limits of its service let another do its work [INS-6]",
            &with_rules,
            "RUNNING on ec2-1 (us-east-1a), healthy [LIF-6, SVC-12, INS-6, DEP-6, DEP-4, DEP-3]",
        ],
    );
}

/// INS-6, INS-8: what let a task go from a DRAINING instance; its replacement knows of the drain.
#[test]
fn a_task_on_a_draining_instance_tells_what_let_it_go() {
    // 100 % to 200 %: its replacement comes first, and that of the other one on ec2-1.
    let first = shipped("drain.yaml", Some(0));
    says(
        &task(&first, "web#5"),
        &[
            "told to stop: its instance is DRAINING, and the limits let it go [INS-6, INS-8]",
            "its replacement came first: without it 11 tasks of 10 are there, 11 healthy",
        ],
    );
    says(&task(&first, "web#11"), &["because ec2-1 is DRAINING since 00:30:00"]);
    says(
        &task(&first, "agent#1"),
        &["ec2-1 is DRAINING: a daemon goes when every other task has gone [INS-8]"],
    );
    let half = shipped("drain.yaml", Some(2)); // 50 % to 100 %: floor 10 × 0.5
    says(
        &task(&half, "web#5"),
        &["it goes before its replacement comes: without it 9 tasks of 10 are there, 9 healthy, and \
           minimumHealthyPercent 50 keeps 5"],
    );
}

/// INS-7: a standalone task on a DRAINING instance stays, and says so; so does the instance.
#[test]
fn a_standalone_task_on_a_draining_instance_is_left_alone() {
    let aws = MEMORY.replace("count: 3", "count: 1").replace("desiredCount: 8", "desiredCount: 0");
    let calls = "timeline:
  - { at: 5m, call: RunTask, with: { taskDefinition: web } }
  - { at: 10m, call: UpdateContainerInstancesState, with: { containerInstances: [ec2-1], status: DRAINING } }
  - { at: 20m, call: UpdateContainerInstancesState, with: { containerInstances: [ec2-1], status: ACTIVE } }";
    let setup = setup(&aws, calls);
    let told = task(&setup, "RunTask/web#1");
    says(
        &told,
        &[
            "00:10:00  ec2-1 is DRAINING: a standalone task is left alone until it ends [INS-7]",
            "00:20:00  ec2-1 drains no longer: the task can stay [INS-7]",
        ],
    );
    let instance = Subject::instance(&setup, "ec2-1").unwrap();
    let then = explain(&setup, 0, &instance, Some(SimTime(15 * 60_000))).unwrap().story;
    says(&unbroken(&then), &["RunTask/web#1: a standalone task is left alone until it ends"]);
}

/// DEP-3: with half of the tasks stopping first, the new ones wait until those are gone.
#[test]
fn a_deployment_waits_for_the_room_of_tasks_that_are_stopping() {
    let setup = shipped("rolling-limits.yaml", Some(2)); // 50 % to 100 %
    says(
        &deployment(&setup, "web/2"),
        &[
            "00:30:01      no room to start another task [DEP-3]",
            "10 tasks lacking: maximumPercent 100 allows 10 tasks, 5 there and 5 still stopping",
            "of 10 tasks one of the fullest place, and there the youngest",
        ],
    );
}

/// SVC-10: 10, 20, 40 s and so on after each failure, 20 launches in six hours.
#[test]
fn failed_starts_that_come_again_and_again_fold_with_their_wait() {
    let setup = shipped("crash-loop.yaml", None);
    let story = told(&setup, &Subject::service(&setup, "never-starts").unwrap());
    assert!(story.entries().len() < 10, "{}", unbroken(&story));
    says(
        &unbroken(&story),
        &[
            "a task is told to stop: it could not start (20 times",
            "launches of deployment 1 are put off, its tasks ending before RUNNING (20 times",
            "is unable to consistently start tasks successfully. (18 times", // from the third on
            "stopCode TaskFailedToStart, stoppedReason \"CannotPullContainerError: the image could not be pulled\"",
        ],
    );
}

/// CAP-4, SIZ-6: the quickstart's workers on Fargate and Fargate Spot, base 2 and 1 : 3, so that of 8 the targets are
/// 2 + 6 / 4 rounded to 4 or 3, and the rest.
#[test]
fn a_task_on_fargate_tells_its_capacity_provider_and_the_zones() {
    let setup = shipped("quickstart.yaml", None);
    let told = task(&setup, "worker#12");
    says(
        &told,
        &[
            "placed on Fargate in us-east-1b: a task of worker:1 for deployment 1 [SIZ-6, CAP-4]",
            "the item of the strategy furthest below its target: FARGATE ",
            "tasks by zone before: us-east-1b 1, us-east-1c 1",
            "PROVISIONING: its network interface or Fargate host is prepared [LIF-3]",
        ],
    );
}

/// CON-2, CON-3: the sidecars in their order, up and down.
#[test]
fn a_task_tells_its_containers_in_their_order() {
    let setup = shipped("sidecar-order.yaml", None);
    let told = task(&setup, "web#1");
    let place =
        |sentence: &str| told.find(sentence).unwrap_or_else(|| panic!("{sentence:?} is not in\n{told}"));
    assert!(
        place("container app exits with 143: after the stop signal")
            < place("container proxy exits with 143")
    );
}

/// INS-4.
#[test]
fn an_instance_tells_its_agent_and_the_tasks_that_came_and_went() {
    let setup = shipped("agent-disconnect.yaml", None);
    let told = unbroken(&told(&setup, &Subject::instance(&setup, "ec2-1").unwrap()));
    says(
        &told,
        &[
            "00:00:00  registered in us-east-1a, m5.large, ACTIVE: 2,048 CPU units, 7,946 MiB [INS-1, INS-2]",
            "01:00:00  its agent loses the connection",
            "02:00:00  its agent is connected again: ECS hears what happened meanwhile [INS-4]",
            "02:00:00  a task has STOPPED and gives back what it held (2 times) [LIF-21]",
            "06:00:00  ACTIVE with 2 tasks",
        ],
    );
}

/// PLC-13: what RunTask cannot place is a failure at once.
#[test]
fn a_request_that_run_task_refuses_ends_there() {
    let aws = MEMORY.replace("desiredCount: 8", "desiredCount: 6");
    let run = "timeline: [{ at: 5m, call: RunTask, with: { taskDefinition: web } }]";
    says(
        &task(&setup(&aws, run), "RunTask/web#1"),
        &[
            "00:05:00  RunTask/web calls RunTask for it [RES-7]",
            "00:05:00  no place: RESOURCE:MEMORY; all 3 instances fell there",
            "RunTask answers with a failure, and its caller lets it be",
        ],
    );
}

#[test]
fn a_request_in_its_callers_line_says_who_stands_before_it_and_when_it_is_first() {
    let aws = MEMORY.replace("desiredCount: 8", "desiredCount: 5");
    let world = "world: { runs: [{ name: job, taskDefinition: web, arrivals: { at: [10s, 20s, 30s] }, duration: 5m, onRefusal: { wait: fifo } }] }";
    let setup = setup(&aws, world);
    says(
        &task(&setup, "job#2"),
        &["no place: RESOURCE:MEMORY", "it waits in its caller's line", "placed on ec2-"],
    );
    says(
        &task(&setup, "job#3"),
        &["others stand before it in its caller's line", "container app exits with 0: by itself"],
    );
    says(
        &at(&setup, "job#3", 60),
        &["not placed since 00:00:30: waits its turn", "its caller waits in line"],
    );
}

/// What never came to be is said to be so, with what there was.
#[test]
fn a_task_that_never_was_is_told_with_what_would_have_been() {
    let setup = setup(MEMORY, "");
    says(&task(&setup, "web#40"), &["it has not come to be: web launched 6 tasks so far"]);
    says(&deployment(&setup, "web/3"), &["it has not come to be: web began 1 deployment so far"]);
}

/// What a recorder does must not change what it records.
#[test]
fn the_digest_with_a_recorder_is_that_without() {
    let files = std::fs::read_dir("scenarios").unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|end| end == "yaml")).collect();
    files.sort();
    for file in files {
        let plan =
            Plan::load(&Source::File(file.clone()), &[], None).unwrap_or_else(|error| panic!("{error}"));
        let setup = plan.setup(plan.points.count() - 1).unwrap();
        let key = TrialKey { point: 0, replication: 1 };
        let plain = simulate(&setup, key, TrialOptions::default(), None::<()>).unwrap().0.digest;
        let services = setup.cluster.services.iter().map(|service| &service.name);
        let mut subjects: Vec<Subject> = services
            .flat_map(|name| {
                let task = Subject::task(&setup, &format!("{name}#5"));
                [Subject::service(&setup, name), task, Subject::deployment(&setup, &format!("{name}/2"))]
            })
            .map(Result::unwrap)
            .collect();
        let first = setup.cluster.instances.iter().map(|(id, _)| setup.cluster.instance_name(id)).next();
        subjects.extend(first.map(|name| Subject::instance(&setup, &name).unwrap()));
        for provider in &setup.cluster.capacity_providers {
            subjects.push(Subject::capacity_provider(&setup, &provider.name).unwrap());
        }
        for caller in &setup.cluster.callers {
            subjects.push(Subject::task(&setup, &format!("{}#3", caller.name)).unwrap());
        }
        for subject in subjects {
            let explained = explain(&setup, 1, &subject, None).unwrap();
            assert_eq!(explained.digest, plain, "{subject} of {}", file.display());
            assert!(!explained.story.is_empty(), "{subject} of {}", file.display());
        }
    }
}

/// Three full instances of m5.large (four tasks each), and eleven tasks more at 30 s.
fn scaled(group: &str, scaling: &str, count: u32) -> Setup {
    let aws = format!(
        "
  taskDefinitions: [{{ family: quarter, containerDefinitions: [{{ name: app, cpu: 512, memory: 256 }}] }}]
  autoScalingGroups: [{{ AutoScalingGroupName: asg, InstanceType: m5.large, AvailabilityZones: [a, b, c], {group} }}]
  capacityProviders:
    - name: ec2
      autoScalingGroupProvider: {{ autoScalingGroupArn: asg, managedScaling: {{ status: ENABLED{scaling} }} }}
  services:
    - {{ serviceName: web, taskDefinition: quarter, desiredCount: 12, placementStrategy: [{{ type: binpack, field: cpu }}],
        capacityProviderStrategy: [{{ capacityProvider: ec2, weight: 1 }}] }}"
    );
    let update = format!(
        "timeline: [{{ at: 30s, call: UpdateService, with: {{ service: web, desiredCount: {count} }} }}]"
    );
    setup(&aws, &update)
}

fn provider(setup: &Setup) -> String {
    unbroken(&told(setup, &Subject::capacity_provider(setup, "ec2").unwrap()))
}

/// CAS-E1: need ceil(11 / 4) = 3, M = 6; then nothing until it runs.
#[test]
fn a_scale_out_is_told_with_its_need_and_what_came_of_it() {
    says(
        &provider(&scaled("MinSize: 0, MaxSize: 20, DesiredCapacity: 3", "", 23)),
        &[
            "00:00:00  over the Auto Scaling group asg: MinSize 0, MaxSize 20, desired capacity 3 [CAP-12]",
            "managed scaling: target 100, steps 1 to 10000, instanceWarmupPeriod 5 min 0 s",
            "00:00:31  a task finds no room and waits in PROVISIONING (11 times) [CAS-12]",
            "00:01:00  CapacityProviderReservation 200 (M 6 / N 3): above the target of 100, scale-out from 3 to 6 [CAS-4, CAS-8]",
            "waiting: 11 tasks of 512 CPU units, 256 MiB: 4 on an empty instance, so 3 instances",
            "the scale-out alarm goes to ALARM (1 datapoint above the target)",
            "00:01:00  the group launches an instance (3 times) [ASG-1]",
            // 60 + 30 + 30 s
            "00:02:00  an instance is registered and takes tasks (3 times) [INS-11]",
            "00:02:00  a task that waited is placed (11 times) [INS-11]",
            "00:02:00  CapacityProviderReservation 100 (M 6 / N 6): nothing to do [CAS-3, CAS-1]",
            "the scale-out alarm goes to OK",
            "01:00:00  desired capacity 6: 6 in service, 0 pending, 0 terminating; 0 tasks in PROVISIONING [CAS-1]",
        ],
    );
}

/// CAS-9, CAS-8: with a maximum step of 2 M is 5; the rest waits for the warm-up, until 60 + 300 s; then MaxSize 5 holds.
#[test]
fn what_holds_a_scale_out_back_is_told() {
    says(
        &provider(&scaled("MinSize: 0, MaxSize: 5, DesiredCapacity: 3", ", maximumScalingStepSize: 1", 23)),
        &[
            "CapacityProviderReservation 133.33 (M 4 / N 3): above the target of 100, scale-out from 3 to 4 [CAS-4, CAS-8]",
            "above the target of 100, but asg-4 is still warming up",
            "until 00:06:00",
            "00:06:00  CapacityProviderReservation 125 (M 5 / N 4): above the target of 100, scale-out from 4 to 5 [CAS-4, CAS-8]",
            // 11 − 8 = 3 wait still: need 1, M = 5 + 1
            "CapacityProviderReservation 120 (M 6 / N 5): above the target of 100, but MaxSize 5 keeps the group from the 6 instances asked for",
            "a task has waited too long and is stopped: TaskFailedToStart",
        ],
    );
}

/// CAS-10: from 12 to 4 tasks at 30 s: two instances are empty from 60 s on at the latest; the fifteenth datapoint is at 900 s.
#[test]
fn a_scale_in_is_told_with_its_datapoints() {
    says(
        &provider(&scaled("MinSize: 0, MaxSize: 20, DesiredCapacity: 3", "", 0)),
        &[
            "00:01:00  CapacityProviderReservation 0 (M 0 / N 3): below the target of 100, 1 of 15 datapoints [CAS-3, CAS-10]",
            "until 00:15:00",
            "00:15:00  CapacityProviderReservation 0 (M 0 / N 3): below the target of 100 for 15 datapoints in a row, scale-in from 3 to 2, less than half on the way to 0 [CAS-3, CAS-10]",
            "the scale-in alarm goes to ALARM (15 datapoints below)",
            "an instance is to go: scale-in [ASG-5]",
        ],
    );
}

/// CAS-7: a task of four times an instance's CPU is left out of the count.
#[test]
fn a_task_that_fits_no_instance_is_told_to_be_left_out() {
    let text = "
  taskDefinitions: [{ family: huge, containerDefinitions: [{ name: app, cpu: 8192, memory: 256 }] }]
  autoScalingGroups: [{ AutoScalingGroupName: asg, InstanceType: m5.large, AvailabilityZones: [a], MinSize: 0, MaxSize: 9 }]
  capacityProviders:
    - { name: ec2, autoScalingGroupProvider: { autoScalingGroupArn: asg, managedScaling: { status: ENABLED } } }
  services:
    - { serviceName: web, taskDefinition: huge, desiredCount: 2, capacityProviderStrategy: [{ capacityProvider: ec2, weight: 1 }] }";
    says(
        &provider(&setup(text, "")),
        &[
            "CapacityProviderReservation 100 (held at the target: none of 2 tasks fits an instance of the group): nothing to do [CAS-7, CAS-1]",
            "waiting: 2 tasks of 8,192 CPU units, 256 MiB: more than the smallest instance of the group has (CAS-7)",
        ],
    );
}

fn ecsim(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ecsim")).arg("explain").args(arguments).output().unwrap()
}

const ROLLING: &str = "scenarios/rolling-limits.yaml";

#[test]
fn the_binary_tells_a_story_within_a_hundred_columns() {
    let output = ecsim(&[ROLLING, "--point", "3", "--task", "web#3", "--at", "1h"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.starts_with("web#3, at 01:00:00, in replication 0 of rolling-limits (seed 28;"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
}

#[test]
fn json_is_one_array_of_entries_of_one_shape() {
    let output = ecsim(&[ROLLING, "--deployment", "web/2", "--json", "--replication", "1", "--seed", "3"]);
    let entries: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
    let keys = ["at", "seconds", "date", "kind", "text", "rule", "times", "last", "last_seconds", "details"];
    for entry in &entries {
        let found: Vec<&str> = entry.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(found, keys);
    }
    let first = &entries[0];
    assert_eq!((&first["at"], &first["seconds"]), (&"00:30:00".into(), &1800.0.into()));
    assert_eq!((&first["date"], &first["kind"]), (&"2026-01-05T00:30:00.000Z".into(), &"deployment".into()));
    assert_eq!(first["rule"], serde_json::json!(["DEP-9"]));
}

#[test]
fn the_same_instant_is_written_as_a_duration_a_clock_or_a_date() {
    let at = |time| ecsim(&[ROLLING, "--service", "web", "--at", time]).stdout;
    let told = at("30m30s");
    assert!(!told.is_empty());
    assert!(["00:30:30", "2026-01-05T00:30:30Z"].into_iter().all(|time| at(time) == told));
}

#[test]
fn a_name_that_means_nothing_is_answered_with_the_nearest_and_what_there_is() {
    for (arguments, answer) in [
        (["--service", "wbe"], "there is no service \"wbe\"; did you mean \"web\"?\nthere is web\n"),
        (
            ["--task", "wbe#3"],
            "there is no service or caller of RunTask \"wbe\"; did you mean \"web\"?\nthere is web\n",
        ),
        (["--task", "web#x"], "\"web#x\" has no number after the #; tasks are counted from 1, as in web#1\n"),
        (
            ["--deployment", "web"],
            "\"web\" is no name of a deployment; they are counted for each service: web/2; did you mean \"web\"?\nthere is web\n",
        ),
        (
            ["--capacity-provider", "ec2"],
            "there is no capacity provider over an Auto Scaling group \"ec2\"\nthere is none in this scenario\n",
        ),
        (
            ["--instance", "ec2-11"],
            "there is no instance \"ec2-11\"; did you mean \"ec2-1\"?\nthere is ec2-1, ",
        ),
    ] {
        let output = ecsim(&[&[ROLLING], &arguments[..]].concat());
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(message.starts_with(answer), "{message}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn a_time_after_the_end_and_two_subjects_at_once_are_refused() {
    for arguments in [["--service", "web", "--at", "4h"], ["--service", "web", "--instance", "ec2-1"]] {
        let output = ecsim(&[&[ROLLING], &arguments[..]].concat());
        assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

/// `ECSIM_BLESS=1` rewrites the examples.
#[test]
fn the_examples_of_the_documentation_are_what_the_binary_prints() {
    const OPENS: &str = "```console\n$ ecsim explain ";
    let path = "docs/explain.md";
    let found = std::fs::read_to_string(path).unwrap();
    let mut examples = found.split(OPENS);
    let mut expected = examples.next().unwrap().to_owned();
    for example in examples {
        let (command, _) = example.split_once('\n').unwrap();
        let (_, after) = example.split_once("\n```").unwrap();
        let told = ecsim(&command.split(' ').collect::<Vec<_>>()).stdout;
        let told = String::from_utf8(told).unwrap();
        expected += &format!("{OPENS}{command}\n{}\n```{after}", told.trim_end());
    }
    if std::env::var_os("ECSIM_BLESS").is_some() {
        std::fs::write(path, &expected).unwrap();
    }
    assert_eq!(found, expected, "ECSIM_BLESS=1 rewrites the file");
}

/// Kinds are part of the JSON; a story of a placed task has the most of them.
#[test]
fn kinds_are_written_in_snake_case() {
    let kinds = [Kind::StopOrdered, Kind::Placed].map(|kind| serde_json::to_value(kind).unwrap());
    assert_eq!(kinds, ["stop_ordered", "placed"]);
}
