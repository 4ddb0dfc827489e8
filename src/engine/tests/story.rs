//! The story of a run: what became true, for people.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::engine::setup::{End, Start};
use crate::engine::{RunError, Setup, Simulation};
use crate::kernel::time::SimTime;
use crate::model::change::AfterRefusal;
use crate::model::container::ContainerStatus;
use crate::model::demand::ServiceMinute;
use crate::model::instance::InstanceStatus;
use crate::model::reason::{PlacementFailure, Refusal, StopCause};
use crate::model::service::{RebalancingPhase, RolloutState, ServiceStatus};
use crate::model::service_event::ServiceEvent;
use crate::model::target_group::TargetState;
use crate::model::task::{Host, TaskStatus};
use crate::model::traffic_shift::Stage;
use crate::model::{Change, Cluster, TaskDefinitionId, TaskId};
use crate::observe::Observer;
use crate::observe::digest::Digest;
use crate::observe::invariants::Invariants;
use crate::observe::metrics::{MetricOptions, Metrics, metric_names};

/// What befell one task; times in seconds.
#[derive(Clone, Debug)]
pub(super) struct TaskStory {
    pub created: f64,
    pub requested: f64,
    pub definition: TaskDefinitionId,
    /// The instance, or the zone of a Fargate task.
    pub host: String,
    pub zone: String,
    pub choice: u16,
    pub statuses: Vec<(TaskStatus, f64)>,
    pub healthy: Vec<(bool, f64)>,
    /// When its host was lost in reality.
    pub lost: Option<f64>,
    pub told: Option<(StopCause, f64)>,
    /// What load balancers said of it: which target, what, when.
    pub targets: Vec<(u8, TargetState, f64)>,
    /// Starts and ends of its containers: position, status, exit code, second.
    pub containers: Vec<(u8, ContainerStatus, Option<i32>, f64)>,
}

impl TaskStory {
    /// When it came to a status.
    pub fn at(&self, status: TaskStatus) -> Option<f64> {
        self.statuses.iter().find(|(reached, _)| *reached == status).map(|(_, at)| *at)
    }

    pub fn stopped(&self) -> Option<f64> {
        self.at(TaskStatus::Stopped)
    }

    /// When the container at this position came to a status, each time.
    pub fn container(&self, index: u8, status: ContainerStatus) -> Vec<f64> {
        let of_this = self.containers.iter().filter(|(of, to, ..)| *of == index && *to == status);
        of_this.map(|(.., at)| *at).collect()
    }

    pub fn cause(&self) -> Option<StopCause> {
        self.told.map(|(cause, _)| cause)
    }
}

/// All that became true, for people.
#[derive(Default)]
pub(super) struct Story {
    names: BTreeMap<usize, String>,
    pub tasks: BTreeMap<String, TaskStory>,
    /// Names in order of creation.
    pub order: Vec<String>,
    pub placement_refused: Vec<(Refusal, f64)>,
    /// In full, in the same order.
    pub why_refused: Vec<Option<Arc<PlacementFailure>>>,
    pub request_refused: Vec<(u64, AfterRefusal, f64)>,
    /// Why, in the same order.
    pub refused_for: Vec<Refusal>,
    pub abandoned: Vec<(u64, f64)>,
    pub deployments: Vec<(u32, f64)>,
    pub rollouts: Vec<(u32, RolloutState, f64)>,
    pub service_status: Vec<(ServiceStatus, f64)>,
    pub instances: Vec<(String, InstanceStatus, f64)>,
    pub failed_requests: Vec<(&'static str, &'static str)>,
    /// What ECS wrote into the lists of events, with the second.
    pub events: Vec<(ServiceEvent, f64)>,
    /// Rebalancing over zones, with the second.
    pub rebalancing: Vec<(RebalancingPhase, f64)>,
    /// Desired counts that scaling policies set, with the second.
    pub scalings: Vec<(u32, f64)>,
    /// Stages that deployments entered, with the weight of the new revision and the second.
    pub stages: Vec<(Stage, u32, f64)>,
    /// Minutes of demand, in order.
    pub minutes: Vec<ServiceMinute>,
    /// Failed starts in a row, with the second.
    pub failed_starts: Vec<(u32, f64)>,
}

impl Story {
    fn task(&mut self, task: TaskId) -> &mut TaskStory {
        let name = &self.names[&task.slot()];
        self.tasks.get_mut(name).expect("a task that was created")
    }
}

