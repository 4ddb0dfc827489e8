//! Input that is broken, foreign, too large or hostile: one clear answer, exit code 2, nothing written.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

fn ecsim(arguments: &[&str], directory: &Path) -> Output {
    let program = env!("CARGO_BIN_EXE_ecsim");
    Command::new(program).args(arguments).current_dir(directory).output().unwrap()
}

/// Imports one file of this content; nothing but that file may be there afterwards where it is refused.
fn refused(name: &str, content: &[u8]) -> String {
    let directory = TempDir::new().unwrap();
    fs::write(directory.path().join(name), content).unwrap();
    let verb = if name.ends_with(".json") { "aws" } else { "compose" };
    let output = ecsim(&["import", verb, name, "--out", "made.yaml"], directory.path());
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert_eq!(output.stdout, b"");
    let left: Vec<_> =
        fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, [name], "nothing else is written");
    told
}

const SERVICE: &str = r#"{"services": [{"serviceName": "web", "desiredCount": 2, "launchType": "FARGATE",
    "taskDefinition": "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:7"}], "failures": []}"#;

#[test]
fn half_a_file_is_refused_where_it_breaks_off() {
    let told = refused("half.json", &SERVICE.as_bytes()[..90]);
    assert!(told.contains("refused  half.json: 2:"), "{told}");
}

#[test]
fn a_foreign_file_is_refused_by_its_keys() {
    let told = refused("foreign.json", br#"{"apiVersion": "v1", "kind": "Pod", "spec": {}}"#);
    assert!(told.contains("begins with the keys apiVersion, kind, spec"), "{told}");
    let told = refused("foreign.yaml", b"apiVersion: v1\nkind: Pod\n");
    assert!(told.contains("no compose file: it has no `services`"), "{told}");
}

#[test]
fn a_file_that_is_no_text_is_refused_at_its_byte() {
    let told = refused("image.json", &[0x89, b'P', b'N', b'G', 0xff]);
    assert!(told.contains("0x89 at offset 0 is not UTF-8"), "{told}");
}

#[test]
fn a_file_of_200_megabytes_is_not_even_read() {
    let directory = TempDir::new().unwrap();
    let file = fs::File::create(directory.path().join("large.json")).unwrap();
    file.set_len(200_000_000).unwrap();
    let output = ecsim(&["import", "aws", "large.json", "--out", "made.yaml"], directory.path());
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains("has 200,000,000 bytes, and at most 4,194,304 are read"), "{told}");
    assert!(!directory.path().join("made.yaml").exists());
}

#[test]
fn what_is_not_there_is_said_so() {
    let directory = TempDir::new().unwrap();
    let output = ecsim(&["import", "aws", "nowhere.json"], directory.path());
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(told.contains("nowhere.json: no such file"), "{told}");
    fs::create_dir(directory.path().join("empty")).unwrap();
    let output = ecsim(&["import", "aws", "empty"], directory.path());
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(told.contains("`empty` holds no *.json file"), "{told}");
}

#[test]
fn a_broken_file_beside_good_ones_is_told_and_the_rest_is_taken() {
    let directory = TempDir::new().unwrap();
    fs::create_dir(directory.path().join("state")).unwrap();
    fs::write(directory.path().join("state/good.json"), SERVICE).unwrap();
    fs::write(directory.path().join("state/half.json"), &SERVICE[..90]).unwrap();
    let output = ecsim(&["import", "aws", "state", "--out", "made.yaml"], directory.path());
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert!(
        told.contains("taken    state/good.json: 1 service") && told.contains("refused  state/half.json: 2:"),
        "{told}"
    );
    assert!(fs::read_to_string(directory.path().join("made.yaml")).unwrap().contains("serviceName: web"));
}

#[test]
fn a_file_that_is_there_already_stays_as_it_is() {
    let directory = TempDir::new().unwrap();
    fs::write(directory.path().join("state.json"), SERVICE).unwrap();
    fs::write(directory.path().join("mine.yaml"), "mine").unwrap();
    let output = ecsim(&["import", "aws", "state.json", "--out", "mine.yaml"], directory.path());
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(fs::read_to_string(directory.path().join("mine.yaml")).unwrap(), "mine");
    let output = ecsim(&["import", "aws", "state.json", "--out", "mine.yaml", "--force"], directory.path());
    assert_eq!(output.status.code(), Some(0));
    assert!(fs::read_to_string(directory.path().join("mine.yaml")).unwrap().contains("serviceName: web"));
}

