//! Row tables: one row for each task, instance life, deployment and request that never became a task.
//!
//! Rows leave through a [`RowSink`] as soon as they are complete, so memory follows what is alive.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Observer;
use super::hourly_bill::{HourlyBill, Payer};
use super::metrics::cost::{Window, ends_fixed_bill, usd};
use super::stuck::why_stuck;
use crate::kernel::time::SimTime;
use crate::model::auto_scaling_group::Lifecycle;
use crate::model::change::AfterRefusal;
use crate::model::instance::InstanceStatus;
use crate::model::reason::{PlacementFailure, Refusal};
use crate::model::service::{DeploymentFailure, RolloutState};
use crate::model::task::{Host, TaskStatus};
use crate::model::task_set::{DeploymentController, TaskSetStatus};
use crate::model::traffic_shift::{ALL_TRAFFIC, Stage};
use crate::model::{CallerId, Change, Cluster, DeploymentNumber, InstanceId, ServiceId, TaskId};

/// Takes rows. The owner knows how they are written.
pub trait RowSink {
    /// A task that has stopped, or that is there at the end.
    fn task(&mut self, row: TaskRow);
    /// The life of an instance from registration to loss or the end.
    fn instance(&mut self, row: InstanceRow);
    /// A deployment that is over, or that is there at the end.
    fn deployment(&mut self, row: DeploymentRow);
    /// A request that never became a task.
    fn unplaced(&mut self, row: UnplacedRow);
    /// What an hour of a capacity cost a payer.
    fn bill(&mut self, row: BillRow);
}

/// Rows for nobody.
impl RowSink for () {
    fn task(&mut self, _: TaskRow) {}
    fn instance(&mut self, _: InstanceRow) {}
    fn deployment(&mut self, _: DeploymentRow) {}
    fn unplaced(&mut self, _: UnplacedRow) {}
    fn bill(&mut self, _: BillRow) {}
}

/// A row of `tasks.csv`.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskRow {
    /// `web#17`.
    pub task: String,
    /// Its task group.
    pub group: String,
    /// Its service, if any.
    pub service: Option<String>,
    /// `family:revision`.
    pub task_definition: String,
    /// EC2 or FARGATE.
    pub launch_type: &'static str,
    /// Its capacity provider, if any.
    pub capacity_provider: Option<String>,
    /// Its instance, if any.
    pub instance: Option<String>,
    /// Its zone, once it has a place.
    pub zone: Option<String>,
    /// When it was first asked for.
    pub requested: SimTime,
    /// When it was created.
    pub created: SimTime,
    /// When it was placed.
    pub placed: Option<SimTime>,
    /// First RUNNING.
    pub started: Option<SimTime>,
    /// STOPPED.
    pub stopped: Option<SimTime>,
    /// Its stop code, once it was told to stop.
    pub stop_code: Option<&'static str>,
    /// The reason text of table 2a.
    pub stopped_reason: Option<String>,
    /// Its bill.
    pub cost_usd: f64,
}

/// A row of `instances.csv`.
#[derive(Clone, Debug, PartialEq)]
pub struct InstanceRow {
    /// `fixed-1`.
    pub instance: String,
    /// Its fixed group or Auto Scaling group.
    pub group: String,
    /// Its type, if it has one.
    pub instance_type: Option<Arc<str>>,
    /// Its zone.
    pub zone: String,
    /// On demand or Spot.
    pub market: &'static str,
    /// When its Auto Scaling group launched it, or when it was there.
    pub launched: SimTime,
    /// Registered; nothing if it never was.
    pub registered: Option<SimTime>,
    /// Lost or shut down; nothing if it is there at the end.
    pub terminated: Option<SimTime>,
    /// Registered CPU units.
    pub cpu: u32,
    /// Registered memory.
    pub memory_mib: u32,
    /// Registered GPUs.
    pub gpus: u32,
    /// Why it ended.
    pub end_reason: Option<&'static str>,
    /// Its bill.
    pub cost_usd: f64,
}

