//! V07: six that fail, of which only two are launched at a time: machine repair with two repairmen. Once as the tasks of a
//! service (SVC-1), once as the instances of an Auto Scaling group (ASG-4).

use ecsim::kernel::time::SimTime;
use ecsim::model::instance::InstanceStatus;
use ecsim::model::task::TaskStatus;
use ecsim::model::{Change, Cluster};
use ecsim::observe::Observer;

use crate::full;
use crate::support::{
    assert_exact, assert_published, assert_spread, assert_twin, quotients, setup_of, watched,
};

const REPLICAS: u32 = 6;
const REPAIRMEN: u32 = 2;
const LAUNCH_HOURS: f64 = 2.0;
const WARM_UP_HOURS: u64 = 200;

/// The birth-death process of the number down: up-rate (6 − d) / mean up, down-rate min(d, 2) / 2 h.
struct Exact {
    down: [f64; 7],
    mean_up_h: f64,
}

impl Exact {
    fn with_mean(mean_up_h: f64) -> Exact {
        let mut down = [1.0; 7];
        for d in 1..=REPLICAS {
            let fall = f64::from(REPLICAS - d + 1) / mean_up_h;
            let repair = f64::from(d.min(REPAIRMEN)) / LAUNCH_HOURS;
            down[d as usize] = down[d as usize - 1] * fall / repair;
        }
        let total: f64 = down.iter().sum();
        Exact { down: down.map(|weight| weight / total), mean_up_h }
    }

    fn mean_down(&self) -> f64 {
        self.down.iter().zip(0u32..).map(|(p, d)| p * f64::from(d)).sum()
    }

    fn failures_per_hour(&self) -> f64 {
        (f64::from(REPLICAS) - self.mean_down()) / self.mean_up_h
    }

    /// By Little's law.
    fn outage(&self) -> f64 {
        self.mean_down() / self.failures_per_hour()
    }

    fn fewer_than_4_up(&self) -> f64 {
        self.down[3..].iter().sum()
    }
}

/// What the six are.
#[derive(Clone, Copy, PartialEq)]
enum Of {
    /// Tasks of a service.
    Service,
    /// Instances of a group.
    Group,
}

impl Of {
    fn up(self, cluster: &Cluster) -> usize {
        match self {
            Of::Service => cluster.services[0].counts.healthy as usize,
            Of::Group => cluster.instances.iter().filter(|(_, instance)| instance.takes_tasks()).count(),
        }
    }

    /// The rest of the scenario.
    fn scenario(self, mean_up_h: u32) -> String {
        match self {
            Of::Service => format!(
                "aws:
  taskDefinitions: [{{ family: web, containerDefinitions: [{{ name: app, cpu: 256, memory: 512 }}] }}]
  containerInstances: [{{ name: host, count: 1, resources: {{ cpu: 10240, memory: 20480 }} }}]
  services: [{{ serviceName: web, taskDefinition: web, desiredCount: {REPLICAS} }}]
world:
  tasks:
    web:
      launch: {{ exponential: {{ mean: 2h }} }}
      crash: {{ every: {{ exponential: {{ mean: {mean_up_h}h }} }} }}
      exitAfterSignal: 0s
model: {{ scheduler_wake: 0s, no_check_healthy_delay: 0s, parallel_launches: {REPAIRMEN} }}"
            ),
            // The machine runs when its agent registers it, so that a launch is under way for as long as it takes.
            Of::Group => format!(
                "aws:
  autoScalingGroups:
    - {{ AutoScalingGroupName: asg, InstanceType: m5.large, AvailabilityZones: [a], MinSize: {REPLICAS}, MaxSize: {REPLICAS} }}
world:
  groups:
    asg:
      launch: {{ exponential: {{ mean: 2h }} }}
      failure: {{ every: {{ exponential: {{ mean: {mean_up_h}h }} }} }}
model: {{ instance_boot: 10000h, asg_health_check: 0s, instance_terminate: 0s, lost_instance_detect: 0s,
  parallel_launches: {REPAIRMEN} }}"
            ),
        }
    }
}

/// How long how many were up, and how many failed.
struct Levels {
    of: Of,
    /// Milliseconds by number up, after the warm-up.
    stood: [u64; 7],
    failures: u64,
}

impl Observer for Levels {
    fn observe(&mut self, at: SimTime, change: &Change, _: &Cluster) {
        let fails = match change {
            Change::TaskStatusChanged { to: TaskStatus::Stopped, .. } => self.of == Of::Service,
            Change::InstanceStatusChanged { to: InstanceStatus::Lost, .. } => self.of == Of::Group,
            _ => false,
        };
        self.failures += u64::from(fails && at >= SimTime(WARM_UP_HOURS * 3_600_000));
    }

