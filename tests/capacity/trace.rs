//! Spot capacity that follows a trace of probes: what is replayed, and what is no trace.

use ecsim::engine::Simulation;
use ecsim::observe::invariants::Invariants;
use ecsim::scenario::plan::{Plan, Source};
use tempfile::TempDir;

use super::support::{Log, mixed};

const HEAD: &str = "trace,kind,target_nodes,zone,resource,gap_seconds,start_tick,ticks,available\n";

struct Case {
    directory: TempDir,
}

impl Case {
    fn new(rows: &str, rest: &str) -> Case {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("t.csv"), format!("{HEAD}{rows}")).unwrap();
        std::fs::write(directory.path().join("s.yaml"), format!("ecsim: 1\nname: case\n{rest}\n")).unwrap();
        Case { directory }
    }

    fn setup(&self) -> Result<ecsim::engine::Setup, String> {
        let source = Source::File(self.directory.path().join("s.yaml"));
        let plan = Plan::load(&source, &[], None).map_err(|rejected| rejected.to_string())?;
        plan.base_setup().map_err(|rejected| rejected.to_string())
    }

    fn log(&self) -> Log {
        let setup = self.setup().unwrap_or_else(|refusal| panic!("{refusal}"));
        let observer = (Log::default(), Invariants::default());
        let outcome = Simulation::new(&setup, 0, observer, ()).run().unwrap();
        let (log, invariants) = outcome.observer;
        invariants.verdict().unwrap_or_else(|violation| panic!("{violation}"));
        log
    }
}

/// Three Spot instances of one pool whose capacity follows `availability`.
fn three_spot(availability: &str) -> String {
    let group = "MinSize: 0, MaxSize: 9, DesiredCapacity: 3";
    let case =
        mixed(&["m5.large"], group, "OnDemandPercentageAboveBaseCapacity: 0", ", managedDraining: DISABLED");
    let case =
        case.replace("[a, b, c]", "[a]").replace("model: {", "model: { spot_hazard_per_hour: 0.000000001,");
    format!("duration: 40m\n{case}\nworld: {{ spot: {{ m5.large/a: {{ availability: {availability} }} }} }}")
}

fn row(trace: &str, start: u32, ticks: u32, available: u32) -> String {
    format!("{trace},availability,3,us-east-1a,v100_1,100,{start},{ticks},{available}\n")
}

/// Ticks of 100 s: 3 until 600 s, 1 until 1,200 s, then 2. At 600 s the two youngest get their notice, at 720 s they are
/// gone; the replacements that fail for lack of capacity are tried again every 60 s from 720 s on: one has room at 1,200 s.
#[test]
fn a_pool_gives_back_what_its_trace_takes_and_launches_what_it_gives() {
    let rows = row("x", 0, 6, 3) + &row("x", 6, 6, 1) + &row("x", 12, 50, 2);
    let log = Case::new(&rows, &three_spot("{ csv: t.csv, trace: x }")).log();
    assert_eq!(log.with("notice"), ["600 asg-2 has its notice", "600 asg-3 has its notice"]);
    assert_eq!(log.with("Terminating"), ["720 asg-2 is Terminating", "720 asg-3 is Terminating"]);
    let launched = log.with("launch");
    assert_eq!(launched[3..], ["1200 launch asg-4 as Spot in a"], "{launched:?}");
}

/// At half the speed of time, ten instances for one of the trace, 300 s into the stretched trace: 600 s of the trace are
/// 300 s - 300 s = time zero, when ten can be held; at 1,200 s of the trace, 600 - 300 = 300 s, none.
#[test]
fn a_trace_is_stretched_scaled_and_entered_at_its_offset() {
    let rows = row("x", 0, 6, 3) + &row("x", 6, 6, 1) + &row("x", 12, 50, 0);
    let availability = "{ csv: t.csv, trace: x, timeScale: 0.5, scale: 10, offset: 300s }";
    let log = Case::new(&rows, &three_spot(availability)).log();
    assert_eq!(log.with("launch").len(), 3);
    let noticed = log.with("notice");
    assert_eq!(noticed.len(), 3);
    assert!(noticed.iter().all(|line| line.starts_with("300 ")), "{noticed:?}");
}

/// The trace of the scenario is that of its name; the others of the file are passed over.
#[test]
fn a_trace_is_found_by_its_name() {
    let rows = row("x", 0, 6, 0) + &row("y", 0, 6, 3);
    assert!(Case::new(&rows, &three_spot("{ csv: t.csv, trace: x }")).log().with("launch").is_empty());
    assert_eq!(Case::new(&rows, &three_spot("{ csv: t.csv, trace: y }")).log().with("launch").len(), 3);
    let said =
        Case::new(&row("aws-1", 0, 6, 0), &three_spot("{ csv: t.csv, trace: aws-2 }")).setup().err().unwrap();
    assert!(said.contains("no trace \"aws-2\"") && said.contains("did you mean \"aws-1\""), "{said}");
}

