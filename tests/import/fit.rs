//! `ecsim fit`: known parameters come back, every refusal is a sentence, snippets are what a scenario reads.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use ecsim::experiment::statistics::fit::{Law, fit};
use ecsim::kernel::dist::Distribution;
use ecsim::kernel::streams::{Entity, Purpose, Streams};
use ecsim::scenario::plan::{Plan, Source};
use serde_json::Value;
use tempfile::TempDir;

const TRACES: &str = "../shared/data/traces";

fn ecsim(arguments: &[&str], directory: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ecsim")).args(arguments).current_dir(directory).output().unwrap()
}

/// Runs `ecsim fit data.csv x …` on a file with this text.
fn fit_text(text: &str, arguments: &[&str]) -> (TempDir, Output) {
    let directory = TempDir::new().unwrap();
    fs::write(directory.path().join("data.csv"), text).unwrap();
    let all: Vec<&str> = ["fit", "data.csv", "x"].into_iter().chain(arguments.iter().copied()).collect();
    let output = ecsim(&all, directory.path());
    (directory, output)
}

fn refused(text: &str, arguments: &[&str]) -> String {
    let with_out: Vec<&str> = arguments.iter().copied().chain(["--out", "made"]).collect();
    let (directory, output) = fit_text(text, &with_out);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert_eq!(output.stdout, b"");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "nothing is written");
    told
}

fn answer(text: &str, arguments: &[&str]) -> Value {
    let with_json: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
    let (_, output) = fit_text(text, &with_json);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{told}"))
}

fn drawn(of: &Distribution, count: u64) -> Vec<f64> {
    let mut stream = Streams::new(7, 0).open(Purpose::Task, Entity::named("fit"));
    let mut values: Vec<f64> = (0..count).map(|_| of.quantile(stream.uniform())).collect();
    values.sort_by(f64::total_cmp);
    values
}

fn column(values: &[f64]) -> String {
    values.iter().fold("x\n".to_owned(), |text, value| text + &format!("{value}\n"))
}

fn best(of: &Distribution) -> Law {
    fit(&drawn(of, COUNT))[0].law
}

const COUNT: u64 = 20_000;
const ROOT: f64 = 141.421_356_237_309_5; // √20,000

/// Within three standard errors, which one sample in 370 is not.
fn within(found: f64, truth: f64, standard_error: f64) {
    assert!((found - truth).abs() < 3.0 * standard_error, "{found}, expected {truth} ± {standard_error}");
}

#[test]
fn an_exponential_sample_gives_its_mean_back() {
    // Weibull and gamma hold the exponential and have the smaller AIC by chance in one sample of six: here too.
    let fitted = fit(&drawn(&Distribution::exponential(30.0).unwrap(), COUNT));
    let mean = fitted.iter().find_map(|fitted| match fitted.law {
        Law::Exponential { mean } => Some(mean),
        _ => None,
    });
    let mean = mean.unwrap();
    within(mean, 30.0, 30.0 / ROOT); // mean / √n
}

#[test]
fn a_lognormal_sample_gives_its_parameters_back() {
    // sigma = ln(20 / 8) / 1.6449 = 0.55707
    let Law::Lognormal { mu, sigma } = best(&Distribution::lognormal_median_p95(8.0, 20.0).unwrap()) else {
        panic!()
    };
    within(mu, 3.0 * std::f64::consts::LN_2, 0.557_07 / ROOT); // ln 8; σ / √n
    within(sigma, 0.557_07, 0.557_07 / (2f64.sqrt() * ROOT)); // σ / √(2n)
}

#[test]
fn a_weibull_sample_gives_its_parameters_back() {
    let Law::Weibull { shape, scale } = best(&Distribution::weibull(1.5, 10.0).unwrap()) else { panic!() };
    within(shape, 1.5, 0.780 * 1.5 / ROOT); // √6/π · shape / √n
    within(scale, 10.0, 1.053 * 10.0 / 1.5 / ROOT); // 1.053 · scale / (shape √n)
}

#[test]
fn a_gamma_sample_gives_its_parameters_back() {
    let Law::Gamma { shape, mean } = best(&Distribution::gamma_shape_mean(4.0, 20.0).unwrap()) else {
        panic!()
    };
    // √(k / (n (k ψ'(k) − 1))) with ψ'(4) = π²/6 − 1 − 1/4 − 1/9 = 0.283823: √(4 / 0.135292) = 5.4374
    within(shape, 4.0, 5.4374 / ROOT);
    within(mean, 20.0, 20.0 / 2.0 / ROOT); // mean / √(k n)
}

#[test]
fn uniform_and_constant_samples_are_named_so() {
    let uniform = drawn(&Distribution::uniform(5.0, 9.0).unwrap(), 2_000);
    assert_eq!(fit(&uniform)[0].law.name(), "uniform");
    let answer = answer("x\n3\n3\n3\n3\n", &[]);
    assert_eq!((&answer["take"], &answer["snippet"]), (&"constant".into(), &"3s".into()));
}

#[test]
fn the_right_law_is_taken_and_its_snippet_is_what_a_scenario_reads() {
    let values = drawn(&Distribution::lognormal_median_p95(8.0, 20.0).unwrap(), 2_000);
    let answer = answer(&column(&values), &[]);
    assert_eq!(answer["take"], "lognormal");
    for fitted in answer["fits"].as_array().unwrap() {
        let snippet = fitted["snippet"].as_str().unwrap();
        let scenario = format!(
            "ecsim: 1\nname: t\nduration: 1h\naws:\n  taskDefinitions:\n    - {{ family: web, containerDefinitions: \
             [{{ name: a, image: a, cpu: 256, memory: 512 }}] }}\nworld: {{ tasks: {{ web: {{ ready: {snippet} }} }} }}\n"
        );
        let plan = Plan::load(&Source::Text("t.yaml".into(), scenario), &[], None);
        plan.unwrap_or_else(|rejected| panic!("{snippet}: {rejected}"));
    }
}

