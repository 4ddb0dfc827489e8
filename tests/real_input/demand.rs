//! Real series of requests, minute by minute to their end, against target tracking.

use super::{data, metrics};

/// A service on Fargate behind a target group, CPU tracked at 60 %, that is asked what the file says.
fn follows(
    file: &str,
    minutes: u64,
    per_task: f64,
    most: u32,
) -> Option<std::collections::BTreeMap<String, f64>> {
    let path = data(&format!("load/{file}"))?;
    let text = format!(
        "ecsim: 1
name: follows
duration: {minutes}m
aws:
  taskDefinitions:
    - family: web
      networkMode: awsvpc
      requiresCompatibilities: [FARGATE]
      cpu: 512
      memory: 1024
      containerDefinitions: [{{ name: app, image: web, portMappings: [{{ containerPort: 80 }}] }}]
  loadBalancers: [{{ Name: web-tg, TargetType: ip }}]
  services:
    - serviceName: web
      taskDefinition: web
      desiredCount: 2
      launchType: FARGATE
      loadBalancers: [{{ targetGroupArn: web-tg, containerName: app, containerPort: 80 }}]
  scalingPolicies:
    - RegisterScalableTarget: {{ ResourceId: web, MinCapacity: 2, MaxCapacity: {most} }}
    - PutScalingPolicy:
        PolicyName: cpu
        ResourceId: web
        TargetTrackingScalingPolicyConfiguration:
          TargetValue: 60
          PredefinedMetricSpecification: {{ PredefinedMetricType: ECSServiceAverageCPUUtilization }}
world:
  services:
    web:
      load:
        perTask: {per_task}
        requestsPerSecond: {{ csv: {{ file: '{}', time: minute, value: requests, unit: min }} }}
",
        path.display()
    );
    Some(metrics(&text).0)
}

/// The requests of a file, summed here.
fn asked(file: &str) -> Option<u64> {
    let text = std::fs::read_to_string(data(&format!("load/{file}"))?).unwrap();
    Some(text.lines().skip(1).map(|line| line.split(',').nth(1).unwrap().parse::<u64>().unwrap()).sum())
}

fn every_request_is_counted(file: &str, found: &std::collections::BTreeMap<String, f64>) {
    let total = asked(file).unwrap() as f64;
    assert_eq!(found["requests_asked:web"], total);
    let served = found["served_share:web"] * total;
    assert!((served + found["requests_unserved:web"] - total).abs() < 1e-3, "{served}");
}

/// AAS-3: 945,838,710 requests of 86,400 minutes; at 12.5 a second and task the peak of 225,138 a minute is 500 tasks at 60 %.
#[test]
fn the_world_cup_is_followed_to_the_request() {
    let file = "worldcup98-per-minute.csv";
    let Some(found) = follows(file, 86_400, 12.5, 600) else { return };
    every_request_is_counted(file, &found);
    assert!(found["tasks_running.max:web"] > 400.0, "{}", found["tasks_running.max:web"]);
    assert!(found["served_share:web"] > 0.99, "{}", found["served_share:web"]);
}

/// 39,692 minutes of July 1995; the archive's own total is 1,891,714 before the last part minute is cut.
#[test]
fn nasa_is_followed_to_the_request() {
    let file = "nasa-http-1995-07-per-minute.csv";
    let Some(found) = follows(file, 39_692, 0.02, 600) else { return };
    every_request_is_counted(file, &found);
    assert!(found["tasks_running.max:web"] > 200.0, "{}", found["tasks_running.max:web"]);
}
