//! Policies that ECS does not offer, against what it does.

use ecsim::kernel::time::SimTime;
use ecsim::model::spot_fallback::FallbackPhase;
use ecsim::model::stop::StopCause;
use ecsim::model::{Change, Cluster};
use ecsim::observe::Observer;

use super::support::{cluster, mixed, observed, refusal, run, run_tasks};

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

/// Two tasks on Fargate Spot, which gives nothing from 5 m to 40 m and takes one back at 6 m.
fn short_of_fargate_spot(policy: &str) -> String {
    format!(
        "duration: 90m
model: {{ fargate_provisioning: 10s, fargate_pull_base: 0s }}
aws:
  taskDefinitions:
    - {{ family: small, requiresCompatibilities: [FARGATE], networkMode: awsvpc, cpu: 256, memory: 512,
        containerDefinitions: [{{ name: app }}] }}
  services:
    - {{ serviceName: web, taskDefinition: small, desiredCount: 2,
        capacityProviderStrategy: [{{ capacityProvider: FARGATE_SPOT, weight: 1 }}] }}
timeline:
  - {{ at: 5m, fault: capacityOutage, with: {{ pool: FARGATE_SPOT, for: 35m }} }}
  - {{ at: 6m, fault: spotInterruption, with: {{ task: web#1 }} }}
{policy}"
    )
}

/// The capacity of each launch, the times of the phases, and how many tasks run at the end on which capacity.
fn fallen(rest: &str) -> Fallen {
    observed(rest, |_| Fallen::default()).0
}

#[derive(Default)]
struct Fallen {
    phases: Vec<(u64, FallbackPhase)>,
    launches: Vec<(u64, String)>,
    moved: Vec<u64>,
    at_the_end: Vec<String>,
}

impl Observer for Fallen {
    fn observe(&mut self, at: SimTime, change: &Change, cluster: &Cluster) {
        let second = at.0 / 1000;
        match change {
            Change::SpotFallbackChanged { phase, .. } => self.phases.push((second, *phase)),
            Change::TaskCreated(new) if second > 0 => {
                let name = cluster.provider_name(new.capacity).unwrap_or("none");
                self.launches.push((second, name.to_owned()));
            }
            Change::TaskStopOrdered { cause: StopCause::Moved, .. } => self.moved.push(second),
            _ => {}
        }
    }

    fn end(&mut self, _: SimTime, cluster: &Cluster) {
        for (_, task) in cluster.tasks.iter().filter(|(_, task)| task.is_active()) {
            self.at_the_end.push(cluster.provider_name(task.capacity).unwrap_or("none").to_owned());
        }
    }
}

/// CAP-8: ECS has no fallback. The task that is lost at 360 s is wanted one second later and refused until Spot is back at
/// 2,400 s.
#[test]
fn without_the_policy_a_service_waits_for_spot() {
    let run = fallen(&short_of_fargate_spot(""));
    assert!(run.phases.is_empty());
    assert!(
        run.launches.iter().all(|(at, name)| *at >= 2400 && name == "FARGATE_SPOT"),
        "{:?}",
        run.launches
    );
}

/// Short since 361 s, five minutes later on FARGATE; 1,800 s later, at 2,461 s, one task is tried on Spot, which is back since
/// 2,400 s, and the stand-in stops when the new one is healthy.
#[test]
fn with_the_policy_a_stand_in_runs_on_fargate_until_spot_is_back() {
    let policy = "policies: { spotFallback: { web: { to: FARGATE, after: 5m, back: 30m } } }";
    let run = fallen(&short_of_fargate_spot(policy));
    let at = |seconds: u64| SimTime(seconds * 1000);
    assert_eq!(
        run.phases,
        [
            (361, FallbackPhase::Short(at(361))),
            (661, FallbackPhase::Fallen(at(661))),
            (2461, FallbackPhase::Trying(at(2461))),
            (2461, FallbackPhase::OnSpot),
        ]
    );
    let launches: Vec<_> = run.launches.iter().map(|(at, name)| (*at, name.as_str())).collect();
    assert_eq!(launches, [(661, "FARGATE"), (2461, "FARGATE_SPOT")]);
    assert_eq!(run.moved.len(), 1);
    assert!(run.moved[0] > 2470, "it serves until the other does: {:?}", run.moved);
    assert_eq!(run.at_the_end, ["FARGATE_SPOT", "FARGATE_SPOT"]);
}

/// Tried at 661 + 600 = 1,261 s and 1,861 s in vain, at 2,461 s with success.
#[test]
fn an_attempt_that_finds_no_spot_leaves_the_stand_in_where_it_is() {
    let policy = "policies: { spotFallback: { web: { to: FARGATE, after: 5m, back: 10m } } }";
    let run = fallen(&short_of_fargate_spot(policy));
    let tried: Vec<u64> = run
        .phases
        .iter()
        .filter(|(_, phase)| matches!(phase, FallbackPhase::Trying(_)))
        .map(|(at, _)| *at)
        .collect();
    assert_eq!(tried, [1261, 1861, 2461]);
    assert_eq!(run.moved.len(), 1);
}

#[test]
fn with_back_never_the_stand_in_stays() {
    let policy = "policies: { spotFallback: { web: { to: FARGATE, after: 5m, back: never } } }";
    let run = fallen(&short_of_fargate_spot(policy));
    assert!(run.moved.is_empty());
    let mut end = run.at_the_end;
    end.sort_unstable();
    assert_eq!(end, ["FARGATE", "FARGATE_SPOT"]);
}

/// A service on `cheap`, over a group that buys Spot, and a provider `sure` over one that buys on demand; four tasks an
/// instance. `scaling` is the rest of the first one's managed scaling.
fn two_groups(count: u32, scaling: &str, after: &str) -> String {
    format!(
        "duration: 40m
model: {{ tie_break: lowest_instance_id, spot_hazard_per_hour: 0.000000001 }}
aws:
  taskDefinitions: [{{ family: quarter, containerDefinitions: [{{ name: app, cpu: 512, memory: 256 }}] }}]
  autoScalingGroups:
    - {{ AutoScalingGroupName: spot-asg, AvailabilityZones: [a], MinSize: 0, MaxSize: 9, MixedInstancesPolicy: {{
        LaunchTemplate: {{ Overrides: [{{ InstanceType: m5.large }}] }},
        InstancesDistribution: {{ OnDemandPercentageAboveBaseCapacity: 0 }} }} }}
    - {{ AutoScalingGroupName: od-asg, InstanceType: m5.large, AvailabilityZones: [a], MinSize: 0, MaxSize: 9 }}
  capacityProviders:
    - {{ name: cheap, autoScalingGroupProvider: {{ autoScalingGroupArn: spot-asg, managedScaling: {{ status: ENABLED{scaling} }} }} }}
    - {{ name: sure, autoScalingGroupProvider: {{ autoScalingGroupArn: od-asg, managedScaling: {{ status: ENABLED }} }} }}
  services:
    - {{ serviceName: web, taskDefinition: quarter, desiredCount: {count},
        capacityProviderStrategy: [{{ capacityProvider: cheap, weight: 1 }}] }}
start: cold
policies: {{ spotFallback: {{ web: {{ to: sure, after: {after}, back: never }} }} }}"
    )
}

/// The Spot pool holds one instance: all six wait from the start, four find it, and the two others give up after eight minutes.
#[test]
fn a_task_that_waits_for_a_spot_instance_is_replaced_by_one_on_demand() {
    let run =
        fallen(&format!("{}\nworld: {{ spot: {{ m5.large: {{ capacity: 1 }} }} }}", two_groups(6, "", "8m")));
    assert_eq!(run.moved.len(), 2, "{:?}", run.moved);
    let mut end = run.at_the_end;
    end.sort_unstable();
    assert_eq!(end, ["cheap", "cheap", "cheap", "cheap", "sure", "sure"]);
}

/// Nobody is short of what nobody wants: the service is scaled in to the four that run before the eight minutes are over.
#[test]
fn a_scale_in_ends_the_want_of_spot() {
    let scaled_in = "world: { spot: { m5.large: { capacity: 1 } } }
timeline: [{ at: 5m, call: UpdateService, with: { service: web, desiredCount: 4 } }]";
    let run = fallen(&format!("{}\n{scaled_in}", two_groups(6, "", "8m")));
    assert!(
        run.moved.is_empty()
            && run.phases.iter().all(|(_, phase)| !matches!(phase, FallbackPhase::Fallen(_)))
    );
    assert_eq!(run.phases.last().expect("it was short").1, FallbackPhase::OnSpot);
}

/// Spot that gives a little at a time is not dry: two instances at first, one more each warm-up of five minutes. With
/// `after` 6 m no task gives up, though the last waits some ten minutes.
#[test]
fn each_task_that_finds_spot_gives_the_others_the_whole_time_again() {
    let step = ", maximumScalingStepSize: 1";
    let run = fallen(&two_groups(16, step, "6m"));
    assert!(run.moved.is_empty(), "{:?}", run.phases);
    assert_eq!(run.at_the_end, ["cheap"; 16]);
    // with less than a warm-up, the last ones give up
    assert!(!fallen(&two_groups(16, step, "3m")).moved.is_empty());
}

#[test]
fn a_fallback_that_is_spot_itself_or_unknown_or_of_no_spot_is_refused() {
    let told =
        |policy: &str| refusal(&short_of_fargate_spot(&format!("policies: {{ spotFallback: {policy} }}")));
    let unknown = told("{ web: { to: FARGATE_SPOTS } }");
    assert!(
        unknown.contains("policies.spotFallback.web.to: there is no capacity that could stand in"),
        "{unknown}"
    );
    let nobody = told("{ wep: { to: FARGATE } }");
    assert!(
        nobody.contains("policies.spotFallback.wep: there is no service \"wep\"; did you mean \"web\"?"),
        "{nobody}"
    );
    let plain = short_of_fargate_spot("policies: { spotFallback: { web: { to: FARGATE } } }")
        .replace("capacityProvider: FARGATE_SPOT", "capacityProvider: FARGATE");
    let none = refusal(&plain);
    assert!(none.contains("has no Spot capacity to fall back from"), "{none}");
}
