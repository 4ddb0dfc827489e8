//! The summary of a run as a person reads it, names as hostile and long as they come.

use super::*;
use crate::experiment::TrialOptions;
use crate::experiment::trial::simulate;
use crate::observe::metrics::metric_names;
use crate::output::result_tables::estimate as estimate_of;
use crate::output::terminal::WIDTH;
use crate::scenario::plan::Source;

/// One web task on the only instance, which two tasks would not fit on: the second is refused, and exit 1 of the
/// first comes at 10 min.
const LONELY: &str = r#"
  taskDefinitions: [{ family: web, containerDefinitions: [{ name: app, cpu: 600, memory: 512 }] }]
  containerInstances: [{ name: ec2, count: 1, resources: { cpu: 1024, memory: 2048 }, zones: [a] }]
  services: [{ serviceName: web, taskDefinition: web, desiredCount: 2 }]
world: { tasks: { web: { containers: { app: { crash: { every: 10m, exitCode: 1 } } } } } }
timeline: [{ at: 5m, call: UpdateService, with: { service: nobody, desiredCount: 2 } }]"#;

fn summary(rest: &str) -> (String, Value) {
    let text = format!("# Why?\necsim: 1\nname: \"case\\e[2J\"\nduration: 15m\naws:{rest}\n");
    let plan =
        Plan::load(&Source::Text("case".to_owned(), text), &[], None).unwrap_or_else(|e| panic!("{e}"));
    let setup = plan.base_setup().unwrap();
    let names = metric_names(&setup.cluster);
    let options = TrialOptions { tally: true, ..TrialOptions::default() };
    let trial = |replication| {
        let key = crate::experiment::TrialKey { point: 0, replication };
        simulate(&setup, key, options, None::<()>).unwrap().0
    };
    let trials = [trial(0), trial(1)];
    let estimate = |at: usize| estimate_of(&names[at], trials.iter().map(|trial| trial.values[at]));
    let summaries: Vec<Summary> = (0..names.len()).map(estimate).collect();
    let summarized = Summarized::of(&plan, &setup, &names, &summaries, (&trials, &trials));
    let nowhere = Path::new("no/such/directory");
    let json = serde_json::from_str(&summarized.json(nowhere)).unwrap();
    (summarized.text(nowhere, Duration::from_millis(1200)), json)
}

fn line<'t>(text: &'t str, with: &str) -> &'t str {
    text.lines().find(|line| line.contains(with)).unwrap_or_else(|| panic!("no `{with}` in {text}"))
}

#[test]
fn stops_losses_and_refusals_are_told_with_their_reasons() {
    let (text, _) = summary(LONELY);
    // settled: the crash at 10 min is the only stop, and a task starts in its place
    assert!(line(&text, "EssentialContainerExited: Essential container").contains("1 ± 0"));
    assert!(line(&text, "to container exit").contains("lost"));
    assert!(line(&text, "RESOURCE:CPU").contains("not placed"));
}

#[test]
fn a_refused_request_is_told_with_its_exception_and_how_often() {
    let (text, json) = summary(LONELY);
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let told =
        "UpdateService was refused in 2 of 2 replications, first at 00:05:00: ServiceNotFoundException";
    assert!(flat.contains(told), "{text}");
    assert_eq!(json["refused_requests"][0]["replications"], 2);
}

#[test]
fn an_objective_is_told_with_its_bound_in_the_unit_of_its_metric() {
    let objective = "experiment: { objectives: [{ metric: availability, of: web, atLeast: 0.999 }] }";
    let (text, json) = summary(&format!("{LONELY}\n{objective}"));
    // one of two tasks: with 100 % needed, never available
    assert!(text.contains("Objectives: 0 met, 1 missed"), "{text}");
    assert!(line(&text, "✗ missed").contains("availability of web at least 99.9 %: 0 %"), "{text}");
    assert_eq!(
        (&json["objectives"][0]["verdict"], &json["objectives"][0]["met"]),
        (&json!("missed"), &json!(false))
    );
}

#[test]
fn many_long_names_fit_a_hundred_columns_and_steer_no_terminal() {
    let name =
        |n: usize| format!("checkout-and-payment-gateway-of-the-platform-team-in-production-number-{n}");
    let services: Vec<String> = (0..12)
        .map(|n| format!("{{ serviceName: {}, taskDefinition: web, desiredCount: 1 }}", name(n)))
        .collect();
    let (text, json) = summary(&format!(
        r#"
  taskDefinitions: [{{ family: web, containerDefinitions: [{{ name: app, cpu: 64, memory: 64 }}] }}]
  containerInstances: [{{ name: {}, count: 2, resources: {{ cpu: 4096, memory: 8192 }}, zones: [a, b] }}]
  services: [{}]
world: {{ tasks: {{ web: {{ containers: {{ app: {{ crash: {{ every: 10m }} }} }} }} }} }}"#,
        name(99),
        services.join(", ")
    ));
    assert!(!text.contains('\u{1b}') && text.contains("case\\u{1b}[2J: Why?"), "{text}");
    let too_wide: Vec<&str> = text.lines().filter(|line| line.chars().count() > WIDTH).collect();
    assert!(too_wide.is_empty(), "{too_wide:#?}");
    assert!(text.contains("all 12 services"), "{text}");
    // each of them on its own for programs: a start, a stop, a loss
    let happened = json["happened"].as_array().unwrap();
    assert_eq!(happened.iter().filter(|row| row["what"] == "stopped" && row["mean"] == 1.0).count(), 12);
}
