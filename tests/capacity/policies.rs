//! Policies that ECS does not offer, against what it does.

use super::support::{cluster, mixed, refusal, run, run_tasks};

/// CAS-10 with five minutes in place of fifteen: below 100 from 60 s on, the fifth datapoint is at 300 s.
#[test]
fn a_scale_in_after_five_minutes_comes_with_the_fifth_datapoint() {
    let sizes = "MinSize: 0, MaxSize: 20, DesiredCapacity: 5";
    let policy = "policies: { clusterScaling: { ec2: { scaleInAfter: 5m } } }";
    let (log, _) = run(&format!("duration: 20m\n{}\n{policy}", cluster(sizes, "", 12)));
    assert_eq!(log.with("desired"), ["300 desired 5 -> 3"]);
}

/// The rest after a scale-out is five minutes too: out at 60 s; the extra tasks end at 150 s, the metric is low from 180 s
/// on, and its fifth datapoint, at 420 s, is later than 60 + 300 s.
#[test]
fn the_rest_after_a_scale_out_is_as_long_as_the_alarm() {
    let sizes = "MinSize: 0, MaxSize: 20, DesiredCapacity: 3";
    let policy = "policies: { clusterScaling: { default: { scaleInAfter: 5m } } }";
    let world = "world: { tasks: { quarter: { containers: { app: { exits: { after: 25s } } } } } }";
    let case = format!("duration: 12m\n{}\n{}\n{policy}", cluster(sizes, "", 0), run_tasks("30s", 20));
    let (log, _) = run(&format!("{case}\n{world}"));
    // 12 of the 20 find room at once; 8 wait: need 2, M = 5, and two more instances at 60 s
    assert_eq!(log.with("desired")[0], "60 desired 3 -> 5");
    let low = log.lines.iter().find(|line| line.contains("reservation 0")).expect("nothing runs any more");
    let low: u64 = low.split(' ').next().unwrap().parse().unwrap();
    let expected = (low + 240).max(360);
    assert!(
        log.with("desired")[1].starts_with(&format!("{expected} desired 5 -> ")),
        "{:?}",
        log.with("desired")
    );
}

/// CAS-2 would launch two instances first; 30 tasks need ceil(30 / 4) = 8.
#[test]
fn from_zero_by_real_need_the_first_step_is_what_the_waiting_tasks_need() {
    let policy = "policies: { clusterScaling: { ec2: { fromZero: realNeed } } }";
    let case = format!(
        "duration: 8m\n{}\n{}\n{policy}",
        cluster("MinSize: 0, MaxSize: 60", "", 0),
        run_tasks("10s", 30)
    );
    let (log, _) = run(&case);
    assert_eq!(log.with("desired"), ["60 desired 0 -> 8"]);
    // the metric that ECS publishes is what it is
    assert_eq!(log.with("reservation")[0], "60 reservation 200");
}

/// At target 50 the same need asks for ceil(100 × 8 / 50) = 16 instances.
#[test]
fn from_zero_by_real_need_the_target_is_kept() {
    let policy = "policies: { clusterScaling: { ec2: { fromZero: realNeed } } }";
    let sizes = cluster("MinSize: 0, MaxSize: 60", ", targetCapacity: 50", 0);
    let (log, _) = run(&format!("duration: 3m\n{sizes}\n{}\n{policy}", run_tasks("10s", 30)));
    assert_eq!(log.with("desired"), ["60 desired 0 -> 16"]);
}

#[test]
fn a_policy_of_an_unknown_provider_or_a_broken_minute_is_refused_with_its_place() {
    let sizes = cluster("MinSize: 0, MaxSize: 20, DesiredCapacity: 5", "", 12);
    let told = refusal(&format!(
        "duration: 5m\n{sizes}\npolicies: {{ clusterScaling: {{ ec: {{ scaleInAfter: 5m }} }} }}"
    ));
    assert!(told.contains("policies.clusterScaling.ec: there is no capacity provider"), "{told}");
    assert!(told.contains("did you mean \"ec2\"?"), "{told}");
    let told = refusal(&format!(
        "duration: 5m\n{sizes}\npolicies: {{ clusterScaling: {{ ec2: {{ scaleInAfter: 90s }} }} }}"
    ));
    assert!(
        told.contains("policies.clusterScaling.ec2.scaleInAfter: the metric comes once a minute"),
        "{told}"
    );
}

/// Six tasks spread over three instances, four from 60 s on: 2, 1 and 1 of four places each.
fn thin(group: &str, rest: &str) -> String {
    let case = cluster(group, "", 6).replace("status: ENABLED", "status: DISABLED");
    let spread = "placementStrategy: [{ type: spread, field: instanceId }]";
    let case = case.replace("placementStrategy: [{ type: binpack, field: cpu }]", spread);
    format!(
        "duration: 30m\n{case}\ntimeline: [{{ at: 1m, call: UpdateService, with: {{ service: busy, desiredCount: 4 }} }}]\n{rest}"
    )
}

const REPACK: &str = "policies: { repack: { ec2: { every: 10m, below: 50% } } }";