/// A row of `deployments.csv`.
#[derive(Clone, Debug, PartialEq)]
pub struct DeploymentRow {
    /// Its number in the service.
    pub deployment: u32,
    /// Its service.
    pub service: String,
    /// Its target.
    pub task_definition: String,
    /// ROLLING, BLUE_GREEN, LINEAR or CANARY.
    pub strategy: &'static str,
    /// The stage that it has come to, if it has stages (DEP-30).
    pub stage: Option<&'static str>,
    /// Its share of production traffic, where a deployment moves it (DEP-34).
    pub production_weight: Option<f64>,
    /// When it began.
    pub created: SimTime,
    /// Its tasks that stopped before RUNNING.
    pub failed_tasks: u32,
    /// IN_PROGRESS, COMPLETED or FAILED.
    pub rollout_state: &'static str,
    /// When it completed, failed or was replaced.
    pub ended: Option<SimTime>,
    /// What ended it.
    pub reason: Cow<'static, str>,
}

/// A row of `unplaced.csv`.
#[derive(Clone, Debug, PartialEq)]
pub struct UnplacedRow {
    /// `nightly#3`, or the service.
    pub request: String,
    /// The task group.
    pub group: String,
    /// First refusal.
    pub first: SimTime,
    /// Last refusal.
    pub last: SimTime,
    /// Refusals.
    pub attempts: u64,
    /// The last reason code.
    pub reason: &'static str,
    /// The instance that came closest then (PLC-21).
    pub closest: Option<String>,
    /// How many instances fell at which requirement then: `RESOURCE:CPU 3; RESOURCE:MEMORY 1`.
    pub fell: String,
}

/// A row of `bill.csv`.
#[derive(Clone, Debug, PartialEq)]
pub struct BillRow {
    /// When the hour begins.
    pub hour: SimTime,
    /// The capacity provider or fixed group.
    pub capacity_provider: String,
    /// On demand or Spot.
    pub market: &'static str,
    /// `service`, `run` or `idle`.
    pub payer: &'static str,
    /// The service or the caller of RunTask.
    pub of: Option<String>,
    /// What it cost.
    pub cost_usd: f64,
}

/// Makes rows of what it sees.
pub struct Recorder<R> {
    sink: R,
    window: Window,
    hourly: HourlyBill,
    failures: BTreeMap<(ServiceId, DeploymentNumber), u32>,
    over: BTreeMap<(ServiceId, DeploymentNumber), SimTime>,
    lost_at: BTreeMap<usize, SimTime>,
    /// Deployments whose row has left.
    told: BTreeSet<(ServiceId, DeploymentNumber)>,
    refused: BTreeMap<Asker, Refused>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Asker {
    Service(ServiceId),
    Caller(CallerId, u64),
}

struct Refused {
    first: SimTime,
    last: SimTime,
    attempts: u64,
    reason: Refusal,
    why: Option<Arc<PlacementFailure>>,
}

impl<R: RowSink> Recorder<R> {
    /// A recorder whose rows go to `sink`; bills are not cut by the warm-up.
    pub fn new(sink: R, ends: SimTime) -> Recorder<R> {
        Recorder {
            sink,
            window: Window { from: SimTime::ZERO, to: ends },
            hourly: HourlyBill::default(),
            failures: BTreeMap::new(),
            over: BTreeMap::new(),
            lost_at: BTreeMap::new(),
            told: BTreeSet::new(),
            refused: BTreeMap::new(),
        }
    }

    /// The sink with all rows.
    pub fn into_sink(self) -> R {
        self.sink
    }

    fn task_row(&mut self, cluster: &Cluster, id: TaskId) -> TaskRow {
        let task = &cluster.tasks[id];
        let instance = match task.host {
            Host::Instance(instance) => Some(cluster.instance_name(instance)),
            Host::Fargate(_) | Host::Unplaced(_) => None,
        };
        let lost_at = self.lost_at.get(&id.slot()).copied();
        TaskRow {
            task: cluster.task_name(id),
            group: cluster.group(task.group).name.clone(),
            service: task.service().map(|service| cluster.service(service).name.clone()),
            task_definition: cluster.task_definition(task.task_definition).name(),
            launch_type: if task.capacity.is_on_instances() { "EC2" } else { "FARGATE" },
            capacity_provider: cluster.provider_name(task.capacity).map(str::to_owned),
            zone: cluster.zone_of(task.host).map(|zone| cluster.zones[zone.index()].name.clone()),
            requested: task.requested_at,
            created: task.created_at,
            placed: task.placed_at,
            started: task.started_at,
            stopped: task.stopped_at,
            stop_code: task.stop.map(|cause| cause.code().name()),
            stopped_reason: cluster.stopped_reason(id),
            cost_usd: self.task_cost(cluster, id, lost_at),
            instance,
        }
    }

