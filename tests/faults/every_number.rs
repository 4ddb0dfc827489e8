//! F14, F15, F18 over the whole schema: no value that is a number or carries one takes what is none.

use std::collections::BTreeSet;

use ecsim::catalog::model_parameters::{ParameterKind, model_parameters};
use ecsim::scenario::document::Document;
use ecsim::scenario::plan::{Plan, Source, with_formats};
use ecsim::scenario::schema_check::Schema;
use ecsim::scenario::spec::{Scenario, scenario_schema};
use serde_json::{Value, json};

use crate::schema_walk::{HOLE, Leaf, UNITS, Walk, all_pointers};
use crate::support::{GOOD, good_but, run};

/// NaN, both infinities, a negative, more than 64 bits, and more than any range.
const NO_NUMBERS: [&str; 6] = [".nan", ".inf", "-.inf", "-1", "99999999999999999999999", "1e300"];

/// Where -1 is a value, and why.
const MAY_BE_NEGATIVE: [(&str, &str); 9] = [
    ("ignoredExitCodes[0]", "exit codes of Windows are signed"),
    ("DefaultInstanceWarmup", "Auto Scaling: -1 takes a value back"),
    ("MinHealthyPercentage", "Auto Scaling: -1 takes a value back"),
    ("MaxHealthyPercentage", "Auto Scaling: -1 takes a value back"),
    ("scaleInAfter", "Managed Instances: -1 keeps idle instances for ever (MI-4)"),
    ("MaxGroupPreparedCapacity", "Auto Scaling: -1 takes a value back"),
    ("MetricIntervalLowerBound", "steps below the threshold"),
    ("MetricIntervalUpperBound", "steps below the threshold"),
    ("ScalingAdjustment", "a step may take tasks away"),
];

/// Places where any value may stand, and why no number of ours hides there.
const OPEN: [(&str, &str); 14] = [
    ("AwsSection/properties/accountSettings/additionalProperties", "tried below"),
    ("ModelParameters/additionalProperties", "tried below"),
    ("Sweep/properties/zip/additionalProperties", "values of other places, tried below"),
    ("TimelineItem/properties/with/additionalProperties", "the schema of `timeline` says what stands there"),
    ("PutScalingPolicy/properties/PredictiveScalingPolicyConfiguration", "the section is refused"),
    ("TargetTrackingConfiguration/properties/CustomizedMetricSpecification", "the section is refused"),
    ("PutMetricAlarm/properties/Statistic", "a word of CloudWatch"),
    ("StepScalingConfiguration/properties/MetricAggregationType", "a word of CloudWatch"),
    ("UpdateCapacityProvider/properties/managedInstancesProvider", "the section is refused"),
    ("StartInstanceRefresh/properties/DesiredConfiguration", "the section is refused"),
    ("LaunchTemplateOverrides/properties/InstanceRequirements", "the section is refused"),
    ("ContainerDefinition/properties/extraHosts/items", "not read"),
    ("ContainerDefinition/properties/linuxParameters", "only whether maxSwap stands there is read"),
    ("AppSpecContent/properties/content", "read as an AppSpec, its numbers as a capacity provider strategy"),
];

fn is_excepted(leaf: &Leaf, token: &str) -> bool {
    token == "-1" && MAY_BE_NEGATIVE.iter().any(|(end, _)| leaf.path.ends_with(end))
}

/// What must be refused at a leaf, as it would stand in the file.
fn wrong_values(leaf: &Leaf) -> Vec<String> {
    let plain = NO_NUMBERS.iter().filter(|token| !is_excepted(leaf, token)).map(|&token| token.to_owned());
    let unit = UNITS.iter().find(|(name, _, _)| leaf.format.as_deref() == Some(name));
    let texts = unit.into_iter().flat_map(|(_, _, texts)| texts.iter().map(|text| format!("{text:?}")));
    plain.chain(texts).collect()
}

/// The document of a leaf with a value as it would stand in the file.
fn with(leaf: &Leaf, value: &str) -> String {
    leaf.document.replacen(&format!("{HOLE:?}"), value, 1)
}

/// The paths of all errors by which reading, schema and types refuse a document.
fn refused_at(text: &str, schema: &Schema) -> Vec<String> {
    let read = Document::from_text("scenario.yaml", text);
    let problems = match read {
        Err(rejected) => rejected.problems,
        Ok(document) => document.deserialize::<Scenario>(schema).err().unwrap_or_default(),
    };
    problems.into_iter().filter(|problem| problem.is_error()).map(|problem| problem.path).collect()
}

