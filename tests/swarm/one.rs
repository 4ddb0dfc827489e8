//! One seed: its scenario read, simulated and judged.

use std::panic::{AssertUnwindSafe, catch_unwind};

use ecsim::engine::setup::End;
use ecsim::engine::{Setup, Simulation};
use ecsim::experiment::explain::explain;
use ecsim::experiment::explain::subject::Subject;
use ecsim::experiment::trial::{Trial, TrialKey, TrialOptions, simulate_with_events};
use ecsim::kernel::time::{SimDuration, SimTime};
use ecsim::model::Cluster;
use ecsim::observe::digest::Digest;
use ecsim::observe::invariants::Invariants;
use ecsim::observe::metrics::metric_names;
use ecsim::scenario::plan::{Plan, Source};

use super::facts::{Fact, Facts};
use super::liveness::Liveness;
use super::scenario::{text, text_in_the_other_form};
use super::trace::Trace;
use std::collections::BTreeMap;

/// Every n-th seed is simulated again, with all other observers on.
const SECOND_TIME_EVERY: u64 = 20;

/// The facts that the scenario of a seed reached.
///
/// # Errors
/// What is wrong with the program, or with the generator.
pub fn run(seed: u64, traced: bool) -> Result<BTreeMap<Fact, u64>, String> {
    catch_unwind(AssertUnwindSafe(|| judge(seed, traced))).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
        Err(format!("panicked: {}", text.unwrap_or_default()))
    })
}

fn judge(seed: u64, traced: bool) -> Result<BTreeMap<Fact, u64>, String> {
    let source = Source::Text(format!("swarm-{seed}"), text(seed));
    let plan = Plan::load(&source, &[], None).map_err(|error| format!("the scenario is refused: {error}"))?;
    let setup = plan.setup(0).map_err(|error| format!("the point is refused: {error}"))?;
    let liveness = Liveness::new(traced.then(Trace::default));
    let observer = ((Digest::new(), liveness), (Facts::default(), Invariants::new()));
    let outcome = Simulation::new(&setup, 0, observer, ()).run().map_err(|error| error.to_string())?;
    let ((digest, liveness), (facts, invariants)) = outcome.observer;
    invariants.verdict().map_err(|violation| format!("an invariant broke {violation}"))?;
    liveness.first_failure.map_or(Ok(()), Err)?;
    check_end(&setup, outcome.end)?;
    check_conservation(&facts, &outcome.cluster)?;
    if seed.is_multiple_of(SECOND_TIME_EVERY) {
        let source = Source::Text(format!("swarm-{seed}"), text_in_the_other_form(seed));
        let plan = Plan::load(&source, &[], None).map_err(|error| format!("in the other form: {error}"))?;
        let setup = plan.base_setup().map_err(|error| format!("in the other form: {error}"))?;
        check_second_time(&setup, &digest.hex())?;
        check_explained(&setup, &digest.hex())?;
    }
    Ok(facts.counts)
}

fn check_end(setup: &Setup, end: SimTime) -> Result<(), String> {
    match setup.end {
        End::At(planned) if planned != end => Err(format!("ended at {end}, not at {planned}")),
        End::At(_) | End::UntilDone => Ok(()),
    }
}

/// Every task that was ever created is there or was forgotten.
fn check_conservation(facts: &Facts, cluster: &Cluster) -> Result<(), String> {
    let there = cluster.tasks.len() as u64;
    let (created, forgotten) = (facts.created, facts.forgotten);
    if created == forgotten + there && created == cluster.tasks_created {
        return Ok(());
    }
    let counted = cluster.tasks_created;
    Err(format!("{created} tasks created ({counted} by the cluster), {forgotten} forgotten, {there} there"))
}

/// The same story, from the same scenario in YAML instead of JSON or the other way round, with everything that `ecsim`
/// can record switched on.
fn check_second_time(setup: &Setup, first: &str) -> Result<(), String> {
    let options = TrialOptions {
        fail: false,
        sample_every: Some(SimDuration::from_secs(60)),
        marks: true,
        tally: true,
        check: false,
        history: true,
    };
    let key = TrialKey { point: 0, replication: 0 };
    let (trial, ..) = simulate_with_events(setup, key, options, Some(()), Some(()))
        .map_err(|error| format!("the second time: {error}"))?;
    if trial.digest != first {
        return Err(format!("digest {first}, the second time {}", trial.digest));
    }
    check_metrics(setup, &trial)
}

/// The same run again while the stories of services, deployments, tasks and an instance are taken down.
fn check_explained(setup: &Setup, first: &str) -> Result<(), String> {
    let services = setup.cluster.services.iter().map(|service| service.name.as_str());
    let callers = setup.cluster.callers.iter().map(|caller| caller.name.as_str());
    let tasks = services.clone().chain(callers).map(|name| Subject::task(setup, &format!("{name}#4")));
    let instances = setup.cluster.instances.iter().map(|(id, _)| setup.cluster.instance_name(id)).take(1);
    let instances = instances.map(|name| Subject::instance(setup, &name));
    let deployments = services.clone().map(|name| Subject::deployment(setup, &format!("{name}/2")));
    let services = services.map(|name| Subject::service(setup, name));
    for subject in services.chain(deployments).chain(tasks).chain(instances) {
        let subject = subject.map_err(|unknown| unknown.problem)?;
        let explained = explain(setup, 0, &subject, None).map_err(|error| format!("explained: {error}"))?;
        if explained.digest != first {
            return Err(format!("digest {first}, with the story of {subject} {}", explained.digest));
        }
        let text = ecsim::output::story::text(&explained.story, 80);
        if explained.story.is_empty() || text.lines().count() < explained.story.entries().len() {
            return Err(format!("the story of {subject} is no story: {text}"));
        }
    }
    Ok(())
}

/// Every value is a number, and every share one.
fn check_metrics(setup: &Setup, trial: &Trial) -> Result<(), String> {
    for (name, value) in metric_names(&setup.cluster).iter().zip(&trial.values) {
        let Some(value) = *value else { continue };
        let share = name.unit == "share";
        if !value.is_finite() || value < 0.0 || share && value > 1.0 + 1e-9 {
            return Err(format!("{} is {value} {}", name.column(), name.unit));
        }
    }
    Ok(())
}
