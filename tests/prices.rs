//! Instance types and prices that a scenario brings along: what they change in the bill, and what is wrong with them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use ecsim::engine::Setup;
use ecsim::experiment::{TrialKey, TrialOptions, simulate};
use ecsim::kernel::time::SimTime;
use ecsim::model::prices::spot::SpotPool;
use ecsim::observe::metrics::metric_names;
use ecsim::scenario::plan::{Plan, Source};
use tempfile::TempDir;

/// A directory with a scenario and the files that it names.
struct Case {
    directory: TempDir,
}

const HOST: &str = "aws: { containerInstances: [{ name: host, count: 2, instanceType: m5.large }] }";
const TYPES: &str = "instance_type,vcpu,memory_mib,arch,max_enis,on_demand_usd_per_hour\n\
                     m5.large,2,8192,x86_64,3,0.05\nm99.huge,64,262144,arm64,15,\n";
const PRICES: &str =
    "region,item,platform,market,usd_per_hour\neu-west-1,m5.large,,,0.107\neu-west-1,m5.large,,spot,0.04\n";

impl Case {
    /// A scenario of an hour with these lines below its head.
    fn new(lines: &str) -> Case {
        let case = Case { directory: tempfile::tempdir().unwrap() };
        case.with("scenario.yaml", &format!("ecsim: 1\nname: case\nduration: 1h\n{lines}\n"))
    }

