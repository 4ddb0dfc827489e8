//! Why a capacity provider grew and shrank: its instances by state, the tasks that waited for it, and its reservation
//! against the target with its alarms (CAS-1, CAS-8, CAS-10, CAS-12).

use super::{MOST_POOLS, RunPlots, event_rows, length};
use crate::experiment::Trial;
use crate::model::PoolId;
use crate::model::auto_scaling_group::AutoScalingGroup;
use crate::observe::marks::{Mishap, Whom};
use crate::observe::sampler::{PoolSample, Samples};
use crate::output::directory::{ResultDirectory, safe_file_name};
use crate::output::error::EnvironmentError;
use crate::output::number::Quantity;
use crate::output::plot::{Chart, EventRow, LineShape, Mark, MarkKind, Panel, Series, TimeLines};
use crate::output::terminal::value;

/// Of the desired capacity before and after a step.
type Compares = fn(u32, u32) -> bool;

/// Above this, the reservation is cut.
const MOST_RESERVATION: f64 = 3.0;

type Value = fn(&PoolSample) -> Option<f64>;

impl RunPlots<'_> {
    /// A page for each capacity provider over an Auto Scaling group or Managed Instances, and for each group without one.
    pub(super) fn write_providers(
        &self,
        directory: &ResultDirectory,
        shown: &Trial,
    ) -> Result<(), EnvironmentError> {
        for group in self.cluster.auto_scaling_groups.iter().take(MOST_POOLS) {
            let name = self.cluster.pool_name(group.pool);
            self.provider(group, shown).write(directory, &format!("capacity-{}", safe_file_name(name)))?;
        }
        Ok(())
    }

    fn provider(&self, group: &AutoScalingGroup, shown: &Trial) -> TimeLines {
        let pool = group.pool;
        let scaled = self.samples_of(shown, pool).iter().any(|sample| sample.target_capacity.is_some());
        let mut chart = self.chart(self.provider_title(group, shown), shown);
        chart.panels.push(self.instances_by_state(group, shown));
        if self.samples_of(shown, pool).iter().any(|sample| sample.waiting_tasks.is_some()) {
            let waiting =
                self.pool_line(pool, "tasks that wait", true, |sample| sample.waiting_tasks.map(f64::from));
            chart.panels.push(Panel {
                heading: "Tasks in PROVISIONING without an instance, number".to_owned(),
                quantity: Quantity::Count,
                series: vec![waiting],
                events: Vec::new(),
            });
        }
        if scaled {
            chart.marks.extend(alarms(shown, pool, chart.panels.len()));
            chart.panels.push(self.reservation(pool, shown));
        }
        chart
    }

    fn provider_title(&self, group: &AutoScalingGroup, shown: &Trial) -> String {
        let name = self.cluster.pool_name(group.pool);
        let out = steps(shown, group.pool, grows).len();
        let back = steps(shown, group.pool, shrinks).len();
        let most =
            self.samples_of(shown, group.pool).iter().map(|sample| sample.instances).max().unwrap_or(0);
        let plural = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
        format!(
            "{name} through {}: {}, {}, at most {}",
            length(shown),
            plural(out, "scale-out"),
            plural(back, "scale-in"),
            plural(most as usize, "instance")
        )
    }

    /// The metric against its target. A high peak, as after a start from zero, is cut so that the target stays visible.
    fn reservation(&self, pool: PoolId, shown: &Trial) -> Panel {
        let peak = self.samples_of(shown, pool).iter().filter_map(reservation_of).fold(0.0, f64::max);
        let cut = match peak > MOST_RESERVATION {
            true => format!(
                " – drawn up to {}, the peak is {}",
                value(Some(MOST_RESERVATION), Quantity::Share),
                value(Some(peak), Quantity::Share)
            ),
            false => String::new(),
        };
        let measured: Value = |sample| reservation_of(sample).map(|share| share.min(MOST_RESERVATION));
        let target: Value = |sample| sample.target_capacity.map(|target| f64::from(target) / 100.0);
        Panel {
            heading: format!("CapacityProviderReservation (%){cut}"),
            quantity: Quantity::Share,
            series: vec![
                self.pool_line(pool, "measured", false, measured),
                self.pool_line(pool, "target", false, target),
            ],
            events: Vec::new(),
        }
    }

    fn instances_by_state(&self, group: &AutoScalingGroup, shown: &Trial) -> Panel {
        let pool = group.pool;
        let samples = self.samples_of(shown, pool);
        let ever = |of: Value| samples.iter().filter_map(of).any(|value| value > 0.0);
        let draining: Value = |sample| Some(f64::from(sample.draining));
        let warm: Value = |sample| Some(f64::from(sample.warm));
        let spot: Value = |sample| Some(f64::from(sample.spot));
        let mut series = vec![
            self.pool_line(pool, "in service", false, |sample| {
                Some(f64::from(sample.instances - sample.draining))
            }),
            self.pool_line(pool, "launched, not registered", false, |sample| Some(f64::from(sample.pending))),
        ];
        let managed = self.cluster.is_managed(group);
        if !managed {
            let desired: Value = |sample| sample.desired.map(f64::from);
            series.insert(1, self.pool_line(pool, "desired capacity", false, desired));
        }
        for (name, of) in [("draining", draining), ("in the warm pool", warm), ("of them Spot", spot)] {
            if ever(of) {
                series.push(self.pool_line(pool, name, false, of));
            }
        }
        // A maximum that is far away would press all other lines to the ground.
        let highest = samples.iter().map(|sample| sample.instances + sample.pending).max().unwrap_or(0);
        let max_size = samples.iter().filter_map(|sample| sample.max_size).max().unwrap_or(0);
        if !managed && max_size <= highest.saturating_mul(2) {
            series.push(self.pool_line(pool, "MaxSize", false, |sample| sample.max_size.map(f64::from)));
        }
        let of = match group.provider {
            Some(_) if managed => " that ECS manages".to_owned(),
            Some(_) => format!(" of the Auto Scaling group {}", group.name),
            None => String::new(),
        };
        let mut events = event_rows(shown, |whom| matches!(whom, Whom::Pool(of) if of == pool), false);
        let (raised, lowered) = match managed {
            true => ("launched by ECS", "gone"),
            false => ("desired capacity raised", "desired capacity lowered"),
        };
        let rows: [(&str, MarkKind, Compares); 2] =
            [(raised, MarkKind::ScaleOut, grows), (lowered, MarkKind::ScaleIn, shrinks)];
        for (shape, (name, kind, which)) in rows.into_iter().enumerate() {
            let (times_s, steps): (Vec<f64>, Vec<(u32, u32)>) = steps(shown, pool, which).into_iter().unzip();
            if !steps.is_empty() {
                events.push(EventRow { name: name.to_owned(), times_s, kind, shape: shape + 1, steps });
            }
        }
        Panel {
            heading: format!("Instances{of} by state, number"),
            quantity: Quantity::Count,
            series,
            events,
        }
    }

    fn pool_line(&self, pool: PoolId, name: &str, banded: bool, of: Value) -> Series {
        self.series(name, LineShape::Steps, banded, |samples: &Samples, index| {
            samples.pools.get(pool.index())?.get(index).and_then(of)
        })
    }

    fn samples_of<'t>(&self, shown: &'t Trial, pool: PoolId) -> &'t [PoolSample] {
        let samples = shown.samples.as_ref().and_then(|samples| samples.pools.get(pool.index()));
        samples.map_or(&[][..], |line| &line[..])
    }
}

