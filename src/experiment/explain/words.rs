//! What is said of things that several stories tell.

use super::recorder;
use super::story::{Entry, Kind, Limits, Moment, Placement, Stop};
use crate::kernel::time::{SimDuration, SimTime};
use crate::model::reason::Refusal;
use crate::model::scaling::{MetricAlarm, PolicyKind};
use crate::model::service::{Deployment, Service};
use crate::model::spot_fallback::FallbackPhase;
use crate::model::stop::StopCause;
use crate::model::target_group::TargetState;
use crate::model::task::{Host, Impairment};
use crate::model::{Cluster, DeploymentNumber, ServiceId, TaskId, ZoneId};
use crate::policy::deployment::threshold_of;
use crate::policy::explain::{ChosenStop, Wait};
use crate::policy::reconcile::look::{Blocked, Look};
use crate::scenario::problem::text::grouped;

/// `1 task`, `3 tasks`.
pub(super) fn tasks(count: u32) -> String {
    counted(u64::from(count), "task")
}

/// `1 instance`, `1,200 instances`.
pub(super) fn counted(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(i128::from(count)))
}

/// What the number of a strategy counts.
pub(super) fn unit_of(strategy: &str) -> &'static str {
    match strategy {
        "binpack(cpu)" => "CPU units free",
        "binpack(memory)" => "MiB of memory free",
        "best fit" | "worst fit" => "ten thousandths of free × demand",
        _ if strategy.starts_with("spread") => "tasks of the group there",
        _ => "",
    }
}

/// The rule that a reason code comes from, beside PLC-13.
pub(super) fn rule_of_refusal(reason: Refusal) -> Option<&'static str> {
    match reason {
        Refusal::NoInstances | Refusal::Attribute | Refusal::Cpu | Refusal::Memory | Refusal::Gpu => {
            Some("PLC-2")
        }
        Refusal::Agent => Some("INS-4"),
        Refusal::Constraint => Some("PLC-10"),
        Refusal::Missing | Refusal::Inactive => Some("PLC-15"),
        Refusal::Location => Some("CON-21"),
        Refusal::Eni => Some("CON-20"),
        Refusal::Ports => Some("CON-18"),
        Refusal::Fargate => Some("FAIL-7"),
        Refusal::ProvisioningLimit => Some("CAS-12"),
        Refusal::Throttled => Some("QUO-9"),
        Refusal::Vcpus => Some("QUO-11"),
        Refusal::Turn => None,
    }
}

/// `no place: RESOURCE:MEMORY, all 3 instances fell there`.
pub(super) fn no_place(reason: Refusal, found: &Placement) -> String {
    let Some(considered) = found.considered.filter(|considered| *considered > 0) else {
        return format!("no place: {reason}");
    };
    let all = counted(considered as u64, "instance");
    let fallen: Vec<String> =
        found.filters.iter().map(|filter| format!("{} at {}", filter.instances, filter.reason)).collect();
    match &found.filters[..] {
        [only] if only.instances == considered && considered == 2 => {
            format!("no place: {reason}; both instances fell there")
        }
        [only] if only.instances == considered && considered > 2 => {
            format!("no place: {reason}; all {all} fell there")
        }
        _ => format!("no place: {reason}; of {all} fell {}", fallen.join(", ")),
    }
}

