//! Whether the parameters of every distribution in a scenario make one.

use super::SpecProblem;
use crate::scenario::distribution_spec::{DistributionSpec, DurationDistribution, Quantity};
use crate::scenario::spec::{
    Crash, Failure, Fault, OnRefusal, OnStop, Run, Scenario, TaskWorld, TimelineAction,
};

/// Collects mistakes below a path.
struct Walk<'a> {
    path: String,
    found: &'a mut Vec<SpecProblem>,
}

impl Walk<'_> {
    fn below(&mut self, path: impl AsRef<str>) -> Walk<'_> {
        Walk { path: format!("{}{}", self.path, path.as_ref()), found: self.found }
    }

    fn check<'d, Q: Quantity + 'd>(
        &mut self,
        key: &str,
        specs: impl IntoIterator<Item = &'d DistributionSpec<Q>>,
    ) {
        for spec in specs {
            if let Err(problem) = spec.check() {
                let dot = if problem.path.is_empty() { "" } else { "." };
                let path = format!("{}{key}{dot}{}", self.path, problem.path);
                self.found.push(SpecProblem { path, message: problem.message });
            }
        }
    }
}

/// A name as a segment of a path, quoted if it must be.
fn segment(name: &str) -> String {
    let plain = !name.is_empty() && !name.contains(['.', '[', ']', '"', '\'', '=']) && name.trim() == name;
    let quote = if name.contains('"') { '\'' } else { '"' };
    if plain { name.to_owned() } else { format!("{quote}{name}{quote}") }
}

pub(super) fn check(scenario: &Scenario, found: &mut Vec<SpecProblem>) {
    let mut all = Walk { path: String::new(), found };
    let world = &scenario.world;
    for (name, task) in &world.tasks {
        check_task(task, &mut all.below(format!("world.tasks.{}.", segment(name))));
    }
    for (name, group) in &world.groups {
        let mut at = all.below(format!("world.groups.{}.", segment(name)));
        at.check("launch", &group.launch);
        for (hook, world) in &group.hooks {
            at.check(&format!("hooks.{}.completesAfter", segment(hook)), [&world.completes_after]);
        }
        check_failure(&group.failure, &mut at);
    }
    for (name, zone) in &world.zones {
        check_failure(&zone.failure, &mut all.below(format!("world.zones.{}.", segment(name))));
    }
    for (name, pool) in &world.spot {
        let every = pool.interruption.iter().map(|interruption| &interruption.every);
        let mut at = all.below(format!("world.spot.{}.", segment(name)));
        at.check("interruption.every", every);
        at.check("reclaim.every", pool.reclaim.iter().map(|reclaim| &reclaim.every));
        at.check("rebalanceRecommendation", &pool.rebalance_recommendation);
    }
    for (i, run) in world.runs.iter().enumerate() {
        check_run(run, &mut all.below(format!("world.runs[{i}].")));
    }
    for (i, item) in scenario.timeline.iter().enumerate() {
        let mut at = all.below(format!("timeline[{i}]."));
        at.check("at", [&item.at]);
        at.check("every", &item.every);
        if let Ok(TimelineAction::Fault(fault)) = item.action() {
            at.check("with.for", lasting(&fault));
        }
    }
}

fn check_task(task: &TaskWorld, at: &mut Walk<'_>) {
    at.check("launch", &task.launch);
    at.check("ready", &task.ready);
    at.check("exitAfterSignal", &task.exit_after_signal);
    at.check("start", &task.start);
    at.check("unhealthy.after", task.unhealthy.iter().map(|unhealthy| &unhealthy.after));
    check_crash(&task.crash, at);
    for (name, container) in &task.containers {
        let mut at = at.below(format!("containers.{}.", segment(name)));
        at.check("exitAfterSignal", &container.exit_after_signal);
        at.check("start", &container.start);
        at.check("exits.after", container.exits.iter().map(|exits| &exits.after));
        at.check("unhealthy.after", container.unhealthy.iter().map(|unhealthy| &unhealthy.after));
        check_crash(&container.crash, &mut at);
    }
}

fn check_crash(crash: &Option<Crash>, at: &mut Walk<'_>) {
    at.check("crash.every", crash.iter().map(|crash| &crash.every));
}

fn check_failure(failure: &Option<Failure>, at: &mut Walk<'_>) {
    at.check("failure.every", failure.iter().map(|failure| &failure.every));
    at.check("failure.repair", failure.iter().flat_map(|failure| &failure.repair));
}

fn check_run(run: &Run, at: &mut Walk<'_>) {
    at.check("arrivals.every", &run.arrivals.every);
    at.check("duration", &run.duration);
    at.check("overrides.cpu", run.overrides.iter().flat_map(|sizes| &sizes.cpu));
    at.check("overrides.memory", run.overrides.iter().flat_map(|sizes| &sizes.memory));
    match &run.on_refusal {
        OnRefusal::Fail => {}
        OnRefusal::Retry { every, .. } => at.check("onRefusal.retryEvery", [every]),
        OnRefusal::Wait { timeout, .. } => at.check("onRefusal.timeout", timeout),
    }
    match &run.on_stop {
        OnStop::None => {}
        OnStop::Resubmit { after, .. } => at.check("onStop.resubmitAfter", [after]),
    }
}

/// How long a fault lasts, if it does.
fn lasting(fault: &Fault) -> Option<&DurationDistribution> {
    match fault {
        Fault::StartFailure(fault) => Some(&fault.lasting),
        Fault::Unhealthy(fault) => fault.lasting.as_ref(),
        Fault::AgentDisconnect(fault) => Some(&fault.lasting),
        Fault::ZoneOutage(fault) => Some(&fault.lasting),
        Fault::CapacityOutage(fault) => Some(&fault.lasting),
        Fault::Alarm(fault) => Some(&fault.lasting),
        Fault::ContainerExit(_)
        | Fault::InstanceFailure(_)
        | Fault::InstanceTermination(_)
        | Fault::SpotInterruption(_)
        | Fault::TaskRetirement(_) => None,
    }
}