/// The wrong values that are accepted at leaves whose path has this end.
fn accepted(root: &Value, end: &str) -> Vec<String> {
    let schema = with_formats(Schema::new(root.clone()));
    let mut accepted = Vec::new();
    for leaf in Walk::of_scenario(root).into_iter().filter(|leaf| leaf.path.ends_with(end)) {
        // The document is otherwise right at this place: it is the value that is refused.
        let good = refused_at(&with(&leaf, &leaf.good.to_string()), &schema);
        assert!(!good.contains(&leaf.path), "{} refuses {}: {good:?}", leaf.path, leaf.good);
        for value in wrong_values(&leaf) {
            if !refused_at(&with(&leaf, &value), &schema).contains(&leaf.path) {
                accepted.push(format!("{} takes {value}", leaf.path));
            }
        }
    }
    accepted
}

#[test]
fn f14_f15_f18_no_number_of_the_schema_takes_nan_infinity_a_negative_or_an_overflow() {
    assert_eq!(accepted(&scenario_schema(), ""), Vec::<String>::new());
}

#[test]
fn a_number_without_a_bound_would_be_found() {
    let mut root = scenario_schema();
    let bound = root.pointer_mut("/$defs/Objective/properties/atMost").unwrap();
    bound.as_object_mut().unwrap().remove("maximum");
    assert_eq!(accepted(&root, "atMost"), ["experiment.objectives[0].atMost takes 1e300"]);
}

#[test]
fn the_walk_reaches_every_number_of_the_schema() {
    let root = scenario_schema();
    let leaves = Walk::of_scenario(&root);
    let reached: BTreeSet<String> = leaves.iter().map(|leaf| leaf.pointer.clone()).collect();
    let all = all_pointers(&root);
    let unreached: Vec<&String> = all.difference(&reached).collect();
    assert_eq!(unreached, Vec::<&String>::new());
    let invented: Vec<&String> = reached.difference(&all).collect();
    assert_eq!(invented, Vec::<&String>::new());
    // 142 in 765 places when this was written.
    assert!(all.len() >= 140 && leaves.len() >= 700, "{} in {} places", all.len(), leaves.len());
}

#[test]
fn the_walk_puts_every_number_into_a_document_that_the_schema_accepts() {
    let root = scenario_schema();
    let schema = with_formats(Schema::new(root.clone()));
    for leaf in Walk::of_scenario(&root) {
        let document = Document::from_text("scenario.yaml", &with(&leaf, &leaf.good.to_string())).unwrap();
        let report = ecsim::scenario::schema_check::check(document.root(), &schema);
        assert!(report.is_accepted(), "{}: {:?}", leaf.path, report.problems);
    }
}

#[test]
fn every_exception_is_one() {
    let root = scenario_schema();
    let schema = with_formats(Schema::new(root.clone()));
    let leaves = Walk::of_scenario(&root);
    for (end, _) in MAY_BE_NEGATIVE {
        let leaf = leaves.iter().find(|leaf| leaf.path.ends_with(end)).unwrap_or_else(|| panic!("no {end}"));
        assert!(!refused_at(&with(leaf, "-1"), &schema).contains(&leaf.path), "{end} refuses -1");
    }
}

/// A value without any type in the schema is AWS's and not modelled, or one of [`OPEN`].
#[test]
fn no_number_hides_where_the_schema_says_nothing() {
    fn visit(schema: &Value, pointer: &str, found: &mut Vec<String>) {
        for keyword in ["properties", "$defs"] {
            for (key, part) in schema[keyword].as_object().into_iter().flatten() {
                let at = format!("{pointer}/{keyword}/{key}");
                let says = ["type", "$ref", "anyOf", "oneOf", "allOf", "const", "enum"];
                let is_said = says.iter().any(|keyword| !part[keyword].is_null());
                let not_ours = part["description"].as_str().is_some_and(|text| text.contains("not modelled"));
                if !is_said && !not_ours {
                    found.push(at.clone());
                }
                if !not_ours {
                    visit(part, &at, found);
                }
            }
        }
        for keyword in ["items", "additionalProperties"] {
            let at = format!("{pointer}/{keyword}");
            match &schema[keyword] {
                Value::Bool(true) => found.push(at),
                part @ Value::Object(keywords) => {
                    if keywords.get("type") == Some(&json!("array")) && part["items"].is_null() {
                        found.push(at.clone());
                    }
                    if keywords.keys().all(|key| key == "description") {
                        found.push(at.clone());
                    }
                    visit(part, &at, found);
                }
                _ => {}
            }
        }
    }
    let root = scenario_schema();
    let mut found = Vec::new();
    visit(&root, "", &mut found);
    let found: BTreeSet<&str> = found.iter().map(|at| at.trim_start_matches("/$defs/")).collect();
    assert_eq!(found, OPEN.into_iter().map(|(at, _)| at).collect());
}