    fn with(self, name: &str, text: &str) -> Case {
        std::fs::write(self.directory.path().join(name), text).unwrap();
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn setup_with(&self, types: Option<&Path>) -> Result<Setup, String> {
        let source = Source::File(self.path("scenario.yaml"));
        let plan = Plan::load_with(&source, &[], None, types).map_err(|rejected| rejected.to_string())?;
        plan.base_setup().map_err(|rejected| rejected.to_string())
    }

    fn setup(&self) -> Setup {
        self.setup_with(None).unwrap_or_else(|refusal| panic!("{refusal}"))
    }

    fn refusal(&self) -> String {
        self.setup_with(None).err().expect("a refusal")
    }

    fn cost_usd(&self) -> f64 {
        cost_usd(&self.setup())
    }

    /// Runs the binary in the directory.
    fn ecsim(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_ecsim"))
            .args(arguments)
            .current_dir(self.directory.path())
            .stdin(Stdio::null())
            .env("NO_COLOR", "1")
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        (output.status.code(), text(output.stdout), text(output.stderr))
    }
}

/// The bill of the cluster in replication 0.
fn cost_usd(setup: &Setup) -> f64 {
    let key = TrialKey { point: 0, replication: 0 };
    let options = TrialOptions { check: true, ..TrialOptions::default() };
    let (trial, _) = simulate(setup, key, options, None::<()>).unwrap();
    let names: Vec<String> = metric_names(&setup.cluster).iter().map(|name| name.column()).collect();
    trial.values[names.iter().position(|name| name == "cost_usd:default").unwrap()].unwrap()
}

/// To the nano-dollar (CST-13).
fn is_to_the_nano_dollar(found: f64, expected: f64) {
    assert!((found - expected).abs() < 5e-10, "{found} USD, expected {expected}");
}

#[test]
fn the_types_of_a_file_are_those_of_the_scenario() {
    let case = Case::new(&format!("{HOST}\nworld: {{ instanceTypes: types.csv }}")).with("types.csv", TYPES);
    // two instances for an hour at the file's 0.05 USD; the built-in table has 0.096
    is_to_the_nano_dollar(case.cost_usd(), 0.1);
}

#[test]
fn types_of_the_command_line_go_over_those_of_the_scenario() {
    let case =
        Case::new(&format!("{HOST}\nworld: {{ instanceTypes: types.csv }}")).with("types.csv", TYPES).with(
            "over.csv",
            "type,vcpu,memory_mib,arch,max_enis,on_demand_usd_per_hour\nm5.large,4,8192,arm64,3,0.07\n",
        );
    let setup = case.setup_with(Some(&case.path("over.csv"))).unwrap();
    is_to_the_nano_dollar(cost_usd(&setup), 0.14);
    let (_, host) = setup.cluster.instances.iter().next().unwrap();
    assert_eq!(host.registered.cpu, 4096, "4 vCPUs");
    assert_eq!(host.instance_type.as_deref(), Some("m5.large"));
}

#[test]
fn run_sweep_validate_and_explain_take_a_file_of_types() {
    let lines = "aws: { containerInstances: [{ name: host, instanceType: m77.big }] }\n\
                 experiment: { sweep: { 'aws.containerInstances.host.count': [1, 2] } }";
    let case = Case::new(lines).with(
        "types.csv",
        "type,vcpu,memory_mib,arch,max_enis,on_demand_usd_per_hour\nm77.big,4,8192,arm64,3,2\n",
    );
    let common = ["scenario.yaml", "--types", "types.csv"];
    for verb in [
        &["run", "--quiet", "--no-plots"][..],
        &["sweep", "--quiet", "--no-plots", "--out", "swept"],
        &["validate"],
        &["explain", "--instance", "host-1"],
    ] {
        let arguments: Vec<&str> = verb[..1].iter().chain(&common).chain(&verb[1..]).copied().collect();
        let (code, _, stderr) = case.ecsim(&arguments);
        assert_eq!(code, Some(0), "{arguments:?}: {stderr}");
        let without: Vec<&str> = verb[..1].iter().chain(&common[..1]).chain(&verb[1..]).copied().collect();
        let (code, stdout, stderr) = case.ecsim(&without);
        assert_eq!(code, Some(2), "{without:?}");
        assert!((stdout + &stderr).contains("m77.big"), "{stderr}");
    }
}

#[test]
fn a_mistake_in_a_file_of_types_is_named_with_file_line_and_column_and_nothing_is_written() {
    let wrong = "# ours\ninstance_type,vcpu,memory_mib,arch,max_enis\nm5.large,2,8192,x86_64,3\nm6.large,2,8 GiB,x86_64,3\n";
    let case = Case::new(&format!("{HOST}\nworld: {{ instanceTypes: types.csv }}")).with("types.csv", wrong);
    let (code, _, stderr) = case.ecsim(&["run", "scenario.yaml"]);
    assert_eq!(code, Some(2), "{stderr}");
    for piece in [
        "types.csv:4:12",
        "world.instanceTypes",
        "column \"memory_mib\"",
        "a whole number",
        "found \"8 GiB\"",
    ] {
        assert!(stderr.contains(piece), "{piece} is not in {stderr}");
    }
    assert!(!case.path("results").exists());
    let case = Case::new(HOST).with("types.csv", wrong);
    let (code, _, stderr) = case.ecsim(&["run", "scenario.yaml", "--types", "types.csv"]);
    assert_eq!((code, stderr.contains("types.csv:4:12")), (Some(2), true), "{stderr}");
    let (code, _, stderr) = case.ecsim(&["run", "scenario.yaml", "--types", "typos.csv"]);
    assert_eq!((code, stderr.contains("typos.csv: no such file")), (Some(2), true), "{stderr}");
    assert!(!case.path("results").exists());
}

/// CST-9: the built-in table has a price for each type, a file of types need not.
#[test]
fn a_type_without_a_price_is_refused_only_where_the_bill_needs_it() {
    let of = |more: &str| {
        Case::new(&format!(
            "aws: {{ containerInstances: [{{ name: host, instanceType: m99.huge{more} }}] }}\n\
             world: {{ instanceTypes: types.csv }}"
        ))
        .with("types.csv", TYPES)
    };
    let refusal = of("").refusal();
    assert!(refusal.contains("scenario.yaml:4:"), "{refusal}");
    assert!(refusal.contains("no on-demand price of m99.huge in us-east-1 is known"), "{refusal}");
    for way in ["usdPerHour here", "world.prices.list", "world.prices.file", "file of instance types"] {
        assert!(refusal.contains(way), "{way} is not in {refusal}");
    }
    is_to_the_nano_dollar(of(", usdPerHour: 2.5").cost_usd(), 2.5);
    let listed = Case::new(
        "aws: { containerInstances: [{ name: host, instanceType: m99.huge }] }\n\
         world: { instanceTypes: types.csv, prices: { list: [{ instanceType: m99.huge, usdPerHour: 3.25 }] } }",
    )
    .with("types.csv", TYPES);
    is_to_the_nano_dollar(listed.cost_usd(), 3.25);
}

/// CST-9.
#[test]
fn another_region_never_pays_the_prices_of_us_east_1() {
    let refusal = Case::new(&format!("{HOST}\nworld: {{ region: eu-west-1 }}")).refusal();
    assert!(refusal.contains("no on-demand price of m5.large in eu-west-1 is known"), "{refusal}");
    assert!(!refusal.contains("file of instance types"), "its prices are those of us-east-1: {refusal}");
    let of_file = |list: &str| {
        Case::new(&format!(
            "{HOST}\nworld: {{ region: eu-west-1, prices: {{ file: prices.csv, list: [{list}] }} }}"
        ))
        .with("prices.csv", PRICES)
    };
    is_to_the_nano_dollar(of_file("").cost_usd(), 0.214);
    // a single price goes over the file's; one of another region or market does not
    is_to_the_nano_dollar(of_file("{ instanceType: m5.large, usdPerHour: 0.11 }").cost_usd(), 0.22);
    let others = "{ instanceType: m5.large, usdPerHour: 9, region: us-east-1 }, \
                  { instanceType: m5.large, usdPerHour: 8, market: spot }";
    is_to_the_nano_dollar(of_file(others).cost_usd(), 0.214);
}

/// A service of one Fargate task that is there from time zero to the end.
fn fargate(definition: &str, world: &str) -> Case {
    Case::new(&format!(
        "aws:\n  taskDefinitions: [{{ family: web, requiresCompatibilities: [FARGATE], networkMode: awsvpc, {definition}, \
         containerDefinitions: [{{ name: app }}] }}]\n  services: [{{ serviceName: web, taskDefinition: web, \
         desiredCount: 1, capacityProviderStrategy: [{{ capacityProvider: FARGATE }}] }}]\n\
         world: {{ tasks: {{ web: {{ launch: 0s }} }}{world} }}"
    ))
}

const ARM: &str = "cpu: 2 vCPU, memory: 8 GB, runtimePlatform: { cpuArchitecture: ARM64 }";
const SMALL: &str = "cpu: 512, memory: 1024";

/// CST-E1: 10 h at 2 × 0.03238 + 8 × 0.00356 = 0.09324 USD are 0.9324 USD.
#[test]
fn the_rule_books_arm_task_costs_what_it_says_to_the_nano_dollar() {
    let case = fargate(ARM, "");
    let text = std::fs::read_to_string(case.path("scenario.yaml")).unwrap();
    let case = case.with("scenario.yaml", &text.replace("duration: 1h", "duration: 10h"));
    is_to_the_nano_dollar(case.cost_usd(), 0.9324);
}

/// CST-5: an hour of 1 vCPU at 0.09148 with its licence at 0.046, and 2 GB at 0.01005: 0.15758 USD.
#[test]
fn a_windows_task_on_fargate_pays_its_licence() {
    let windows =
        "cpu: 1 vCPU, memory: 2 GB, runtimePlatform: { operatingSystemFamily: WINDOWS_SERVER_2022_CORE }";
    is_to_the_nano_dollar(fargate(windows, "").cost_usd(), 0.15758);
    let licence = ", prices: { list: [{ fargate: licence-vcpu, usdPerHour: 0.05 }] }";
    is_to_the_nano_dollar(fargate(windows, licence).cost_usd(), 0.15758 + 0.004);
}

/// CST-6: an hour of 0.024685 USD and 50 − 20 GB at 0.000111: 0.028015 USD.
#[test]
fn a_task_pays_for_its_storage_above_twenty_gb() {
    let with_storage = format!("{SMALL}, ephemeralStorage: {{ sizeInGiB: 50 }}");
    is_to_the_nano_dollar(fargate(&with_storage, "").cost_usd(), 0.028015);
    let dearer = ", prices: { list: [{ fargate: storage-gb, usdPerHour: 0.001 }] }";
    is_to_the_nano_dollar(fargate(&with_storage, dearer).cost_usd(), 0.024685 + 0.03);
}

/// CST-7: an hour of 0.024685 USD less 68 percent, less 50 percent, and at prices of its own.
#[test]
fn fargate_spot_pays_the_discount_or_prices_of_its_own() {
    let spot = |world: &str, model: &str| {
        let case = fargate(SMALL, world);
        let text = std::fs::read_to_string(case.path("scenario.yaml")).unwrap();
        case.with(
            "scenario.yaml",
            &format!(
                "{}\n{model}\n",
                text.replace("capacityProvider: FARGATE ", "capacityProvider: FARGATE_SPOT ")
            ),
        )
    };
    is_to_the_nano_dollar(spot("", "").cost_usd(), 0.0078992);
    is_to_the_nano_dollar(spot("", "model: { fargate_spot_discount: 0.5 }").cost_usd(), 0.0123425);
    let own = ", prices: { list: [{ fargate: vcpu, platform: linux-x86_64, market: spot, usdPerHour: 0.013 }, \
               { fargate: gb, platform: linux-x86_64, market: spot, usdPerHour: 0.0014 }] }";
    // 0.5 × 0.013 + 0.0014 = 0.0079
    is_to_the_nano_dollar(spot(own, "").cost_usd(), 0.0079);
    let half =
        ", prices: { list: [{ fargate: vcpu, platform: linux-x86_64, market: spot, usdPerHour: 0.013 }] }";
    assert!(spot(half, "").refusal().contains("has a price of vcpu in us-east-1 and none of gb; give both"));
    let of_pool = ", spot: { FARGATE_SPOT: { price: { discount: 50% } } }";
    assert!(spot(of_pool, "").refusal().contains("model.fargate_spot_discount"));
}

#[test]
fn fargate_in_another_region_needs_the_prices_of_what_its_tasks_are() {
    let refusal = fargate(ARM, ", region: eu-west-1").refusal();
    assert!(refusal.contains("world.region: no prices of Fargate in eu-west-1 are known"), "{refusal}");
    assert!(refusal.contains("{ fargate: vcpu, platform: linux-arm64, usdPerHour: … }"), "{refusal}");
    assert!(refusal.contains("{ fargate: gb, platform: linux-arm64, usdPerHour: … }"), "{refusal}");
    assert!(!refusal.contains("x86_64") && !refusal.contains("storage"), "no such task: {refusal}");
    let given = ", region: eu-west-1, prices: { list: [{ fargate: vcpu, platform: linux-arm64, usdPerHour: 0.04 }, \
                 { fargate: gb, platform: linux-arm64, usdPerHour: 0.004 }] }";
    // 2 × 0.04 + 8 × 0.004
    is_to_the_nano_dollar(fargate(ARM, given).cost_usd(), 0.112);
}

#[test]
fn a_later_request_that_can_come_to_fargate_needs_its_prices_too() {
    let lines = |timeline: &str| {
        Case::new(&format!(
            "aws:\n  taskDefinitions: [{{ family: web, requiresCompatibilities: [FARGATE], networkMode: awsvpc, {ARM}, \
             containerDefinitions: [{{ name: app }}] }}]\n\
             world: {{ region: eu-west-1 }}\ntimeline: [{timeline}]"
        ))
    };
    let refusal =
        lines("{ at: 1m, call: RunTask, with: { taskDefinition: web, launchType: FARGATE } }").refusal();
    assert!(refusal.contains("platform: linux-arm64"), "{refusal}");
    assert!(lines("").setup_with(None).is_ok(), "nothing asks for Fargate");
}

#[test]
fn single_prices_that_mean_nothing_are_refused_at_their_place() {
    let refusal =
        |entry: &str| Case::new(&format!("{HOST}\nworld: {{ prices: {{ list: [{entry}] }} }}")).refusal();
    let unknown = refusal("{ instanceType: m5.lrage, usdPerHour: 1 }");
    assert!(unknown.contains("world.prices.list[0].instanceType"), "{unknown}");
    assert!(unknown.contains("did you mean \"m5.large\"?"), "{unknown}");
    assert!(refusal("{ usdPerHour: 1 }").contains("exactly one of instanceType and fargate"));
    assert!(refusal("{ fargate: vcpu, usdPerHour: 1 }").contains("needs a platform"));
    assert!(
        refusal("{ fargate: storage-gb, platform: linux-arm64, usdPerHour: 1 }")
            .contains("leave the platform out")
    );
    let twice = "{ instanceType: m5.large, usdPerHour: 1 }, { instanceType: m5.large, usdPerHour: 2 }";
    assert!(refusal(twice).contains("a second on-demand price of m5.large"));
}

#[test]
fn a_price_file_of_types_that_nobody_knows_is_warned_of() {
    let case = Case::new(&format!("{HOST}\nworld: {{ prices: {{ file: prices.csv }} }}"))
        .with("prices.csv", "region,item,usd_per_hour\nus-east-1,m5.lrage,0.2\n");
    let plan = Plan::load(&Source::File(case.path("scenario.yaml")), &[], None).unwrap();
    let warned = plan.warnings.iter().any(|line| line.contains("m5.lrage; did you mean m5.large?"));
    assert!(warned, "{:?}", plan.warnings);
}

/// The series of a Spot pool in a file with these rows.
fn spot_series(rows: &str) -> Case {
    Case::new(&format!(
        "{HOST}\nworld: {{ spot: {{ m5.large/us-east-1a: {{ price: {{ series: {{ file: spot.csv, time: hour, value: usd, \
         unit: h }} }} }}, m5.large: {{ price: {{ discount: 50% }} }} }} }}"
    ))
    .with("spot.csv", &format!("hour,usd\n{rows}"))
}

/// CST-10: nobody buys EC2 Spot here, but the price of each pool is known.
#[test]
fn the_price_of_a_spot_pool_is_read_from_its_series_or_its_discount() {
    let setup = spot_series("0,0.03\n1.5,0.04\n").setup();
    let price = |zone| {
        let pool = SpotPool { instance_type: "m5.large", zone, group: "host" };
        setup.cluster.prices.spot.of(pool, Some(96_000_000), &setup.cluster.parameters).unwrap()
    };
    let hours = |hours: u64| SimTime(hours * 3_600_000);
    // one hour and a half at 0.03, half an hour at 0.04
    assert_eq!(price("us-east-1a").nano_usd_between(hours(0), hours(2)), 45_000_000 + 20_000_000);
    assert_eq!(price("us-east-1b").nano_usd_between(hours(0), hours(2)), 96_000_000);
}

#[test]
fn a_series_with_holes_or_with_time_that_runs_backwards_is_refused_with_file_and_line() {
    let refused = |rows: &str, pieces: &[&str]| {
        let refusal = spot_series(rows).refusal();
        for piece in pieces {
            assert!(refusal.contains(piece), "{piece} is not in {refusal}");
        }
    };
    refused("0,0.03\n1,\n2,0.04\n", &["spot.csv:3:3", "column \"usd\"", "found nothing"]);
    refused("0,0.03\n2,0.04\n1,0.05\n", &["spot.csv:4:1", "a time after 2", "found \"1\""]);
    refused("0,0.03\n2,0.04\n2,0.05\n", &["spot.csv:4:1"]);
    refused("1,0.03\n", &["spot.csv:2:1", "0 in the first row"]);
    refused("0,-0.03\n", &["spot.csv:2:3", "US dollars an hour"]);
    refused("", &["spot.csv", "no price"]);
}

#[test]
fn keys_of_spot_pools_are_types_and_zones_that_there_are() {
    let refusal = |key: &str, said: &str| {
        Case::new(&format!("{HOST}\nworld: {{ spot: {{ {key}: {{ price: {said} }} }} }}")).refusal()
    };
    assert!(refusal("m5.lrage", "{ discount: 50% }").contains("did you mean \"m5.large\"?"));
    assert!(refusal("m5.large/us-east-1x", "{ discount: 50% }").contains("Availability Zone"));
    assert!(refusal("m5.large", "{ discount: 50%, usdPerHour: 1 }").contains("exactly one of"));
    assert!(refusal("m5.large", "{}").contains("exactly one of"));
}

/// The list of all types, where it is at hand.
fn all_types() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/ec2-instance-types.csv");
    if !path.exists() {
        let mut line = String::new();
        let _ = writeln!(line, "skipped: no {}", path.display());
        let _ = std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes());
    }
    path.canonicalize().ok()
}

