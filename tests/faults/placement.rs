//! Placement constraints and strategies that ECS refuses, wherever they stand, and attributes that nobody has.

use std::time::{Duration, Instant};

use crate::support::{Outcome, ecsim_on, good_but, run};

/// `GOOD` with further fields of its service.
fn service_with(fields: &str) -> String {
    good_but("desiredCount: 2 }", &format!("desiredCount: 2, {fields} }}"))
}

/// `GOOD` with further fields of its task definition.
fn definition_with(fields: &str) -> String {
    good_but("- family: web\n", &format!("- family: web\n      {fields}\n"))
}

/// `GOOD` with a call in its timeline.
fn calling(call: &str, with: &str) -> String {
    good_but(
        "experiment:",
        &format!("timeline: [{{ at: 1m, call: {call}, with: {{ {with} }} }}]\nexperiment:"),
    )
}

/// `GOOD` with a caller of RunTask.
fn caller_with(fields: &str) -> String {
    let caller = format!(
        "world:\n  runs: [{{ name: job, taskDefinition: web, arrivals: {{ at: [1m] }}, duration: 5m, {fields} }}]\n"
    );
    good_but("world:\n", &caller)
}

/// The field of constraints with one memberOf, its expression written as it stands.
fn member_of(expression: &str) -> String {
    format!("placementConstraints: [{{ type: memberOf, expression: {expression} }}]")
}

/// `scenario.yaml:line:column:` of the character before which the mark stands, and the text without the mark.
fn marked(text: &str) -> (String, String) {
    let (before, after) = text.split_once('¶').expect("a mark");
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
    (format!("scenario.yaml:{line}:{column}:"), format!("{before}{after}"))
}

/// Refused at the mark in the text, with all of these.
#[track_caller]
fn refused_at_the_mark(text: &str, pieces: &[&str]) -> Outcome {
    let (place, text) = marked(text);
    let outcome = run(&text);
    outcome.is_refused_with(&[&[place.as_str()], pieces].concat());
    outcome
}

#[test]
fn an_attribute_that_ecs_does_not_have_is_refused_where_its_name_stands() {
    let hint = "\"ecs.instance-tpe\" is none of ECS's own attributes; did you mean \"ecs.instance-type\"?";
    let wrong = member_of("'attribute:ecs.os-type == linux and attribute:¶ecs.instance-tpe == m5.large'");
    let path = "aws.services[0].placementConstraints[0].expression: InvalidParameterException";
    refused_at_the_mark(&service_with(&wrong), &[path, hint]);
    let spread =
        "placementStrategy: [{ type: random }, { type: spread, field: 'attribute:¶ecs.instance-tpe' }]";
    let path = "aws.services[0].placementStrategy[1].field: InvalidParameterException";
    refused_at_the_mark(&service_with(spread), &[path, hint]);
}

#[test]
fn a_name_that_begins_another_is_found_where_it_stands_alone() {
    let wrong = member_of("'attribute:ecs.os-type == linux or attribute:¶ecs.os == linux'");
    refused_at_the_mark(&service_with(&wrong), &["\"ecs.os\" is none of ECS's own attributes"]);
}

/// The second sign is wrong: a service, a caller, a task definition and calls of the timeline.
#[test]
fn an_expression_that_does_not_parse_is_refused_before_the_run_wherever_it_stands() {
    let wrong = member_of("'attribute:a ¶=! b'");
    let invalid = "placementConstraints[0].expression: InvalidParameterException: at character 13: expected an operator";
    let client = invalid.replace("InvalidParameterException", "ClientException");
    let of_a_call = |call: &str, fields: &str| calling(call, &format!("{fields}, {wrong}"));
    let containers = "family: late, containerDefinitions: [{ name: app, memory: 64 }]";
    let cases = [
        (service_with(&wrong), "aws.services[0].", invalid),
        (caller_with(&wrong), "world.runs[0].", invalid),
        (definition_with(&wrong), "aws.taskDefinitions[0].", &client),
        (of_a_call("RunTask", "taskDefinition: web"), "timeline[0].with.", invalid),
        (of_a_call("CreateService", "serviceName: b, taskDefinition: web"), "timeline[0].with.", invalid),
        (of_a_call("UpdateService", "service: web"), "timeline[0].with.", invalid),
        (of_a_call("RegisterTaskDefinition", containers), "timeline[0].with.", &client),
    ];
    for (text, path, said) in &cases {
        refused_at_the_mark(text, &[&format!("{path}{said}"), "found \"=! b\" (PLC-12)"]);
    }
}

