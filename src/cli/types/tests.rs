use serde_json::{Value, json};

use super::*;

fn answer(args: &TypesArgs) -> String {
    let mut out = Vec::new();
    assert_eq!(run(args, &mut out), Ok(0));
    String::from_utf8(out).unwrap()
}

fn named(filter: &str) -> TypesArgs {
    TypesArgs { filter: Some(filter.to_owned()), ..TypesArgs::default() }
}

/// The names of the types that the answer lists, in its order.
fn names(args: TypesArgs) -> Vec<String> {
    let value: Value = serde_json::from_str(&answer(&TypesArgs { json: true, ..args })).unwrap();
    let types = value["instance_types"].as_array().unwrap();
    types.iter().map(|listed| listed["type"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_name_shows_its_type_with_its_price_and_sources() {
    let text = answer(&named("M5.LARGE"));
    assert!(text.contains("m5.large") && text.contains("0.096"), "{text}");
    assert!(text.contains("1 instance type;"), "{text}");
    assert!(text.contains("karpenter-provider-aws (2026-07-20)"), "{text}");
    assert!(!text.contains("Fargate"), "{text}");
}

#[test]
fn no_line_of_all_types_is_wider_than_a_hundred_columns() {
    let text = answer(&TypesArgs::default());
    let widest = text.lines().map(|line| line.chars().count()).max().unwrap();
    assert!(widest <= 100, "{widest} columns");
    assert!(text.lines().filter(|line| line.trim_start().starts_with("m5.")).count() == 8, "one line a type");
}

#[test]
fn the_json_has_exact_prices_and_nothing_where_a_size_does_not_exist() {
    let value: Value = serde_json::from_str(&answer(&TypesArgs { json: true, ..named("fargate") })).unwrap();
    assert_eq!(value["instance_types"], json!([]));
    let smallest = &value["fargate_sizes"][0];
    // 0.25 × 0.04048 + 0.5 × 0.004445 = 0.0123425
    assert_eq!(smallest["linux_x86_64_usd_per_hour"], "0.0123425");
    assert_eq!(smallest["windows_x86_64_usd_per_hour"], Value::Null);
}

#[test]
fn a_name_that_nothing_has_is_answered_with_the_nearest_or_the_families() {
    let refuse = |filter: &str| run(&named(filter), &mut Vec::new()).unwrap_err();
    let near = "no instance type begins with `m5.lrage`; did you mean m5.large?";
    assert_eq!(refuse("m5.lrage"), Failure::Input(near.to_string()));
    let Failure::Input(far) = refuse("quantum") else { panic!("not an input failure") };
    assert!(far.contains("families are t2, t3, t3a"), "{far}");
}

#[test]
fn filters_are_taken_together_and_the_cheapest_comes_first() {
    let chosen = names(TypesArgs {
        arch: Some(Arch::Arm64),
        min_vcpus: Some(4),
        min_memory: Some("32GiB".parse().unwrap()),
        max_price: Some("0.21".parse().unwrap()),
        sort: Some(Sort::Price),
        ..named("r6g")
    });
    // r6g.xlarge: 4 vCPUs, 32 GiB, 0.2016 USD; r6g.2xlarge costs 0.4032 and r6gd.xlarge 0.2304
    assert_eq!(chosen, ["r6g.xlarge"]);
    let by_price = names(TypesArgs { sort: Some(Sort::Price), ..named("m5.") });
    assert_eq!(by_price[..2], ["m5.large", "m5.xlarge"]);
    let gpus = names(TypesArgs { gpus: Some(1), ..TypesArgs::default() });
    assert!(gpus.iter().any(|name| name == "g5.xlarge") && !gpus.iter().any(|name| name == "m5.large"));
}

#[test]
fn prices_of_another_region_come_from_a_file_alone() {
    let scratch = tempfile::tempdir().unwrap();
    let file = scratch.path().join("prices.csv");
    std::fs::write(
        &file,
        "region,item,platform,market,usd_per_hour\neu-west-1,m5.large,,,0.107\n\
         eu-west-1,fargate-vcpu,linux-arm64,,0.04\neu-west-1,fargate-gb,linux-arm64,,0.004\n",
    )
    .unwrap();
    let args = |filter: &str, prices| TypesArgs {
        json: true,
        region: Some("eu-west-1".to_owned()),
        prices,
        ..named(filter)
    };
    let value: Value = serde_json::from_str(&answer(&args("m5.", Some(file.clone())))).unwrap();
    let price_of = |place: usize| value["instance_types"][place]["on_demand_usd_per_hour"].clone();
    assert_eq!((price_of(0), price_of(1)), (json!("0.107"), Value::Null), "m5.large, m5.xlarge");
    let value: Value = serde_json::from_str(&answer(&args("fargate", Some(file)))).unwrap();
    // 0.25 × 0.04 + 0.5 × 0.004 = 0.012
    assert_eq!(value["fargate_sizes"][0]["linux_arm64_usd_per_hour"], "0.012");
    assert_eq!(value["fargate_sizes"][0]["linux_x86_64_usd_per_hour"], Value::Null);
    let text = answer(&TypesArgs { json: false, ..args("m5.large", None) });
    assert!(text.contains("1 without a known price there (--prices"), "{text}");
}

#[test]
fn a_file_of_types_is_shown_and_its_mistakes_are_placed() {
    let scratch = tempfile::tempdir().unwrap();
    let file = scratch.path().join("types.csv");
    let with = |text: &str| {
        std::fs::write(&file, text).unwrap();
        TypesArgs { types: Some(file.clone()), ..named("x9") }
    };
    assert_eq!(names(with("type,vcpu,memory_mib,arch,max_enis\nx9.big,64,524288,arm64,8\n")), ["x9.big"]);
    let wrong = with("type,vcpu,memory_mib,arch,max_enis\nx9.big,64,524288,arm64,many\n");
    let Err(Failure::Input(message)) = run(&wrong, &mut Vec::new()) else { panic!("no refusal") };
    assert!(message.contains("types.csv:2:24"), "{message}");
    assert!(message.contains("column \"max_enis\": expected a whole number"), "{message}");
}