#[test]
fn zeros_are_counted_and_get_their_weight() {
    let values = drawn(&Distribution::exponential(30.0).unwrap(), 300);
    let answer = answer(&format!("{}0\n0.0\n\"\"\n", column(&values)), &[]);
    assert_eq!((&answer["zeros"], &answer["blank"], &answer["values"]), (&2.into(), &1.into(), &300.into()));
    let snippet = answer["snippet"].as_str().unwrap();
    let begin = "{ mixture: [{ weight: 2, of: 0s }, { weight: 300, of: { exponential: { mean: ";
    assert!(snippet.starts_with(begin), "{snippet}");
}

#[test]
fn data_that_no_law_is_near_to_are_taken_as_they_are() {
    // Two heaps far apart.
    let heaps: Vec<f64> =
        (0..200).map(|n| if n < 100 { 1.0 + 0.001 * f64::from(n) } else { f64::from(n) }).collect();
    let answer = answer(&column(&heaps), &["--unit", "min"]);
    assert_eq!(answer["take"], "empirical");
    assert_eq!(answer["snippet"], "{ empirical: { csv: data.csv, column: x, unit: min } }");
}

#[test]
fn chosen_rows_are_written_for_empirical() {
    let rows: String = (0..200).map(|n| format!("{},{n}\n", if n < 100 { "a" } else { "b" })).collect();
    let (directory, output) =
        fit_text(&format!("kind,x\n{rows}"), &["--where", "kind=b", "--out", "made", "--json"]);
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&answer["values"], &answer["notChosen"]), (&100.into(), &100.into()));
    let values = fs::read_to_string(directory.path().join("made/values.csv")).unwrap();
    assert_eq!(values.lines().take(3).collect::<Vec<_>>(), ["x", "100", "101"]);
    for (name, begin) in
        [("fit.svg", &b"<svg"[..]), ("fit.png", b"\x89PNG"), ("fit.csv", b"distribution,snippet")]
    {
        assert!(fs::read(directory.path().join("made").join(name)).unwrap().starts_with(begin), "{name}");
    }
}

#[test]
fn too_few_values_are_refused() {
    assert!(refused("x\n\n", &[]).contains("column \"x\": there is no value to fit"));
    let told = refused("x\n8.1\n", &[]);
    assert!(
        told.contains("1 value above 0, 8.1s, says nothing of how values are spread; at least 3"),
        "{told}"
    );
    let told = refused("x,y\n1,1\n,1\n2,1\n", &[]);
    assert!(told.contains("2 values above 0 are too few") && told.contains("(1 cells are blank)"), "{told}");
    let told = refused("x\n0\n0\n", &[]);
    assert!(told.contains("all 2 values are 0: write 0s"), "{told}");
}

#[test]
fn what_is_no_number_is_refused_at_its_row_and_column() {
    for cell in ["8s", "-1", "NaN", "inf", "\"1,5\""] {
        let told = refused(&format!("x\n1\n2\n{cell}\n4\n"), &[]);
        assert!(told.contains("`data.csv` row 4: column \"x\": expected a number of 0 or more"), "{told}");
    }
    let told = refused("x\n1\n2\n4e13\n", &[]);
    assert!(
        told.contains("row 4: column \"x\": expected at most a thousand years; is --unit right?"),
        "{told}"
    );
}

#[test]
fn a_missing_column_and_a_choice_of_nothing_are_refused_with_what_is_there() {
    let told = refused("xx,kind\n1,a\n", &[]);
    assert!(told.contains("no column \"x\"; did you mean \"xx\"? (it has xx, kind)"), "{told}");
    let told = refused("x,kind\n1,alpha\n", &["--where", "kind=alhpa"]);
    assert!(told.contains("--where kind=alhpa; did you mean \"alpha\"? (there is alpha)"), "{told}");
}

#[test]
fn a_directory_that_holds_something_stays_as_it_is() {
    let (directory, _) = fit_text("x\n1\n", &[]);
    fs::create_dir(directory.path().join("made")).unwrap();
    fs::write(directory.path().join("made/mine"), "").unwrap();
    fs::write(directory.path().join("data.csv"), "x\n1\n2\n3\n4\n").unwrap();
    let output = ecsim(&["fit", "data.csv", "x", "--out", "made"], directory.path());
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(fs::read_dir(directory.path().join("made")).unwrap().count(), 1);
}

/// The durations of a real batch cluster: half end within a minute, one in a hundred runs longer than a day.
#[test]
fn no_law_bears_the_durations_of_surf_lisa() {
    let file = format!("{TRACES}/surf-lisa-2022-10-tasks.csv");
    if !Path::new(&file).exists() {
        println!("skipped: no real data at {file}");
        return;
    }
    let output = ecsim(&["fit", &file, "duration_s", "--json"], Path::new("."));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&answer["values"], &answer["take"]), (&58_339.into(), &"empirical".into()));
    assert_eq!(answer["quantiles"]["p50"], 55.0);
    let lognormal = &answer["fits"][0];
    assert_eq!(lognormal["distribution"], "lognormal");
    assert!(
        lognormal["ksDistance"].as_f64().unwrap() > 0.15
            && lognormal["relativeErrors"]["p99"].as_f64().unwrap() < -0.8
    );
}
