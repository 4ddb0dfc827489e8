//! V10: a service of one task on Fargate Spot: what its interruptions leave uncovered (SPT-5, SVC-1).
//!
//! The notice is the stop order, and the replacement is launched in the same instant. The old task ignores its stop signal
//! and serves until SIGKILL 120 s later; the replacement is exposed from RUNNING on.

use ecsim::kernel::time::SimTime;
use ecsim::model::stop::StopCause;
use ecsim::model::{Change, Cluster};
use ecsim::observe::Observer;

use crate::full;
use crate::support::{assert_exact, assert_published, assert_twin, complements, setup_of, watched};

const NOTICE_S: f64 = 120.0;
const HOUR_S: f64 = 3600.0;

/// How long a replacement takes to RUNNING.
#[derive(Clone, Copy)]
enum Start {
    Exponential(f64),
    Fixed(f64),
}

impl Start {
    fn mean_s(self) -> f64 {
        match self {
            Start::Exponential(mean) | Start::Fixed(mean) => mean,
        }
    }

    /// How long nobody serves after an interruption, on average: E[(S − g)+].
    fn uncovered_s(self) -> f64 {
        match self {
            Start::Exponential(mean) => mean * libm::exp(-NOTICE_S / mean),
            Start::Fixed(length) => (length - NOTICE_S).max(0.0),
        }
    }

    fn law(self) -> String {
        match self {
            Start::Exponential(mean) => format!("{{ exponential: {{ mean: {mean}s }} }}"),
            Start::Fixed(length) => format!("{length}s"),
        }
    }

    /// A cycle is an exposure and a start: 1 / λ + E[S].
    fn cycle_s(self, exposure_h: f64) -> f64 {
        exposure_h * HOUR_S + self.mean_s()
    }

    fn uncovered_fraction(self, exposure_h: f64) -> f64 {
        self.uncovered_s() / self.cycle_s(exposure_h)
    }

    fn interruptions_per_day(self, exposure_h: f64) -> f64 {
        24.0 * HOUR_S / self.cycle_s(exposure_h)
    }
}

const WARM_UP_DAYS: u64 = 10;

/// How many notices there were after the warm-up.
#[derive(Default)]
struct Notices(u64);

impl Observer for Notices {
    fn observe(&mut self, at: SimTime, change: &Change, _: &Cluster) {
        let notice = matches!(change, Change::TaskStopOrdered { cause: StopCause::SpotInterruption, .. });
        self.0 += u64::from(notice && at >= SimTime(WARM_UP_DAYS * 86_400_000));
    }
}

struct Found {
    uncovered: Vec<f64>,
    per_day: Vec<f64>,
}

fn simulated(start: Start, exposure_h: f64) -> Found {
    let days: u64 = if full() { 20 * 365 } else { 2 * 365 };
    let setup = setup_of(&format!(
        "ecsim: 1
name: spot-service
seed: 20261110
duration: {}d
warmUp: {WARM_UP_DAYS}d
start: settled
aws:
  taskDefinitions:
    - family: web
      requiresCompatibilities: [FARGATE]
      networkMode: awsvpc
      cpu: 256
      memory: 512
      containerDefinitions:
        - {{ name: app, stopTimeout: 120 }}
  services:
    - {{ serviceName: web, taskDefinition: web, desiredCount: 1,
        capacityProviderStrategy: [{{ capacityProvider: FARGATE_SPOT, weight: 1 }}] }}
world:
  tasks:
    web:
      launch: {}
      containers: {{ app: {{ exitAfterSignal: 1h }} }}
  services: {{ web: {{ needs: 1, servesWhileStopping: true }} }}
  spot: {{ FARGATE_SPOT: {{ interruption: {{ every: {{ exponential: {{ mean: {exposure_h}h }} }} }} }} }}
model: {{ scheduler_wake: 0s, no_check_healthy_delay: 0s, deprovisioning: 0s }}
",
        days + WARM_UP_DAYS,
        start.law()
    ));
    let ([availability], seen) = watched(&setup, 40, [("availability", "web")], Notices::default);
    let per_day = seen.iter().map(|notices| notices.0 as f64 / days as f64).collect();
    Found { uncovered: complements(&availability), per_day }
}

fn width() -> f64 {
    if full() { 0.005 } else { 0.015 }
}

#[test]
fn v10_a_start_of_exponential_length_leaves_gaps_beyond_the_notice() {
    let start = Start::Exponential(180.0);
    assert_published("V10 exponential", start.uncovered_fraction(24.0), 0.001_067_395_257_9);
    assert_published("V10 exponential a day", start.interruptions_per_day(24.0), 0.997_920_997_92);
    let found = simulated(start, 24.0);
    assert_exact("V10 uncovered, exponential", &found.uncovered, start.uncovered_fraction(24.0), width());
    assert_exact(
        "V10 interruptions a day, exponential",
        &found.per_day,
        start.interruptions_per_day(24.0),
        width(),
    );
}

#[test]
fn v10_a_start_longer_than_the_notice_leaves_the_rest_uncovered() {
    let start = Start::Fixed(300.0);
    assert_published("V10 fixed 300 s", start.uncovered_fraction(24.0), 0.002_076_124_567_5);
    assert_published("V10 fixed 300 s a day", start.interruptions_per_day(24.0), 0.996_539_792_39);
    let found = simulated(start, 24.0);
    assert_exact("V10 uncovered, fixed 300 s", &found.uncovered, start.uncovered_fraction(24.0), width());
    assert_exact(
        "V10 interruptions a day, fixed 300 s",
        &found.per_day,
        start.interruptions_per_day(24.0),
        width(),
    );
}

#[test]
fn v10_a_start_within_the_notice_leaves_nothing_uncovered() {
    let found = simulated(Start::Fixed(90.0), 24.0);
    assert!(found.uncovered.iter().all(|uncovered| *uncovered == 0.0), "{:?}", found.uncovered);
    let exact = Start::Fixed(90.0).interruptions_per_day(24.0);
    assert_exact("V10 interruptions a day, fixed 90 s", &found.per_day, exact, width());
}

#[test]
fn v10_a_twin_that_is_interrupted_five_percent_more_often_is_rejected() {
    let start = Start::Fixed(300.0);
    let found = simulated(start, 22.8);
    let (exact, own) = (start.uncovered_fraction(24.0), start.uncovered_fraction(22.8));
    assert_twin("V10 uncovered, fixed 300 s", &found.uncovered, exact, own, width());
    let (exact, own) = (start.interruptions_per_day(24.0), start.interruptions_per_day(22.8));
    assert_twin("V10 interruptions a day", &found.per_day, exact, own, width());
}
