//! `ecsim import compose`: each service of a compose file becomes a task definition of one container and a service.

mod units;

use std::path::PathBuf;

use serde_json::{Value as Json, json};

use super::aws_cli::{Unreadable, files_of, told};
use super::gathered::{FileReport, Gathered, Verdict, text_at};
use crate::catalog::fargate;
use crate::scenario::document::{Blame, read_foreign};
use crate::scenario::parse::Subject;
use crate::scenario::problem::plain_line;
use crate::scenario::tree::{Node, Value};
use units::{cpu_units, mebibytes, seconds, substituted};

/// What a container has that says nothing of its size: the smallest that Fargate offers.
const GUESSED_SIZE: (u32, u32) = (256, 512);

/// Where the services run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LaunchType {
    /// On Fargate, each task in the smallest size that holds it.
    #[default]
    Fargate,
    /// On container instances.
    Ec2,
}

/// Reads compose files, and all `*.yaml` and `*.yml` files of directories.
///
/// # Errors
/// A path that is not there or cannot be read. A file that is wrong is no error but told by its report.
pub fn gather(paths: &[PathBuf], launch_type: LaunchType) -> Result<Gathered, Unreadable> {
    let mut gathered = Gathered::default();
    for path in files_of(paths, &["yaml", "yml"])? {
        let name = path.display().to_string();
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let verdict = match read_foreign(&path, Subject::Template, &mut gathered.sources) {
            Ok(root) => of_file(&mut gathered, &root, &stem, launch_type),
            Err((problems, Blame::Environment)) => {
                let lines: Vec<String> =
                    problems.iter().map(|one| plain_line(one, &gathered.sources)).collect();
                return Err(Unreadable { message: lines.join("\n"), blame: Blame::Environment });
            }
            Err((problems, Blame::Input)) => Verdict::Refused(told(&gathered, &problems)),
        };
        gathered.files.push(FileReport { name, verdict });
    }
    Ok(gathered)
}

fn of_file(gathered: &mut Gathered, root: &Node, stem: &str, launch_type: LaunchType) -> Verdict {
    let Some(services) = root.entry("services").and_then(Node::entries) else {
        return Verdict::Refused("no compose file: it has no `services`".to_owned());
    };
    let name = text_at(root, "name")
        .unwrap_or_else(|| stem.trim_end_matches("compose").trim_end_matches(['-', '.', '_']));
    if gathered.clusters.is_empty() {
        let name = if name.is_empty() { "compose" } else { name };
        gathered.clusters.push(Node::from_json(&json!({ "clusterName": name }), root.origin()));
    }
    for (key, service) in services {
        of_service(gathered, &key.text, &merged(service), launch_type);
    }
    match services.len() {
        0 => Verdict::Nothing("`services` is empty".to_owned()),
        1 => Verdict::Taken(vec!["1 service".to_owned()]),
        count => Verdict::Taken(vec![format!("{count} services")]),
    }
}

/// A service with what it merges from elsewhere (`<<`); its own keys go first.
fn merged(service: &Node) -> Node {
    let Some(entries) = service.entries() else { return service.clone() };
    let mut own: Vec<_> = entries.iter().filter(|(key, _)| key.text != "<<").cloned().collect();
    let sources =
        entries.iter().filter(|(key, _)| key.text == "<<").flat_map(|(_, value)| match &value.value {
            Value::List(items) => items.clone(),
            _ => vec![value.clone()],
        });
    for (key, value) in sources.flat_map(|node| node.entries().map(<[_]>::to_vec).unwrap_or_default()) {
        if own.iter().all(|(known, _)| known.text != key.text) {
            own.push((key, value));
        }
    }
    Node { value: Value::Mapping(own), ..service.clone() }
}