#[test]
fn a_trace_with_holes_overlaps_or_ticks_that_run_backwards_is_refused_with_file_and_line() {
    let refusal = |second: String| {
        let case = Case::new(
            &(row("x", 0, 6, 3) + &row("x", 6, 4, 2) + &second),
            &three_spot("{ csv: t.csv, trace: x }"),
        );
        case.setup().err().expect("a refusal")
    };
    let said = refusal(row("x", 12, 6, 1));
    assert!(said.contains("t.csv:4") && said.contains("expected 10") && said.contains("hole"), "{said}");
    let said = refusal(row("x", 8, 6, 1));
    assert!(said.contains("t.csv:4") && said.contains("overlaps"), "{said}");
    let said = refusal(row("x", 3, 6, 1));
    assert!(said.contains("t.csv:4") && said.contains("backwards"), "{said}");
    let said = refusal(row("x", 10, 0, 1));
    assert!(said.contains("t.csv:4") && said.contains("\"ticks\""), "{said}");
    let said = Case::new(&row("x", 2, 6, 3), &three_spot("{ csv: t.csv, trace: x }")).setup().err().unwrap();
    assert!(said.contains("t.csv:2") && said.contains("hole"), "{said}");
}

#[test]
fn a_pool_has_a_number_or_a_trace_and_not_both() {
    let case = three_spot("{ csv: t.csv, trace: x }, capacity: 4");
    let said = Case::new(&row("x", 0, 6, 3), &case).setup().err().unwrap();
    assert!(said.contains("by capacity or by availability, not by both"), "{said}");
}

/// FARGATE_SPOT follows a trace too: at 600 s two of three tasks are told to stop, the youngest ones, and no other finds
/// a place while the pool can hold one.
#[test]
fn fargate_spot_follows_a_trace_too() {
    let rows = row("x", 0, 6, 3) + &row("x", 6, 6, 1) + &row("x", 12, 50, 3);
    let rest = "duration: 30m
aws:
  taskDefinitions: [{ family: f, requiresCompatibilities: [FARGATE], networkMode: awsvpc, cpu: 256, memory: 512,
    containerDefinitions: [{ name: app }] }]
  services: [{ serviceName: web, taskDefinition: f, desiredCount: 3,
    capacityProviderStrategy: [{ capacityProvider: FARGATE_SPOT, weight: 1 }] }]
world: { spot: { FARGATE_SPOT: { availability: { csv: t.csv, trace: x } } } }";
    let log = Case::new(&rows, rest).log();
    let stopped = log.with("STOPPED");
    assert_eq!(stopped.len(), 2, "{stopped:?}");
    assert!(
        stopped.iter().all(|line| line.starts_with("612 ")),
        "2 s after the signal and 10 s of deprovisioning: {stopped:?}"
    );
}

/// The file of real probes, where it is there: each of its nineteen traces loads, and a day of one is replayed.
#[test]
fn the_file_of_real_probes_is_replayed() {
    let file = std::path::Path::new("../shared/data/spot/spot-capacity-runs.csv");
    let Ok(text) = std::fs::read_to_string(file) else { return };
    let mut names: Vec<&str> = text.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
    names.dedup();
    assert_eq!(names.len(), 19);
    let rows = text.split_once('\n').unwrap().1;
    for name in &names {
        let case = Case::new(rows, &three_spot(&format!("{{ csv: t.csv, trace: '{name}' }}")));
        case.setup().unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
    }
    // a pool of 16 nodes of which 16 are there at first or not: the log moves with the file
    let trace = "aws-02-15-2023/us-east-1c_v100_1/1-node";
    let rest = three_spot(&format!("{{ csv: t.csv, trace: '{trace}', scale: 3 }}")).replace("40m", "2d");
    let log = Case::new(rows, &rest).log();
    let day = 2.0 * 86_400.0 / 195.0;
    let falls = text.lines().filter(|line| line.starts_with(&format!("{trace},"))).scan(0, |before, line| {
        let cells: Vec<u32> = line.split(',').skip(6).map(|cell| cell.parse().unwrap()).collect();
        let fell = cells[2] < *before && f64::from(cells[0]) < day;
        *before = cells[2];
        Some(fell)
    });
    let falls = falls.filter(|fell| *fell).count();
    let mut instants: Vec<&str> =
        log.with("notice").iter().map(|line| line.split(' ').next().unwrap()).collect();
    instants.dedup();
    assert!(falls > 0 && !instants.is_empty() && instants.len() <= falls, "{} of {falls}", instants.len());
}