#[test]
fn the_character_is_found_in_every_notation_of_yaml() {
    let flow = [
        "attribute:a exists ¶attribute:b exists",
        "'attribute:a == ''it'' ¶attribute:b exists'",
        r#""attribute:a == \"it\" ¶attribute:b exists""#,
        r#""attribute:a == \u00fc\x41 ¶attribute:b exists""#,
        "'attribute:a == ü ¶attribute:b exists'",
        "\"attribute:a exists\n          \n          and attribute:b == c ¶d\"",
    ];
    for expression in flow {
        refused_at_the_mark(&service_with(&member_of(expression)), &["expected `and`, `or` or the end"]);
    }
    let block = |style: &str| {
        let constraint = format!(
            "placementConstraints:\n        - type: memberOf\n          expression: {style}\n            attribute:a exists\n            \
             and attribute:b ¶!! c\n"
        );
        definition_with(&constraint)
    };
    for style in [">", ">-", "|", "|-"] {
        refused_at_the_mark(&block(style), &["ClientException: at character 36: expected an operator"]);
    }
}

#[test]
fn the_character_is_found_in_json() {
    let text = "{\"ecsim\": 1, \"name\": \"good\", \"duration\": \"1h\", \"aws\": {\n\
        \"taskDefinitions\": [{\"family\": \"web\", \"containerDefinitions\": [{\"name\": \"app\", \"memory\": 64}],\n\
        \"placementConstraints\": [{\"type\": \"memberOf\", \"expression\": \
        \"attribute:a == \\\"\\ud83d\\ude00\\t\\u00e9\\/\\\" ¶attribute:b exists\"}]}]}}";
    refused_at_the_mark(text, &["at character 23: expected `and`, `or` or the end"]);
}

#[test]
fn an_expression_that_breaks_off_is_refused_at_its_end() {
    refused_at_the_mark(
        &service_with(&member_of("'attribute:a exists an¶d'")),
        &["at character 23", "found the end"],
    );
}

#[test]
fn lists_that_are_too_long_are_refused_by_their_rule() {
    let six = format!("placementStrategy: [{}]", ["{ type: random }"; 6].join(", "));
    let invalid =
        "placementStrategy: InvalidParameterException: 6 strategies found; at most 5 stand in a list (PLC-3)";
    run(service_with(&six)).is_refused_with(&[&format!("aws.services[0].{invalid}")]);
    let late = calling("RunTask", &format!("taskDefinition: web, {six}"));
    run(late).is_refused_with(&[&format!("timeline[0].with.{invalid}")]);
    let constraints = |count: usize| {
        let one = "{ type: memberOf, expression: 'runningTasksCount < 9' }";
        format!("placementConstraints: [{}]", vec![one; count].join(", "))
    };
    let eleven = "11 constraints found; a task has at most 10 (PLC-10)";
    run(service_with(&constraints(11)))
        .is_refused_with(&["aws.services[0].placementConstraints: InvalidParameterException", eleven]);
    run(definition_with(&constraints(11)))
        .is_refused_with(&["aws.taskDefinitions[0].placementConstraints: ClientException", eleven]);
    // 6 of the definition and 5 of the service
    let both = definition_with(&constraints(6));
    let of_service = format!("desiredCount: 2, {} }}", constraints(5));
    run(both.replacen("desiredCount: 2 }", &of_service, 1)).is_refused_with(&[
        "aws.services[0].placementConstraints: InvalidParameterException",
        "5 constraints here and 6 of web:1 found; a task has at most 10 (PLC-10)",
    ]);
    let ten = definition_with(&constraints(5));
    run(ten.replacen("desiredCount: 2 }", &of_service, 1)).is_done();
}