fn of_service(gathered: &mut Gathered, key: &str, service: &Node, launch_type: LaunchType) {
    let name: String =
        key.chars().map(|c| if c.is_ascii_alphanumeric() || "_-".contains(c) { c } else { '-' }).collect();
    let mut tell = |node: &Node, field: &str, message: &str| {
        gathered.leave_out(node.origin(), format!("services.{key}.{field}"), message);
    };
    for (field, message) in LEFT_OUT {
        if let Some(node) = service.entry(field) {
            tell(node, field, message);
        }
    }
    for (node, field, expected) in unreadable(service) {
        tell(node, &field, &format!("expected {expected}; it is left out"));
    }
    let on_host = text_at(service, "network_mode") == Some("host") || is_true(service.entry("privileged"));
    let is_global = deploy(service, &["mode"]).and_then(Node::text) == Some("global");
    let size = sizes(service);
    let wanted = (size.0.unwrap_or(GUESSED_SIZE.0), size.1.unwrap_or(GUESSED_SIZE.1));
    let of_fargate = fargate::smallest_that_holds(wanted.0, wanted.1);
    let on_ec2 = launch_type == LaunchType::Ec2 || on_host || is_global || of_fargate.is_none();
    let mut guesses = Vec::new();
    if of_fargate.is_none() && launch_type == LaunchType::Fargate {
        guesses.push("no size of Fargate holds what the file says: it runs on container instances");
    }
    if launch_type == LaunchType::Fargate && (on_host || is_global) {
        guesses.push(
            "Fargate has neither hosts of one's own nor `global` services: it runs on container instances",
        );
    }
    let image = text_at(service, "image").map(substituted).unwrap_or_else(|| name.clone());
    let mut container = json!({ "name": name, "image": image });
    let ports = ports(service);
    if !ports.is_empty() {
        container["portMappings"] = ports.iter().map(|port| json!({ "containerPort": port })).collect();
    }
    if let Some(check) = service.entry("healthcheck").and_then(health_check) {
        container["healthCheck"] = check;
    }
    if let Some(limit) = service.entry("stop_grace_period").and_then(Node::text).and_then(seconds) {
        container["stopTimeout"] = json!(limit.clamp(2, 120));
    }
    if size == (None, None) {
        guesses.push("the file says nothing of CPU and memory: 256 CPU units and 512 MiB");
    }
    let mut definition = json!({ "family": name });
    match on_ec2 {
        true => {
            container["cpu"] = json!(wanted.0);
            container["memory"] = json!(wanted.1.max(6));
            if on_host {
                definition["networkMode"] = json!("host");
            }
        }
        false => {
            let (cpu, memory) = of_fargate.unwrap_or(GUESSED_SIZE);
            if (cpu, memory) != wanted && size != (None, None) {
                guesses.push("the smallest size of Fargate that holds what the file says");
            }
            definition["networkMode"] = json!("awsvpc");
            definition["requiresCompatibilities"] = json!(["FARGATE"]);
            definition["cpu"] = json!(cpu.to_string());
            definition["memory"] = json!(memory.to_string());
        }
    }
    definition["containerDefinitions"] = json!([container]);
    let replicas = deploy(service, &["replicas"]).or_else(|| service.entry("scale")).and_then(whole);
    let mut made = json!({ "serviceName": name, "taskDefinition": name });
    match is_global {
        true => made["schedulingStrategy"] = json!("DAEMON"),
        false => made["desiredCount"] = json!(replicas.unwrap_or(1)),
    }
    made["launchType"] = json!(if on_ec2 { "EC2" } else { "FARGATE" });
    let origin = service.origin();
    gathered.task_definitions.push(Node::from_json(&definition, origin));
    gathered.services.push(Node::from_json(&made, origin));
    let guesses = guesses.into_iter().map(str::to_owned);
    gathered.guesses.entry(("taskDefinitions", name)).or_default().extend(guesses);
}

/// What a service may say that a service of ECS cannot do in this way.
const LEFT_OUT: [(&str, &str); 3] = [
    ("depends_on", "services of ECS start each on its own; only containers of one task wait for each other"),
    ("extends", "what another file or service says is not followed; write it out"),
    ("profiles", "profiles are not chosen from: the service is taken"),
];

