//! What the world does to the drawn cluster.

use serde_json::{Map, Value, json};

use super::definitions::{Family, container_name};
use super::draw::Draw;
use super::features::Features;

/// How the tasks of a family behave.
pub fn task(draw: &mut Draw, features: Features, family: &Family, calm: bool) -> Value {
    let mut task = Map::new();
    if draw.percent(50) {
        task.insert("imageSize".into(), json!(format!("{} MB", draw.between(0, 800))));
    }
    if features.no_latency {
        task.insert("imageSize".into(), json!("0 MB"));
    }
    if draw.percent(20) {
        task.insert("launch".into(), draw.time(20));
    }
    if draw.percent(30) {
        task.insert("ready".into(), draw.time(15));
    }
    if draw.percent(20) {
        task.insert("soci".into(), json!(true));
    }
    if features.slow_starts && !calm {
        match draw.between(0, 2) {
            // Two hours and more to pull (LIF-17), four minutes and more to start.
            0 => task.insert("imageSize".into(), json!("900 GB")),
            1 => task.insert("start".into(), draw.time(200)),
            _ => None,
        };
    }
    if features.start_failures && draw.percent(70) {
        let probability = if features.always_fails { 1.0 } else { draw.between(1, 80) as f64 / 100.0 };
        let reasons = [
            "CannotPullContainerError",
            "CannotCreateContainerError",
            "CannotStartContainerError",
            "ContainerRuntimeTimeoutError",
            "ResourceInitializationError",
        ];
        let reason = draw.one_of(&reasons);
        task.insert("startFailure".into(), json!({ "probability": probability, "reason": reason }));
    }
    if features.demand && draw.percent(30) {
        task.insert("errorShare".into(), json!(draw.between(1, 100) as f64 / 100.0));
    }
    if features.demand && draw.percent(30) {
        let crash =
            json!({ "above": draw.between(30, 100), "probability": draw.between(1, 60) as f64 / 100.0 });
        task.insert("crashUnderLoad".into(), crash);
    }
    let of_main = container(draw, features, false);
    task.extend(of_main);
    let mut containers = Map::new();
    for index in 0..family.containers {
        if draw.percent(40) {
            let behaviour = container(draw, features, index != family.main);
            containers.insert(container_name(index), Value::Object(behaviour));
        }
    }
    if !containers.is_empty() {
        task.insert("containers".into(), Value::Object(containers));
    }
    Value::Object(task)
}

fn container(draw: &mut Draw, features: Features, may_exit: bool) -> Map<String, Value> {
    let mut container = Map::new();
    if features.crashes && draw.percent(40) {
        let mean = draw.one_of(&[10, 60, 300, 1500]);
        let every = json!({ "exponential": { "mean": format!("{mean}s") } });
        let code = draw.one_of(&[0, 1, 2, 137, 255]);
        container.insert("crash".into(), json!({ "every": every, "exitCode": code }));
    }
    if features.exits && may_exit && draw.percent(60) {
        let code = draw.one_of(&[0, 0, 0, 1]);
        let seconds = draw.between(1, 90);
        container.insert("exits".into(), json!({ "after": draw.time(seconds), "exitCode": code }));
    }
    if features.signals && draw.percent(50) {
        let seconds = draw.one_of(&[0, 1, 10, 60, 400]);
        container.insert("exitAfterSignal".into(), draw.time(seconds));
    }
    if draw.percent(15) {
        let seconds = draw.between(0, 15);
        container.insert("start".into(), draw.time(seconds));
    }
    if features.hangs && draw.percent(50) {
        let seconds = draw.one_of(&[1, 60, 400]);
        container.insert("unhealthy".into(), json!({ "after": draw.time(seconds) }));
    }
    if features.leaks && draw.percent(50) {
        if draw.percent(50) {
            container.insert("memoryAtStart".into(), json!(format!("{} MiB", draw.between(0, 100))));
        }
        let growth = draw.one_of(&[30, 300, 3000, 20_000]);
        container.insert("memoryGrowth".into(), json!(format!("{growth} MiB/h")));
    }
    container
}

fn failure(draw: &mut Draw, mean_seconds: u64) -> Value {
    let mut failure = json!({ "every": { "exponential": { "mean": format!("{mean_seconds}s") } } });
    if draw.percent(75) {
        let seconds = draw.one_of(&[5, 30, 120, 900]);
        failure["repair"] = draw.time(seconds);
    }
    json!({ "failure": failure })
}

pub fn groups(draw: &mut Draw, features: Features, names: &[String]) -> Map<String, Value> {
    let mut groups = Map::new();
    if features.instance_failures {
        for name in names {
            if draw.percent(70) {
                let name = if draw.percent(20) { "default".to_owned() } else { name.clone() };
                groups.insert(name, failure(draw, 2400));
            }
        }
    }
    groups
}

/// Every zone is named, so that those on Fargate alone are known too.
pub fn zones(draw: &mut Draw, features: Features, names: &[String]) -> Map<String, Value> {
    let mut zones = Map::new();
    for name in names {
        let fails = features.zone_failures && draw.percent(50);
        zones.insert(name.clone(), if fails { failure(draw, 4800) } else { json!({}) });
    }
    if features.zone_failures && draw.percent(20) {
        zones.insert("default".to_owned(), failure(draw, 4800));
    }
    zones
}