#[test]
fn the_list_of_all_types_loads_and_lacks_a_price_only_where_it_is_needed() {
    let Some(file) = all_types() else { return };
    let file = file.to_str().unwrap();
    let case = Case::new(HOST);
    let (code, stdout, stderr) = case.ecsim(&["types", "--types", file, "--json"]);
    assert_eq!(code, Some(0), "{stderr}");
    let value: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    let types = value["instance_types"].as_array().unwrap();
    let without = |key: &str| types.iter().filter(|listed| listed[key].is_null()).count();
    assert_eq!((types.len(), without("on_demand_usd_per_hour")), (1395, 55));
    assert_eq!(without("spot_savings_percent_us_east_1"), 517);
    // 423 documented and 842 derived trunking limits of 1,395
    assert_eq!(without("awsvpc_tasks_trunking"), 1395 - 423 - 842);
    let lacking = types.iter().find(|listed| listed["on_demand_usd_per_hour"].is_null()).unwrap();
    let name = lacking["type"].as_str().unwrap();
    let setup = case.setup_with(Some(Path::new(file))).unwrap();
    is_to_the_nano_dollar(cost_usd(&setup), 0.192);
    let needy = Case::new(&HOST.replace("m5.large", name));
    let refusal = needy.setup_with(Some(Path::new(file))).err().unwrap();
    assert!(
        refusal.contains(&format!("no on-demand price of {name}")) || refusal.contains("Mac"),
        "{refusal}"
    );
}

#[test]
fn no_line_of_the_list_of_all_types_is_wider_than_a_hundred_columns() {
    let Some(file) = all_types() else { return };
    let (_, stdout, _) = Case::new(HOST).ecsim(&["types", "--types", file.to_str().unwrap()]);
    let widest = stdout.lines().map(|line| line.chars().count()).max().unwrap();
    assert!(widest <= 100, "{widest} columns");
    // a line for each type, and around them heads, counts, sources and Fargate's 77 sizes
    assert!((1395 + 77..1395 + 77 + 40).contains(&stdout.lines().count()), "{}", stdout.lines().count());
}