/// What the closest instance has and what is wanted.
pub(super) fn closest_in_words(cluster: &Cluster, found: &Placement) -> Vec<String> {
    let Some(closest) = &found.closest else { return Vec::new() };
    let (free, wanted, name) = (closest.free, closest.wanted, &closest.instance);
    let cpu = format!("{} CPU units free, {} wanted", grouped(free.cpu.into()), grouped(wanted.cpu.into()));
    let memory = format!(
        "{} MiB of memory free, {} wanted",
        grouped(free.memory_mib.into()),
        grouped(wanted.memory_mib.into())
    );
    let is = |reason: Refusal| closest.reason == reason.code();
    let mut facts = Vec::new();
    if is(Refusal::Cpu) {
        facts.push(format!("the closest is {name}: {cpu}"));
        if free.memory_mib >= wanted.memory_mib {
            facts.push(format!("its memory would do: {memory}"));
        }
    } else if is(Refusal::Memory) {
        facts.push(format!("the closest is {name}: {memory}"));
        facts.push(format!("its CPU would do: {cpu}"));
    } else if is(Refusal::Gpu) {
        facts.push(format!("the closest is {name}: {} GPUs free, {} wanted", free.gpus, wanted.gpus));
    } else if is(Refusal::Ports) {
        for port in &closest.ports {
            let holder = port.held_by.as_ref().map_or("the system".to_owned(), Clone::clone);
            facts.push(format!("the closest is {name}: its port {} is held by {holder}", port.port));
        }
        if closest.ports.is_empty() {
            facts.push(format!("the closest is {name}: its 100 ports are used up"));
        }
        facts.push(format!("its CPU and memory would do: {cpu}; {memory}"));
    } else if is(Refusal::Constraint) {
        facts.push(format!("the placement constraints exclude {name}, and it lacks nothing else"));
    } else if is(Refusal::Location) {
        facts.push(format!("{name} is outside the zones of the task's subnets"));
    } else if is(Refusal::Attribute) {
        facts
            .push(format!("{name} lacks an attribute, architecture or operating system that the task needs"));
    } else if is(Refusal::Eni) {
        facts.push(format!("every network interface of {name} for tasks is taken"));
    } else if is(Refusal::Agent) {
        facts.push(format!("the agent of {name} is disconnected"));
    } else if is(Refusal::NoInstances) {
        let active = cluster.instances.iter().filter(|(_, instance)| instance.takes_tasks()).count();
        facts.push(format!("{} ACTIVE with its agent connected", counted(active as u64, "instance")));
    }
    facts
}

/// `ec2-1 (us-east-1a)`, `Fargate in us-east-1a`.
pub(super) fn place(cluster: &Cluster, host: Host) -> String {
    let zone = |zone: ZoneId| &cluster.zones[zone.index()].name;
    match host {
        Host::Instance(instance) => {
            let name = cluster.instance_name(instance);
            format!("{name} ({})", zone(cluster.instances[instance].zone))
        }
        Host::Fargate(of) => format!("Fargate in {}", zone(of)),
        Host::Unplaced(pool) => format!("no instance of {} yet", cluster.pool_name(pool)),
    }
}

/// ECS's stopped reason, with the exit code where it was the task's own end.
pub(super) fn stopped_reason(cluster: &Cluster, task: TaskId) -> String {
    let reason = cluster.stopped_reason(task).unwrap_or_default();
    match cluster.tasks[task].stop {
        Some(StopCause::EssentialContainerExited { exit_code }) => {
            format!("{reason} (exit code {exit_code})")
        }
        _ => reason,
    }
}

pub(super) fn stop_details(cluster: &Cluster, task: TaskId) -> Option<Stop> {
    let cause = cluster.tasks[task].stop?;
    Some(Stop { code: cause.code().name(), reason: cluster.stopped_reason(task).unwrap_or_default() })
}

