//! A page for each service with demand: what is asked and not served, the CPU against the target, and the tasks that follow.

use super::{RunPlots, length};
use crate::experiment::Trial;
use crate::model::scaling::{ScalingMetric, ScalingPolicy};
use crate::model::service::Service;
use crate::observe::sampler::{Samples, ServiceSample};
use crate::output::directory::{ResultDirectory, safe_file_name};
use crate::output::error::EnvironmentError;
use crate::output::number::Quantity;
use crate::output::plot::{Chart, LineShape, Panel, Series, TimeLines};
use crate::output::terminal::value;

type Value = fn(&ServiceSample) -> Option<f64>;

impl RunPlots<'_> {
    pub(super) fn write_demand(
        &self,
        directory: &ResultDirectory,
        shown: &Trial,
    ) -> Result<(), EnvironmentError> {
        let asked = self.cluster.services.iter().enumerate().filter(|(_, service)| service.load.is_some());
        for (index, service) in asked.take(super::PANELS_ON_A_PAGE) {
            let file = format!("demand-{}", safe_file_name(&service.name));
            self.demand(index, service, shown).write(directory, &file)?;
        }
        Ok(())
    }

    fn demand(&self, index: usize, service: &Service, shown: &Trial) -> TimeLines {
        let line = |name: &str, shape, of: Value| {
            let values = |samples: &Samples, at: usize| samples.services.get(index)?.get(at).and_then(of);
            self.series(name, shape, true, values)
        };
        let steps = LineShape::Steps;
        let panel = |heading: &str, quantity, series: Vec<Series>| Panel {
            heading: heading.to_owned(),
            quantity,
            series,
            events: Vec::new(),
        };
        let mut cpu = vec![line("CPU of the running tasks", steps, |sample| {
            sample.minute.and_then(|minute| minute.cpu_millionths).map(|n| n as f64 / 1e8)
        })];
        cpu.extend(target_of(service, shown));
        let mut asked = vec![
            line("asked", steps, |sample| sample.minute.map(|minute| minute.requests as f64 / 60.0)),
            line("not served", steps, |sample| sample.minute.map(|minute| minute.unserved() as f64 / 60.0)),
        ];
        let fails = |sample: &ServiceSample| sample.minute.is_some_and(|minute| minute.failed > 0);
        let samples = shown.samples.as_ref().and_then(|samples| samples.services.get(index));
        if samples.is_some_and(|line| line.iter().any(fails)) {
            asked.push(line("answered with an error", steps, |sample| {
                sample.minute.map(|minute| minute.failed as f64 / 60.0)
            }));
        }
        let served = self
            .names
            .iter()
            .position(|name| name.metric == "served_share" && name.of == service.name)
            .and_then(|at| shown.values.get(at).copied().flatten());
        let title = format!(
            "{} through {}: {} of its requests served",
            service.name,
            length(shown),
            value(served, Quantity::Share)
        );
        let mut chart = self.chart(title, shown);
        chart.panels = vec![
            panel("Requests a second", Quantity::Count, asked),
            panel("CPUUtilization (%)", Quantity::Share, cpu),
            panel(
                "Tasks",
                Quantity::Count,
                vec![
                    line("healthy", steps, |sample| Some(f64::from(sample.healthy))),
                    line("desired", steps, |sample| Some(f64::from(sample.desired))),
                ],
            ),
        ];
        chart
    }
}

/// The target of the policy that tracks CPU, if one does.
fn target_of(service: &Service, shown: &Trial) -> Option<Series> {
    let mut policies = service.scaling.as_ref()?.policies.iter().filter_map(ScalingPolicy::tracking);
    let policy = policies.find(|tracking| tracking.metric == ScalingMetric::CpuUtilization)?;
    let target = policy.target_millionths as f64 / 1e8;
    let points = vec![(0.0, target), (shown.end.as_secs_f64(), target)];
    Some(Series { name: "target".to_owned(), points, band: None, shape: LineShape::Steps })
}