#[test]
fn accounts_secrets_and_commands_are_in_no_output() {
    let definition = r#"{"taskDefinition": {"family": "web", "cpu": "256", "memory": "512", "networkMode": "awsvpc",
        "taskDefinitionArn": "arn:aws:ecs:us-east-1:123456789012:task-definition/web:7",
        "executionRoleArn": "arn:aws:iam::123456789012:role/exec",
        "containerDefinitions": [{"name": "app", "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/web:1",
            "environment": [{"name": "PASSWORD", "value": "hunter2"}], "command": ["serve", "--token=hunter2"],
            "secrets": [{"name": "KEY", "valueFrom": "arn:aws:ssm:us-east-1:123456789012:parameter/hunter2"}],
            "healthCheck": {"command": ["CMD-SHELL", "curl -u admin:hunter2 localhost"]},
            "dockerLabels": {"a": "hunter2"}, "logConfiguration": {"logDriver": "awslogs", "options": {"k": "hunter2"}}}]}}"#;
    let directory = TempDir::new().unwrap();
    fs::create_dir(directory.path().join("state")).unwrap();
    fs::write(directory.path().join("state/definition.json"), definition).unwrap();
    let output = ecsim(&["import", "aws", "state", "--out", "made.yaml"], directory.path());
    let told = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert_eq!(output.status.code(), Some(0), "{told}");
    let made = fs::read_to_string(directory.path().join("made.yaml")).unwrap();
    for secret in ["hunter2", "123456789012", "PASSWORD", "admin"] {
        assert!(!made.contains(secret) && !told.contains(secret), "{secret}\n{made}\n{told}");
    }
    assert!(made.contains("image: \"web:1\"") || made.contains("image: web:1"), "{made}");
}

#[test]
fn hostile_names_are_shown_as_text() {
    let service = r#"{"services": [{"serviceName": "web\u001b[2J\u202e# x: [", "desiredCount": 2, "launchType": "EC2", "taskDefinition": "web"}]}"#;
    let directory = TempDir::new().unwrap();
    fs::write(directory.path().join("hostile.json"), service).unwrap();
    let output = ecsim(&["import", "aws", "hostile.json", "--out", "made.yaml"], directory.path());
    let told = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    let made = fs::read_to_string(directory.path().join("made.yaml")).unwrap();
    for text in [told, made] {
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text}");
        assert!(
            text.contains("a service name is 1 to 255 letters, digits, hyphens and underscores"),
            "{text}"
        );
    }
}

#[test]
fn an_export_touches_nothing_that_is_there() {
    let directory = TempDir::new().unwrap();
    fs::create_dir(directory.path().join("out")).unwrap();
    fs::write(directory.path().join("out/mine"), "mine").unwrap();
    let output = ecsim(&["export", "aws", "--at", "1h", "--out", "out"], directory.path());
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("`out` holds files already"), "{told}");
    let output = ecsim(&["export", "aws", "--at", "99d", "--out", "new"], directory.path());
    assert_eq!(output.status.code(), Some(2));
    assert!(!directory.path().join("new").exists());
}

#[test]
fn what_a_compose_file_says_in_words_that_nobody_can_read_is_named() {
    let directory = TempDir::new().unwrap();
    let text = "services:\n  web: { image: w, cpus: lots, mem_limit: 512M, stop_grace_period: 0s, deploy: { replicas: -1 } }\n  \
                big: { image: b, mem_limit: 400g, healthcheck: { test: up, interval: soon } }\n";
    fs::write(directory.path().join("c.yml"), text).unwrap();
    let output = ecsim(&["import", "compose", "c.yml", "--out", "c.yaml"], directory.path());
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{told}");
    for line in [
        "c.yml:2:26: services.web.cpus: expected a number of CPUs above 0, such as 0.5; it is left out",
        "services.web.deploy.replicas: expected a whole number of 0 or more; it is left out",
        "services.big.healthcheck.interval: expected a time, such as 1m30s; it is left out",
    ] {
        assert!(told.contains(line), "{line} in {told}");
    }
    assert!(!told.contains("stop_grace_period"), "{told}");
    let yaml = fs::read_to_string(directory.path().join("c.yaml")).unwrap();
    assert!(
        yaml.contains("no size of Fargate holds what the file says: it runs on container instances"),
        "{yaml}"
    );
}