/// What stands where something is read, and is none: the node, its field, what would be right.
fn unreadable(service: &Node) -> Vec<(&Node, String, &'static str)> {
    const CPUS: &str = "a number of CPUs above 0, such as 0.5";
    const SIZE: &str = "a size, such as 512M";
    const COUNT: &str = "a whole number of 0 or more";
    const TIME: &str = "a time, such as 1m30s";
    type Reads = fn(&Node) -> bool;
    let is_time: Reads = |node| {
        let text = node.text().map(substituted);
        // Zero is a time too, of which nothing is made.
        let is_zero = |text: &str| {
            text.trim_end_matches(char::is_alphabetic).parse::<f64>().is_ok_and(|zero| zero == 0.0)
        };
        text.is_some_and(|text| seconds(&text).is_some() || is_zero(&text))
    };
    let fields: [(&[&str], Reads, &str); 14] = [
        (&["deploy", "resources", "limits", "cpus"], |node| cpu_units(node).is_some(), CPUS),
        (&["deploy", "resources", "reservations", "cpus"], |node| cpu_units(node).is_some(), CPUS),
        (&["cpus"], |node| cpu_units(node).is_some(), CPUS),
        (&["deploy", "resources", "limits", "memory"], |node| mebibytes(node).is_some(), SIZE),
        (&["deploy", "resources", "reservations", "memory"], |node| mebibytes(node).is_some(), SIZE),
        (&["mem_limit"], |node| mebibytes(node).is_some(), SIZE),
        (&["mem_reservation"], |node| mebibytes(node).is_some(), SIZE),
        (&["deploy", "replicas"], |node| whole(node).is_some(), COUNT),
        (&["scale"], |node| whole(node).is_some(), COUNT),
        (&["stop_grace_period"], is_time, TIME),
        (&["healthcheck", "interval"], is_time, TIME),
        (&["healthcheck", "timeout"], is_time, TIME),
        (&["healthcheck", "start_period"], is_time, TIME),
        (&["healthcheck", "retries"], |node| whole(node).is_some(), COUNT),
    ];
    let found = fields.into_iter().filter_map(|(path, reads, expected)| {
        let node = path.iter().try_fold(service, |node, key| node.entry(key))?;
        (!reads(node)).then(|| (node, path.join("."), expected))
    });
    found.collect()
}

fn deploy<'n>(service: &'n Node, path: &[&str]) -> Option<&'n Node> {
    path.iter().try_fold(service.entry("deploy")?, |node, key| node.entry(key))
}

fn is_true(node: Option<&Node>) -> bool {
    node.is_some_and(|node| node.value == Value::Bool(true))
}

fn whole(node: &Node) -> Option<u64> {
    node.integer()
        .and_then(|number| u64::try_from(number).ok())
        .or_else(|| substituted(node.text()?).trim().parse().ok())
}

/// CPU units and MiB that the service reserves, else those that limit it.
fn sizes(service: &Node) -> (Option<u32>, Option<u32>) {
    let of = |paths: [Option<&Node>; 4], read: fn(&Node) -> Option<u32>| {
        paths.into_iter().flatten().find_map(read)
    };
    let cpu = [
        deploy(service, &["resources", "reservations", "cpus"]),
        deploy(service, &["resources", "limits", "cpus"]),
        service.entry("cpus"),
        None,
    ];
    let memory = [
        deploy(service, &["resources", "limits", "memory"]),
        service.entry("mem_limit"),
        deploy(service, &["resources", "reservations", "memory"]),
        service.entry("mem_reservation"),
    ];
    (of(cpu, cpu_units), of(memory, mebibytes))
}

/// The container's side of each port.
fn ports(service: &Node) -> Vec<u32> {
    let mut all: Vec<u32> = Vec::new();
    for node in service.entry("ports").and_then(Node::items).unwrap_or_default() {
        let port = match &node.value {
            Value::Mapping(_) => {
                node.entry("target").and_then(whole).and_then(|port| u32::try_from(port).ok())
            }
            Value::Integer(port) => u32::try_from(*port).ok(),
            Value::Text(text) => {
                let text = substituted(text);
                let last = text.split('/').next().unwrap_or_default().rsplit(':').next().unwrap_or_default();
                last.split('-').next().and_then(|port| port.parse().ok())
            }
            _ => None,
        };
        if let Some(port) = port.filter(|port| *port > 0 && *port < 65_536 && !all.contains(port)) {
            all.push(port);
        }
    }
    all
}

fn health_check(node: &Node) -> Option<Json> {
    let test = node.entry("test")?;
    let first = test.items().and_then(<[Node]>::first).and_then(Node::text).or_else(|| test.text())?;
    if first == "NONE" || is_true(node.entry("disable")) {
        return None;
    }
    let kind = if first == "CMD" { "CMD" } else { "CMD-SHELL" };
    let mut check = json!({ "command": [kind, "probe"] });
    // The API takes whole seconds within these bounds (CON-5).
    for (from, to, least, most) in [
        ("interval", "interval", 5, 300),
        ("timeout", "timeout", 2, 60),
        ("start_period", "startPeriod", 0, 300),
    ] {
        if let Some(length) = node.entry(from).and_then(Node::text).and_then(seconds) {
            check[to] = json!(length.clamp(least, most));
        }
    }
    if let Some(retries) = node.entry("retries").and_then(whole) {
        check["retries"] = json!(retries.clamp(1, 10));
    }
    Some(check)
}