pub fn services(
    draw: &mut Draw,
    features: Features,
    names: &[String],
    asked: &[String],
) -> Map<String, Value> {
    let mut services = Map::new();
    for name in names {
        let mut of = Map::new();
        if draw.percent(30) {
            of.insert("needs".into(), json!(draw.between(0, 4)));
            of.insert("servesWhileStopping".into(), json!(draw.percent(50)));
        }
        if asked.contains(name) {
            of.insert("load".into(), load(draw));
        }
        if features.traffic_shifts && draw.percent(70) {
            of.insert("hooks".into(), hooks(draw));
        }
        services.insert(name.clone(), Value::Object(of));
    }
    services
}

/// How hooks of deployments end (DEP-35).
fn hooks(draw: &mut Draw) -> Value {
    let hook = |draw: &mut Draw| {
        let result = draw.one_of(&["SUCCEEDED", "SUCCEEDED", "SUCCEEDED", "FAILED", "IN_PROGRESS"]);
        let mut hook = json!({ "completesAfter": draw.time(60), "result": result });
        if draw.percent(50) {
            hook["stage"] =
                json!(draw.one_of(&["POST_SCALE_UP", "PRODUCTION_TRAFFIC_SHIFT", "PRE_SCALE_UP"]));
        }
        hook
    };
    (0..draw.between(1, 2)).map(|_| hook(draw)).collect()
}

/// What a service is asked: about as much as a few tasks serve.
fn load(draw: &mut Draw) -> Value {
    let curve = match draw.between(0, 2) {
        0 => json!(draw.between(0, 60)),
        1 => json!({ "daily": { "low": draw.between(0, 20), "high": draw.between(20, 90),
            "peakAt": format!("{}m", draw.between(0, 1439)) } }),
        _ => json!({ "steps": [
            { "from": "0s", "value": draw.between(0, 40) },
            { "from": format!("{}s", draw.between(30, 400)), "value": draw.between(0, 90) },
            { "from": format!("{}s", draw.between(500, 3000)), "value": draw.between(0, 20) },
        ] }),
    };
    json!({ "requestsPerSecond": curve, "perTask": draw.between(5, 20), "scale": draw.one_of(&[0.3, 1.0, 1.0]) })
}

/// Overrides of undocumented parameters.
pub fn parameters(draw: &mut Draw, features: Features) -> Map<String, Value> {
    let mut parameters = Map::new();
    if features.no_latency {
        for name in ["eni_attach", "ec2_pull_base", "ec2_pull_cached", "fargate_pull_base", "container_start"]
        {
            parameters.insert(name.into(), json!("0s"));
        }
        parameters.insert("deprovisioning".into(), json!("0s"));
    }
    if features.interfaces && draw.percent(50) {
        parameters.insert("trunk_attach".into(), json!("600s")); // long enough for an outage in between
    }
    let choices: [(&str, &[Value]); 27] = [
        ("stopped_task_retention", &[json!("1s"), json!("60s")]),
        ("stop_timeout", &[json!("5s"), json!("90s")]),
        ("awaited_container_runs", &[json!("1s"), json!({ "exponential": { "mean": "20s" } })]),
        ("health_probe_time", &[json!("1s"), json!("500ms")]),
        ("runtask_default", &[json!("spread_zones")]),
        ("tie_break", &[json!("lowest_instance_id")]),
        ("parallel_launches", &[json!(1), json!(3)]),
        ("scheduler_wake", &[json!("0s"), json!("5s")]),
        ("service_launch_bucket", &[json!(1), json!(2), json!(4)]),
        ("start_delay_first", &[json!("1s"), json!("20s")]),
        ("start_delay_limit", &[json!("60s"), json!("15s")]),
        ("start_impaired_after", &[json!(1), json!(5)]),
        ("place_retry_fast", &[json!("3s")]),
        ("place_fast_window", &[json!("0s"), json!("20s")]),
        ("place_retry_slow", &[json!("60s")]),
        ("no_check_healthy_delay", &[json!("0s"), json!("5s"), json!("120s")]),
        ("count_stopping_in_max", &[json!(false)]),
        ("rolling_order", &[json!("start_first"), json!("stop_first")]),
        ("lost_instance_detect", &[json!("0s"), json!("10s"), json!("300s")]),
        ("fargate_provisioning", &[json!("1s"), json!({ "uniform": ["1s", "60s"] })]),
        ("default_image_size_mb", &[json!(1), json!(2000)]),
        ("agent_dispatch", &[json!("100ms"), json!("4s")]),
        ("exit_after_signal", &[json!("0s"), json!("20s")]),
        ("deprovisioning", &[json!("0s"), json!("60s")]),
        ("release_resources_at", &[json!("desired_stopped")]),
        ("scale_in_batch", &[json!(1), json!(2)]),
        ("trunk_attach", &[json!("0s")]),
    ];
    if features.parameters {
        for (name, values) in choices {
            if draw.percent(15) {
                parameters.insert(name.into(), draw.one_of(values));
            }
        }
    }
    parameters
}
