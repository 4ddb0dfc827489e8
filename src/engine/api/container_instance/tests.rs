use serde_json::{Value, json};

use super::super::tests::{ask, changes, input, make_true, refusal};
use super::super::{Answer, ApiError, Request};
use super::*;
use crate::kernel::time::SimTime;
use crate::model::instance::{ContainerInstance, PoolKind};
use crate::model::parameters::Parameters;
use crate::model::{Cluster, Resources};

/// `count` instances of the group fixed without tasks.
pub(in crate::engine::api) fn fixed(count: u32) -> Cluster {
    let mut cluster = Cluster::new("shop", Parameters::default());
    let (pool, zone) = (cluster.intern_pool("fixed", PoolKind::Fixed), cluster.intern_zone("a"));
    for ordinal in 1..=count {
        let instance = ContainerInstance {
            ordinal,
            pool,
            zone,
            instance_type: None,
            own_name: None,
            registered: Resources::new(1024, 2048),
            free: Resources::new(1024, 2048),
            host_ports: Vec::new(),
            status: InstanceStatus::Active,
            agent_connected: true,
            agent_version: vec![1, 100, 0],
            traits: Default::default(),
            registered_at: SimTime::ZERO,
            incarnation: 0,
            lifecycle: Default::default(),
            market: Default::default(),
            spot: Default::default(),
            launched_at: None,
            launch_version: 0,
            in_service_at: None,
            billed_since: Some(SimTime::ZERO),
            protected_from_scale_in: false,
            termination: None,
            price_nano_usd_per_hour: 0,
            attributes: std::collections::BTreeMap::new(),
            tasks: Vec::new(),
        };
        cluster.apply(SimTime::ZERO, &Change::InstanceRegistered(Box::new(instance)));
    }
    cluster
}

fn set(cluster: &Cluster, instances: &[&str], status: &str) -> Result<Answer, ApiError> {
    let value = json!({ "containerInstances": instances, "status": status });
    ask(cluster, Request::UpdateContainerInstancesState, value)
}

/// The statuses that changes bring, and the reasons of failures.
fn told(answer: Result<Answer, ApiError>) -> Vec<String> {
    let tell = |change: &Change| match change {
        Change::InstanceStatusChanged { to, .. } => to.name().to_owned(),
        Change::RequestFailed { exception, .. } => (*exception).to_owned(),
        other => format!("{other:?}"),
    };
    changes(answer).iter().map(tell).collect()
}

#[test]
fn each_instance_is_set_once_or_fails_for_itself() {
    // INS-6
    let cluster = fixed(2);
    let arn = "arn:aws:ecs:eu-west-1:1:container-instance/shop/fixed-1";
    assert_eq!(told(set(&cluster, &[arn, "fixed-1", "fixed-9"], "DRAINING")), ["DRAINING", "MISSING"]);
    assert_eq!(told(set(&cluster, &["fixed-1"], "ACTIVE")), [] as [&str; 0]);
}

#[test]
fn one_to_ten_instances_are_set_in_one_call() {
    let names: Vec<String> = (1..=11).map(|n| format!("fixed-{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let cluster = fixed(11);
    assert_eq!(told(set(&cluster, &names[..10], "DRAINING")).len(), 10);
    for wrong in [&names[..], &[]] {
        let wrong = refusal(set(&cluster, wrong, "DRAINING"));
        assert_eq!(wrong, "InvalidParameterException at containerInstances");
    }
}

#[test]
fn every_status_can_be_set_to_what_the_rules_say_and_to_nothing_else() {
    use InstanceStatus::{Active, Deregistered, Draining, Inactive, Lost, LostDraining};
    // INS-5, INS-6, INS-7: what is lost and not noticed is what ECS takes it for
    for (from, draining, active) in [
        (Active, Ok(Draining), Ok(Active)),
        (Draining, Err("InvalidParameterException"), Ok(Active)),
        (Lost, Ok(LostDraining), Ok(Lost)),
        (LostDraining, Err("InvalidParameterException"), Ok(Lost)),
        (Inactive, Err("INACTIVE"), Err("INACTIVE")),
        (Deregistered, Err("INACTIVE"), Err("INACTIVE")),
    ] {
        assert_eq!(requested(from, RequestedStatus::Draining), draining, "{from:?}");
        assert_eq!(requested(from, RequestedStatus::Active), active, "{from:?}");
    }
}

#[test]
fn an_instance_leaves_and_comes_back_by_request() {
    // INS-1, INS-10
    let mut cluster = fixed(1);
    let leave = |cluster: &Cluster, value: Value| ask(cluster, Request::DeregisterContainerInstance, value);
    let back = |cluster: &Cluster, value: Value| ask(cluster, Request::RegisterContainerInstance, value);
    let one = json!({ "containerInstance": "fixed-1" });
    let again =
        json!({ "containerInstanceArn": "fixed-1", "attributes": [{ "name": "disk", "value": "ssd" }] });
    assert_eq!(refusal(back(&cluster, again.clone())), "ClientException at containerInstanceArn");
    let unknown = refusal(leave(&cluster, json!({ "containerInstance": "fixed-2" })));
    assert_eq!(unknown, "InvalidParameterException at containerInstance");
    let left = leave(&cluster, one.clone());
    make_true(&mut cluster, left);
    let id = cluster.instance_named("fixed-1").unwrap();
    assert_eq!(cluster.instances[id].status, InstanceStatus::Deregistered);
    assert_eq!(refusal(leave(&cluster, one)), "InvalidParameterException at containerInstance");
    let registered = back(&cluster, again);
    make_true(&mut cluster, registered);
    let found = &cluster.instances[id];
    assert_eq!((found.status, found.attributes["disk"].as_str()), (InstanceStatus::Active, "ssd"));
}

#[test]
fn what_a_registration_brings_and_nobody_reads_is_told() {
    let value = json!({ "containerInstanceArn": "fixed-1", "totalResources": [] });
    let request = Request::RegisterContainerInstance(Box::new(input(value)));
    assert_eq!(super::super::ignored(&fixed(1), &request)[0].0, "totalResources");
}