    fn task_cost(&mut self, cluster: &Cluster, id: TaskId, lost_at: Option<SimTime>) -> f64 {
        let task = &cluster.tasks[id];
        let end = task.stopped_at.map(|stopped| lost_at.map_or(stopped, |lost| lost.min(stopped)));
        usd(self.hourly.task(cluster, task, end, self.window))
    }

    fn instance_row(&mut self, cluster: &Cluster, id: InstanceId, end: Option<SimTime>) -> InstanceRow {
        let instance = &cluster.instances[id];
        let zone = &cluster.zones[instance.zone.index()];
        let end_reason = match (instance.termination, instance.status) {
            (Some(cause), _) => cause.name(),
            (None, InstanceStatus::Deregistered) => "deregistered",
            _ if zone.outages > 0 => "zone outage",
            _ => "instance failure",
        };
        let bill = match (instance.lifecycle, instance.billed_since) {
            (Lifecycle::Fixed, _) | (_, Some(_)) => self.hourly.instance(cluster, id, end, self.window),
            (_, None) => 0, // its machine never ran in the service of the group
        };
        InstanceRow {
            instance: cluster.instance_name(id),
            group: cluster.pools[instance.pool.index()].name.clone(),
            instance_type: instance.instance_type.clone(),
            zone: zone.name.clone(),
            market: instance.market.name(),
            launched: match instance.lifecycle {
                Lifecycle::Fixed => instance.registered_at,
                _ => instance.launched_at.unwrap_or(SimTime::ZERO),
            },
            registered: (instance.was_registered()).then_some(instance.registered_at),
            terminated: end,
            cpu: instance.registered.cpu,
            memory_mib: instance.registered.memory_mib,
            gpus: instance.registered.gpus,
            end_reason: end.map(|_| end_reason),
            cost_usd: usd(bill),
        }
    }

    fn deployment_row(
        &mut self,
        cluster: &Cluster,
        service: ServiceId,
        number: DeploymentNumber,
        replaced: Option<SimTime>,
    ) -> Option<DeploymentRow> {
        let deployment = cluster.service(service).deployment(number)?;
        let over = self.over.get(&(service, number)).copied();
        let failures = deployment.failures;
        let (rollout_state, reason) = match deployment.rollout_state {
            RolloutState::Completed if deployment.task_set.is_some() => {
                ("COMPLETED", Cow::from("came to STEADY_STATE"))
            }
            RolloutState::Completed => ("COMPLETED", Cow::from("completed")),
            RolloutState::Failed => (
                "FAILED",
                match deployment.failure {
                    Some(DeploymentFailure::CircuitBreaker) => {
                        format!("its circuit breaker counted {failures} failed tasks").into()
                    }
                    Some(DeploymentFailure::Alarm) => "one of its alarms went into ALARM".into(),
                    Some(DeploymentFailure::HookFailed) => "a lifecycle hook FAILED".into(),
                    Some(DeploymentFailure::HookTimedOut) => "a lifecycle hook timed out".into(),
                    Some(DeploymentFailure::StageTimedOut) => "a lifecycle stage timed out".into(),
                    Some(DeploymentFailure::Stopped) | None => "stopped by StopServiceDeployment".into(),
                },
            ),
            RolloutState::InProgress if replaced.is_some() => {
                ("IN_PROGRESS", "replaced by a newer deployment".into())
            }
            RolloutState::InProgress => {
                ("IN_PROGRESS", why_stuck(cluster.service(service)).map_or("under way".into(), Cow::from))
            }
        };
        let reason = match deployment.takes_back {
            Some(failed) => format!("rollback of deployment {}: {reason}", failed.0).into(),
            None => reason,
        };
        let (shift, set) = (deployment.shift.as_deref(), deployment.task_set.as_deref());
        let weight = cluster.service(service).traffic_of(number);
        Some(DeploymentRow {
            deployment: number.0,
            service: cluster.service(service).name.clone(),
            task_definition: cluster.task_definition(deployment.task_definition).name(),
            strategy: match set {
                Some(_) => DeploymentController::External.name(),
                None => shift.map_or("ROLLING", |shift| shift.strategy.name()),
            },
            stage: match set {
                Some(set) => Some(set.status.name()),
                None => {
                    shift.map(|shift| shift.stage).filter(|stage| *stage != Stage::Pending).map(Stage::name)
                }
            },
            production_weight: weight.map(|tenths| f64::from(tenths) / f64::from(ALL_TRAFFIC)),
            created: deployment.created_at,
            failed_tasks: self.failures.remove(&(service, number)).unwrap_or(0),
            rollout_state,
            ended: over.or(replaced),
            reason,
        })
    }

