//! Blue/green, linear and canary deployments: stages, steps of traffic, hooks (DEP-30 to DEP-38).

use std::sync::Arc;

use super::DeploymentNumber;
use crate::kernel::time::{SimDuration, SimTime};

/// All production traffic, in tenths of a percent.
pub const ALL_TRAFFIC: u32 = 1_000;

/// How a deployment moves production traffic to its revision. Weights are in tenths of a percent of the traffic, not
/// of the tasks: the new revision always has the full desired count (DEP-34).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ShiftStrategy {
    /// BLUE_GREEN: all at once (DEP-31).
    BlueGreen,
    /// LINEAR: in equal steps (DEP-32).
    Linear {
        /// What each step adds.
        step_tenths: u32,
        /// The wait after each step but the last.
        step_bake: SimDuration,
    },
    /// CANARY: a part first, then the rest (DEP-33).
    Canary {
        /// The first part.
        canary_tenths: u32,
        /// The wait after it.
        canary_bake: SimDuration,
    },
}

impl ShiftStrategy {
    /// How many steps the shift of production traffic has.
    #[must_use]
    pub fn steps(self) -> u32 {
        match self {
            ShiftStrategy::BlueGreen => 1,
            ShiftStrategy::Linear { step_tenths, .. } => ALL_TRAFFIC.div_ceil(step_tenths.max(1)),
            ShiftStrategy::Canary { canary_tenths, .. } => 1 + u32::from(canary_tenths < ALL_TRAFFIC),
        }
    }

    /// The weight of the new revision after a step, counted from 1.
    #[must_use]
    pub fn weight_after(self, step: u32) -> u32 {
        match self {
            ShiftStrategy::Linear { step_tenths, .. } => (step_tenths * step).min(ALL_TRAFFIC),
            ShiftStrategy::Canary { canary_tenths, .. } if step == 1 => canary_tenths,
            ShiftStrategy::Canary { .. } | ShiftStrategy::BlueGreen => ALL_TRAFFIC,
        }
    }

    /// How long the weights stay after a step; after the last one the bake time of the deployment follows instead.
    #[must_use]
    pub fn bake_after(self, step: u32) -> SimDuration {
        match self {
            _ if step >= self.steps() => SimDuration::ZERO,
            ShiftStrategy::BlueGreen => SimDuration::ZERO,
            ShiftStrategy::Linear { step_bake, .. } => step_bake,
            ShiftStrategy::Canary { canary_bake, .. } => canary_bake,
        }
    }

    /// As ECS writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            ShiftStrategy::BlueGreen => "BLUE_GREEN",
            ShiftStrategy::Linear { .. } => "LINEAR",
            ShiftStrategy::Canary { .. } => "CANARY",
        }
    }
}

/// The stages of such a deployment, in their order (DEP-30).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Stage {
    /// It has begun, and is in none of its stages yet.
    Pending,
    /// Revisions beside the one that serves go, where there are any.
    ReconcileService,
    /// Before the new tasks.
    PreScaleUp,
    /// The new revision comes to the full desired count.
    ScaleUp,
    /// It is healthy.
    PostScaleUp,
    /// Test traffic moves to it.
    TestTrafficShift,
    /// All test traffic is there.
    PostTestTrafficShift,
    /// Before each step of production traffic.
    PreProductionTrafficShift,
    /// A step of production traffic moves, and stays for its bake time.
    ProductionTrafficShift,
    /// All production traffic is there.
    PostProductionTrafficShift,
    /// Both revisions run on for the bake time.
    BakeTime,
    /// The old revision goes.
    CleanUp,
}

impl Stage {
    /// All but the first, in their order.
    pub const ALL: [Stage; 11] = [
        Stage::ReconcileService,
        Stage::PreScaleUp,
        Stage::ScaleUp,
        Stage::PostScaleUp,
        Stage::TestTrafficShift,
        Stage::PostTestTrafficShift,
        Stage::PreProductionTrafficShift,
        Stage::ProductionTrafficShift,
        Stage::PostProductionTrafficShift,
        Stage::BakeTime,
        Stage::CleanUp,
    ];

    /// As ECS writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Stage::Pending => "PENDING",
            Stage::ReconcileService => "RECONCILE_SERVICE",
            Stage::PreScaleUp => "PRE_SCALE_UP",
            Stage::ScaleUp => "SCALE_UP",
            Stage::PostScaleUp => "POST_SCALE_UP",
            Stage::TestTrafficShift => "TEST_TRAFFIC_SHIFT",
            Stage::PostTestTrafficShift => "POST_TEST_TRAFFIC_SHIFT",
            Stage::PreProductionTrafficShift => "PRE_PRODUCTION_TRAFFIC_SHIFT",
            Stage::ProductionTrafficShift => "PRODUCTION_TRAFFIC_SHIFT",
            Stage::PostProductionTrafficShift => "POST_PRODUCTION_TRAFFIC_SHIFT",
            Stage::BakeTime => "BAKE_TIME",
            Stage::CleanUp => "CLEAN_UP",
        }
    }
}

