//! Task definitions: RegisterTaskDefinition inputs that ECS would take.

use serde_json::{Map, Value, json};

use super::draw::Draw;
use super::features::Features;
use super::services::member_of;

/// What is known of a family before its revisions are drawn: names and roles hold for all of them.
pub struct Family {
    pub name: String,
    pub on_fargate: bool,
    pub containers: usize,
    /// The essential container that comes first.
    pub main: usize,
    pub revisions: u64,
    /// Of those on instances; the same in all revisions, as subnets go with it.
    pub network_mode: Option<&'static str>,
}

impl Family {
    pub fn draw(draw: &mut Draw, features: Features, index: usize, on_fargate: bool) -> Family {
        let containers = if features.several_containers { draw.between(1, 4) } else { 1 };
        Family {
            name: format!("family-{index}"),
            on_fargate,
            containers: containers as usize,
            main: draw.between(0, containers - 1) as usize,
            revisions: draw.between(1, 2),
            network_mode: network_mode(draw, features, on_fargate),
        }
    }

    /// Whether its main container has a port for target groups.
    pub fn takes_targets(&self, features: Features) -> bool {
        features.load_balancers && self.network_mode != Some("none")
    }

    /// The name in a request, with a revision or without.
    pub fn reference(&self, draw: &mut Draw) -> String {
        match draw.percent(50) {
            true => self.name.clone(),
            false => format!("{}:{}", self.name, draw.between(1, self.revisions)),
        }
    }
}

fn network_mode(draw: &mut Draw, features: Features, on_fargate: bool) -> Option<&'static str> {
    let with_interface = on_fargate || ((features.interfaces || features.subnets) && draw.percent(60));
    match with_interface {
        true => Some("awsvpc"),
        false => draw.percent(50).then(|| draw.one_of(&["bridge", "host", "awsvpc", "none"])),
    }
}

/// The port that target groups find.
pub const SERVED: u64 = 8090;

fn serve(container: &mut Map<String, Value>) {
    let mappings = container.entry("portMappings").or_insert_with(|| json!([]));
    mappings.as_array_mut().expect("a list").push(json!({ "containerPort": SERVED }));
}

pub fn container_name(index: usize) -> String {
    format!("c{index}")
}

/// One revision of the family.
pub fn task_definition(draw: &mut Draw, features: Features, family: &Family) -> Value {
    let mut input = Map::new();
    input.insert("family".into(), json!(family.name));
    let share = match family.on_fargate {
        true => fargate_size(draw, &mut input) / family.containers as u64,
        false => ec2_size(draw, &mut input, family),
    };
    if features.platforms && draw.percent(60) {
        let platform =
            json!({ "cpuArchitecture": draw.one_of(&["X86_64", "ARM64"]), "operatingSystemFamily": "LINUX" });
        input.insert("runtimePlatform".into(), platform);
    }
    let essential: Vec<bool> =
        (0..family.containers).map(|index| index == family.main || draw.percent(25)).collect();
    let checked: Vec<bool> =
        (0..family.containers).map(|_| features.health_checks && draw.percent(60)).collect();
    let mut containers = Vec::new();
    for index in 0..family.containers {
        let mut container = Map::new();
        container.insert("name".into(), json!(container_name(index)));
        container.insert("image".into(), json!(format!("shop/{}", draw.between(0, 3))));
        if !essential[index] || draw.percent(30) {
            container.insert("essential".into(), json!(essential[index]));
        }
        memory(draw, &mut container, share);
        if features.gpus && !family.on_fargate && draw.percent(20) {
            let gpus = draw.between(1, 2).to_string();
            container.insert("resourceRequirements".into(), json!([{ "type": "GPU", "value": gpus }]));
        }
        if features.host_ports && !family.on_fargate && input.get("networkMode") != Some(&json!("none")) {
            let port = draw.one_of(&[80, 443, 8080]);
            container.insert("portMappings".into(), json!([{ "containerPort": port, "hostPort": port }]));
        }
        if index == family.main && family.takes_targets(features) {
            serve(&mut container);
        }
        options(draw, features, family, &mut container);
        if checked[index] {
            container.insert("healthCheck".into(), health_check(draw));
        }
        if features.depends_on {
            let on = dependencies(draw, index, &essential, &checked);
            if !on.is_empty() {
                container.insert("dependsOn".into(), Value::Array(on));
            }
        }
        containers.push(Value::Object(container));
    }
    input.insert("containerDefinitions".into(), Value::Array(containers));
    if features.queries && !family.on_fargate && draw.percent(30) {
        input.insert("placementConstraints".into(), json!([member_of(draw)]));
    }
    Value::Object(input)
}

