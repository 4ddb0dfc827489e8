//! F15 to F25: numbers. What holds of every number of the schema is in `every_number`.

use crate::support::{GOOD, good_but, run};

#[test]
fn f15_a_negative_duration_is_refused_in_text_too() {
    run(good_but("mean: 20m", "mean: -5s")).is_refused_with(&["mean", "-5s"]);
}

#[test]
fn f16_a_count_beyond_the_documented_limit_is_refused() {
    run(good_but("desiredCount: 2", "desiredCount: 1000000000000000000")).is_refused_with(&["desiredCount"]);
    run(good_but("desiredCount: 2", "desiredCount: 5001")).is_refused_with(&["desiredCount", "5,000"]);
}

#[test]
fn f17_half_a_task_is_refused_and_a_whole_number_is_one_in_any_notation() {
    run(good_but("desiredCount: 2", "desiredCount: 2.5")).is_refused_with(&["desiredCount", "2.5"]);
    let plain = run(GOOD);
    let with_exponent = run(good_but("desiredCount: 2", "desiredCount: 0.2e1"));
    with_exponent.is_done();
    assert_eq!(plain.file("good", "tasks.csv"), with_exponent.file("good", "tasks.csv"));
}

#[test]
fn f19_a_law_that_is_none_is_refused_by_its_rule() {
    for (law, piece) in [
        ("{ uniform: [5m, 1m] }", "uniform"),
        ("{ lognormal: { mean: 5m, cv: -1 } }", "cv"),
        ("{ choice: [{ value: 5m, weight: 0 }] }", "weight"),
    ] {
        run(good_but("{ exponential: { mean: 20m } }", law)).is_refused_with(&[piece]);
    }
    run(good_but("crash: {", "startFailure: { probability: 1.0000001 }, crash: {"))
        .is_refused_with(&["probability"]);
}

#[test]
fn f20_limits_of_a_deployment_are_held_to_ecs_rule() {
    for limits in ["minimumHealthyPercent: 150", "maximumPercent: 50"] {
        let by = format!("desiredCount: 2, deploymentConfiguration: {{ {limits} }}");
        run(good_but("desiredCount: 2", &by)).is_refused_with(&["InvalidParameterException", "percent"]);
    }
}

#[test]
fn f21_a_horizon_is_above_zero_and_within_the_clock() {
    run(good_but("duration: 1h", "duration: 0s")).is_refused_with(&["duration"]);
    run(good_but("duration: 1h", "duration: 99999999d")).is_refused_with(&["duration", "365000"]);
}

#[test]
fn f22_f25_times_beyond_the_end_never_happen_and_never_wrap() {
    run(good_but("mean: 20m", "mean: 300000d")).is_done();
    for mean in ["1e-300", "1e300"] {
        let outcome = run(good_but("mean: 20m", &format!("mean: {mean}")));
        assert!(matches!(outcome.code, Some(0 | 2)), "{mean}: {}", outcome.stderr);
        outcome.does_not_panic();
    }
}

#[test]
fn f23_a_loop_without_time_stops_and_names_the_service() {
    let text =
        good_but("crash: { every: { exponential: { mean: 20m } } }", "crash: { every: 0s }, launch: 0s")
            + "model: { service_launch_bucket: unlimited, scheduler_wake: 0s, exit_after_signal: 0s }\n";
    let outcome = run(text);
    assert_eq!(outcome.code, Some(2), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("web"), "{}", outcome.stderr);
}

#[test]
fn f24_durations_of_zero_are_allowed() {
    run(good_but("crash: {", "launch: 0s, crash: {")).is_done();
    assert!(GOOD.contains("crash"));
}
