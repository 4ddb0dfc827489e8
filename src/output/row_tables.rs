//! The row tables of recorded replications: parts are written while a trial runs, and put together in order.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::csv_table::Table;
use super::directory::{ResultDirectory, ResultFile};
use super::error::EnvironmentError;
use super::event_log::{EventFile, EventPart, EventSetting};
use crate::kernel::time::SimTime;
use crate::model::capacity_provider::AlarmState;
use crate::model::instance::PoolKind;
use crate::model::traffic_shift::ALL_TRAFFIC;
use crate::model::{Cluster, PoolId};
use crate::observe::history::History;
use crate::observe::recorder::{BillRow, DeploymentRow, InstanceRow, RowSink, TaskRow, UnplacedRow};
use crate::observe::rollouts::RolloutStep;
use crate::observe::sampler::Samples;

const TASKS: &[&str] = &[
    "replication",
    "task",
    "group",
    "service",
    "task_definition",
    "launch_type",
    "capacity_provider",
    "instance",
    "zone",
    "requested_s",
    "created_s",
    "placed_s",
    "started_s",
    "stopped_s",
    "stop_code",
    "stopped_reason",
    "cost_usd",
];
const UNPLACED: &[&str] = &[
    "replication",
    "request",
    "group",
    "first_s",
    "last_s",
    "attempts",
    "reason",
    "closest_instance",
    "fell_at",
];
const INSTANCES: &[&str] = &[
    "replication",
    "instance",
    "group",
    "instance_type",
    "zone",
    "market",
    "launched_s",
    "registered_s",
    "terminated_s",
    "registered_cpu",
    "registered_memory_mib",
    "gpus",
    "end_reason",
    "cost_usd",
];
const DEPLOYMENTS: &[&str] = &[
    "replication",
    "deployment",
    "service",
    "task_definition",
    "strategy",
    "created_s",
    "stage",
    "production_weight",
    "failed_tasks",
    "rollout_state",
    "ended_s",
    "reason",
];
const SERVICES: &[&str] = &[
    "replication",
    "time_s",
    "service",
    "desired",
    "running",
    "healthy",
    "pending",
    "cpu_utilization",
    "requests_per_s",
    "unserved_per_s",
    "response_time_ms",
    "saturated",
    "failed_per_s",
    "new_healthy",
    "new_others",
    "old_healthy",
    "old_others",
    "minimum_healthy",
    "maximum",
    "production_weight",
];
const CAPACITY: &[&str] = &[
    "replication",
    "time_s",
    "capacity_provider",
    "instances",
    "draining",
    "cpu_reserved_share",
    "memory_reserved_share",
    "capacity_provider_reservation",
    "cost_usd",
    "desired",
    "pending",
    "warm",
    "spot",
    "tasks_waiting",
    "target_capacity",
    "scale_out_alarm",
    "scale_in_alarm",
];
const BILL: &[&str] = &["replication", "hour_s", "capacity_provider", "market", "payer", "of", "cost_usd"];

const HISTORY: &[&str] = &[
    "replication",
    "time_s",
    "kind",
    "subject",
    "status",
    "level",
    "text",
    "group",
    "task_definition",
    "instance",
    "zone",
    "cpu",
    "memory_mib",
];

const KINDS: [(&str, &[&str]); 8] = [
    ("tasks", TASKS),
    ("unplaced", UNPLACED),
    ("instances", INSTANCES),
    ("deployments", DEPLOYMENTS),
    ("services", SERVICES),
    ("capacity", CAPACITY),
    ("bill", BILL),
    ("history", HISTORY),
];

type Part = Table<BufWriter<File>>;

/// The parts of one replication, being written.
pub struct RowParts {
    replication: u64,
    parts: Vec<(PathBuf, Part)>,
    error: Option<EnvironmentError>,
    /// The events, where they are wanted and not being written by the trial.
    pub events: Option<EventPart>,
}

impl RowParts {
    /// New parts in `directory`.
    ///
    /// # Errors
    /// If a file cannot be made.
    pub fn begin(
        directory: &Path,
        replication: u64,
        events: Option<&EventSetting>,
    ) -> Result<RowParts, EnvironmentError> {
        let mut parts = Vec::with_capacity(KINDS.len());
        for (kind, columns) in KINDS {
            let path = directory.join(format!(".{kind}-{replication}.part"));
            let file = File::create(&path).map_err(EnvironmentError::on("create", &path))?;
            let table = Table::create(BufWriter::with_capacity(1 << 16, file), &path, columns)?;
            parts.push((path, table));
        }
        let events = events.map(|setting| EventPart::begin(directory, replication, setting)).transpose()?;
        Ok(RowParts { replication, parts, error: None, events })
    }

