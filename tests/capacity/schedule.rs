//! Scheduled actions. Time zero is Monday, 5 January 2026, 00:00 UTC.

use super::support::{calls, group, refusal, run};

const HOUR: u32 = 3600;

#[test]
fn an_action_of_one_time_comes_once() {
    let sizes = group("a", "MinSize: 1, MaxSize: 5");
    let plan = calls(&[(
        "1m",
        "PutScheduledUpdateGroupAction",
        "ScheduledActionName: morning, StartTime: '2026-01-05T06:00:00Z', DesiredCapacity: 3",
    )]);
    let (log, end) = run(&format!("duration: 2d\n{sizes}\n{plan}"));
    assert_eq!(log.with("desired"), [format!("{} desired 1 -> 3", 6 * HOUR)]);
    assert!(end.auto_scaling_groups[0].scheduled.is_empty());
}

/// Up at 8 and down at 18 o'clock on working days; the simulation ends on Sunday, so five times each.
#[test]
fn a_recurrence_comes_at_each_of_its_times() {
    let sizes = group("a", "MinSize: 1, MaxSize: 5");
    let plan = calls(&[
        (
            "1m",
            "PutScheduledUpdateGroupAction",
            "ScheduledActionName: up, Recurrence: '0 8 * * 1-5', MinSize: 4",
        ),
        (
            "1m",
            "PutScheduledUpdateGroupAction",
            "ScheduledActionName: down, Recurrence: '0 18 * * 1-5', MinSize: 1, DesiredCapacity: 1",
        ),
    ]);
    let (log, _) = run(&format!("duration: 7d\n{sizes}\n{plan}"));
    let day = |day: u32| {
        let at = |hour: u32| (24 * day + hour) * HOUR;
        [format!("{} desired 1 -> 4", at(8)), format!("{} desired 4 -> 1", at(18))]
    };
    let expected: Vec<String> = (0..5).flat_map(day).collect();
    assert_eq!(log.with("desired"), expected);
}

/// From StartTime on Tuesday to EndTime on Wednesday noon: two mornings.
#[test]
fn a_recurrence_keeps_to_its_start_and_end() {
    let sizes = group("a", "MinSize: 1, MaxSize: 5");
    let when = "StartTime: '2026-01-06T08:00:00Z', EndTime: '2026-01-07T12:00:00Z'";
    let up = format!("ScheduledActionName: up, Recurrence: '0 8 * * *', DesiredCapacity: 3, {when}");
    let down = "ScheduledActionName: down, Recurrence: '0 0 * * *', DesiredCapacity: 1";
    let call = "PutScheduledUpdateGroupAction";
    let (log, _) =
        run(&format!("duration: 7d\n{sizes}\n{}", calls(&[("1m", call, &up), ("1m", call, down)])));
    let ups: Vec<String> = [32, 56].map(|hour| format!("{} desired 1 -> 3", hour * HOUR)).into();
    assert_eq!(log.with("1 -> 3"), ups);
}

#[test]
fn a_suspended_or_deleted_action_does_nothing() {
    let sizes = group("a", "MinSize: 1, MaxSize: 5");
    let hourly = "ScheduledActionName: up, Recurrence: '0 * * * *', DesiredCapacity: 3";
    let plan = calls(&[
        ("1m", "PutScheduledUpdateGroupAction", hourly),
        ("2m", "SuspendProcesses", "ScalingProcesses: [ScheduledActions]"),
        ("90m", "ResumeProcesses", "ScalingProcesses: [ScheduledActions]"),
        ("150m", "DeleteScheduledAction", "ScheduledActionName: up"),
        ("151m", "SetDesiredCapacity", "DesiredCapacity: 1"),
        ("152m", "DeleteScheduledAction", "ScheduledActionName: up"),
    ]);
    let (log, _) = run(&format!("duration: 5h\n{sizes}\n{plan}"));
    // not at 3,600 s, but at 7,200 s; and not at 10,800 s
    assert_eq!(log.with("desired"), ["7200 desired 1 -> 3", "9060 desired 3 -> 1"]);
    assert_eq!(log.with("refused"), ["9120 DeleteScheduledAction refused: ValidationError"]);
}

#[test]
fn an_action_outside_the_sizes_is_refused_when_it_comes() {
    let sizes = group("a", "MinSize: 1, MaxSize: 5");
    let action = "ScheduledActionName: up, StartTime: '2026-01-05T01:00:00Z', DesiredCapacity: 9";
    let (log, _) =
        run(&format!("duration: 2h\n{sizes}\n{}", calls(&[("1m", "PutScheduledUpdateGroupAction", action)])));
    assert_eq!(log.with("refused"), ["3600 PutScheduledUpdateGroupAction refused: ValidationError"]);
}

#[test]
fn what_cannot_be_planned_is_told_at_its_place() {
    let sizes = group("a", "MinSize: 1, MaxSize: 5");
    let told = |with: &str| {
        let call = calls(&[("1m", "PutScheduledUpdateGroupAction", with)]);
        refusal(&format!("duration: 2h\n{sizes}\n{call}"))
    };
    let four = told("ScheduledActionName: up, Recurrence: '0 8 * *', MinSize: 1");
    assert!(four.contains("4 fields found") && four.contains("case:6:"), "{four}");
    let hour = told("ScheduledActionName: up, Recurrence: '0 25 * * *', MinSize: 1");
    assert!(hour.contains("hour \"25\" is not understood"), "{hour}");
    let date = told("ScheduledActionName: up, StartTime: tomorrow, MinSize: 1");
    assert!(date.contains("\"tomorrow\" is no date"), "{date}");
    let sizes_missing = told("ScheduledActionName: up, Recurrence: '0 8 * * *'");
    assert!(sizes_missing.contains("at least one of MinSize"), "{sizes_missing}");
    let zone = told("ScheduledActionName: up, Recurrence: '0 8 * * *', MinSize: 1, TimeZone: Europe/Berlin");
    assert!(zone.contains("not modelled"), "{zone}");
}
