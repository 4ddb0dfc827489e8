//! What samples and marks show of a capacity provider: why each step happened (CAS-8, CAS-10, CAS-12).

use ecsim::kernel::time::{SimDuration, SimTime};
use ecsim::model::PoolId;
use ecsim::model::capacity_provider::AlarmState;
use ecsim::observe::marks::{Mark, Marks, Mishap, Whom};
use ecsim::observe::sampler::{PoolSample, Sampler};

use super::support::{cluster, observed, run_tasks};

/// One sample a minute of the first pool, and what is marked of it.
fn seen(rest: &str) -> (Vec<PoolSample>, Vec<Mark>) {
    let watch = |_: &_| (Sampler::new(SimDuration::from_secs(60)), Marks::default());
    let ((sampler, marks), end, _) = observed(rest, watch);
    let mut marks = marks.into_marks(SimTime(3_600_000));
    marks.retain(|mark| mark.of == Whom::Pool(PoolId(0)));
    assert_eq!(end.pool_name(PoolId(0)), "ec2", "the pool of a group goes by its provider's name");
    (sampler.into_samples().pools[0].clone(), marks)
}

/// Three instances hold 12 tasks of a quarter; 9 run, 30 come at 10:30, and 27 find no room. At 11:00 they are
/// 27 / 4 = 6.75, so 7 more instances: 100 × 10 / 3 = 333 % of a target of 100 %, and one datapoint is enough.
#[test]
fn a_scale_out_is_seen_with_the_tasks_that_wait_and_its_alarm() {
    let case = cluster("MinSize: 0, MaxSize: 20, DesiredCapacity: 3", "", 9);
    let (samples, marks) = seen(&format!("duration: 12m\n{case}\n{}", run_tasks("10m30s", 30)));
    let told = |minute: usize| {
        let sample = &samples[minute];
        (sample.waiting_tasks, sample.desired, sample.alarms.map(|alarms| alarms[0]))
    };
    assert_eq!(told(10), (Some(0), Some(3), Some(AlarmState::Ok)));
    assert_eq!(told(11), (Some(27), Some(10), Some(AlarmState::Alarm)));
    let at_eleven = &samples[11];
    assert_eq!((at_eleven.target_capacity, at_eleven.reservation), (Some(100), Some(1000.0 / 3.0)));
    assert_eq!((at_eleven.instances, at_eleven.pending, at_eleven.warm), (3, 7, 0));
    let step = marks.iter().find(|mark| mark.what == Mishap::DesiredCapacity(3, 10)).expect("a step");
    let alarm = marks.iter().find(|mark| mark.what == Mishap::ScaleOutAlarm).expect("an alarm");
    assert_eq!((step.from.0, alarm.from.0), (660_000, 660_000));
}

/// Four tasks fill one of three instances from the start. The datapoints of minutes 1 to 15 are fifteen below the target:
/// the alarm is there at 15:00, and half of the rest, one instance, goes.
#[test]
fn a_scale_in_is_seen_with_the_alarm_of_fifteen_datapoints_and_is_no_loss() {
    let case = cluster("MinSize: 0, MaxSize: 20, DesiredCapacity: 3", "", 4);
    let (samples, marks) = seen(&format!("duration: 1h\n{case}"));
    let told = |minute: usize| (samples[minute].desired, samples[minute].alarms.map(|alarms| alarms[1]));
    assert_eq!(told(0), (Some(3), Some(AlarmState::InsufficientData)));
    assert_eq!(told(14), (Some(3), Some(AlarmState::Ok)));
    assert_eq!(told(15), (Some(2), Some(AlarmState::Alarm)));
    let alarm = marks.iter().find(|mark| mark.what == Mishap::ScaleInAlarm).expect("an alarm");
    assert_eq!(alarm.from.0, 900_000);
    assert!(marks.iter().all(|mark| mark.what != Mishap::InstanceLoss), "{marks:?}");
    assert_eq!(samples[60].instances, 1);
    assert_eq!(told(60).1, Some(AlarmState::Ok), "one full instance is at its target");
}
