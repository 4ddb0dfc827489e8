//! The demand of services (`world.services.*.load`), and `aws.scalingPolicies`.

use super::files::{Columns, number};
use super::{Builder, quoted};
use crate::engine::api::Request;
use crate::engine::setup::{End, LoadCrash, TaskBehaviour};
use crate::model::Cluster;
use crate::model::demand::Demand;
use crate::model::service::ServiceLoad;
use crate::scenario::spec::{Curve, DailyCurve, Load, TableCurve, TaskWorld};

const MINUTE_MS: u64 = 60_000;
/// A day, after which a daily curve begins again.
const DAY_MINUTES: u64 = 1_440;
/// So many minutes stand for a constant number that is not whole: its fraction is spread over them.
const CONSTANT_MINUTES: u64 = 1_000;
/// No service gets more in a minute.
const MOST_A_MINUTE: f64 = 1e12;

impl Builder<'_> {
    /// The requests of `aws.scalingPolicies`, in the order of the file.
    pub(super) fn scaling_policies(&mut self, cluster: &mut Cluster) {
        for (index, item) in self.scenario.aws.scaling_policies.iter().enumerate() {
            let path = format!("aws.scalingPolicies[{index}]");
            let mut requests = Vec::new();
            if let Some(input) = &item.register_scalable_target {
                let request = Request::RegisterScalableTarget(Box::new(input.clone()));
                requests.push(("RegisterScalableTarget", request));
            }
            if let Some(input) = &item.put_scaling_policy {
                requests.push(("PutScalingPolicy", Request::PutScalingPolicy(Box::new(input.clone()))));
            }
            if let Some(input) = &item.put_scheduled_action {
                requests.push(("PutScheduledAction", Request::PutScheduledAction(Box::new(input.clone()))));
            }
            if let Some(input) = &item.put_metric_alarm {
                requests.push(("PutMetricAlarm", Request::PutMetricAlarm(Box::new(input.clone()))));
            }
            match &requests[..] {
                [(name, request)] => self.request(cluster, &format!("{path}.{name}"), request),
                _ => {
                    let message = "an item is exactly one of RegisterScalableTarget, PutScalingPolicy, PutScheduledAction and \
                                   PutMetricAlarm";
                    self.error(&path, message);
                }
            }
        }
        self.warn_of_scaling_without_demand(cluster);
    }

    fn warn_of_scaling_without_demand(&mut self, cluster: &Cluster) {
        for (index, service) in cluster.services.iter().enumerate() {
            let tracks = service.scaling.as_ref().is_some_and(|target| !target.policies.is_empty());
            let has_load = |world: &crate::scenario::spec::ServiceWorld| world.load.is_some();
            if tracks && !self.scenario.world.services.get(&service.name).is_some_and(has_load) {
                let message = format!(
                    "it is scaled by a metric that stands still: world.services.{}.load says what it is asked",
                    quoted(&service.name)
                );
                self.warn(&format!("aws.services[{index}].serviceName"), message);
            }
        }
    }

    /// What the world asks of each service.
    pub(super) fn demands(&mut self, cluster: &mut Cluster) {
        for (name, world) in &self.scenario.world.services {
            let is_there = cluster.services.iter().any(|service| service.name == *name);
            let later = self
                .scenario
                .timeline
                .iter()
                .any(|item| item.with.get("serviceName").is_some_and(|of| of == name));
            if world.load.is_some() && !is_there && later {
                let message =
                    "demand is for services that are there at time zero; this one comes by the timeline";
                self.error(&format!("world.services.{}.load", quoted(name)), message);
            }
        }
        for index in 0..cluster.services.len() {
            let name = cluster.services[index].name.clone();
            let Some(load) = self.scenario.world.services.get(&name).and_then(|world| world.load.clone())
            else {
                continue;
            };
            let path = format!("world.services.{}.load", quoted(&name));
            if cluster.services[index].is_daemon() {
                self.error(&path, "a DAEMON service serves its instances; demand is for REPLICA services");
                continue;
            }
            let per_task_milli = self.per_task(&format!("{path}.perTask"), load.per_task.0);
            if let (Some(demand), Some(per_task_milli)) = (self.demand(&load, &path), per_task_milli) {
                cluster.services[index].load = Some(ServiceLoad { demand, per_task_milli });
            }
        }
    }

    /// Thousandths of a request a second.
    pub(super) fn per_task(&mut self, path: &str, per_second: f64) -> Option<u64> {
        let milli = per_second * 1000.0 + 0.5;
        if (1.0..1e15).contains(&milli) {
            return Some(milli as u64);
        }
        self.error(path, format!("{per_second} found; a task serves at least 0.001 requests a second"));
        None
    }

    fn demand(&mut self, load: &Load, path: &str) -> Option<Demand> {
        let scale = load.scale.unwrap_or(1.0) * 60.0;
        let path = format!("{path}.requestsPerSecond");
        let found = match &load.requests_per_second {
            Curve::Constant(value) => {
                let a_minute = value.0 * scale;
                let whole = a_minute.fract() == 0.0;
                let minutes = if whole { 1 } else { CONSTANT_MINUTES };
                Ok(Demand::new(whole_numbers((0..minutes).map(|_| a_minute)), true))
            }
            Curve::Daily(DailyCurve { low, high, peak_at }) => {
                let at = |minute: u64| {
                    let phase = (minute as f64 + 0.5) / DAY_MINUTES as f64
                        - peak_at.0 as f64 / (DAY_MINUTES * MINUTE_MS) as f64;
                    let share = 0.5 + 0.5 * libm::cos(2.0 * std::f64::consts::PI * phase);
                    (low.0 + (high.0 - low.0) * share) * scale
                };
                Ok(Demand::new(whole_numbers((0..DAY_MINUTES).map(at)), true))
            }
            Curve::Steps(steps) => {
                let steps: Vec<(u64, f64)> =
                    steps.iter().map(|step| (step.from.0, step.value.0 * scale)).collect();
                self.by_minutes(&steps, load.time_scale.unwrap_or(1.0))
            }
            Curve::Csv(table) => self.table(table).and_then(|steps| {
                let scaled: Vec<(u64, f64)> =
                    steps.into_iter().map(|(at, value)| (at, value * scale / 60.0)).collect();
                self.by_minutes(&scaled, load.time_scale.unwrap_or(1.0))
            }),
        };
        let message = match found {
            Ok(demand) => return Some(demand),
            Err(message) => message,
        };
        self.error(&path, message);
        None
    }

    /// Steps in requests a minute as minutes to the end of the scenario, a step within a minute taken by its part.
    fn by_minutes(&self, steps: &[(u64, f64)], time_scale: f64) -> Result<Demand, String> {
        if let Some(pair) = steps.windows(2).find(|pair| pair[1].0 <= pair[0].0) {
            return Err(format!("times must grow: {} ms does not come after {} ms", pair[1].0, pair[0].0));
        }
        if steps.iter().any(|(_, value)| *value > MOST_A_MINUTE) {
            return Err(format!("more than {MOST_A_MINUTE} requests a minute"));
        }
        let at = |ms: u64| (ms as f64 * time_scale + 0.5) as u64;
        let end = match self.end_of_run() {
            Some(End::At(end)) => end.0.div_ceil(MINUTE_MS),
            Some(End::UntilDone) | None => steps.last().map_or(0, |(from, _)| at(*from)) / MINUTE_MS + 1,
        };
        let mut minutes = Vec::with_capacity(end as usize);
        let mut next = 0;
        let mut value = 0.0;
        for minute in 0..end.max(1) {
            let (start, stop) = (minute * MINUTE_MS, (minute + 1) * MINUTE_MS);
            let (mut since, mut sum) = (start, 0.0);
            while next < steps.len() && at(steps[next].0) < stop {
                let from = at(steps[next].0).max(start);
                sum += value * (from - since) as f64;
                (since, value) = (from, steps[next].1);
                next += 1;
            }
            sum += value * (stop - since) as f64;
            minutes.push(sum / MINUTE_MS as f64);
        }
        Ok(Demand::new(whole_numbers(minutes.into_iter()), false))
    }

    fn end_of_run(&self) -> Option<End> {
        match self.scenario.duration {
            crate::scenario::spec::RunLength::UntilDone => Some(End::UntilDone),
            crate::scenario::spec::RunLength::Ms(ms) => Some(End::At(crate::kernel::time::SimTime(ms))),
        }
    }

    /// Times in ms and requests a minute.
    fn table(&self, table: &TableCurve) -> Result<Vec<(u64, f64)>, String> {
        let unit = table.unit.ms();
        let mut steps: Vec<(u64, f64)> = Vec::new();
        let columns = Columns::open(self.document, &table.file, &[Some(&table.time), Some(&table.value)])?;
        columns.rows(|_, cells| {
            let time = number(&table.time, cells[0].unwrap_or_default())?;
            let value = number(&table.value, cells[1].unwrap_or_default())?;
            let at = (time * unit as f64 + 0.5) as u64;
            match steps.last() {
                Some((before, _)) if at <= *before => {
                    return Err(format!("column {:?} holds {time}: times must grow from row to row", table.time));
                }
                Some((before, _)) if at != *before + unit => {
                    let gap = (at - before) / unit;
                    return Err(format!(
                        "column {:?} jumps by {gap} to {time}: a series has a row for each step of its unit, {} ms",
                        table.time, unit
                    ));
                }
                Some(_) | None => {}
            }
            steps.push((at, value * MINUTE_MS as f64 / unit as f64));
            Ok(true)
        })?;
        if steps.is_empty() { Err(format!("`{}` has no row", table.file)) } else { Ok(steps) }
    }

    /// What revisions say of their tasks' speed, errors and endurance.
    pub(super) fn speed(&mut self, path: &str, world: &TaskWorld, behaviour: &mut TaskBehaviour) {
        if let Some(share) = world.error_share {
            behaviour.error_millionths = (share.0 * 1e6 + 0.5) as u32;
        }
        if let Some(crash) = &world.crash_under_load {
            behaviour.crash_under_load = Some(LoadCrash {
                above_millionths: (crash.above * 1e6 + 0.5) as u64,
                probability: crash.probability.0,
                exit_code: crash.exit_code as i32,
            });
        }
        if let Some(given) = &world.requests_per_second {
            behaviour.per_task_milli = self.per_task(&format!("{path}.requestsPerSecond"), given.0);
        }
    }
}

/// Whole numbers whose sums are those of `values`, to less than one.
fn whole_numbers(values: impl Iterator<Item = f64>) -> Vec<u64> {
    let (mut sum, mut told) = (0.0, 0u64);
    let whole = |value: f64| {
        sum += value;
        let until = (sum + 1e-6) as u64;
        let part = until - told;
        told = until;
        part
    };
    values.map(whole).collect()
}

#[cfg(test)]
mod tests {
    use super::whole_numbers;

    /// 0.3 a minute: 0.3, 0.6, 0.9, 1.2 → the first whole request in the fourth minute; three in ten.
    #[test]
    fn fractions_of_a_request_add_up() {
        let minutes = whole_numbers((0..10).map(|_| 0.3));
        assert_eq!(minutes, [0, 0, 0, 1, 0, 0, 1, 0, 0, 1]);
    }
}