/// `GOOD` as JSON with a value under a top-level key.
fn good_with(key: &str, value: &Value) -> String {
    let mut good: serde_json::Map<String, Value> = serde_saphyr::from_str(GOOD).unwrap();
    good.insert(key.to_owned(), value.clone());
    Value::Object(good).to_string()
}

/// The paths at which a whole plan is refused.
fn plan_refused_at(text: String) -> Vec<String> {
    let plan = Plan::load(&Source::Text("scenario.yaml".to_owned(), text), &[], None);
    let problems = plan.err().map(|rejected| rejected.problems).unwrap_or_default();
    problems.into_iter().filter(|problem| problem.is_error()).map(|problem| problem.path).collect()
}

/// The schema leaves `model` open; the table of parameters says what each takes.
#[test]
fn no_model_parameter_takes_nan_infinity_a_negative_or_an_overflow() {
    let root = scenario_schema();
    let mut tried = 0;
    let mut accepted = Vec::new();
    for parameter in model_parameters() {
        let path = format!("model.{}", parameter.name);
        let around = |value: Value| json!({ "model": { parameter.name: value } });
        let leaf = |format: Option<&str>| Leaf {
            pointer: String::new(),
            path: path.clone(),
            document: around(json!(HOLE)).to_string(),
            good: json!(parameter.default),
            format: format.map(str::to_owned),
        };
        let leaves = match parameter.kind {
            ParameterKind::Duration => vec![leaf(Some("duration"))],
            ParameterKind::Share | ParameterKind::Number | ParameterKind::Limit => vec![leaf(None)],
            ParameterKind::DurationDistribution => {
                let schema = &root["$defs"]["DurationDistribution"];
                Walk::below(&root, schema, "/$defs/DurationDistribution", &path, &around)
            }
            ParameterKind::Switch | ParameterKind::Choice(_) => Vec::new(),
        };
        for leaf in leaves {
            for value in wrong_values(&leaf) {
                let model: Value = serde_json::from_str(&leaf.document).unwrap();
                let text = good_with("model", &model["model"]).replacen(&format!("{HOLE:?}"), &value, 1);
                tried += 1;
                if !plan_refused_at(text).iter().any(|at| at.starts_with(&path)) {
                    accepted.push(format!("{} takes {value}", leaf.path));
                }
            }
        }
    }
    assert_eq!(accepted, Vec::<String>::new());
    assert!(tried > 1_000, "{tried}");
}

#[test]
fn no_account_setting_takes_what_is_no_number() {
    for value in NO_NUMBERS {
        let setting = format!("aws:\n  accountSettings: {{ fargateTaskRetirementWaitPeriod: {value} }}\n");
        let at = plan_refused_at(good_but("aws:\n", &setting));
        assert!(at.iter().any(|at| at.starts_with("aws.accountSettings")), "{value}: {at:?}");
    }
}

#[test]
fn no_point_of_a_sweep_takes_what_is_no_number() {
    for value in NO_NUMBERS {
        for zip in [false, true] {
            let axis = format!("aws.services.web.desiredCount: [1, {value}]");
            let axis = if zip { format!("zip: {{ {axis} }}") } else { axis };
            let text = good_but("replications: 2", &format!("replications: 2, sweep: {{ {axis} }}"));
            let source = Source::Text("case".to_owned(), text);
            let checked = Plan::load(&source, &[], None).and_then(|plan| plan.check_points(|_| true));
            assert!(checked.is_err(), "{value} as a value of {axis}");
        }
    }
}

/// The binary says the same as the library: exit code 2, the path, nothing written.
#[test]
fn the_binary_refuses_by_path_and_code_2() {
    let root = scenario_schema();
    // Every 61st: 61 is prime, so no form of distributions is always left out.
    for (n, leaf) in Walk::of_scenario(&root).iter().step_by(61).enumerate() {
        let values = wrong_values(leaf);
        run(with(leaf, &values[n % values.len()])).is_refused_with(&[&leaf.path]);
    }
}
