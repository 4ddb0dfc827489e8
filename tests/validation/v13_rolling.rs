//! V13: the arithmetic of a rolling update, to the tick, and its limits at every event (DEP-1, DEP-3, DEP-4, DEP-5,
//! DEP-6, DEP-8).

use ecsim::engine::{Setup, Simulation};
use ecsim::kernel::time::SimTime;
use ecsim::model::{Change, Cluster};
use ecsim::observe::Observer;
use ecsim::observe::recorder::Recorder;

use crate::support::{Rows, setup_of};

/// New tasks are healthy after 60 s, stopped ones gone after 30 s, the scheduler is instantaneous.
fn update(n: u32, min: u32, max: u32, counted: bool, start: &str) -> Setup {
    setup_of(&format!(
        "ecsim: 1
name: rolling
duration: 2h
aws:
  taskDefinitions: [{{ family: web, containerDefinitions: [{{ name: app, cpu: 10, memory: 10 }}] }}]
  containerInstances: [{{ name: host, count: 1, resources: {{ cpu: 100000, memory: 100000 }} }}]
  services:
    - serviceName: web
      taskDefinition: web
      desiredCount: {n}
      deploymentConfiguration: {{ minimumHealthyPercent: {min}, maximumPercent: {max} }}
world: {{ tasks: {{ web: {{ launch: {start}, containers: {{ app: {{ exitAfterSignal: 30s }} }} }} }} }}
timeline: [{{ at: 10m, call: UpdateService, with: {{ service: web, forceNewDeployment: true }} }}]
model: {{ scheduler_wake: 0s, no_check_healthy_delay: 0s, count_stopping_in_max: {counted} }}
"
    ))
}

/// Asserts the limits after every change of a task: healthy ≥ L, and RUNNING + PENDING (+ STOPPING) ≤ U.
struct Limits(bool);

impl Observer for Limits {
    fn observe(&mut self, at: SimTime, _: &Change, cluster: &Cluster) {
        let service = &cluster.services[0];
        let stopping = if self.0 { service.counts.stopping } else { 0 };
        assert!(service.counts.healthy >= service.settings.floor_healthy() || at == SimTime::ZERO);
        assert!(service.counts.active + stopping <= service.settings.cap_total());
    }
}

/// Seconds from the update to its completion; `None` if it is stuck.
fn seconds(setup: &Setup, counted: bool) -> Option<f64> {
    let observer = (Limits(counted), Recorder::new(Rows::default(), SimTime::NEVER));
    let outcome = Simulation::new(setup, 0, observer, ()).run().unwrap();
    let rows = outcome.observer.1.into_sink();
    let row = rows.1.iter().find(|row| row.deployment == 2).expect("a second deployment");
    if row.rollout_state != "COMPLETED" {
        assert!(row.reason.starts_with("stuck"), "{}", row.reason);
    }
    row.ended.map(|ended| ended.since(row.created).as_secs_f64())
}

type Row = (u32, u32, u32, Option<f64>, Option<f64>);

/// n, min, max, seconds by the convention "free", seconds by "counted".
const TABLE: [Row; 14] = [
    (4, 100, 200, Some(90.0), Some(90.0)),
    (4, 50, 100, Some(120.0), Some(180.0)),
    (4, 100, 125, Some(270.0), Some(360.0)),
    (10, 100, 150, Some(150.0), Some(180.0)),
    (10, 100, 110, Some(630.0), Some(900.0)),
    (10, 75, 100, Some(300.0), Some(450.0)),
    (3, 100, 150, Some(210.0), Some(270.0)),
    (3, 100, 133, None, None),
    (3, 100, 120, None, None),
    (5, 90, 100, None, None),
    (7, 33, 100, Some(120.0), Some(180.0)),
    (1, 100, 100, None, None),
    (1, 0, 100, Some(60.0), Some(90.0)),
    (6, 0, 100, Some(60.0), Some(90.0)),
];

#[test]
fn v13_a_rolling_update_takes_the_published_time_to_the_tick() {
    for (n, min, max, free, counted) in TABLE {
        assert_eq!(seconds(&update(n, min, max, false, "60s"), false), free, "free: {n} {min} {max}");
        assert_eq!(seconds(&update(n, min, max, true, "60s"), true), counted, "counted: {n} {min} {max}");
    }
}

#[test]
fn v13_a_twin_that_starts_five_percent_slower_is_rejected() {
    // one wave: 63 + 30 instead of 60 + 30
    assert_eq!(seconds(&update(4, 100, 200, true, "63s"), true), Some(93.0));
}