fn reservation_of(sample: &PoolSample) -> Option<f64> {
    sample.target_capacity.and(sample.reservation).map(|percent| percent / 100.0)
}

fn grows(before: u32, after: u32) -> bool {
    after > before
}

fn shrinks(before: u32, after: u32) -> bool {
    after < before
}

/// When the desired capacity changed in this direction: in seconds, before and after.
fn steps(shown: &Trial, pool: PoolId, which: fn(u32, u32) -> bool) -> Vec<(f64, (u32, u32))> {
    let of_pool = shown.marks.iter().filter(|mark| mark.of == Whom::Pool(pool));
    of_pool
        .filter_map(|mark| match mark.what {
            Mishap::DesiredCapacity(before, after) if which(before, after) => {
                Some((mark.from.as_secs_f64(), (before, after)))
            }
            _ => None,
        })
        .collect()
}

/// The spans in which an alarm of managed scaling was in ALARM, for one panel.
fn alarms(shown: &Trial, pool: PoolId, panel: usize) -> Vec<Mark> {
    let of_pool = shown.marks.iter().filter(|mark| mark.of == Whom::Pool(pool));
    of_pool
        .filter_map(|mark| {
            let (label, kind) = match mark.what {
                Mishap::ScaleOutAlarm => ("scale-out alarm", MarkKind::ScaleOut),
                Mishap::ScaleInAlarm => ("scale-in alarm", MarkKind::ScaleIn),
                _ => return None,
            };
            Some(Mark {
                from_s: mark.from.as_secs_f64(),
                to_s: mark.to.as_secs_f64(),
                label: label.to_owned(),
                kind,
                panel: Some(panel),
            })
        })
        .collect()
}
