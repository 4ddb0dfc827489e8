//! From the scenario to the simulation: requests of time zero are made, names are resolved, laws are read.

mod attributes;
mod availability;
mod demand;
mod deployment_hooks;
mod deployments;
mod files;
mod fits;
mod groups;
mod instances;
mod managed;
mod model;
mod policies;
mod prices;
mod runs;
mod spot;
mod standing;
mod tables;
mod timeline;
mod world;

use serde_json::Value;

use tables::Tables;

use super::distribution_spec::{DistributionSpec, Quantity};
use super::document::Document;
use super::problem::Problem;
use super::spec::{Call, PlacementPolicyName, RunLength, Scenario, StartState, TimelineItem};
use crate::catalog::instance_types::TypesFile;
use crate::engine::api::{self, Answer, ApiError, Request};
use crate::engine::setup::{End, Setup, Start, World};
use crate::kernel::dist::Distribution;
use crate::kernel::time::{SimDuration, SimTime};
use crate::model::instance::PoolKind;
use crate::model::parameters::Parameters;
use crate::model::placement::PlacementRule;
use crate::model::{Change, Cluster};

/// What the user should know about the data that was read: rows left out and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes(pub Vec<String>);

/// Builds the simulation of a scenario. The files of data that it names are taken into the document, so that mistakes can
/// point into them; `types` are instance types of the command line, which go over all others.
///
/// # Errors
/// Every problem of meaning that was found, at its place; beside a setup stand the warnings.
pub fn build(
    document: &mut Document,
    scenario: &Scenario,
    types: Option<&TypesFile>,
) -> Result<(Setup, Notes, Vec<Problem>), Vec<Problem>> {
    let tables = Tables::load(document, scenario, types)?;
    let (problems, notes) = (Vec::new(), Notes::default());
    let mut builder =
        Builder { document, scenario, tables: &tables, problems, notes, trunking: false, alarms: Vec::new() };
    let setup = builder.setup();
    match setup {
        Some(setup) if !builder.problems.iter().any(Problem::is_error) => {
            Ok((setup, builder.notes, builder.problems))
        }
        _ => Err(builder.problems),
    }
}

struct Builder<'a> {
    document: &'a Document,
    scenario: &'a Scenario,
    tables: &'a Tables,
    problems: Vec<Problem>,
    notes: Notes,
    /// Whether the account setting awsvpcTrunking is on (CON-20).
    trunking: bool,
    /// Names of the alarms that the timeline raises.
    alarms: Vec<String>,
}

/// The account setting that FAIL-8 reads.
const RETIREMENT_WAIT: &str = "fargateTaskRetirementWaitPeriod";
/// The account setting that CON-20 reads.
const TRUNKING: &str = "awsvpcTrunking";

