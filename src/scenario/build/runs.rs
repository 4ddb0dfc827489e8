//! `world.runs`: the callers of RunTask.

use super::Builder;
use super::files::{Columns, number};
use super::instances::{cpu_units, mib};
use crate::aws::RunTask;
use crate::engine::api::{self, Request};
use crate::engine::setup::{ArrivalRow, Arrivals, CallerBehaviour, OnRefusal, OnStop, Rate};
use crate::kernel::time::{SimDuration, SimTime};
use crate::model::{Cluster, Resources};
use crate::scenario::spec::{
    ArrivalColumns, ArrivalSource, Curve, DurationColumn, OnRefusal as SpecOnRefusal, OnStop as SpecOnStop,
    ResubmitUntil, Run,
};
use crate::scenario::units::RatePerSecond;

impl Builder<'_> {
    pub(super) fn callers(&mut self, cluster: &mut Cluster) -> Vec<Option<CallerBehaviour>> {
        let runs = &self.scenario.world.runs;
        let mut callers = Vec::with_capacity(runs.len());
        for (index, run) in runs.iter().enumerate() {
            let path = format!("world.runs[{index}]");
            let taken = runs[..index].iter().any(|other| other.name == run.name);
            let of_service = cluster.services.iter().any(|service| service.name == run.name);
            if run.name.is_empty() || taken || of_service {
                let message = format!("the name {:?} is empty or taken by another run or service", run.name);
                self.error(&format!("{path}.name"), message);
                continue;
            }
            if let Some(behaviour) = self.caller(cluster, run, &path) {
                let family = cluster.task_definition(behaviour.task_definition).family.clone();
                let group = run.group.clone().unwrap_or_else(|| format!("family:{family}"));
                let group = cluster.intern_group(&group);
                cluster.intern_caller(&run.name, group);
                callers.push(Some(behaviour));
            }
        }
        callers
    }

    fn caller(&mut self, cluster: &Cluster, run: &Run, path: &str) -> Option<CallerBehaviour> {
        let request = RunTask {
            task_definition: run.task_definition.clone(),
            count: run.count,
            launch_type: run.launch_type,
            capacity_provider_strategy: run.capacity_provider_strategy.clone(),
            group: run.group.clone(),
            network_configuration: run.network_configuration.clone(),
            placement_constraints: run.placement_constraints.clone(),
            placement_strategy: run.placement_strategy.clone(),
            ..RunTask::default()
        };
        self.warn_of_ignored(cluster, path, &Request::RunTask(Box::new(request.clone())));
        let mut behaviour = match api::task::behaviour_of(cluster, &request) {
            Ok(behaviour) => behaviour,
            Err(error) => {
                self.api_error(path, &error);
                return None;
            }
        };
        behaviour.duration = self.opt_law(&format!("{path}.duration"), run.duration.as_ref());
        let sizes = run.overrides.clone().unwrap_or_default();
        behaviour.cpu = self.opt_law(&format!("{path}.overrides.cpu"), sizes.cpu.as_ref());
        behaviour.memory_mib = self.opt_law(&format!("{path}.overrides.memory"), sizes.memory.as_ref());
        behaviour.limit = run.arrivals.count;
        behaviour.arrivals = self.arrivals(cluster, run, path)?;
        behaviour.on_refusal = self.on_refusal(&run.on_refusal, &format!("{path}.onRefusal"));
        behaviour.on_stop = match &run.on_stop {
            SpecOnStop::None => OnStop::Nothing,
            SpecOnStop::Resubmit { after, until } => OnStop::Resubmit {
                after: self.law(&format!("{path}.onStop.resubmitAfter"), after),
                even_completed: *until == ResubmitUntil::Never,
            },
        };
        Some(behaviour)
    }

    fn on_refusal(&mut self, spec: &SpecOnRefusal, path: &str) -> OnRefusal {
        let bounded = |limit: &Option<u64>| limit.map(|limit| u32::try_from(limit).unwrap_or(u32::MAX));
        match spec {
            SpecOnRefusal::Fail => OnRefusal::Fail,
            SpecOnRefusal::Retry { every, limit } => OnRefusal::Retry {
                every: self.law(&format!("{path}.retryEvery"), every),
                limit: bounded(limit),
            },
            SpecOnRefusal::Wait { places, timeout, .. } => OnRefusal::Wait {
                places: bounded(places),
                timeout: self.opt_law(&format!("{path}.timeout"), timeout.as_ref()),
            },
        }
    }

    fn arrivals(&mut self, cluster: &Cluster, run: &Run, path: &str) -> Option<Arrivals> {
        match run.arrivals.source().ok()? {
            ArrivalSource::Every(every) => {
                Some(Arrivals::Every(self.law(&format!("{path}.arrivals.every"), every)))
            }
            ArrivalSource::Rate(rate) => {
                self.rate(rate, &format!("{path}.arrivals.rate")).map(Arrivals::Rate)
            }
            ArrivalSource::At(times) => {
                let mut times: Vec<u64> = times.iter().map(|time| time.0).collect();
                times.sort_unstable();
                let row = |ms| ArrivalRow {
                    at: SimTime(ms),
                    duration: None,
                    cpu: None,
                    memory_mib: None,
                    gpus: None,
                };
                Some(Arrivals::Rows(times.into_iter().map(row).collect()))
            }
            ArrivalSource::Csv { file, columns } => match self.rows(cluster, run, file, columns) {
                Ok(rows) => Some(Arrivals::Rows(rows.into())),
                Err(message) => {
                    self.error(&format!("{path}.arrivals.csv"), message);
                    None
                }
            },
        }
    }

    fn rate(&mut self, rate: &Curve<RatePerSecond>, path: &str) -> Option<Rate> {
        let per_hour = |rate: &RatePerSecond| rate.0 * 3600.0;
        match rate {
            Curve::Constant(value) => Some(Rate::Steps([(SimTime::ZERO, per_hour(value))].into())),
            Curve::Daily(daily) => Some(Rate::Daily {
                low: per_hour(&daily.low),
                high: per_hour(&daily.high),
                peak_at: SimDuration(daily.peak_at.0),
            }),
            Curve::Steps(steps) => {
                let steps = steps.iter().map(|step| (SimTime(step.from.0), per_hour(&step.value)));
                Some(Rate::Steps(steps.collect()))
            }
            Curve::Csv(table) => {
                let mut steps = Vec::new();
                let read =
                    Columns::open(self.document, &table.file, &[Some(&table.time), Some(&table.value)]);
                let read = read.and_then(|columns| {
                    columns.rows(|_, cells| {
                        let time = number(&table.time, cells[0].unwrap_or_default())?;
                        let value = number(&table.value, cells[1].unwrap_or_default())?;
                        // The column counts events in one step of the table's unit.
                        let at = SimTime((time * table.unit.ms() as f64 + 0.5) as u64);
                        steps.push((at, value * 3_600_000.0 / table.unit.ms() as f64));
                        Ok(true)
                    })
                });
                match read {
                    Ok(()) => Some(Rate::Steps(steps.into())),
                    Err(message) => {
                        self.error(path, message);
                        None
                    }
                }
            }
        }
    }

    /// Arrivals of a trace, counted from its earliest one. Rows with a blank needed cell are left out and counted;
    /// with `leaveOutUnplaceable` also those that no container instance could ever hold.
    fn rows(
        &mut self,
        cluster: &Cluster,
        run: &Run,
        file: &str,
        columns: &ArrivalColumns,
    ) -> Result<Vec<ArrivalRow>, String> {
        let arrivals = &run.arrivals;
        let units = arrivals.units.unwrap_or_default();
        let (from, to) = match &columns.duration {
            None => (None, None),
            Some(DurationColumn::Column(name)) => (Some(name.as_str()), None),
            Some(DurationColumn::Between { from, to }) => (Some(from.as_str()), Some(to.as_str())),
        };
        let sizes = [&columns.cpu, &columns.memory, &columns.gpu];
        let mut wanted = vec![Some(columns.arrival.as_str()), from, to];
        wanted.extend(sizes.iter().map(|name| name.as_deref()));
        let largest: Vec<Resources> = cluster.instances.iter().map(|(_, i)| i.registered).collect();
        let cap = arrivals.duration_cap.map_or(u64::MAX, |cap| cap.0);
        let first = arrivals.first.unwrap_or(u64::MAX) as usize;
        let (mut rows, mut blank, mut backward, mut too_large) = (Vec::new(), 0u64, 0u64, 0u64);
        Columns::open(self.document, file, &wanted)?.rows(|_, cells| {
            if wanted
                .iter()
                .zip(cells)
                .any(|(wanted, cell)| wanted.is_some() && cell.is_none_or(str::is_empty))
            {
                blank += 1;
                return Ok(true);
            }
            let read = |place: usize| match (wanted[place], cells[place]) {
                (Some(column), Some(cell)) => number(column, cell).map(Some),
                _ => Ok(None),
            };
            let at_ms = read(0)?.unwrap_or(0.0) * units.arrival.ms() as f64;
            let span = match (read(1)?, read(2)?) {
                (Some(from), Some(to)) if to < from => {
                    backward += 1;
                    return Ok(true);
                }
                (Some(from), Some(to)) => Some(to - from),
                (duration, _) => duration,
            };
            let duration =
                span.map(|span| SimDuration(((span * units.duration.ms() as f64 + 0.5) as u64).min(cap)));
            let whole = |value: f64| {
                if value > 4e9 { Err(format!("{value} is too large")) } else { Ok(value as u32) }
            };
            let cpu = read(3)?.map(|cpu| whole(cpu_units(cpu, units.cpu.per_vcpu()))).transpose()?;
            let memory_mib =
                read(4)?.map(|memory| whole(mib(memory, units.memory.bytes(), true))).transpose()?;
            let gpus = read(5)?.map(whole).transpose()?;
            let demand = Resources {
                cpu: cpu.unwrap_or(0),
                memory_mib: memory_mib.unwrap_or(0),
                gpus: gpus.unwrap_or(0),
            };
            if arrivals.leave_out_unplaceable && !largest.iter().any(|instance| instance.covers(demand)) {
                too_large += 1;
                return Ok(true);
            }
            rows.push((at_ms, ArrivalRow { at: SimTime::ZERO, duration, cpu, memory_mib, gpus }));
            Ok(rows.len() < first)
        })?;
        rows.sort_by(|a, b| a.0.total_cmp(&b.0));
        let earliest = rows.first().map_or(0.0, |(at, _)| *at);
        let scale = arrivals.time_scale.unwrap_or(1.0);
        let placed = rows
            .into_iter()
            .map(|(at, row)| ArrivalRow { at: SimTime(((at - earliest) * scale + 0.5) as u64), ..row });
        let rows: Vec<ArrivalRow> = placed.collect();
        let mut note = |count: u64, why: &str| {
            if count > 0 {
                self.notes.0.push(format!("{}: {count} rows of `{file}` {why} and are left out", run.name));
            }
        };
        note(blank, "have a blank cell that is needed");
        note(backward, "end before they begin");
        note(too_large, "fit on none of the container instances");
        Ok(rows)
    }
}