    /// Adds what happened, step by step.
    pub fn history(&mut self, history: &History) {
        let replication = self.replication;
        for row in &history.rows {
            self.put(7, |cells| {
                cells
                    .int(replication)
                    .seconds_of_ms(row.at.0)
                    .text(row.kind.name())
                    .text(&row.subject)
                    .opt_text(Some(row.status).filter(|status| !status.is_empty()))
                    .text(row.level)
                    .opt_text(Some(row.text.as_str()).filter(|text| !text.is_empty()))
                    .opt_text(row.group.as_deref())
                    .opt_text(row.task_definition.as_deref())
                    .opt_text(row.instance.as_deref())
                    .opt_text(row.zone.as_deref())
                    .opt_int(row.reserved.map(|reserved| reserved.cpu))
                    .opt_int(row.reserved.map(|reserved| reserved.memory_mib))
            });
        }
    }

    /// Adds the samples of the trial, as rows of services and capacity.
    pub fn samples(&mut self, samples: &Samples, cluster: &Cluster) {
        for (index, at) in samples.times.iter().enumerate() {
            for (service, line) in cluster.services.iter().zip(&samples.services) {
                let Some(sample) = line.get(index) else { continue };
                let (replication, seconds) = (self.replication, at.0);
                let revisions = sample.revisions;
                let count = |of: fn(&RolloutStep) -> u32| revisions.as_ref().map(of);
                self.put(4, |row| {
                    row.int(replication)
                        .seconds_of_ms(seconds)
                        .text(&service.name)
                        .int(sample.desired)
                        .int(sample.running)
                        .int(sample.healthy)
                        .int(sample.pending)
                        .opt_real(
                            sample.minute.and_then(|minute| minute.cpu_millionths).map(|n| n as f64 / 1e6),
                        )
                        .opt_real(sample.minute.map(|minute| minute.requests as f64 / 60.0))
                        .opt_real(sample.minute.map(|minute| minute.unserved() as f64 / 60.0))
                        .opt_real(
                            sample.response.map(|response| response.mean_ms).filter(|ms| ms.is_finite()),
                        )
                        .opt_text(
                            sample.response.map(|response| if response.saturated { "true" } else { "false" }),
                        )
                        .opt_real(sample.minute.map(|minute| minute.failed as f64 / 60.0))
                        .opt_int(count(|step| step.new_healthy))
                        .opt_int(count(|step| step.new_others))
                        .opt_int(count(|step| step.old_healthy))
                        .opt_int(count(|step| step.old_others))
                        .opt_int(count(|step| step.floor))
                        .opt_int(count(|step| step.cap))
                        .opt_real(
                            revisions
                                .and_then(|step| step.weight)
                                .map(|tenths| f64::from(tenths) / f64::from(ALL_TRAFFIC)),
                        )
                });
            }
            for (pool, line) in (0u16..).zip(&samples.pools) {
                let Some(sample) = line.get(index) else { continue };
                let kind = cluster.pools[usize::from(pool)].kind;
                let of_group = |count| (kind == PoolKind::AutoScaling).then_some(count);
                let alarm = |which: usize| sample.alarms.map(|alarms: [AlarmState; 2]| alarms[which].name());
                let (replication, seconds) = (self.replication, at.0);
                self.put(5, |row| {
                    row.int(replication)
                        .seconds_of_ms(seconds)
                        .text(cluster.pool_name(PoolId(pool)))
                        .int(sample.instances)
                        .int(sample.draining)
                        .opt_real(sample.cpu_reserved_share)
                        .opt_real(sample.memory_reserved_share)
                        .opt_real(sample.reservation)
                        .real(sample.cost_usd)
                        .opt_int(sample.desired)
                        .opt_int(kind.has_instances().then_some(sample.pending))
                        .opt_int(of_group(sample.warm))
                        .opt_int(kind.has_instances().then_some(sample.spot))
                        .opt_int(sample.waiting_tasks)
                        .opt_int(sample.target_capacity)
                        .opt_text(alarm(0))
                        .opt_text(alarm(1))
                });
            }
        }
    }

    fn put<'t>(
        &'t mut self,
        kind: usize,
        fill: impl FnOnce(
            super::csv_table::Row<'t, BufWriter<File>>,
        ) -> super::csv_table::Row<'t, BufWriter<File>>,
    ) {
        if self.error.is_none()
            && let Err(error) = fill(self.parts[kind].1.row()).end()
        {
            self.error = Some(error);
        }
    }
}

impl RowSink for RowParts {
    fn task(&mut self, task: TaskRow) {
        let replication = self.replication;
        self.put(0, |row| {
            row.int(replication)
                .text(&task.task)
                .text(&task.group)
                .opt_text(task.service.as_deref())
                .text(&task.task_definition)
                .text(task.launch_type)
                .opt_text(task.capacity_provider.as_deref())
                .opt_text(task.instance.as_deref())
                .opt_text(task.zone.as_deref())
                .seconds_of_ms(task.requested.0)
                .seconds_of_ms(task.created.0)
                .opt_seconds_of_ms(ms(task.placed))
                .opt_seconds_of_ms(ms(task.started))
                .opt_seconds_of_ms(ms(task.stopped))
                .opt_text(task.stop_code)
                .opt_text(task.stopped_reason.as_deref())
                .real(task.cost_usd)
        });
    }