impl Builder<'_> {
    fn setup(&mut self) -> Option<Setup> {
        let found = self.scenario.problems();
        for problem in found {
            self.error(&problem.path, problem.message);
        }
        let parameters = self.parameters();
        let name = self.scenario.aws.cluster.cluster_name.clone().unwrap_or_else(|| "default".to_owned());
        let mut cluster = Cluster::new(&name, Parameters::new(parameters));
        cluster.prices = self.prices();
        if let Ok(starts_at) = self.scenario.starts_at.parse::<jiff::Timestamp>() {
            cluster.zero_unix_ms = starts_at.as_millisecond();
        }
        let task_retirement_wait = self.account_settings();
        self.register_task_definitions(&mut cluster);
        self.intern_zones(&mut cluster);
        self.auto_scaling_groups(&mut cluster);
        self.capacity_providers(&mut cluster);
        self.container_instances(&mut cluster);
        cluster.intern_pool("FARGATE", PoolKind::Fargate);
        cluster.intern_pool("FARGATE_SPOT", PoolKind::FargateSpot);
        self.fargate_spot_capacity(&mut cluster);
        self.default_strategy(&mut cluster);
        self.create_target_groups(&mut cluster);
        self.create_services(&mut cluster);
        self.deployments(&mut cluster);
        self.scaling_policies(&mut cluster);
        self.demands(&mut cluster);
        let mut world = World {
            tasks: self.task_behaviours(&cluster),
            families: self.families(),
            pools: self.pool_behaviours(&cluster),
            spot: self.spot_worlds(),
            spot_supplies: self.spot_supplies(&cluster),
            zones: self.zone_failures(&cluster),
            services: self.service_behaviours(&cluster),
            callers: Vec::new(),
            alarms: Vec::new(),
        };
        world.callers = self.callers(&mut cluster);
        let standing = self.standing(&mut cluster);
        self.apply_placement_policies(&mut cluster, &mut world);
        self.apply_capacity_policies(&mut cluster);
        self.apply_spot_fallbacks(&mut cluster);
        self.warn_of_what_never_fits(&cluster, &world);
        self.warn_of_unknown_attributes(&cluster);
        self.fargate_prices_needed(&cluster, &world.callers);
        self.warn_of_unknown_priced_types();
        let timeline = self.timeline(&cluster);
        world.alarms = std::mem::take(&mut self.alarms);
        self.warn_of_silent_alarms(&cluster, &world.alarms);
        self.warn_of_limits_that_never_move(&cluster);
        Some(Setup {
            name: self.scenario.name.clone(),
            seed: self.scenario.seed,
            cluster,
            world,
            timeline,
            end: self.end()?,
            warm_up: SimDuration(self.scenario.warm_up.0),
            start: match self.scenario.start {
                StartState::Settled => Start::Settled,
                StartState::Cold => Start::Cold,
            },
            standing,
            task_retirement_wait,
        })
    }

    fn end(&mut self) -> Option<End> {
        match self.scenario.duration {
            RunLength::UntilDone => Some(End::UntilDone),
            RunLength::Ms(ms) if ms <= SimTime::LATEST_END.0 => Some(End::At(SimTime(ms))),
            RunLength::Ms(_) => {
                let longest = SimTime::LATEST_END.0 / 86_400_000;
                self.error("duration", format!("the clock ends after {longest}d; give at most that"));
                None
            }
        }
    }

    /// CON-20, and FAIL-8: how long the notice of a retirement is, 7 days where nothing is said.
    fn account_settings(&mut self) -> SimDuration {
        let mut days = 7;
        for (name, value) in &self.scenario.aws.account_settings {
            let path = format!("aws.accountSettings.{}", quoted(name));
            let given = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            if name == TRUNKING {
                match given.as_str() {
                    "enabled" | "on" => self.trunking = true,
                    "disabled" | "off" => self.trunking = false,
                    _ => {
                        let exception = "InvalidParameterException";
                        let message =
                            format!("{exception}: found {given}; it is enabled or disabled (CON-20)");
                        self.error(&path, message);
                    }
                }
                continue;
            }
            if name != RETIREMENT_WAIT {
                let message =
                    format!("of account settings only {TRUNKING} and {RETIREMENT_WAIT} are modelled yet");
                self.error(&path, message);
                continue;
            }
            match given.as_str() {
                "0" | "7" | "14" => days = given.parse().unwrap_or(days),
                _ => {
                    let exception = "InvalidParameterException";
                    let message =
                        format!("{exception}: found {given}; the notice is 0, 7 or 14 days (FAIL-8)");
                    self.error(&path, message);
                }
            }
        }
        SimDuration::from_secs(days * 86_400)
    }

    fn register_task_definitions(&mut self, cluster: &mut Cluster) {
        for (index, input) in self.scenario.aws.task_definitions.iter().enumerate() {
            let request = Request::RegisterTaskDefinition(Box::new(input.clone()));
            self.request(cluster, &format!("aws.taskDefinitions[{index}]"), &request);
        }
    }

    fn create_target_groups(&mut self, cluster: &mut Cluster) {
        for (index, input) in self.scenario.aws.load_balancers.iter().enumerate() {
            let request = Request::CreateTargetGroup(Box::new(input.clone()));
            self.request(cluster, &format!("aws.loadBalancers[{index}]"), &request);
        }
    }

    fn create_services(&mut self, cluster: &mut Cluster) {
        let mut seen: Vec<(&str, usize)> = Vec::new();
        for (index, input) in self.scenario.aws.services.iter().enumerate() {
            let path = format!("aws.services[{index}]");
            if let Some((_, first)) = seen.iter().find(|(name, _)| *name == input.service_name) {
                let before = self.line_of(&format!("aws.services[{first}].serviceName"));
                let message =
                    format!("a second service named {:?}; the first stands in {before}", input.service_name);
                self.error(&format!("{path}.serviceName"), message);
                continue;
            }
            seen.push((&input.service_name, index));
            let mut input = input.clone();
            if let Some(oldest) = self.oldest_revision(cluster, &input) {
                input.task_definition = Some(oldest);
            }
            self.request(cluster, &path, &Request::CreateService(Box::new(input)));
        }
    }

    /// DEP-6: where the timeline updates a service whose limits let nothing start and nothing stop.
    fn warn_of_limits_that_never_move(&mut self, cluster: &Cluster) {
        for (index, service) in cluster.services.iter().enumerate() {
            let settings = &service.settings;
            let desired = settings.desired_count;
            let never = desired > 0
                && !service.is_daemon()
                && settings.cap_total() <= desired
                && settings.floor_healthy() >= desired;
            let is_update = |item: &TimelineItem| {
                item.call == Some(Call::UpdateService)
                    && item.with.get("service").and_then(Value::as_str) == Some(&service.name)
            };
            if never && self.scenario.timeline.iter().any(is_update) {
                let message = format!(
                    "a deployment can never move: of {desired} tasks {} must stay healthy (minimumHealthyPercent {}) and {} may be there \
                     (maximumPercent {}); it needs a maximum of {} or a minimum of {} (DEP-6)",
                    settings.floor_healthy(),
                    settings.minimum_healthy_percent,
                    settings.cap_total(),
                    settings.maximum_percent,
                    desired + 1,
                    desired - 1
                );
                self.warn(&format!("aws.services[{index}].deploymentConfiguration"), message);
            }
        }
    }

    /// DEP-25: an alarm that nothing raises fails no deployment.
    fn warn_of_silent_alarms(&mut self, cluster: &Cluster, raised: &[String]) {
        for (index, service) in cluster.services.iter().enumerate() {
            let alarms = service.settings.deployment_rules.alarms.iter().flat_map(|alarms| &alarms.names);
            let measured = |name: &String| {
                let mut all = cluster.services.iter().flat_map(|service| &service.metric_alarms);
                all.any(|alarm| alarm.name == *name)
            };
            for name in alarms.filter(|name| !raised.contains(name) && !measured(name)) {
                let path = format!("aws.services[{index}].deploymentConfiguration.alarms");
                let message = format!(
                    "nothing raises the alarm {name:?}: PutMetricAlarm does, or the timeline by `fault: alarm`"
                );
                self.warn(&path, message);
            }
        }
    }

    fn default_strategy(&mut self, cluster: &mut Cluster) {
        if let Some(names) = &self.scenario.aws.cluster.capacity_providers {
            match api::placement::associated(cluster, names) {
                Ok(names) => cluster.associated_providers = Some(names),
                Err(error) => self.api_error("aws.cluster", &error),
            }
        }
        if let Some(items) = &self.scenario.aws.cluster.default_capacity_provider_strategy {
            match api::placement::strategy_of(cluster, items) {
                Ok(choices) => cluster.default_capacity = choices,
                Err(error) => {
                    let field = error.field.replacen(
                        "capacityProviderStrategy",
                        "defaultCapacityProviderStrategy",
                        1,
                    );
                    self.api_error("aws.cluster", &ApiError { field, ..error });
                }
            }
        }
    }

    /// Makes a request at time zero.
    fn request(&mut self, cluster: &mut Cluster, path: &str, request: &Request) {
        self.warn_of_ignored(cluster, path, request);
        match api::answer(cluster, SimTime::ZERO, request) {
            Ok(Answer::Changes(changes)) => {
                changes.iter().for_each(|change| cluster.apply(SimTime::ZERO, change));
            }
            Ok(
                Answer::RunTask { .. }
                | Answer::StartTask { .. }
                | Answer::StopTask(..)
                | Answer::TerminateInstance { .. },
            ) => {}
            Err(error) => self.api_error(path, &error),
        }
    }

    fn warn_of_ignored(&mut self, cluster: &Cluster, path: &str, request: &Request) {
        for (field, sentence) in api::ignored(cluster, request) {
            self.warn(&format!("{path}.{field}"), sentence);
        }
    }

    fn api_error(&mut self, path: &str, error: &ApiError) {
        let field = if error.field.is_empty() { path.to_owned() } else { format!("{path}.{}", error.field) };
        self.problems.push(self.document.api_error_at(&field, error));
    }

    /// A law of times or numbers; a mistake in it is told at its place, and 0 stands for it.
    fn law<Q: Quantity>(&mut self, path: &str, spec: &DistributionSpec<Q>) -> Distribution {
        let document = self.document;
        let read = spec.to_distribution(&mut |column| files::empirical(document, column));
        read.unwrap_or_else(|problem| {
            let at =
                if problem.path.is_empty() { path.to_owned() } else { format!("{path}.{}", problem.path) };
            self.error(&at, problem.message);
            never()
        })
    }

    fn opt_law<Q: Quantity>(
        &mut self,
        path: &str,
        spec: Option<&DistributionSpec<Q>>,
    ) -> Option<Distribution> {
        spec.map(|spec| self.law(path, spec))
    }

    fn error(&mut self, path: &str, message: impl Into<String>) {
        self.problems.push(self.document.error_at(path, message));
    }

    fn warn(&mut self, path: &str, message: impl Into<String>) {
        self.problems.push(self.document.warning_at(path, message));
    }

    /// `line 12` of the value at a path.
    fn line_of(&self, path: &str) -> String {
        let position = self.document.sources().position(self.document.origin_at(path));
        position.map_or_else(|| "the file".to_owned(), |position| format!("line {}", position.line))
    }

    fn apply_placement_policies(&mut self, cluster: &mut Cluster, world: &mut World) {
        let rules = &self.scenario.policies.placement;
        let default = rules.get("default").copied();
        for service in &mut cluster.services {
            service.settings.placement_rule = rule(rules.get(&service.name).copied().or(default));
        }
        for (caller, behaviour) in cluster.callers.iter().zip(&mut world.callers) {
            if let Some(behaviour) = behaviour {
                behaviour.placement_rule = rule(rules.get(&caller.name).copied().or(default));
            }
        }
        for name in rules.keys().filter(|name| *name != "default") {
            let known =
                cluster.services.iter().map(|s| &s.name).chain(cluster.callers.iter().map(|c| &c.name));
            let names: Vec<&str> = known.map(String::as_str).collect();
            self.must_be_one_of(
                &format!("policies.placement.{}", quoted(name)),
                name,
                &names,
                "service or run",
            );
        }
    }

    /// Tells the nearest name where `name` is none of `names`.
    fn must_be_one_of(&mut self, path: &str, name: &str, names: &[&str], what: &str) -> bool {
        if names.contains(&name) {
            return true;
        }
        let near = crate::catalog::nearest_spelling(name, names.iter().copied());
        // Of a name that a service and its task definition share, once is enough.
        let mut some: Vec<&str> = Vec::new();
        names.iter().filter(|name| !name.is_empty()).for_each(|name| {
            if !some.contains(name) && some.len() < 6 {
                some.push(name);
            }
        });
        let hint = match near {
            Some(near) => format!("; did you mean {near:?}?"),
            None if names.is_empty() => "; there is none".to_owned(),
            None => format!("; there is {}", some.join(", ")),
        };
        self.error(path, format!("there is no {what} {name:?}{hint}"));
        false
    }
}