    fn time_moves(&mut self, from: SimTime, to: SimTime, cluster: &Cluster) {
        let warm = SimTime(WARM_UP_HOURS * 3_600_000);
        self.stood[self.of.up(cluster)] += to.0.saturating_sub(from.max(warm).0);
    }
}

struct Found {
    hours: f64,
    seen: Vec<Levels>,
}

fn simulated(of: Of, mean_up_h: u32) -> Found {
    // For a standard error of 0.5 %, all up needs 1e5 h in all and fewer than 4 up 6e6 h; for 3 %, that needs 1.7e5 h.
    let (hours, r) = if full() { (200_000, 40) } else { (10_000, 40) };
    let setup = setup_of(&format!(
        "ecsim: 1
name: repair
seed: 20261107
duration: {}h
warmUp: {WARM_UP_HOURS}h
start: settled
{}
",
        hours + WARM_UP_HOURS,
        of.scenario(mean_up_h)
    ));
    let levels = || Levels { of, stood: [0; 7], failures: 0 };
    let (_, seen) = watched(&setup, r, [], levels);
    Found { hours: hours as f64, seen }
}

impl Found {
    fn down(&self) -> Vec<f64> {
        let of = |levels: &Levels| {
            let up: u64 = levels.stood.iter().zip(0u64..).map(|(ms, up)| ms * up).sum();
            f64::from(REPLICAS) - up as f64 / 3_600_000.0 / self.hours
        };
        self.seen.iter().map(of).collect()
    }

    fn failures(&self) -> Vec<f64> {
        self.seen.iter().map(|levels| levels.failures as f64 / self.hours).collect()
    }

    fn share(&self, up: std::ops::Range<usize>) -> Vec<f64> {
        let of =
            |levels: &Levels| levels.stood[up.clone()].iter().sum::<u64>() as f64 / 3_600_000.0 / self.hours;
        self.seen.iter().map(of).collect()
    }
}

#[test]
fn v07_two_launches_at_a_time_of_a_service_are_two_repairmen() {
    two_repairmen(&simulated(Of::Service, 20));
}

#[test]
fn v07_two_launches_at_a_time_of_a_group_are_two_repairmen() {
    two_repairmen(&simulated(Of::Group, 20));
}

fn two_repairmen(found: &Found) {
    let exact = Exact::with_mean(20.0);
    assert_published("V07 mean down", exact.mean_down(), 0.566_050_737_48);
    assert_published("V07 failures per hour", exact.failures_per_hour(), 0.271_697_463_13);
    assert_published("V07 mean outage", exact.outage(), 2.083_386_171_4);
    assert_published("V07 mean wait", exact.outage() - LAUNCH_HOURS, 0.083_386_171_381);
    assert_published("V07 all up", exact.down[0], 0.560_232_720_67);
    assert_published("V07 fewer than 4 up", exact.fewer_than_4_up(), 0.019_592_738_824);
    let width = if full() { 0.005 } else { 0.015 };
    let down = found.down();
    assert_exact("V07 mean down", &down, exact.mean_down(), width);
    assert_spread("V07 mean down", &down, 2.28996, found.hours);
    assert_exact("V07 failures per hour", &found.failures(), exact.failures_per_hour(), width);
    let outage = quotients(&down, &found.failures());
    assert_exact("V07 mean outage", &outage, exact.outage(), width);
    if full() {
        // The wait is the small difference of two large numbers.
        let waits: Vec<f64> = outage.iter().map(|outage| outage - LAUNCH_HOURS).collect();
        assert_exact("V07 mean wait for a launch", &waits, exact.outage() - LAUNCH_HOURS, 0.03);
    }
    assert_exact("V07 all up", &found.share(6..7), exact.down[0], width);
    assert_spread("V07 all up", &found.share(6..7), 0.818977, found.hours);
    assert_exact("V07 fewer than 4 up", &found.share(0..4), exact.fewer_than_4_up(), 2.0 * width);
    assert_spread("V07 fewer than 4 up", &found.share(0..4), 0.0591586, found.hours);
}

#[test]
fn v07_a_twin_of_the_service_that_fails_five_percent_more_often_is_rejected() {
    twin_is_rejected(&simulated(Of::Service, 19));
}

#[test]
fn v07_a_twin_of_the_group_that_fails_five_percent_more_often_is_rejected() {
    twin_is_rejected(&simulated(Of::Group, 19));
}

fn twin_is_rejected(found: &Found) {
    let (exact, own) = (Exact::with_mean(20.0), Exact::with_mean(19.0));
    let width = if full() { 0.005 } else { 0.015 };
    assert_twin("V07 mean down", &found.down(), exact.mean_down(), own.mean_down(), width);
    assert_twin(
        "V07 failures per hour",
        &found.failures(),
        exact.failures_per_hour(),
        own.failures_per_hour(),
        width,
    );
    assert_twin("V07 all up", &found.share(6..7), exact.down[0], own.down[0], width);
}
