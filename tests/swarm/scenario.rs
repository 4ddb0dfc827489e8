//! From a seed to the text of a whole scenario.

use serde_json::{Map, Value, json};

use super::definitions::{Family, task_definition};
use super::draw::Draw;
use super::features::Features;
use super::timeline::{Cast, timeline};
use super::{controllers, groups, services, world};

/// The scenario of a seed as a user would write it: JSON or YAML.
pub fn text(seed: u64) -> String {
    written(seed, draws_json(seed))
}

/// The same scenario, in YAML instead of JSON or the other way round.
pub fn text_in_the_other_form(seed: u64) -> String {
    written(seed, !draws_json(seed))
}

fn draws_json(seed: u64) -> bool {
    !(seed / 3).is_multiple_of(2)
}

fn written(seed: u64, as_json: bool) -> String {
    let value = scenario(seed);
    match as_json {
        true => serde_json::to_string_pretty(&value).expect("a value is JSON"),
        false => serde_saphyr::to_string(&value).expect("a value is YAML"),
    }
}

fn scenario(seed: u64) -> Value {
    let mut draw = Draw::new(seed);
    let draw = &mut draw;
    let mut features = Features::draw(draw);
    features.ec2 |= !features.fargate && !features.spot;
    features.groups &= features.ec2;
    features.managed &= features.ec2;
    features.subnets |= features.managed;
    features.standalone |= features.until_done;
    if features.until_done {
        // Whose end all wait for must have one; a task that the timeline starts has none of its own.
        (features.depends_on, features.restart_policies) = (false, false);
        (features.run_and_stop, features.start_tasks) = (false, false);
    }
    let seconds = match features.long {
        true => draw.between(3 * 3600, 7 * 3600),
        false => draw.one_of(&[300, 900, 1800, 3600, 7200]),
    };
    let zones: Vec<String> =
        (0..draw.between(1, 3)).map(|n| format!("us-east-1{}", ["a", "b", "c"][n as usize])).collect();
    let families = families(draw, features);
    let mut aws = Map::new();
    let mut definitions = Vec::new();
    for family in &families {
        for _ in 0..family.revisions {
            definitions.push(task_definition(draw, features, family));
        }
    }
    aws.insert("taskDefinitions".into(), Value::Array(definitions));
    aws.insert("cluster".into(), cluster(draw, features, &families));
    let (groups, instances) = container_instances(draw, features, &zones);
    aws.insert("containerInstances".into(), instances);
    let (asgs, providers) = groups::sections(draw, features, &zones);
    aws.insert("autoScalingGroups".into(), asgs);
    aws.insert("capacityProviders".into(), providers);
    let mut cast_services = Vec::new();
    let mut inputs = Vec::new();
    for index in 0..draw.between(0, 4) {
        let family = draw.between(0, families.len() as u64 - 1) as usize;
        let name = format!("service-{index}");
        inputs.push(services::service(draw, features, &name, &families[family]));
        cast_services.push((name, family));
    }
    let deployments = controllers::assign(draw, features, &families, &cast_services, &mut inputs);
    aws.insert("deployments".into(), deployments);
    aws.insert("services".into(), Value::Array(inputs));
    aws.insert("loadBalancers".into(), services::target_groups(draw, features));
    let mut settings = Map::new();
    if features.retirements && draw.percent(80) {
        settings.insert("fargateTaskRetirementWaitPeriod".into(), json!("0"));
    }
    if features.interfaces && draw.percent(60) {
        settings.insert("awsvpcTrunking".into(), json!("enabled"));
    }
    aws.insert("accountSettings".into(), Value::Object(settings));
    let mut daemons = Vec::new();
    if let Some(all) = aws["services"].as_array() {
        let is_daemon = |service: &&Value| service["schedulingStrategy"] == "DAEMON";
        daemons = all.iter().filter(is_daemon).map(|service| service["serviceName"].clone()).collect();
    }
    let asked: Vec<String> = cast_services
        .iter()
        .filter(|(name, _)| features.demand && !daemons.contains(&json!(name)) && draw.percent(70))
        .map(|(name, _)| name.clone())
        .collect();
    aws.insert("scalingPolicies".into(), services::scaling(draw, features, &asked, &aws["services"]));
    let (runs, run_entries) = runs(draw, features, &families);
    let cast = Cast {
        families: &families,
        services: &cast_services,
        runs: &runs,
        groups: &groups,
        zones: &zones,
        seconds,
    };
    let timeline = timeline(draw, features, &cast);
    let mut scenario = json!({
        "ecsim": 1,
        "name": format!("swarm-{seed}"),
        "seed": draw.between(0, 1_000_000),
        "duration": if features.until_done { "untilDone".to_owned() } else { format!("{seconds}s") },
        "start": if features.settled { "settled" } else { "cold" },
        "aws": aws,
        "world": the_world(draw, features, &cast, (run_entries, &asked)),
        "timeline": timeline,
        "model": world::parameters(draw, features),
    });
    if features.placement_policies {
        let mut placement = Map::new();
        for owner in cast_services.iter().map(|(name, _)| name).chain(&runs) {
            if draw.percent(50) {
                let policy = draw.one_of(&["ecs", "firstFit", "worstFit", "bestFit", "spreadBestFit"]);
                placement.insert(owner.clone(), json!(policy));
            }
        }
        scenario["policies"]["placement"] = Value::Object(placement);
    }
    groups::policies(draw, features, &mut scenario);
    if features.warm_up {
        scenario["warmUp"] = json!(format!("{}s", draw.between(0, seconds / 2)));
    }
    scenario
}