/// A size that Fargate offers (SIZ-1); the answer is its memory.
fn fargate_size(draw: &mut Draw, input: &mut Map<String, Value>) -> u64 {
    let (cpu, memory) =
        draw.one_of(&[(256, 512), (256, 1024), (256, 2048), (512, 1024), (512, 3072), (1024, 2048)]);
    let only_there = draw.percent(70);
    let compatible = if only_there { json!(["FARGATE"]) } else { json!(["EC2", "FARGATE"]) };
    input.insert("requiresCompatibilities".into(), compatible);
    input.insert("networkMode".into(), json!("awsvpc"));
    let spelt = draw.percent(20).then(|| json!(format!("{} GB", memory as f64 / 1024.0)));
    input.insert("cpu".into(), if draw.percent(50) { json!(cpu) } else { json!(cpu.to_string()) });
    input.insert("memory".into(), spelt.unwrap_or_else(|| json!(memory)));
    memory
}

/// A size for instances (SIZ-2, CON-13); the answer is the memory of each container.
fn ec2_size(draw: &mut Draw, input: &mut Map<String, Value>, family: &Family) -> u64 {
    let containers = family.containers as u64;
    let share = draw.one_of(&[64, 128, 256, 512, 1024]);
    if draw.percent(30) {
        input.insert("cpu".into(), json!(draw.between(128, 1024).max(256 * containers)));
    }
    if draw.percent(30) {
        input.insert("memory".into(), json!(share * containers + draw.between(0, 256)));
    }
    input.extend(family.network_mode.map(|mode| ("networkMode".into(), json!(mode))));
    share
}

fn memory(draw: &mut Draw, container: &mut Map<String, Value>, share: u64) {
    if draw.percent(70) {
        container.insert("cpu".into(), json!(draw.between(0, 64)));
    }
    match draw.between(0, 3) {
        0 => container.insert("memoryReservation".into(), json!(share)),
        1 => {
            container.insert("memoryReservation".into(), json!(share / 2));
            container.insert("memory".into(), json!(share))
        }
        _ => container.insert("memory".into(), json!(share)),
    };
}

fn options(draw: &mut Draw, features: Features, family: &Family, container: &mut Map<String, Value>) {
    if features.stop_timeouts && draw.percent(60) {
        let longest = if family.on_fargate { 120 } else { 300 };
        container.insert("stopTimeout".into(), json!(draw.between(2, longest)));
    }
    if features.start_timeouts && draw.percent(60) {
        container.insert("startTimeout".into(), json!(draw.between(2, 120)));
    }
    if features.restart_policies && draw.percent(50) {
        let ignored = draw.one_of(&[json!([]), json!([0]), json!([1, 137])]);
        let policy = json!({
            "enabled": draw.percent(90),
            "ignoredExitCodes": ignored,
            "restartAttemptPeriod": draw.between(60, 300),
        });
        container.insert("restartPolicy".into(), policy);
    }
}

fn health_check(draw: &mut Draw) -> Value {
    json!({
        "command": ["CMD-SHELL", "curl -f localhost"],
        "interval": draw.between(5, 60),
        "timeout": draw.between(2, 10),
        "retries": draw.between(1, 4),
        "startPeriod": draw.one_of(&[0, 0, 10, 60]),
    })
}

/// On containers before this one, so that they never go in a circle; on their end only where they may end (CON-2).
fn dependencies(draw: &mut Draw, index: usize, essential: &[bool], checked: &[bool]) -> Vec<Value> {
    let mut found = Vec::new();
    for on in 0..index {
        if !draw.percent(50) {
            continue;
        }
        let mut conditions = vec!["START"];
        if !essential[on] {
            conditions.extend(["COMPLETE", "SUCCESS"]);
        }
        if checked[on] {
            conditions.extend(["HEALTHY", "HEALTHY"]);
        }
        let condition = draw.one_of(&conditions);
        found.push(json!({ "containerName": container_name(on), "condition": condition }));
    }
    found
}
