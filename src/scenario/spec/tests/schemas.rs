use super::*;
use serde_json::Value;

/// What a `$ref` leads to.
fn resolved<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(path) => root.pointer(path.trim_start_matches('#')).expect("every reference leads somewhere"),
        None => schema,
    }
}

fn each(schema: &Value, visit: &mut dyn FnMut(&Value)) {
    visit(schema);
    match schema {
        Value::Object(object) => object.values().for_each(|value| each(value, visit)),
        Value::Array(list) => list.iter().for_each(|value| each(value, visit)),
        _ => {}
    }
}

#[test]
fn every_reference_of_the_schema_leads_somewhere() {
    let schema = scenario_schema();
    let mut references = 0;
    each(&schema, &mut |part| {
        if let Some(path) = part["$ref"].as_str() {
            references += 1;
            assert!(schema.pointer(path.trim_start_matches('#')).is_some(), "{path}");
        }
    });
    assert!(references > 50, "{references}");
}

#[test]
fn every_key_of_our_own_sections_is_described() {
    let schema = scenario_schema();
    let mut undescribed = Vec::new();
    for (name, definition) in
        schema["$defs"].as_object().unwrap().iter().chain([(&"Scenario".to_owned(), &schema)])
    {
        for (key, property) in definition["properties"].as_object().into_iter().flatten() {
            let described =
                property["description"].is_string() || resolved(&schema, property)["description"].is_string();
            // `properties` of a bare value's long form repeat the value's own schema.
            if !described && !property["x-format"].is_string() {
                undescribed.push(format!("{name}.{key}"));
            }
        }
    }
    assert_eq!(undescribed, Vec::<String>::new());
}

#[test]
fn counts_and_shares_are_bounded_in_the_schema() {
    let schema = scenario_schema();
    let bounds = |definition: &str, key: &str| {
        let property = &schema["$defs"][definition]["properties"][key];
        (property["minimum"].as_f64(), property["maximum"].as_f64())
    };
    assert_eq!(bounds("CreateService", "desiredCount"), (Some(0.0), Some(5000.0)));
    assert_eq!(bounds("Experiment", "replications"), (Some(1.0), Some(1e6)));
    assert_eq!(bounds("ContainerInstances", "count"), (Some(0.0), Some(1e5)));
    assert_eq!(bounds("StartFailure", "probability"), (Some(0.0), Some(1.0)));
}

#[test]
fn a_distribution_is_a_bare_value_or_one_named_form() {
    let schema = scenario_schema();
    let distribution = &schema["$defs"]["DurationDistribution"];
    assert_eq!(distribution["type"], serde_json::json!(["string", "integer", "object"]));
    assert_eq!(distribution["x-format"], "fractionalDuration");
    assert_eq!(distribution["maxProperties"], 1);
    let forms: Vec<_> = distribution["properties"].as_object().unwrap().keys().collect();
    let expected = [
        "constant",
        "uniform",
        "exponential",
        "lognormal",
        "weibull",
        "gamma",
        "empirical",
        "choice",
        "mixture",
    ];
    assert_eq!(forms, expected);
    assert_eq!(
        schema["$defs"]["NumberDistribution"]["properties"]["mixture"]["items"]["properties"]["of"]["$ref"],
        "#/$defs/NumberDistribution"
    );
}

#[test]
fn every_call_and_fault_has_the_schema_of_its_input() {
    let schema = scenario_schema();
    let conditions = schema["properties"]["timeline"]["items"]["allOf"].as_array().unwrap();
    let named = |key: &str| {
        conditions
            .iter()
            .filter_map(|part| part["if"]["properties"][key]["const"].as_str())
            .collect::<Vec<_>>()
    };
    let of_enum = |definition: &str| {
        let listed = schema["$defs"][definition].clone();
        let names = listed["enum"].as_array().or(listed["oneOf"].as_array()).unwrap().clone();
        names.iter().map(|n| n["const"].as_str().or(n.as_str()).unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(named("call"), of_enum("Call"));
    assert_eq!(named("fault"), of_enum("FaultName"));
    assert_eq!(Call::UpdateService.input_schema()["title"], "UpdateService");
}

#[test]
fn bare_inputs_have_schemas_with_what_describe_adds() {
    let task = aws_input_schema(AwsInput::TaskDefinition);
    assert!(task["x-ignored"].as_array().unwrap().contains(&"revision".into()));
    let service = aws_input_schema(AwsInput::Service);
    assert!(service["x-ignored"].as_array().unwrap().contains(&"runningCount".into()));
    assert_eq!(service["properties"]["serviceName"]["type"], "string");
}