#[test]
fn constraints_of_the_wrong_form_are_refused_by_their_rule() {
    run(definition_with("placementConstraints: [{ type: distinctInstance }]"))
        .is_refused_with(&["aws.taskDefinitions[0].placementConstraints[0].type: ClientException", "PLC-10"]);
    let invalid = "aws.services[0].placementConstraints[0]";
    for nothing in ["type: memberOf", "type: memberOf, expression: ''", "type: memberOf, expression: '  '"] {
        run(service_with(&format!("placementConstraints: [{{ {nothing} }}]"))).is_refused_with(&[
            &format!("{invalid}: InvalidParameterException"),
            "memberOf needs an expression",
            "PLC-12",
        ]);
    }
    let too_much = "placementConstraints: [{ type: distinctInstance, expression: 'attribute:a exists' }]";
    run(service_with(too_much))
        .is_refused_with(&[&format!("{invalid}.expression: InvalidParameterException"), "PLC-10"]);
}

#[test]
fn placement_settings_on_fargate_are_refused() {
    for (field, setting) in [
        ("placementConstraints", "placementConstraints: [{ type: distinctInstance }]"),
        ("placementStrategy", "placementStrategy: [{ type: random }]"),
    ] {
        let fields = format!("launchType: FARGATE, {setting}");
        let said = format!(
            "{field}: ClientException: placement strategies and constraints are not supported on Fargate"
        );
        for (text, path) in [
            (service_with(&fields), "aws.services[0]"),
            (caller_with(&fields), "world.runs[0]"),
            (calling("RunTask", &format!("taskDefinition: web, {fields}")), "timeline[0].with"),
        ] {
            run(text).is_refused_with(&[&format!("{path}.{said}"), "SIZ-7"]);
        }
    }
}

/// A debug build, and a process to start, are within the second that a refusal may take.
#[test]
fn expressions_made_to_hurt_are_refused_in_less_than_a_second() {
    let brackets = |count: usize| format!("'{}'", "(".repeat(count));
    for (expression, said) in [
        (brackets(100_000), "the expression has more than 2000 characters"),
        (brackets(2000), "at most 32 levels of brackets and `not`"),
        (format!("'{}attribute:a exists'", "not ".repeat(400)), "at most 32 levels of brackets and `not`"),
        ("'attribute:a =~ \"(a{1000}){1000}\"'".to_owned(), "too large a regular expression"),
        (
            "'attribute:a =~ \"((((((a{9}){9}){9}){9}){9}){9}){9}\"'".to_owned(),
            "too large a regular expression",
        ),
    ] {
        let started = Instant::now();
        run(service_with(&member_of(&expression))).is_refused_with(&["InvalidParameterException", said]);
        assert!(started.elapsed() < Duration::from_secs(1), "{said}: {:?}", started.elapsed());
    }
}