    /// The rows of all deployments of a service but its newest one.
    fn tell_others(&mut self, at: SimTime, cluster: &Cluster, service: ServiceId, newest: DeploymentNumber) {
        let all = cluster.service(service).deployments.iter().map(|d| d.number);
        let others: Vec<_> = all.filter(|number| *number != newest).collect();
        for number in others {
            self.tell_row(at, cluster, service, number);
        }
    }

    /// The row of a deployment that is over, once.
    fn tell_row(&mut self, at: SimTime, cluster: &Cluster, service: ServiceId, number: DeploymentNumber) {
        let told = self.told.insert((service, number));
        if told && let Some(row) = self.deployment_row(cluster, service, number, Some(at)) {
            self.sink.deployment(row);
        }
    }

    fn note_refusal(
        &mut self,
        at: SimTime,
        asker: Asker,
        reason: Refusal,
        why: Option<&Arc<PlacementFailure>>,
    ) {
        let refused = Refused { first: at, last: at, attempts: 0, reason, why: None };
        let refused = self.refused.entry(asker).or_insert(refused);
        refused.last = at;
        refused.attempts += 1;
        refused.reason = reason;
        refused.why = why.cloned();
    }

    fn tell_bill(&mut self, cluster: &Cluster) {
        for (hour, line, amount) in self.hourly.rows() {
            let (payer, of) = match line.payer {
                Payer::Service(service) => ("service", Some(cluster.service(service).name.clone())),
                Payer::Caller(caller) => ("run", Some(cluster.caller(caller).name.clone())),
                Payer::Idle => ("idle", None),
            };
            self.sink.bill(BillRow {
                hour,
                capacity_provider: cluster.pool_name(line.pool).to_owned(),
                market: line.market.name(),
                payer,
                of,
                cost_usd: usd(amount),
            });
        }
    }