impl Observer for Story {
    fn observe(&mut self, at: SimTime, change: &Change, cluster: &Cluster) {
        let at = at.as_secs_f64();
        match change {
            Change::TaskCreated(new) => {
                let zone = cluster.zone_of(new.host);
                let zone = zone.map_or("", |zone| &cluster.zones[zone.index()].name).to_owned();
                let host = match new.host {
                    Host::Instance(instance) => cluster.instance_name(instance),
                    Host::Fargate(_) | Host::Unplaced(_) => zone.clone(),
                };
                let name = cluster.task_name(new.task);
                self.names.insert(new.task.slot(), name.clone());
                self.order.push(name.clone());
                let story = TaskStory {
                    created: at,
                    requested: new.requested_at.as_secs_f64(),
                    definition: new.task_definition,
                    host,
                    zone,
                    choice: new.choice,
                    statuses: vec![(new.first_status, at)],
                    healthy: Vec::new(),
                    lost: None,
                    told: None,
                    targets: Vec::new(),
                    containers: Vec::new(),
                };
                assert!(self.tasks.insert(name, story).is_none(), "names are unique");
            }
            Change::TaskStatusChanged { task, to, .. } => self.task(*task).statuses.push((*to, at)),
            Change::TaskHealthChanged { task, healthy } => self.task(*task).healthy.push((*healthy, at)),
            Change::TargetStateChanged { task, target, to, .. } => {
                self.task(*task).targets.push((*target, *to, at));
            }
            Change::TaskHostLost { task } => self.task(*task).lost = Some(at),
            Change::TaskStopOrdered { task, cause } => self.task(*task).told = Some((*cause, at)),
            Change::ServicePlacementRefused { reason, why, .. } => {
                self.placement_refused.push((*reason, at));
                self.why_refused.push(why.clone());
            }
            Change::TaskRequestRefused { ordinal, reason, then, .. } => {
                self.request_refused.push((*ordinal, *then, at));
                self.refused_for.push(*reason);
            }
            Change::TaskRequestAbandoned { ordinal, .. } => self.abandoned.push((*ordinal, at)),
            Change::DeploymentStarted { deployment, .. } => self.deployments.push((deployment.number.0, at)),
            Change::RolloutStateChanged { deployment, to, .. } => {
                self.rollouts.push((deployment.0, *to, at));
            }
            Change::ServiceStatusChanged { to, .. } => self.service_status.push((*to, at)),
            Change::InstanceStatusChanged { instance, to, .. } => {
                self.instances.push((cluster.instance_name(*instance), *to, at));
            }
            Change::ContainerStatusChanged { task, container, to, exit, .. } => {
                let code = exit.map(|exit| exit.code);
                self.task(*task).containers.push((*container, *to, code, at));
            }
            Change::RebalancingChanged { phase, .. } => self.rebalancing.push((*phase, at)),
            Change::ServiceEventWritten { event, .. } => self.events.push((event.clone(), at)),
            Change::StageEntered { shift, .. } => self.stages.push((shift.stage, shift.weight, at)),
            Change::MinutesMeasured { count, minute, .. } => {
                self.minutes.extend((0..*count).map(|_| *minute));
            }
            Change::DesiredCountScaled { to, .. } => self.scalings.push((*to, at)),
            Change::StartThrottleChanged { failed_starts, .. } => {
                self.failed_starts.push((*failed_starts, at))
            }
            Change::RequestFailed { call, exception } => self.failed_requests.push((call, exception)),
            _ => {}
        }
    }
}

/// A finished run.
pub(super) struct Run {
    pub story: Story,
    pub metrics: BTreeMap<String, Option<f64>>,
    pub cluster: Cluster,
    pub digest: String,
    pub end: f64,
}

impl Run {
    /// When each task was created, in order.
    pub fn created(&self) -> Vec<f64> {
        self.story.order.iter().map(|name| self.task(name).created).collect()
    }

    /// The stopped reason of a task that ECS has not forgotten.
    pub fn stopped_reason(&self, name: &str) -> Option<String> {
        let found = self.cluster.tasks.iter().find(|(id, _)| self.cluster.task_name(*id) == name)?;
        self.cluster.stopped_reason(found.0)
    }

    pub fn of(setup: &Setup, replication: u64) -> Result<Run, RunError> {
        let ends = match setup.end {
            End::At(end) => end,
            End::UntilDone => SimTime::NEVER,
        };
        let options = MetricOptions {
            warm_up_ends: SimTime::ZERO + setup.warm_up,
            ends,
            settled: setup.start == Start::Settled,
            services: Vec::new(),
        };
        let meters = Metrics::new(&setup.cluster, options);
        let observer = ((Invariants::new(), Digest::new()), (Story::default(), meters));
        let outcome = Simulation::new(setup, replication, observer, ()).run()?;
        let ((invariants, digest), (story, mut meters)) = outcome.observer;
        if let Err(violation) = invariants.verdict() {
            panic!("replication {replication}: {violation}");
        }
        let names = metric_names(&setup.cluster).into_iter().map(|name| name.column());
        Ok(Run {
            story,
            metrics: names.zip(meters.values(&setup.cluster)).collect(),
            cluster: outcome.cluster,
            digest: digest.hex(),
            end: outcome.end.as_secs_f64(),
        })
    }

    pub fn task(&self, name: &str) -> &TaskStory {
        self.story.tasks.get(name).unwrap_or_else(|| panic!("no {name} in {:?}", self.story.order))
    }

    /// The hosts of all tasks in order of creation.
    pub fn hosts(&self) -> Vec<&str> {
        self.story.order.iter().map(|name| self.story.tasks[name].host.as_str()).collect()
    }

    pub fn metric(&self, column: &str) -> Option<f64> {
        *self.metrics.get(column).unwrap_or_else(|| panic!("no {column} in {:?}", self.metrics.keys()))
    }

    /// The names of the tasks that were told to stop for this cause.
    pub fn told(&self, cause: StopCause) -> Vec<&str> {
        let told = |name: &&String| self.story.tasks[*name].cause() == Some(cause);
        self.story.order.iter().filter(told).map(String::as_str).collect()
    }
}
