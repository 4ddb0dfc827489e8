//! A page for each rollout, as people draw it on a whiteboard: old and new tasks on top of each other, healthy and not, between
//! the two limits (DEP-1), with what happened.

use super::RunPlots;
use crate::experiment::Trial;
use crate::kernel::time::SimTime;
use crate::model::deployment::DeploymentFailure;
use crate::model::traffic_shift::ALL_TRAFFIC;
use crate::observe::rollouts::{Rollout, RolloutStep, Turn};
use crate::output::directory::{ResultDirectory, safe_file_name};
use crate::output::error::EnvironmentError;
use crate::output::number::{Quantity, duration};
use crate::output::plot::{Chart, LineShape, Mark, MarkKind, Panel, Series, TimeLines};

/// A layer of the drawing, from the bottom up.
type Layer = (&'static str, fn(&RolloutStep) -> u32);
const LAYERS: [Layer; 4] = [
    ("new, healthy", |step| step.new_healthy),
    ("old, healthy", |step| step.old_healthy),
    ("old, not healthy or stopping", |step| step.old_others),
    ("new, starting or not healthy", |step| step.new_others),
];

impl RunPlots<'_> {
    pub(super) fn write_rollouts(
        &self,
        directory: &ResultDirectory,
        shown: &Trial,
    ) -> Result<(), EnvironmentError> {
        for rollout in &shown.rollouts {
            let name = &self.cluster_name_of(rollout);
            let file = format!("rollout-{}-{}", safe_file_name(name), rollout.deployment.0);
            self.rollout(rollout, name, shown).write(directory, &file)?;
        }
        Ok(())
    }

    fn cluster_name_of(&self, rollout: &Rollout) -> String {
        let service = self.cluster.services.get(rollout.service.index());
        service.map_or_else(|| format!("service {}", rollout.service.0 + 1), |service| service.name.clone())
    }

    fn rollout(&self, rollout: &Rollout, name: &str, shown: &Trial) -> TimeLines {
        let began = rollout.steps.first().map_or(SimTime::ZERO, |step| step.at);
        let length = (rollout.until - began).as_secs_f64().max(1.0);
        // The last step is to be seen for a while.
        let (from_s, to_s) = (began.as_secs_f64(), rollout.until.as_secs_f64() + 0.03 * length);
        let mut series: Vec<Series> = (0..LAYERS.len()).map(|layer| stacked(rollout, layer, to_s)).collect();
        let shifts = rollout.steps.iter().any(|step| step.weight.is_some());
        if !shifts {
            series.push(line("minimum healthy", rollout, |step| step.floor, to_s));
            series.push(line("maximum", rollout, |step| step.cap, to_s));
        }
        let mut chart = self.chart(title(rollout, name, began), shown);
        (chart.from_s, chart.to_s) = (from_s, to_s);
        chart.band_meaning = String::new();
        chart.note = format!(
            "Replication {}; a stopping task counts until it is past STOPPING, as for the maximum (DEP-3).",
            shown.key.replication
        );
        chart.marks.retain(|mark| mark.from_s >= from_s && mark.to_s <= to_s);
        chart.marks.extend(rollout.turns.iter().map(|(at, turn)| Mark {
            from_s: at.as_secs_f64(),
            to_s: at.as_secs_f64(),
            label: words(*turn),
            kind: match turn {
                Turn::Failed(_) => MarkKind::Fault,
                Turn::Bakes
                | Turn::Shifts(_)
                | Turn::CleansUp
                | Turn::Completed
                | Turn::RollsBack
                | Turn::Replaced => MarkKind::Request,
            },
            panel: Some(0),
        }));
        chart.panels = vec![Panel {
            heading: format!("Tasks of {name}, stacked"),
            quantity: Quantity::Count,
            series,
            events: Vec::new(),
        }];
        if shifts {
            let share = |step: &RolloutStep| f64::from(step.weight.unwrap_or(0)) / f64::from(ALL_TRAFFIC);
            let points = with_end(rollout, to_s).map(|(at, step)| (at, share(&step))).collect();
            let name = rollout.to.clone();
            chart.panels.push(Panel {
                heading: "Share of the production traffic".to_owned(),
                quantity: Quantity::Share,
                series: vec![Series { name, points, band: None, shape: LineShape::Steps }],
                events: Vec::new(),
            });
        }
        chart
    }
}