/// A pattern that makes other engines try for ever is answered at once by this one.
#[test]
fn a_pattern_that_would_backtrack_for_ever_does_not() {
    let attributes = format!("zones: [us-east-1a], attributes: {{ rack: {} }}", "a".repeat(60));
    let text = service_with(&member_of("'attribute:rack =~ \"(a+)+b\"'")).replacen(
        "zones: [us-east-1a]",
        &attributes,
        1,
    );
    let started = Instant::now();
    run(text).is_done();
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

#[test]
fn control_characters_of_an_expression_are_escaped_in_the_message() {
    for expression in [
        r#""\e[2Jattribute:a == b""#,
        r#""attribute:a == b \e[2J\u202E\0 x""#,
        r#""attribute:ecs.\e[2J\u202E == b""#,
        r#""attribute:a =~ '(\e[2J\u202E'""#,
        r#""runningTasksCount == '\e[2J\u202E'""#,
    ] {
        for arguments in [&["run", "scenario.yaml", "--quiet"][..], &["validate", "scenario.yaml"]] {
            let outcome = ecsim_on(service_with(&member_of(expression)), arguments);
            let said = format!("{}{}", outcome.stdout, outcome.stderr); // `validate` answers to standard output
            assert!(outcome.code == Some(2) && said.contains("InvalidParameterException"), "{said:?}");
            let hostile = |letter: char| letter.is_control() && letter != '\n' || letter == '\u{202e}';
            assert!(!said.contains(hostile), "{said:?}");
        }
    }
}

/// What `ecsim validate` says of a scenario that it takes.
fn told(text: &str) -> String {
    let outcome = ecsim_on(text, &["validate", "scenario.yaml"]);
    outcome.is_done();
    format!("{}{}", outcome.stdout, outcome.stderr)
}

/// `GOOD` with racks, by which one of these settings chooses.
fn racked(text: &str) -> String {
    text.replacen("zones: [us-east-1a]", "zones: [us-east-1a], attributes: { rack: r1 }", 1)
}

#[test]
fn f30_an_attribute_that_nobody_has_is_told_with_the_nearest_one_wherever_it_stands() {
    let constraint = member_of("'attribute:rack exists or attribute:¶rak == r1'");
    let spread = "placementStrategy: [{ type: spread, field: 'attribute:¶rak' }]";
    let containers = "family: late, containerDefinitions: [{ name: app, memory: 64 }]";
    for (text, path) in [
        (service_with(&constraint), "aws.services[0].placementConstraints[0].expression"),
        (service_with(spread), "aws.services[0].placementStrategy[0].field"),
        (definition_with(&constraint), "aws.taskDefinitions[0].placementConstraints[0].expression"),
        (caller_with(&constraint), "world.runs[0].placementConstraints[0].expression"),
        (
            calling("RegisterTaskDefinition", &format!("{containers}, {constraint}")),
            "timeline[0].with.placementConstraints[0].expression",
        ),
        (
            calling("RunTask", &format!("taskDefinition: web, {spread}")),
            "timeline[0].with.placementStrategy[0].field",
        ),
    ] {
        let (place, text) = marked(&racked(&text));
        let said = told(&text);
        let warning = format!("{place} warning: {path}: no container instance has the attribute \"rak\"");
        assert!(said.contains(&warning), "{warning:?} is not in {said}");
        assert!(said.contains("did you mean \"rack\"?"), "{said}");
    }
}

#[test]
fn an_attribute_that_somebody_has_or_gets_is_not_told() {
    let silent = |text: &str| {
        let said = told(text);
        assert!(!said.contains("has the attribute"), "{said}");
    };
    let constraint = member_of("'attribute:rack == r1 or attribute:ecs.ami-id exists'");
    silent(&racked(&service_with(&constraint)));
    let put = calling("PutAttributes", "attributes: [{ name: rack, value: r1, targetId: host-1 }]");
    let fields = format!("desiredCount: 2, {constraint} }}");
    silent(&put.replacen("desiredCount: 2 }", &fields, 1));
}

/// CQL-1: the tasks wait, and that is no error.
#[test]
fn f30_a_constraint_on_an_attribute_that_no_instance_has_keeps_its_tasks_waiting() {
    let outcome = ecsim_on(
        service_with(&member_of("'attribute:rack exists'")),
        &["run", "scenario.yaml", "--no-plots"],
    );
    outcome.is_done();
    assert!(
        outcome.stderr.contains("no container instance has the attribute \"rack\""),
        "{}",
        outcome.stderr
    );
    assert!(outcome.file("good", "unplaced.csv").contains("MemberOf placement constraint unsatisfied"));
}
