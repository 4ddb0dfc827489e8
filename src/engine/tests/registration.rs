//! Instances that leave the cluster by request and come back, and their attributes (INS-1, INS-10, INS-11, section 5b).

use serde_json::json;

use super::support::{Case, always};
use crate::engine::api::Request;
use crate::engine::setup::Start;
use crate::model::instance::InstanceStatus;
use crate::model::reason::Refusal;
use crate::model::service::SchedulingStrategy;
use crate::model::stop::StopCause;

/// Two hosts with room for three tasks each, and four settled tasks on them.
fn two_hosts() -> Case {
    let mut case = Case::instant();
    case.setup.start = Start::Settled;
    case.instance("host", "a", 300, 300);
    case.instance("host", "b", 300, 300);
    let web = case.definition("web", 100, 100, |_| {});
    case.service("web", web, 4, |_| {});
    case
}

fn deregister(case: &mut Case, at: f64, force: bool) {
    let input = json!({ "containerInstance": "host-1", "force": force });
    case.request(at, Request::DeregisterContainerInstance, input);
}

fn register(case: &mut Case, at: f64) {
    case.request(at, Request::RegisterContainerInstance, json!({ "containerInstanceArn": "host-1" }));
}

#[test]
fn an_instance_with_tasks_is_deregistered_by_force_alone() {
    let mut case = two_hosts();
    deregister(&mut case, 100.0, false);
    let run = case.run();
    let failed = [("DeregisterContainerInstance", "InvalidParameterException")];
    assert_eq!((run.story.failed_requests.as_slice(), run.story.instances.len()), (&failed[..], 0));
}

/// INS-10: its two tasks count as stopped at once; of their two replacements one fits on the other host.
#[test]
fn tasks_of_an_instance_deregistered_by_force_are_replaced() {
    let mut case = two_hosts();
    deregister(&mut case, 100.0, true);
    let run = case.run();
    assert_eq!(run.told(StopCause::HostDeregistered), ["web#1", "web#3"]);
    assert_eq!(run.task("web#1").stopped(), Some(100.0));
    assert_eq!(run.task("web#1").lost, None); // it runs on, unmanaged
    assert_eq!(
        run.stopped_reason("web#1").as_deref(),
        Some("Container instance deregistration forced by user")
    );
    assert_eq!((run.task("web#5").host.as_str(), run.task("web#5").created), ("host-2", 100.0));
    assert_eq!(run.story.placement_refused.first(), Some(&(Refusal::Cpu, 100.0)));
}

/// INS-1: back at 200 s, empty; the next attempt of SVC-9 finds it.
#[test]
fn a_deregistered_instance_registers_again() {
    let mut case = two_hosts();
    deregister(&mut case, 100.0, true);
    register(&mut case, 110.0);
    register(&mut case, 111.0);
    let run = case.run();
    let statuses: Vec<_> = run.story.instances.iter().map(|(_, status, at)| (*status, *at)).collect();
    assert_eq!(statuses, [(InstanceStatus::Deregistered, 100.0), (InstanceStatus::Active, 110.0)]);
    assert_eq!((run.task("web#6").host.as_str(), run.task("web#6").created), ("host-1", 110.0));
    assert_eq!(run.story.failed_requests, [("RegisterContainerInstance", "ClientException")]);
}

/// INS-10: what failed is none of the cluster's any more, until it registers and lives anew.
#[test]
fn a_deregistered_instance_does_not_fail() {
    let mut case = two_hosts();
    case.failing(crate::model::PoolId(0), always(500.0), None);
    deregister(&mut case, 100.0, true);
    register(&mut case, 600.0);
    let run = case.run();
    let of_first = run.story.instances.iter().filter(|(name, ..)| name == "host-1");
    let statuses: Vec<_> = of_first.map(|(_, status, at)| (*status, *at)).collect();
    let [away, back] = [(InstanceStatus::Deregistered, 100.0), (InstanceStatus::Active, 600.0)];
    assert_eq!(statuses, [away, back, (InstanceStatus::Lost, 1100.0), (InstanceStatus::Inactive, 1100.0)]);
}

/// INS-11, SVC-5: at 110 s the daemon is first, and the two tasks that wait since 100 s get the rest.
#[test]
fn daemons_are_placed_first_on_an_instance_that_registers() {
    let mut case = two_hosts();
    let agent = case.definition("agent", 10, 10, |_| {});
    case.service("agent", agent, 2, |settings| {
        settings.scheduling = SchedulingStrategy::Daemon;
        (settings.minimum_healthy_percent, settings.maximum_percent) = (0, 100);
    });
    // 300 units hold two tasks of 100 beside the daemon, so the two lost ones wait
    deregister(&mut case, 100.0, true);
    register(&mut case, 110.0);
    let run = case.run();
    let back: Vec<&str> =
        run.story.order.iter().map(String::as_str).filter(|n| run.task(n).created == 110.0).collect();
    assert_eq!(back, ["agent#3", "web#5", "web#6"]);
}

/// The bill is for the time in the cluster: of an hour at 1 USD, 100 s and from 600 s on.
#[test]
fn a_deregistered_instance_costs_the_cluster_nothing() {
    let mut case = two_hosts();
    let id = case.setup.cluster.instance_named("host-1").unwrap();
    case.setup.cluster.instances[id].price_nano_usd_per_hour = 1_000_000_000;
    deregister(&mut case, 100.0, true);
    register(&mut case, 600.0);
    let cost = case.run().metric("cost_usd:host").unwrap();
    assert!((cost - (100.0 + 3000.0) / 3600.0).abs() < 1e-9, "{cost}");
}

/// Section 5b: a refusal that rested on an attribute is void once the attributes are others.
#[test]
fn attributes_change_and_what_was_refused_is_tried_anew() {
    let mut case = two_hosts();
    let attribute = json!({ "name": "disk", "value": "ssd", "targetId": "host-2" });
    case.request(50.0, Request::PutAttributes, json!({ "attributes": [attribute] }));
    let run = case.run();
    let (_, instance) = run.cluster.instances.iter().nth(1).unwrap();
    assert_eq!(instance.attributes.get("disk").map(String::as_str), Some("ssd"));
}