/// A hook of a service's deployments (DEP-35).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hook {
    /// Whether it is a PAUSE, which waits for somebody, and not a function, which is asked again and again.
    pub is_pause: bool,
    /// The stages at which it runs, ascending.
    pub stages: Vec<Stage>,
    /// How long it may take.
    pub timeout: SimDuration,
    /// Whether the deployment goes on when that is over; else it is rolled back.
    pub continues_after_timeout: bool,
}

/// How a hook ends at a stage.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HookEnd {
    /// SUCCEEDED, or timed out with the action CONTINUE.
    Succeeds,
    /// FAILED.
    Fails,
    /// It took longer than its timeout, with the action ROLLBACK.
    TimesOut,
}

/// A hook at work.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HookRun {
    /// Which of the deployment's hooks.
    pub hook: u8,
    /// When ECS knows its end.
    pub until: SimTime,
    /// How it ends.
    pub end: HookEnd,
}

/// Where a blue/green, linear or canary deployment stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TrafficShift {
    /// How traffic moves.
    pub strategy: ShiftStrategy,
    /// Whether CodeDeploy moves it, whose limits of time are others (DEP-42).
    pub by_code_deploy: bool,
    /// Its hooks.
    pub hooks: Arc<[Hook]>,
    /// How long both revisions run on after the shift (DEP-31).
    pub bake_time: SimDuration,
    /// Whether anything moves traffic: target groups or Service Connect; else the tasks are swapped alone (DEP-37).
    pub moves_traffic: bool,
    /// What a Network Load Balancer adds to each shift (DEP-36).
    pub shift_delay: SimDuration,
    /// The deployment that serves until then, if there is one.
    pub source: Option<DeploymentNumber>,
    /// The stage.
    pub stage: Stage,
    /// The step of production traffic: 0 before the first.
    pub step: u32,
    /// Its share of production traffic, in tenths of a percent.
    pub weight: u32,
    /// When the stage, or the step of it, began.
    pub entered_at: SimTime,
    /// The stage lasts until then at least.
    pub holds_until: SimTime,
    /// The hooks at work in this stage.
    pub running: Vec<HookRun>,
}

impl TrafficShift {
    /// Whether the new revision is to have its tasks.
    #[must_use]
    pub fn wants_tasks(&self) -> bool {
        self.stage >= Stage::ScaleUp
    }

    /// Whether the hooks of the stage have ended, and its time is over.
    #[must_use]
    pub fn has_waited(&self, now: SimTime) -> bool {
        self.holds_until <= now && self.running.iter().all(|run| run.until <= now)
    }

    /// How the first hook that has not succeeded ended.
    #[must_use]
    pub fn failed_hook(&self, now: SimTime) -> Option<HookEnd> {
        let ended = self.running.iter().filter(|run| run.until <= now);
        ended.map(|run| run.end).find(|end| *end != HookEnd::Succeeds)
    }

    /// The stage and step after this one; `None` after the last.
    #[must_use]
    pub fn next(&self) -> Option<(Stage, u32)> {
        let is_last_step = self.step >= self.strategy.steps();
        match self.stage {
            Stage::PreProductionTrafficShift => Some((Stage::ProductionTrafficShift, self.step + 1)),
            Stage::ProductionTrafficShift if !is_last_step => {
                Some((Stage::PreProductionTrafficShift, self.step))
            }
            stage => Some((*Stage::ALL.get(stage as usize)?, self.step)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: SimDuration = SimDuration(60_000);

    /// DEP-32: steps of 30 % with 5 minutes between them: 30, 60, 90, then 120 cut to 100; 3 × 5 = 15 minutes.
    #[test]
    fn linear_steps_are_those_of_the_rule_book() {
        let linear = ShiftStrategy::Linear { step_tenths: 300, step_bake: SimDuration(5 * MINUTE.0) };
        assert_eq!(linear.steps(), 4);
        assert_eq!([1, 2, 3, 4].map(|step| linear.weight_after(step)), [300, 600, 900, 1000]);
        let waits: u64 = (1..=4).map(|step| linear.bake_after(step).0).sum();
        assert_eq!(waits, 15 * MINUTE.0);
    }

    /// DEP-33: 5 % for 10 minutes, then 100 %; a canary of 100 % is one step.
    #[test]
    fn a_canary_has_two_steps() {
        let canary =
            |canary_tenths| ShiftStrategy::Canary { canary_tenths, canary_bake: SimDuration(10 * MINUTE.0) };
        let five = canary(50);
        assert_eq!((five.steps(), five.weight_after(1), five.weight_after(2)), (2, 50, 1000));
        assert_eq!((five.bake_after(1).0, five.bake_after(2).0), (10 * MINUTE.0, 0));
        assert_eq!((canary(1000).steps(), canary(1000).bake_after(1).0), (1, 0));
    }

    /// DEP-32: 3 % is the smallest step of LINEAR: 34 steps, the last of 1 %; 33.3 % four, the last of 0.1 %.
    #[test]
    fn the_last_linear_step_is_what_is_left() {
        let linear = |step_tenths| ShiftStrategy::Linear { step_tenths, step_bake: MINUTE };
        assert_eq!((linear(30).steps(), linear(30).weight_after(33)), (34, 990));
        assert_eq!((linear(333).steps(), linear(333).weight_after(3)), (4, 999));
    }
}