/// Why a task was told to stop at this moment, with its rules.
pub(super) fn stop_in_words(
    cluster: &Cluster,
    task: TaskId,
    cause: StopCause,
) -> (&'static str, &'static [&'static str]) {
    let service = cluster.tasks[task].service().map(|service| cluster.service(service));
    let is_moved = service.is_some_and(|service| service.rebalancing.is_some());
    match cause {
        StopCause::Deployment if service.is_some_and(Service::has_task_sets) => {
            ("its task set was deleted or scaled to 0", &["DEP-40", "DEP-41"])
        }
        StopCause::ScaleIn if is_moved => ("another serves in its place in an emptier zone", &["AZR-5"]),
        _ => cause_in_words(cause),
    }
}

/// A cause by itself, with its rules.
fn cause_in_words(cause: StopCause) -> (&'static str, &'static [&'static str]) {
    match cause {
        StopCause::Completed => ("its essential container has done its work", &["CON-1"]),
        StopCause::EssentialContainerExited { .. } => {
            ("an essential container exited, and with it the task ends", &["CON-1", "FAIL-1"])
        }
        StopCause::OutOfMemory => ("an essential container used more memory than its limit", &["CON-14"]),
        StopCause::FailedToStart(_) => ("it could not start", &["FAIL-2"]),
        StopCause::HealthCheckFailed => {
            ("the service replaces it, because its health checks fail", &["SVC-14"])
        }
        StopCause::TargetCheckFailed => {
            ("the service replaces it, because a load balancer finds it unhealthy", &["LB-10", "SVC-14"])
        }
        StopCause::UserInitiated => ("somebody called StopTask", &["LIF-12"]),
        StopCause::ScaleIn => ("the service has more tasks than it is to keep", &["SVC-1", "SVC-18"]),
        StopCause::Deployment => ("a newer deployment takes its place", &["DEP-5", "DEP-4"]),
        StopCause::Draining => ("its instance is DRAINING, and the limits let it go", &["INS-6", "INS-8"]),
        StopCause::HostDeregistered => {
            ("its instance was deregistered: ECS counts it as stopped", &["INS-10"])
        }
        StopCause::SpotInterruption => ("AWS takes the Spot capacity back", &["SPT-5"]),
        StopCause::HostLost => ("ECS notices that its instance is gone", &["INS-5"]),
        StopCause::HostReclaimed => ("EC2 has taken the Spot instance under it back", &["SPT-2", "SPT-4"]),
        StopCause::FargateHostLost => ("ECS notices that its Fargate host is gone", &["FAIL-5"]),
        StopCause::Moved => ("a policy that ECS does not offer moves it to other capacity", &[]),
        StopCause::TaskRetired => ("Fargate retires it to patch its platform", &["FAIL-8"]),
    }
}

/// What a policy that is not ECS's makes of the want of Spot.
pub(super) fn fallback(at: SimTime, cluster: &Cluster, service: ServiceId, phase: FallbackPhase) -> Entry {
    let to = cluster.service(service).spot_fallback.map(|fallback| fallback.to);
    let to = to.and_then(|to| cluster.provider_name(to)).unwrap_or("other capacity");
    let text = match phase {
        FallbackPhase::OnSpot => "Spot gives what is asked for".to_owned(),
        FallbackPhase::Short(_) => "Spot gives nothing: the policy spotFallback counts the time".to_owned(),
        FallbackPhase::Fallen(_) => {
            format!("policy spotFallback (not ECS): what is lacking starts on {to} from now on")
        }
        FallbackPhase::Trying(_) => {
            "policy spotFallback (not ECS): one task is tried on Spot again".to_owned()
        }
    };
    Entry::new(at, Kind::Service, text, [])
}

/// What a load balancer says of a task.
pub(super) fn target_turns(at: SimTime, group: &str, from: TargetState, to: TargetState) -> Entry {
    let (text, rules): (String, &[&'static str]) = match (from, to) {
        (_, TargetState::Initial) => {
            (format!("registered with target group {group}, which checks it from now on"), &["LB-1", "LAT-8"])
        }
        (TargetState::Initial, TargetState::Healthy) => {
            (format!("target group {group} finds it healthy: a new target needs one success"), &["LB-4"])
        }
        (_, TargetState::Healthy) => (format!("target group {group} finds it healthy again"), &["LB-3"]),
        (_, TargetState::Unhealthy) => (format!("target group {group} finds it unhealthy"), &["LB-5"]),
        (_, TargetState::Draining) => {
            (format!("target group {group} sends it no new requests (draining)"), &["LB-7", "LB-8"])
        }
        (_, TargetState::Unused) => (format!("target group {group} knows it no longer (unused)"), &["LB-7"]),
    };
    let key = format!("{group} {}", to.name());
    Entry::new(at, Kind::Health, text, rules.iter().copied()).folding(key)
}

/// Why another task is wanted in the place of one that runs.
pub(super) fn impairment(why: Impairment) -> &'static str {
    match why {
        Impairment::Unhealthy => "its health checks fail",
        Impairment::TargetUnhealthy => "a load balancer finds it unhealthy",
        Impairment::Retirement => "Fargate will retire it",
        Impairment::Moved => "a policy that ECS does not offer moves it to other capacity",
    }
}

/// How the choice of a task to stop was made.
pub(super) fn choice_in_words(cluster: &Cluster, chosen: &ChosenStop) -> (String, &'static [&'static str]) {
    let zone = cluster.zone_of(cluster.tasks[chosen.task].host);
    let zone = zone.map_or("no zone", |zone| &cluster.zones[zone.index()].name);
    let among = tasks(chosen.among as u32);
    if chosen.among == 1 {
        return ("it was the only one to choose from".to_owned(), &["PLC-17"]);
    }
    if !chosen.running {
        return (format!("of {among} one that does not run yet goes first"), &["PLC-18"]);
    }
    if !chosen.healthy {
        return (format!("of {among} one that is not healthy goes first"), &["PLC-18"]);
    }
    let there = match chosen.on_instance {
        Some(count) => format!("{zone} had {} of them, its instance {count}", chosen.in_zone),
        None => format!("{zone} had {} of them", chosen.in_zone),
    };
    match chosen.packs {
        true => (format!("of {among} one whose instance is emptied soonest: {there}"), &["PLC-16"]),
        false => {
            (format!("of {among} one of the fullest place, and there the youngest: {there}"), &["PLC-17"])
        }
    }
}

/// A service as it is made.
pub(super) fn created(at: SimTime, cluster: &Cluster, id: ServiceId) -> Entry {
    let service = cluster.service(id);
    let settings = &service.settings;
    let Some(definition) = settings.task_definition.map(|id| cluster.task_definition(id).name()) else {
        let text = format!(
            "{} is to keep {} in task sets that somebody else makes (deployment controller EXTERNAL)",
            service.name,
            tasks(settings.desired_count)
        );
        return Entry::new(at, Kind::Service, text, ["DEP-40"]);
    };
    let text = match service.is_daemon() {
        true => format!("{} is to keep one task of {definition} on every instance", service.name),
        false => format!("{} is to keep {} of {definition}", service.name, tasks(settings.desired_count)),
    };
    let rule = if service.is_daemon() { "SVC-4" } else { "SVC-1" };
    Entry::new(at, Kind::Service, text, [rule, "DEP-1"]).fact(percents(service))
}

fn percents(service: &Service) -> String {
    let settings = &service.settings;
    format!(
        "minimumHealthyPercent {} keeps {} healthy, maximumPercent {} allows {}",
        settings.minimum_healthy_percent,
        tasks(settings.floor_healthy()),
        settings.maximum_percent,
        tasks(settings.cap_total())
    )
}

/// A deployment that begins.
pub(super) fn deployment_started(
    at: SimTime,
    cluster: &Cluster,
    service: ServiceId,
    deployment: &Deployment,
    settled: bool,
) -> Entry {
    let found = cluster.service(service);
    let definition = cluster.task_definition(deployment.task_definition).name();
    let number = deployment.number.0;
    if let Some(set) = &deployment.task_set {
        let text = format!(
            "task set {number}{} of {} is made: {definition}, {} of {} desired tasks",
            set.external_id.as_deref().map(|name| format!(" ({name})")).unwrap_or_default(),
            found.name,
            set.computed_desired_count(found.settings.desired_count),
            found.settings.desired_count
        );
        return Entry::new(at, Kind::Deployment, text, ["DEP-40"]);
    }
    if settled {
        let text = format!("deployment {number} of {}, to {definition}, is there at time zero", found.name);
        return Entry::new(at, Kind::Deployment, text, ["RES-14"]).fact(percents(found));
    }
    let older: u32 = found.counts.active - found.deployment(deployment.number).map_or(0, |d| d.counts.active);
    let text = format!(
        "deployment {number} of {} begins: to {definition}, {} of older revisions are there",
        found.name,
        tasks(older)
    );
    Entry::new(at, Kind::Deployment, text, ["DEP-9"]).fact(percents(found))
}

/// What a scaling policy made of its metric.
pub(super) fn scaled(
    at: SimTime,
    cluster: &Cluster,
    service: ServiceId,
    (policy, from, to, running): (usize, u32, u32, u32),
) -> Entry {
    let found = cluster.service(service);
    let target = found.scaling.as_deref();
    let policy = target.and_then(|target| target.policies.get(policy));
    let name = policy.map_or("", |policy| policy.name.as_str());
    let text = format!("policy {name} scales from {from} to {to}");
    let number = |millionths: u64| {
        let text = format!("{:.2}", millionths as f64 / 1e6);
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    let minute = found.last_minute.unwrap_or_default();
    let out = to > from;
    let (why, rules): (String, &[&'static str]) = match policy.map(|policy| &policy.kind) {
        Some(PolicyKind::Tracking(tracking)) => {
            let aim = number(tracking.target_millionths);
            let name = tracking.metric.name();
            let why = match tracking.metric.of(&minute).filter(|_| running > 0) {
                Some(value) => {
                    let value = number(value);
                    format!("{name} {value} against {aim}: ceil({running} running × {value} / {aim})")
                }
                None => "nothing runs and something is asked: one task to begin with".to_owned(),
            };
            (why, if out { &["AAS-2", "AAS-5", "AAS-8"] } else { &["AAS-2", "AAS-6"] })
        }
        Some(PolicyKind::Step(_)) => {
            let calls =
                |alarm: &&MetricAlarm| alarm.is_raised() && alarm.policies.iter().any(|of| of == name);
            let alarm = found.metric_alarms.iter().find(calls);
            let why = alarm.map_or_else(String::new, |alarm| {
                let value = alarm.metric.of(&minute).map_or_else(|| "nothing".to_owned(), number);
                let threshold = number(alarm.threshold_millionths);
                format!("alarm {}: {value} against {threshold}, a step from {running} running", alarm.name)
            });
            (why, &["AAS-2", "AAS-13", "AAS-14"])
        }
        None => (String::new(), &[]),
    };
    let entry = Entry::new(at, Kind::Service, text, rules.iter().copied()).fact(why);
    match target {
        Some(target) if to == target.max => entry.fact(format!("MaxCapacity {} holds it", target.max)),
        Some(target) if to == target.min => entry.fact(format!("MinCapacity {} holds it", target.min)),
        Some(_) | None => entry,
    }
}

/// What the circuit breaker of the newest deployment has counted, against its threshold.
pub(super) fn failures_counted(at: SimTime, cluster: &Cluster, service: ServiceId, failures: u32) -> Entry {
    let found = cluster.service(service);
    let breaker = found.settings.deployment_rules.circuit_breaker;
    let threshold = breaker.map_or(0, |breaker| threshold_of(cluster, found, breaker));
    let text = match failures {
        0 => {
            format!("the circuit breaker stands at 0 of {threshold}; failed health checks count from now on")
        }
        _ if failures > threshold => {
            format!("the circuit breaker counts {failures}, beyond its threshold of {threshold}")
        }
        _ => format!("the circuit breaker counts {failures} of {threshold}"),
    };
    Entry::new(at, Kind::Deployment, text, ["DEP-21", "DEP-22", "DEP-23"])
}

/// Somebody wants the next task of a service, as the look says if there was one.
pub(super) fn wanted(
    at: SimTime,
    cluster: &Cluster,
    service: ServiceId,
    look: Option<&Look>,
    cause: Option<&str>,
) -> Entry {
    let found = cluster.service(service);
    let (name, desired) = (&found.name, found.settings.desired_count);
    let text = match look {
        Some(look) if look.deploying && look.to_go > 0 => format!(
            "wanted: {name} lacks {} for deployment {} ({} desired, {} told to run, {} of them to go)",
            tasks(look.lacking),
            look.primary.0,
            look.desired,
            look.active,
            look.to_go
        ),
        Some(look) => format!(
            "wanted: {name} lacks {} ({} desired, {} told to run)",
            tasks(look.lacking),
            look.desired,
            look.active
        ),
        None => format!("wanted: {name} is to keep {}", tasks(desired)),
    };
    let mut rules = vec!["SVC-1"];
    rules.extend(look.is_some_and(|look| look.deploying && look.to_go > 0).then_some("DEP-5"));
    let entry = Entry::new(at, Kind::Wanted, text, rules);
    match cause {
        Some(cause) => entry.fact(format!("because {cause}")),
        None => entry,
    }
}

/// A wait of a service that is no retry of a placement.
pub(super) fn waits(
    at: SimTime,
    cluster: &Cluster,
    service: ServiceId,
    deployment: DeploymentNumber,
    why: Wait,
    until: SimTime,
) -> Entry {
    let rule = match why {
        Wait::PlacementRetry => "SVC-9",
        Wait::StartThrottle => "SVC-10",
        Wait::LaunchRate => "SVC-8",
        Wait::AccountLaunchRate => "QUO-9",
    };
    let text = match why {
        Wait::PlacementRetry => "the next attempt to place a task waits".to_owned(),
        Wait::StartThrottle => {
            format!("launches of deployment {} are put off, its tasks ending before RUNNING", deployment.0)
        }
        Wait::LaunchRate => "launches are put off, the rate of 500 a minute being used up".to_owned(),
        Wait::AccountLaunchRate => {
            "launches are put off, the account's launch rate on Fargate being used up".to_owned()
        }
    };
    let mut entry = Entry::new(at, Kind::Waits, text, [rule]).folding(rule);
    if why == Wait::StartThrottle {
        let failed = cluster.service(service).deployment(deployment).map_or(0, |found| found.failed_starts);
        entry = entry.fact(format!("{failed} in a row"));
    }
    entry.details.until = Some(Moment(until));
    entry
}

pub(super) fn wait_in_words(
    cluster: &Cluster,
    service: ServiceId,
    deployment: DeploymentNumber,
    why: Wait,
    until: SimTime,
) -> String {
    let found = cluster.service(service).deployment(deployment);
    let failed = found.map_or(0, |deployment| deployment.failed_starts);
    match why {
        Wait::PlacementRetry => format!("the next attempt to place a task is at {until}"),
        Wait::StartThrottle => format!(
            "launches of deployment {} are put off until {until}: {failed} in a row ended before RUNNING",
            deployment.0
        ),
        Wait::LaunchRate => {
            format!("launches are put off until {until}: the rate of 500 a minute is used up")
        }
        Wait::AccountLaunchRate => {
            format!("launches are put off until {until}: the account's launch rate on Fargate is used up")
        }
    }
}

/// `45.2 s`, `2 min 3 s`, `1 h 2 min`.
pub(super) fn length(length: SimDuration) -> String {
    let seconds = length.0 / 1000;
    match seconds {
        0..60 => format!("{} s", length.as_secs_f64()),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// A task that is not wanted any more before it came to be.
pub(super) fn unwanted(at: SimTime, cluster: &Cluster, look: &Look) -> Entry {
    let name = &cluster.service(look.service).name;
    let text = format!("wanted no longer: {name} has {} of {} desired", look.active, look.desired);
    Entry::new(at, Kind::Wanted, text, ["SVC-1"])
}

/// Another task of the service comes before this one, and finds no place.
pub(super) fn stands_behind(at: SimTime, cluster: &Cluster, service: ServiceId, reason: Refusal) -> Entry {
    let found = cluster.service(service);
    let text = format!("{}#{} comes before it and finds no place: {reason}", found.name, found.launches + 1);
    Entry::new(at, Kind::Refused, text.clone(), ["PLC-13", "SVC-9"]).folding(text)
}

/// The agent keeps a task waiting.
pub(super) fn waits_for_room(at: SimTime) -> Entry {
    let text = "waits in PENDING: its host still holds what tasks on their way down have";
    Entry::new(at, Kind::Waits, text, ["LIF-21", "LIF-4"])
}

pub(super) fn limits(look: &Look) -> Limits {
    Limits {
        desired: look.desired,
        active: look.active,
        pending: look.pending,
        healthy: look.healthy,
        stopping: look.stopping,
        lacking: look.lacking,
        to_go: look.to_go,
        must_stay_healthy: look.floor_of_step,
        at_most: look.cap,
    }
}

/// The limits leave no room to move.
pub(super) fn blocked(at: SimTime, cluster: &Cluster, look: &Look, blocked: Blocked) -> Entry {
    let settings = &cluster.service(look.service).settings;
    let there = match look.stopping {
        0 => format!("{} there", look.active),
        stopping => format!("{} there and {stopping} still stopping", look.active),
    };
    let cap = format!("maximumPercent {} allows {}, {there}", settings.maximum_percent, tasks(look.cap));
    let floor = if look.floor_of_step > look.floor {
        format!(
            "{} healthy, and start-first keeps the {} desired until new ones are healthy",
            look.healthy, look.floor_of_step
        )
    } else {
        format!(
            "minimumHealthyPercent {} keeps {} healthy, {} are",
            settings.minimum_healthy_percent, look.floor, look.healthy
        )
    };
    // One that is to be replaced is healthy no more, so the floor is not what keeps it.
    let only_impaired = look.to_go == look.impaired;
    let not_yet = match (look.active - look.healthy).saturating_sub(look.impaired) {
        0 => String::new(),
        1 => ", 1 more is not yet".to_owned(),
        others => format!(", {others} more are not yet"),
    };
    let (text, fact, rules): (String, Option<String>, &[&'static str]) = match blocked {
        Blocked::NoRoom => (
            "no room to start another task".to_owned(),
            Some(format!("{} lacking: {cap}", tasks(look.lacking))),
            &["DEP-3"],
        ),
        Blocked::Floor if only_impaired => {
            let text = "what is to be replaced may not stop before its replacement is healthy".to_owned();
            (text, Some(format!("{} to be replaced, {} healthy", tasks(look.impaired), look.healthy)), &[])
        }
        Blocked::Floor => {
            let fact = format!("{} to go: {floor}{not_yet}", tasks(look.to_go));
            ("no task that is to go may stop".to_owned(), Some(fact), &["DEP-4"])
        }
        Blocked::Both => {
            let text = format!(
                "stuck: the floor lets none of {} stop ({floor}), and the cap lets no other start ({cap})",
                tasks(look.to_go)
            );
            (text, None, &["DEP-6", "DEP-4", "DEP-3"])
        }
    };
    let mut rules = rules.to_vec();
    rules.extend((look.impaired > 0).then_some("SVC-14"));
    rules.extend((cluster.service(look.service).counts.draining > 0).then_some("INS-6"));
    let entry = Entry::new(at, Kind::Blocked, text, rules).with(recorder::limits(look));
    let entry = fact.into_iter().fold(entry, Entry::fact);
    entry.folding(format!("{blocked:?}"))
}
