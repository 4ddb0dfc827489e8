//! Strategies of capacity providers in a running cluster (CAP-7, CAP-8, CAP-9).

use ecsim::model::Cluster;

use super::support::run;

/// How many tasks are there of each provider, by its name.
fn held(cluster: &Cluster, provider: &str) -> usize {
    let of = |task: &ecsim::model::task::Task| cluster.provider_name(task.capacity) == Some(provider);
    cluster.tasks.iter().filter(|(_, task)| of(task)).count()
}

const TWO: &str = "model: { tie_break: lowest_instance_id }
aws:
  taskDefinitions:
    - { family: quarter, containerDefinitions: [{ name: app, cpu: 512, memory: 256 }] }
  autoScalingGroups:
    - { AutoScalingGroupName: one, InstanceType: m5.large, AvailabilityZones: [a], MinSize: 1, MaxSize: 1 }
    - { AutoScalingGroupName: two, InstanceType: m5.large, AvailabilityZones: [a], MinSize: 5, MaxSize: 5 }
  capacityProviders:
    - { name: first, autoScalingGroupProvider: { autoScalingGroupArn: one, managedScaling: { status: ENABLED } } }
    - { name: second, autoScalingGroupProvider: { autoScalingGroupArn: two, managedScaling: { status: ENABLED } } }
";

/// CAP-8: of twelve tasks six are the first provider's, which has room for four: two wait for it, though the second has
/// room for fourteen more.
#[test]
fn the_share_of_a_provider_without_capacity_waits_for_it() {
    let service = "  services:
    - { serviceName: web, taskDefinition: quarter, desiredCount: 12,
        capacityProviderStrategy: [{ capacityProvider: first, weight: 1 }, { capacityProvider: second, weight: 1 }] }";
    let (log, end) = run(&format!("duration: 20m\n{TWO}{service}"));
    assert_eq!((held(&end, "first"), held(&end, "second")), (6, 6));
    assert_eq!((end.tasks_unplaced, log.with("waits").len()), (2, 2));
    assert_eq!(end.services[0].counts.running, 10);
}

/// CAP-5, CAP-9: base 1 and weights 1 : 3, five tasks a call: the base, then 1 and 3 of the four left. Two calls make
/// 4 and 6; were base and weights those of both together, it would be 1 + 9 / 4 = 3 and 7.
#[test]
fn run_task_divides_the_tasks_of_each_call() {
    let call =
        "  - { at: 1m, call: RunTask, with: { taskDefinition: quarter, count: 5, capacityProviderStrategy:
        [{ capacityProvider: first, base: 1, weight: 1 }, { capacityProvider: second, weight: 3 }] } }\n";
    let (_, end) = run(&format!("duration: 5m\n{TWO}timeline:\n{call}{call}"));
    assert_eq!((held(&end, "first"), held(&end, "second")), (4, 6));
}

/// CAP-7: another strategy is for new tasks: the four of the first provider stay, and the four that are added go to the
/// second. With a forced deployment all are made anew.
#[test]
fn another_strategy_holds_for_new_tasks_unless_forced() {
    let service = |update: &str| {
        format!(
            "duration: 20m\n{TWO}  services:
    - {{ serviceName: web, taskDefinition: quarter, desiredCount: 4,
        capacityProviderStrategy: [{{ capacityProvider: first, weight: 1 }}] }}
timeline:
  - {{ at: 1m, call: UpdateService, with: {{ service: web, {update}
        capacityProviderStrategy: [{{ capacityProvider: second, weight: 1 }}] }} }}"
        )
    };
    let running = |cluster: &Cluster, pool: &str| {
        let on = |task: &ecsim::model::task::Task| {
            task.is_active() && cluster.pool_of(task).is_some_and(|id| cluster.pools[id.index()].name == pool)
        };
        cluster.tasks.iter().filter(|(_, task)| on(task)).count()
    };
    let (_, end) = run(&service("desiredCount: 8,"));
    assert_eq!((running(&end, "one"), running(&end, "two")), (4, 4));
    let (_, end) = run(&service("forceNewDeployment: true,"));
    assert_eq!((running(&end, "one"), running(&end, "two")), (0, 4));
}

/// CAP-7: from an Auto Scaling group to Fargate is no way.
#[test]
fn a_service_does_not_move_from_a_group_to_fargate() {
    let (log, end) = run(&format!(
        "duration: 5m\n{TWO}  services:
    - {{ serviceName: web, taskDefinition: quarter, desiredCount: 4,
        capacityProviderStrategy: [{{ capacityProvider: first, weight: 1 }}] }}
timeline:
  - {{ at: 1m, call: UpdateService, with: {{ service: web, forceNewDeployment: true,
        capacityProviderStrategy: [{{ capacityProvider: FARGATE, weight: 1 }}] }} }}"
    ));
    assert_eq!(log.with("UpdateService"), ["60 UpdateService refused: InvalidParameterException"]);
    assert_eq!(held(&end, "first"), 4);
}

/// CAP-7: between two groups no deployment need be forced, as it must between a launch type and a provider (DEP-12).
#[test]
fn a_launch_type_becomes_a_strategy_only_by_force() {
    let (log, _) = run(&format!(
        "duration: 5m\n{TWO}  services:
    - {{ serviceName: web, taskDefinition: quarter, desiredCount: 4, launchType: EC2 }}
timeline:
  - {{ at: 1m, call: UpdateService, with: {{ service: web,
        capacityProviderStrategy: [{{ capacityProvider: first, weight: 1 }}] }} }}"
    ));
    assert_eq!(log.with("UpdateService"), ["60 UpdateService refused: InvalidParameterException"]);
}

/// RES-10: a service that names neither takes the cluster's default strategy.
#[test]
fn the_default_strategy_of_the_cluster_is_taken_where_none_is_named() {
    let (_, end) = run(&format!(
        "duration: 5m\n{TWO}  cluster: {{ capacityProviders: [first, second],
      defaultCapacityProviderStrategy: [{{ capacityProvider: second, weight: 1 }}] }}
  services: [{{ serviceName: web, taskDefinition: quarter, desiredCount: 4 }}]"
    ));
    assert_eq!((held(&end, "first"), held(&end, "second")), (0, 4));
}