/// At 600 s an instance holds 25 % and its task fits on another: it is drained and goes. Then two hold two tasks each, 50 %,
/// which is not below 50 %.
#[test]
fn repacking_empties_an_instance_whose_tasks_fit_on_the_others_and_rests_when_none_is_below_the_bound() {
    let (log, end) = run(&thin("MinSize: 0, MaxSize: 9, DesiredCapacity: 3", REPACK));
    assert_eq!(log.with("desired"), ["600 desired 3 -> 2"]);
    let gone = log.with("goes: ");
    assert_eq!(gone.len(), 1, "{gone:?}");
    assert!(gone[0].starts_with("600 asg-"), "{gone:?}");
    // its task is replaced before it stops: minimumHealthyPercent is 100
    let stopped: Vec<_> = log.lines.iter().filter(|line| line.contains("told to stop")).collect();
    assert_eq!(stopped.len(), 3, "two for the scale-in, one that moves: {stopped:?}");
    assert!(!stopped[2].starts_with("600 "), "{stopped:?}");
    let held: Vec<usize> = end
        .counting_instances(end.auto_scaling_groups[0].pool)
        .map(|id| end.instances[id].tasks.len())
        .collect();
    assert_eq!(held, [2, 2]);
}

#[test]
fn repacking_keeps_the_minimum_size() {
    let (log, _) = run(&thin("MinSize: 3, MaxSize: 9, DesiredCapacity: 3", REPACK));
    assert!(log.with("goes: ").is_empty(), "{:?}", log.with("goes: "));
}

/// With minimumHealthyPercent and maximumPercent of 100 no task could move: the instance would drain for ever.
#[test]
fn repacking_leaves_services_alone_that_cannot_replace_a_task() {
    let case = thin("MinSize: 0, MaxSize: 9, DesiredCapacity: 3", REPACK);
    let stiff =
        "desiredCount: 6, deploymentConfiguration: { minimumHealthyPercent: 100, maximumPercent: 100 },";
    let (log, _) = run(&case.replacen("desiredCount: 6,", stiff, 1));
    assert!(log.with("goes: ").is_empty(), "{:?}", log.with("goes: "));
}

/// A task of 3,000 of 7,946 MiB beside each quarter: two do not fit on one instance with the others.
#[test]
fn repacking_leaves_tasks_alone_that_fit_nowhere_else() {
    let case =
        thin("MinSize: 0, MaxSize: 9, DesiredCapacity: 3", REPACK).replace("memory: 256", "memory: 2700");
    // 2, 1 and 1 tasks of 2,700 MiB: 34 %; the emptiest would leave 2 + 1 or 1 + 1 on the others, which fit (5,400 of 7,946)
    let (log, _) = run(&case.replace("below: 50%", "below: 34%"));
    // 2,700 / 7,946 = 33.98 %: below 34 %, and its task fits
    assert_eq!(log.with("desired"), ["600 desired 3 -> 2"]);
    let (log, _) = run(&case.replace("memory: 2700", "memory: 4000"));
    // 4,000 / 7,946 = 50.3 %, and the two of one instance do not fit: the service never gets its six tasks, each instance holds one
    assert!(log.with("goes: ").is_empty(), "{:?}", log.with("goes: "));
}

#[test]
fn repacking_without_managed_draining_is_refused() {
    let case = thin("MinSize: 0, MaxSize: 9, DesiredCapacity: 3", REPACK);
    let told = refusal(&case.replace("status: DISABLED }", "status: DISABLED }, managedDraining: DISABLED"));
    assert!(told.contains("policies.repack.ec2: repacking moves tasks by managed draining"), "{told}");
    let told = refusal(&case.replace("below: 50%", "below: 50.5%"));
    assert!(told.contains("policies.repack.ec2.below: a whole number of percent"), "{told}");
}

/// The notice at 600 s, the recommendation 300 s before: with the policy the instance drains at 300 s and its task is
/// elsewhere long before 720 s, when EC2 takes the instance.
#[test]
fn at_a_recommendation_the_instance_drains_where_the_policy_says_so() {
    let case = mixed(
        &["m5.large"],
        "MinSize: 2, MaxSize: 2, DesiredCapacity: 2",
        "OnDemandPercentageAboveBaseCapacity: 0",
        "",
    );
    let case = case.replace("start: cold\n", "");
    let service = "
  services: [{ serviceName: web, taskDefinition: quarter, desiredCount: 2,
    capacityProviderStrategy: [{ capacityProvider: ec2, weight: 1 }] }]";
    let world = "world: { spot: { default: { interruption: { every: 10m }, rebalanceRecommendation: 5m } } }";
    let case = format!("duration: 9m\n{case}{service}\n{world}");
    let (log, _) = run(&case);
    assert_eq!(log.with("is at risk").len(), 2);
    assert!(log.with("DRAINING").is_empty(), "{:?}", log.with("DRAINING"));
    let (log, _) = run(&format!("{case}\npolicies: {{ replaceAtRecommendation: [ec2] }}"));
    assert_eq!(log.with("is DRAINING"), ["300 asg-1 is DRAINING", "300 asg-2 is DRAINING"]);
    let told = refusal(&format!("{case}\npolicies: {{ replaceAtRecommendation: [e2] }}"));
    assert!(told.contains("policies.replaceAtRecommendation[0]: there is no capacity provider"), "{told}");
}