    fn instance(&mut self, instance: InstanceRow) {
        let replication = self.replication;
        self.put(2, |row| {
            row.int(replication)
                .text(&instance.instance)
                .text(&instance.group)
                .opt_text(instance.instance_type.as_deref())
                .text(&instance.zone)
                .text(instance.market)
                .seconds_of_ms(instance.launched.0)
                .opt_seconds_of_ms(ms(instance.registered))
                .opt_seconds_of_ms(ms(instance.terminated))
                .int(instance.cpu)
                .int(instance.memory_mib)
                .int(instance.gpus)
                .opt_text(instance.end_reason)
                .real(instance.cost_usd)
        });
    }

    fn deployment(&mut self, deployment: DeploymentRow) {
        let replication = self.replication;
        self.put(3, |row| {
            row.int(replication)
                .int(deployment.deployment)
                .text(&deployment.service)
                .text(&deployment.task_definition)
                .text(deployment.strategy)
                .seconds_of_ms(deployment.created.0)
                .opt_text(deployment.stage)
                .opt_real(deployment.production_weight)
                .int(deployment.failed_tasks)
                .text(deployment.rollout_state)
                .opt_seconds_of_ms(ms(deployment.ended))
                .text(&deployment.reason)
        });
    }

    fn unplaced(&mut self, unplaced: UnplacedRow) {
        let replication = self.replication;
        self.put(1, |row| {
            row.int(replication)
                .text(&unplaced.request)
                .text(&unplaced.group)
                .seconds_of_ms(unplaced.first.0)
                .seconds_of_ms(unplaced.last.0)
                .int(i128::from(unplaced.attempts))
                .text(unplaced.reason)
                .opt_text(unplaced.closest.as_deref())
                .text(&unplaced.fell)
        });
    }

    fn bill(&mut self, bill: BillRow) {
        let replication = self.replication;
        self.put(6, |row| {
            row.int(replication)
                .seconds_of_ms(bill.hour.0)
                .text(&bill.capacity_provider)
                .text(bill.market)
                .text(bill.payer)
                .opt_text(bill.of.as_deref())
                .real(bill.cost_usd)
        });
    }
}

fn ms(at: Option<SimTime>) -> Option<u64> {
    at.map(|at| at.0)
}

/// The finished row tables, to which parts are added in the order of replications.
pub struct RowTables {
    files: Vec<ResultFile>,
    events: Option<EventFile>,
    is_empty: bool,
}

impl RowTables {
    /// New tables in `directory`, and the log of events if it is wanted.
    ///
    /// # Errors
    /// If a file cannot be made.
    pub fn begin(directory: &ResultDirectory, events: bool) -> Result<RowTables, EnvironmentError> {
        let files = KINDS.iter().map(|(kind, _)| directory.create(&format!("{kind}.csv")));
        let events = events.then(|| EventFile::begin(directory)).transpose()?;
        Ok(RowTables { files: files.collect::<Result<_, _>>()?, events, is_empty: true })
    }

    /// Adds the parts of the next replication and removes them.
    ///
    /// # Errors
    /// If a part could not be written, or cannot be added.
    pub fn append(&mut self, parts: RowParts) -> Result<(), EnvironmentError> {
        if let Some(error) = parts.error {
            return Err(error);
        }
        for (file, (path, part)) in self.files.iter_mut().zip(parts.parts) {
            let mut writer = part.finish()?;
            writer.flush().map_err(EnvironmentError::on("write", &path))?;
            let mut reader =
                io::BufReader::new(File::open(&path).map_err(EnvironmentError::on("read", &path))?);
            if !self.is_empty {
                io::BufRead::read_line(&mut reader, &mut String::new())
                    .map_err(EnvironmentError::on("read", &path))?;
            }
            io::copy(&mut reader, file).map_err(EnvironmentError::on("write", &path))?;
            std::fs::remove_file(&path).map_err(EnvironmentError::on("remove", &path))?;
        }
        self.is_empty = false;
        if let (Some(log), Some(part)) = (&mut self.events, parts.events) {
            log.append(part)?;
        }
        Ok(())
    }

    /// Gives the tables their final names.
    ///
    /// # Errors
    /// If a file cannot be completed.
    pub fn finish(self) -> Result<(), EnvironmentError> {
        self.files.into_iter().try_for_each(ResultFile::commit)?;
        self.events.map_or(Ok(()), EventFile::finish)
    }
}