fn title(rollout: &Rollout, name: &str, began: SimTime) -> String {
    let after = |at: SimTime| duration((at - began).as_secs_f64());
    let last = rollout.turns.iter().rev().find(|(_, turn)| {
        matches!(turn, Turn::Completed | Turn::Failed(_) | Turn::RollsBack | Turn::Replaced)
    });
    let rolled_back = rollout.turns.iter().any(|(_, turn)| *turn == Turn::RollsBack);
    let end = match last {
        Some((at, Turn::Completed)) if rolled_back => format!("rolled back after {}", after(*at)),
        Some((at, Turn::Completed)) => format!("completed after {}", after(*at)),
        Some((at, Turn::Failed(_))) => format!("failed after {}", after(*at)),
        Some((_, Turn::RollsBack)) => "rolling back, and not done".to_owned(),
        Some((at, Turn::Replaced)) => format!("replaced after {}", after(*at)),
        Some(_) | None => format!("not done after {}", after(rollout.until)),
    };
    format!("{name}, deployment {} to {}: {end}", rollout.deployment.0, rollout.to)
}

fn words(turn: Turn) -> String {
    let word = match turn {
        Turn::Shifts(tenths) if tenths % 10 > 0 => {
            return format!("{}.{} % of traffic", tenths / 10, tenths % 10);
        }
        Turn::Shifts(tenths) => return format!("{} % of traffic", tenths / 10),
        Turn::CleansUp => "cleans up",
        Turn::Bakes => "bakes",
        Turn::Completed => "COMPLETED",
        Turn::Failed(DeploymentFailure::CircuitBreaker) => "circuit breaker: FAILED",
        Turn::Failed(DeploymentFailure::Alarm) => "alarm: FAILED",
        Turn::Failed(DeploymentFailure::Stopped) => "stopped: FAILED",
        Turn::Failed(DeploymentFailure::HookFailed) => "hook: FAILED",
        Turn::Failed(DeploymentFailure::HookTimedOut) => "hook timed out: FAILED",
        Turn::Failed(DeploymentFailure::StageTimedOut) => "stage timed out: FAILED",
        Turn::RollsBack => "rolls back",
        Turn::Replaced => "replaced",
    };
    word.to_owned()
}

/// A layer as the area between those below it and its own top.
fn stacked(rollout: &Rollout, layer: usize, to_s: f64) -> Series {
    let below = |step: &RolloutStep| LAYERS[..layer].iter().map(|(_, of)| of(step)).sum::<u32>();
    let top = |step: &RolloutStep| below(step) + (LAYERS[layer].1)(step);
    let mut points = Vec::new();
    let mut band = Vec::new();
    for (at, step) in with_end(rollout, to_s) {
        points.push((at, f64::from(top(&step))));
        band.push((f64::from(below(&step)), f64::from(top(&step))));
    }
    Series { name: LAYERS[layer].0.to_owned(), points, band: Some(band), shape: LineShape::Steps }
}

fn line(name: &str, rollout: &Rollout, of: fn(&RolloutStep) -> u32, to_s: f64) -> Series {
    let points = with_end(rollout, to_s).map(|(at, step)| (at, f64::from(of(&step)))).collect();
    Series { name: name.to_owned(), points, band: None, shape: LineShape::Steps }
}

/// The steps, and the last one once more at the end of the page.
fn with_end(rollout: &Rollout, to_s: f64) -> impl Iterator<Item = (f64, RolloutStep)> {
    let steps = rollout.steps.iter().map(|step| (step.at.as_secs_f64(), *step));
    steps.chain(rollout.steps.last().map(|step| (to_s, *step)))
}