/// The cluster, with a strategy for all that name none where that suits every family.
fn cluster(draw: &mut Draw, features: Features, families: &[Family]) -> Value {
    let mut cluster = json!({ "clusterName": "swarm" });
    if families.iter().all(|family| family.on_fargate) && draw.percent(40) {
        let all = ["FARGATE", "FARGATE_SPOT"].iter().chain(groups::providers(features));
        let all = all.chain(features.managed.then_some(&"managed"));
        cluster["capacityProviders"] = json!(all.collect::<Vec<_>>());
        cluster["defaultCapacityProviderStrategy"] = services::strategy(draw, features);
    } else if features.groups && families.iter().all(|family| !family.on_fargate) && draw.percent(40) {
        let all = groups::providers(features).iter().chain(features.managed.then_some(&"managed"));
        cluster["capacityProviders"] = json!(all.collect::<Vec<_>>());
        cluster["defaultCapacityProviderStrategy"] = groups::strategy(draw, features);
    }
    cluster
}

fn families(draw: &mut Draw, features: Features) -> Vec<Family> {
    let mut families = Vec::new();
    for index in 0..draw.between(1, 4) as usize {
        let fargate = features.fargate || features.spot;
        let on_fargate = fargate && (!features.ec2 || draw.percent(50));
        families.push(Family::draw(draw, features, index, on_fargate));
    }
    families
}

/// The groups with their sizes, and the section.
fn container_instances(draw: &mut Draw, features: Features, zones: &[String]) -> (Vec<(String, u64)>, Value) {
    let (mut groups, mut entries) = (Vec::new(), Vec::new());
    let count = if features.ec2 { draw.between(0, 3).max(u64::from(draw.percent(85))) } else { 0 };
    for index in 0..count {
        let (name, size) = (format!("group-{index}"), draw.between(1, 5));
        let mut entry = json!({ "name": name, "count": size });
        match draw.between(0, if features.interfaces { 1 } else { 2 }) {
            0 => entry["instanceType"] = json!(draw.one_of(&["m5.large", "c5.xlarge", "t3.medium"])),
            _ => {
                let (cpu, memory) = draw.one_of(&[(512, 1024), (2048, 4096), (4096, 16_384), (256, 8192)]);
                let gpu = if features.gpus { draw.between(0, 2) } else { 0 };
                entry["resources"] = json!({ "cpu": cpu, "memory": memory, "gpu": gpu });
            }
        }
        if draw.percent(70) {
            let of: Vec<&String> = zones.iter().filter(|_| draw.percent(70)).collect();
            entry["zones"] = if of.is_empty() { json!([zones[0]]) } else { json!(of) };
        }
        let mut attributes = Map::new();
        if draw.percent(40) {
            attributes.insert("rack".into(), json!(draw.one_of(&["left", "right"])));
        }
        if features.platforms && draw.percent(50) {
            attributes.insert("ecs.cpu-architecture".into(), json!(draw.one_of(&["x86_64", "arm64"])));
        }
        entry["attributes"] = Value::Object(attributes);
        if features.interfaces && draw.percent(50) {
            entry["awsvpcTaskLimit"] = json!(draw.between(0, 3));
        }
        if features.old_agents && draw.percent(50) {
            let names = ["container-health-check", "container-ordering", "task-eni", "task-cpu-mem-limit"];
            entry["lackingCapabilities"] = json!([format!("ecs.capability.{}", draw.one_of(&names))]);
        }
        groups.push((name, size));
        entries.push(entry);
    }
    (groups, Value::Array(entries))
}

/// The callers' names, and the section.
fn runs(draw: &mut Draw, features: Features, families: &[Family]) -> (Vec<String>, Value) {
    let (mut names, mut entries) = (Vec::new(), Vec::new());
    let count = if features.standalone { draw.between(1, 2) } else { 0 };
    for index in 0..count {
        let family = draw.between(0, families.len() as u64 - 1) as usize;
        let name = format!("run-{index}");
        entries.push(services::run(draw, features, &name, &families[family], features.until_done));
        names.push(name);
    }
    (names, Value::Array(entries))
}

fn the_world(
    draw: &mut Draw,
    features: Features,
    cast: &Cast<'_>,
    (runs, asked): (Value, &[String]),
) -> Value {
    let mut tasks = Map::new();
    for family in cast.families {
        if draw.percent(85) {
            tasks.insert(family.name.clone(), world::task(draw, features, family, features.until_done));
        }
        if draw.percent(15) {
            let name = format!("{}:{}", family.name, draw.between(1, family.revisions));
            tasks.insert(name, world::task(draw, features, family, features.until_done));
        }
    }
    let names: Vec<String> = cast.groups.iter().map(|(name, _)| name.clone()).collect();
    let services: Vec<String> = cast.services.iter().map(|(name, _)| name.clone()).collect();
    let mut of_groups = world::groups(draw, features, &names);
    groups::world(draw, features, &mut of_groups);
    let mut spot = Map::new();
    groups::spot_world(draw, features, &mut spot);
    let mut world = json!({
        "tasks": tasks,
        "groups": of_groups,
        "zones": world::zones(draw, features, cast.zones),
        "services": world::services(draw, features, &services, asked),
        "runs": runs,
    });
    if features.subnets {
        let in_zone = ["a", "b", "c"].into_iter().enumerate();
        let subnets: Map<String, Value> = in_zone
            .map(|(index, letter)| (format!("subnet-{index}"), json!(format!("us-east-1{letter}"))))
            .collect();
        world["subnets"] = Value::Object(subnets);
    }
    if features.spot && draw.percent(70) {
        let seconds = draw.one_of(&[60, 600, 3000]);
        let every = draw.time(seconds);
        spot.insert("FARGATE_SPOT".into(), json!({ "interruption": { "every": every } }));
    }
    world["spot"] = Value::Object(spot);
    world
}
