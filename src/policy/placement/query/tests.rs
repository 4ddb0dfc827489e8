//! What expressions hold for which instance (CQL-1 to CQL-9).

use crate::engine::api::query::parse;
use crate::kernel::time::SimTime;
use crate::model::host_traits::HostTraits;
use crate::model::instance::{ContainerInstance, InstanceStatus, PoolKind};
use crate::model::parameters::Parameters;
use crate::model::{Change, Cluster, Resources};
use crate::policy::placement::query::{Question, holds};

/// `fixed-1`: rack r7, stack prod, weight 9, an empty attribute gpu, agent 1.94.2, registered six hours after zero.
fn cluster() -> Cluster {
    let mut cluster = Cluster::new("c", Parameters::default());
    let (pool, zone) = (cluster.intern_pool("fixed", PoolKind::Fixed), cluster.intern_zone("us-east-1a"));
    let attributes = [("rack", "r7"), ("stack", "prod"), ("weight", "9"), ("gpu", "")];
    let registered = Resources::new(1024, 2048);
    let instance = ContainerInstance {
        ordinal: 1,
        pool,
        zone,
        instance_type: None,
        own_name: None,
        registered,
        free: registered,
        host_ports: Vec::new(),
        traits: HostTraits::default(),
        status: InstanceStatus::Active,
        agent_connected: true,
        agent_version: vec![1, 94, 2],
        registered_at: SimTime(6 * 3_600_000),
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
        attributes: attributes.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        tasks: Vec::new(),
    };
    cluster.apply(SimTime::ZERO, &Change::InstanceRegistered(Box::new(instance)));
    cluster
}

#[track_caller]
fn all(expected: bool, texts: &[&str]) {
    let cluster = cluster();
    let instance = cluster.instance_in_slot(0);
    for text in texts {
        let expression = parse(text, cluster.zero_unix_ms).unwrap_or_else(|error| panic!("{text}: {error}"));
        let question = Question { cluster: &cluster, instance, not_of: None };
        assert_eq!(holds(&expression, &question), expected, "{text}");
    }
}

/// CQL-1, CQL-8.
#[test]
fn an_attribute_compares_by_its_letters_and_case() {
    all(true, &["attribute:stack == prod", "attribute:stack != Prod", "attribute:stack in [test, prod]"]);
    all(false, &["attribute:stack == Prod", "attribute:stack !in [test, prod]", "attribute:stack == pro"]);
}

/// CQL-1: positive tests are false and negated ones true.
#[test]
fn a_missing_attribute_equals_nothing_and_matches_nothing() {
    all(
        false,
        &[
            "attribute:x == a",
            "attribute:x in [a]",
            "attribute:x =~ .*",
            "attribute:x < z",
            "attribute:x exists",
        ],
    );
    all(true, &["attribute:x != a", "attribute:x !in [a]", "attribute:x !~ .*", "attribute:x !exists"]);
    all(true, &["attribute:gpu exists", "attribute:gpu == ''"]); // there, without a value
}

/// CQL-8: 9 is below 10 as a number and above it as text; r7 and r10 are text.
#[test]
fn greater_and_less_compare_numbers_as_numbers_and_all_else_as_text() {
    all(true, &["attribute:weight < 10", "attribute:weight >= 9.0", "attribute:rack > r10"]);
    all(false, &["attribute:weight > 10", "attribute:rack < r10", "attribute:weight == 9.0"]);
}

/// CQL-8: what has no digit is no number, and both zeros are one.
#[test]
fn words_that_floats_have_for_themselves_are_words_and_minus_zero_is_zero() {
    let satisfied = |found: &str, sign: &str, wanted: &str| {
        let text = format!("attribute:weight {sign} {wanted}");
        let mut cluster = cluster();
        let id = cluster.instance_in_slot(0);
        cluster.instances[id].attributes.insert("weight".to_owned(), found.to_owned());
        let expression = parse(&text, cluster.zero_unix_ms).unwrap();
        holds(&expression, &Question { cluster: &cluster, instance: id, not_of: None })
    };
    assert!(satisfied("inf", ">", "9") && satisfied("inf", "<", "nan"), "i comes after 9 and before n");
    assert!(satisfied("high", "<", "inf"), "h comes before i");
    assert!(satisfied("0", "<=", "-0") && satisfied("-0", ">=", "0"));
}

/// CQL-9: the whole value.
#[test]
fn a_pattern_matches_the_whole_value() {
    all(
        true,
        &[
            "attribute:rack =~ r.",
            "attribute:rack =~ 'r[0-9]+'",
            "attribute:rack !~ r",
            "attribute:rack =~ 'x|r7'",
        ],
    );
    all(false, &["attribute:rack =~ r", "attribute:rack =~ 7", "attribute:rack !~ r7"]);
}

/// CQL-2, CQL-4.
#[test]
fn agent_connected_and_the_id_compare_as_words() {
    all(true, &["agentConnected == true", "agentConnected != false", "agentConnected in [true]"]);
    all(
        true,
        &["ec2InstanceId == fixed-1", "ec2InstanceId in [fixed-2, fixed-1]", "ec2InstanceId =~ fixed-.*"],
    );
    all(false, &["agentConnected == false", "ec2InstanceId == fixed-2"]);
}

/// CQL-3: 94 is above 9, and 1.94 is 1.94.0.
#[test]
fn agent_versions_compare_number_by_number() {
    all(
        true,
        &["agentVersion > 1.9.5", "agentVersion == 1.94.2", "agentVersion < 1.100", "agentVersion > 1.94"],
    );
    all(false, &["agentVersion >= 2", "agentVersion != 1.94.2", "agentVersion <= 1.94.1"]);
}

/// CQL-5: simulated zero is 2026-01-05T00:00:00Z, so it registered at 06:00.
#[test]
fn registered_at_compares_as_a_date() {
    all(
        true,
        &["registeredAt >= 2026-01-05", "registeredAt == 2026-01-05T06:00:00", "registeredAt < 2026-01-06"],
    );
    all(true, &["registeredAt == 2026-01-05T07:00:00+01:00"]);
    all(false, &["registeredAt > 2026-01-05T06:00:00Z", "registeredAt < 2026-01-05"]);
}

/// CQL-10.
#[test]
fn words_join_as_they_bind() {
    all(true, &["attribute:x exists and attribute:x exists or attribute:rack exists"]);
    all(false, &["attribute:x exists and (attribute:x exists or attribute:rack exists)"]);
    all(true, &["not attribute:x exists and attribute:rack exists"]);
    all(false, &["not (attribute:x exists or attribute:rack exists)"]);
}
