//! The stages of a blue/green, linear or canary deployment in words (DEP-30 to DEP-37).

use super::story::{Entry, Kind};
use crate::kernel::time::SimTime;
use crate::model::task_set::TaskSet;
use crate::model::traffic_shift::{HookEnd, ShiftStrategy, Stage, TrafficShift};
use crate::model::{Cluster, DeploymentNumber, ServiceId};

/// A blue/green, linear or canary deployment goes on: what it does there, and what it waits for.
pub(super) fn stage_entered(at: SimTime, deployment: DeploymentNumber, shift: &TrafficShift) -> Entry {
    let percent = |tenths: u32| match tenths % 10 {
        0 => format!("{} %", tenths / 10),
        digit => format!("{}.{digit} %", tenths / 10),
    };
    let mut text = format!("deployment {} enters {}", deployment.0, shift.stage.name());
    let (what, rule) = match shift.stage {
        Stage::Pending | Stage::PreScaleUp | Stage::PostScaleUp => (String::new(), "DEP-30"),
        Stage::ReconcileService => ("the other revisions go first".to_owned(), "DEP-30"),
        Stage::ScaleUp => ("its revision comes to the full desired count".to_owned(), "DEP-30"),
        Stage::TestTrafficShift | Stage::PostTestTrafficShift | Stage::PostProductionTrafficShift => {
            (String::new(), "DEP-30")
        }
        Stage::PreProductionTrafficShift => {
            (format!("before step {} of {}", shift.step + 1, shift.strategy.steps()), "DEP-30")
        }
        Stage::ProductionTrafficShift if !shift.moves_traffic => {
            ("nothing moves traffic: the tasks are swapped alone".to_owned(), "DEP-37")
        }
        Stage::ProductionTrafficShift => {
            let rule = match shift.strategy {
                ShiftStrategy::BlueGreen => "DEP-31",
                ShiftStrategy::Linear { .. } => "DEP-32",
                ShiftStrategy::Canary { .. } => "DEP-33",
            };
            (format!("{} of the production traffic go to its revision", percent(shift.weight)), rule)
        }
        Stage::BakeTime => ("both revisions run on".to_owned(), "DEP-31"),
        Stage::CleanUp => ("the old revision goes".to_owned(), "DEP-30"),
    };
    if !what.is_empty() {
        text.push_str(&format!(": {what}"));
    }
    if shift.holds_until > at {
        text.push_str(&format!(", until {}", shift.holds_until));
    }
    let mut rules = vec![rule];
    for run in &shift.running {
        let kind = if shift.hooks[usize::from(run.hook)].is_pause { "PAUSE" } else { "AWS_LAMBDA" };
        let ends = match run.end {
            HookEnd::Succeeds => "succeeds",
            HookEnd::Fails => "fails",
            HookEnd::TimesOut => "times out",
        };
        text.push_str(&format!("; hook {} ({kind}) {ends} at {}", run.hook + 1, run.until));
        rules.push("DEP-35");
    }
    rules.dedup();
    Entry::new(at, Kind::Deployment, text, rules)
}

/// A task set was scaled, became PRIMARY, was deleted, or came to its steady state or left it.
pub(super) fn task_set_changed(
    at: SimTime,
    cluster: &Cluster,
    service: ServiceId,
    number: DeploymentNumber,
    set: &TaskSet,
) -> Entry {
    let desired = cluster.service(service).settings.desired_count;
    let text = format!(
        "task set {} is {} with {} of {desired} desired tasks, {}",
        number.0,
        set.status.name(),
        set.computed_desired_count(desired),
        if set.steady { "in STEADY_STATE" } else { "STABILIZING" }
    );
    Entry::new(at, Kind::Deployment, text, ["DEP-41"])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::time::SimDuration;
    use crate::model::traffic_shift::{Hook, HookRun};

    /// DEP-33, DEP-35: 5 % from 600 s on, for ten minutes at least; a function that fails is known 90 s later.
    #[test]
    fn a_stage_tells_what_moves_what_it_waits_for_and_how_its_hooks_end() {
        let canary_bake = SimDuration::from_secs(600);
        let hook = Hook {
            is_pause: false,
            stages: vec![Stage::ProductionTrafficShift],
            timeout: SimDuration::from_secs(3600),
            continues_after_timeout: false,
        };
        let shift = TrafficShift {
            by_code_deploy: false,
            strategy: ShiftStrategy::Canary { canary_tenths: 50, canary_bake },
            hooks: [hook].into(),
            bake_time: SimDuration::ZERO,
            moves_traffic: true,
            shift_delay: SimDuration::ZERO,
            source: Some(DeploymentNumber(1)),
            stage: Stage::ProductionTrafficShift,
            step: 1,
            weight: 50,
            entered_at: SimTime(600_000),
            holds_until: SimTime(1_200_000),
            running: vec![HookRun { hook: 0, until: SimTime(690_000), end: HookEnd::Fails }],
        };
        let entry = stage_entered(SimTime(600_000), DeploymentNumber(2), &shift);
        assert_eq!(
            entry.text,
            "deployment 2 enters PRODUCTION_TRAFFIC_SHIFT: 5 % of the production traffic go to its revision, \
             until 00:20:00; hook 1 (AWS_LAMBDA) fails at 00:11:30"
        );
        assert_eq!(entry.rules, ["DEP-33", "DEP-35"]);
    }
}