fn rule(name: Option<PlacementPolicyName>) -> PlacementRule {
    match name.unwrap_or_default() {
        PlacementPolicyName::Ecs => PlacementRule::Ecs,
        PlacementPolicyName::FirstFit => PlacementRule::FirstFit,
        PlacementPolicyName::WorstFit => PlacementRule::WorstFit,
        PlacementPolicyName::BestFit => PlacementRule::BestFit,
        PlacementPolicyName::SpreadBestFit => PlacementRule::SpreadBestFit,
    }
}

/// A segment of a path, quoted where it needs to be.
fn quoted(segment: &str) -> String {
    if segment.contains(['.', '[', '"']) { format!("'{segment}'") } else { segment.to_owned() }
}

/// Stands for a law that could not be read.
fn never() -> Distribution {
    Distribution::constant(0.0).expect("0 is a constant")
}

/// Dollars in nano-dollars, to the nearest.
fn nano_usd(usd: f64) -> u64 {
    (usd * 1e9 + 0.5) as u64
}

/// A JSON value as the user would write it.
fn shown(value: &Value) -> String {
    value.to_string()
}

/// Registers a change while the cluster is put together.
fn make_true(cluster: &mut Cluster, change: &Change) {
    cluster.apply(SimTime::ZERO, change);
}