    fn tell_unplaced(&mut self, cluster: &Cluster, asker: Asker) {
        let Some(refused) = self.refused.remove(&asker) else { return };
        let (request, group) = match asker {
            Asker::Service(service) => {
                (cluster.service(service).name.clone(), cluster.service(service).group)
            }
            Asker::Caller(caller, ordinal) => {
                (format!("{}#{ordinal}", cluster.caller(caller).name), cluster.caller(caller).group)
            }
        };
        self.sink.unplaced(UnplacedRow {
            request,
            group: cluster.group(group).name.clone(),
            first: refused.first,
            last: refused.last,
            attempts: refused.attempts,
            reason: refused.reason.code(),
            closest: refused.why.as_ref().and_then(|why| why.closest).map(|id| cluster.instance_name(id)),
            fell: refused.why.map_or_else(String::new, |why| {
                let fell = why.fell.iter().map(|(reason, count)| format!("{reason} {count}"));
                fell.collect::<Vec<_>>().join("; ")
            }),
        });
    }
}

impl<R: RowSink> Observer for Recorder<R> {
    fn observe(&mut self, at: SimTime, change: &Change, cluster: &Cluster) {
        match change {
            Change::TaskCreated(new) => {
                self.lost_at.remove(&new.task.slot());
                match new.origin {
                    crate::model::task::Origin::Service { service, .. } => {
                        self.refused.remove(&Asker::Service(service));
                    }
                    crate::model::task::Origin::Caller { caller } => {
                        self.refused.remove(&Asker::Caller(caller, new.ordinal));
                    }
                }
            }
            Change::TaskStatusChanged { task, to: TaskStatus::Stopped, .. } => {
                let found = &cluster.tasks[*task];
                if let (None, crate::model::task::Origin::Service { service, deployment }) =
                    (found.started_at, found.origin)
                {
                    *self.failures.entry((service, deployment)).or_insert(0) += 1;
                }
                let row = self.task_row(cluster, *task);
                self.sink.task(row);
            }
            Change::InstanceStatusChanged { instance, from, to } if from.is_there() && !to.is_there() => {
                let is_over = ends_fixed_bill(cluster, *instance, *from, *to);
                for task in &cluster.instances[*instance].tasks {
                    self.lost_at.insert(task.slot(), at);
                }
                if is_over {
                    let row = self.instance_row(cluster, *instance, Some(at));
                    self.sink.instance(row);
                }
            }
            Change::InstanceLifecycleChanged { instance, to: Lifecycle::Terminating, .. } => {
                let row = self.instance_row(cluster, *instance, Some(at));
                self.sink.instance(row);
            }
            Change::RolloutStateChanged { service, deployment, .. } => {
                self.over.insert((*service, *deployment), at);
            }
            // A task set takes no other's place.
            Change::DeploymentStarted { deployment, .. } if deployment.task_set.is_some() => {}
            Change::TaskSetChanged { service, deployment, task_set }
                if task_set.status == TaskSetStatus::Draining =>
            {
                self.tell_row(at, cluster, *service, *deployment);
            }
            Change::DeploymentStarted { service, deployment } => {
                self.tell_others(at, cluster, *service, deployment.number);
            }
            Change::RollbackStarted { service, deployment } => {
                self.tell_others(at, cluster, *service, deployment.number);
                // It has another row, for its second time.
                self.told.remove(&(*service, deployment.number));
                self.over.remove(&(*service, deployment.number));
            }
            Change::ServicePlacementRefused { service, reason, why } => {
                self.note_refusal(at, Asker::Service(*service), *reason, why.as_ref());
            }
            Change::TaskRequestRefused { caller, ordinal, reason, why, then } => {
                self.note_refusal(at, Asker::Caller(*caller, *ordinal), *reason, why.as_ref());
                if *then == AfterRefusal::GiveUp {
                    self.tell_unplaced(cluster, Asker::Caller(*caller, *ordinal));
                }
            }
            Change::TaskRequestAbandoned { caller, ordinal } => {
                self.tell_unplaced(cluster, Asker::Caller(*caller, *ordinal));
            }
            _ => {}
        }
    }

    fn end(&mut self, at: SimTime, cluster: &Cluster) {
        self.window.to = at;
        for (id, task) in cluster.tasks.iter() {
            if task.last_status != TaskStatus::Stopped {
                let row = self.task_row(cluster, id);
                self.sink.task(row);
            }
        }
        for (id, instance) in cluster.instances.iter() {
            let is_launched = matches!(instance.lifecycle, Lifecycle::Pending | Lifecycle::WarmedPending);
            if instance.is_billed() || is_launched || instance.lifecycle.is_warm() {
                let row = self.instance_row(cluster, id, None);
                self.sink.instance(row);
            }
        }
        for index in 0..cluster.services.len() {
            let service = ServiceId(index as u32);
            let all: Vec<_> = cluster.service(service).deployments.iter().map(|d| d.number).collect();
            for number in all {
                if self.told.contains(&(service, number)) {
                    continue;
                }
                if let Some(row) = self.deployment_row(cluster, service, number, None) {
                    self.sink.deployment(row);
                }
            }
        }
        let waiting: Vec<Asker> = self.refused.keys().copied().collect();
        waiting.into_iter().for_each(|asker| self.tell_unplaced(cluster, asker));
        self.tell_bill(cluster);
    }
}
