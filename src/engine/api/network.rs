//! `networkConfiguration`: in which zones the subnets of an awsvpc task are (CON-21).

use super::{ApiError, last_segment};
use crate::aws::common::NetworkConfiguration;
use crate::model::task_definition::TaskDefinition;
use crate::model::{Cluster, ZoneId};

const INVALID: &str = "InvalidParameterException";
/// CON-21, QUO-18.
const MAX_SUBNETS: usize = 16;
/// CON-21, QUO-18.
const MAX_SECURITY_GROUPS: usize = 5;

/// The sizes of the lists.
///
/// # Errors
/// A list has none or too many entries.
pub fn check(network: Option<&NetworkConfiguration>) -> Result<(), ApiError> {
    let Some(vpc) = network.and_then(|network| network.awsvpc_configuration.as_ref()) else { return Ok(()) };
    let field = |name: &str| format!("networkConfiguration.awsvpcConfiguration.{name}");
    let groups = vpc.security_groups.as_ref().map_or(0, Vec::len);
    for (name, found, most) in
        [("subnets", vpc.subnets.len(), MAX_SUBNETS), ("securityGroups", groups, MAX_SECURITY_GROUPS)]
    {
        if found > most {
            let message = format!("{found} {name} found; at most {most} are allowed (CON-21)");
            return Err(ApiError::new(INVALID, field(name), message));
        }
    }
    if vpc.subnets.is_empty() {
        return Err(ApiError::new(INVALID, field("subnets"), "subnets can not be empty (CON-21)"));
    }
    Ok(())
}

/// The zones of the subnets, ascending; `None` where nothing is given, or the cluster knows no subnet at all.
///
/// A subnet that is named after a zone stands for that zone.
///
/// # Errors
/// The definition is of another network mode, or the cluster knows subnets and this is none of them.
pub fn zones_of(
    cluster: &Cluster,
    network: Option<&NetworkConfiguration>,
    definition: &TaskDefinition,
) -> Result<Option<Vec<ZoneId>>, ApiError> {
    let Some(vpc) = network.and_then(|network| network.awsvpc_configuration.as_ref()) else {
        return Ok(None);
    };
    if !definition.takes_interface() {
        let message = format!(
            "Network Configuration is not valid for the given networkMode of this task definition: {} is not awsvpc",
            definition.name()
        );
        return Err(ApiError::new(INVALID, "networkConfiguration", message));
    }
    let field = "networkConfiguration.awsvpcConfiguration.subnets";
    let mut zones = Vec::with_capacity(vpc.subnets.len());
    for (index, name) in vpc.subnets.iter().enumerate() {
        match zone_of(cluster, name) {
            Some(zone) => zones.push(zone),
            None if cluster.subnets.is_empty() => return Ok(None),
            None => {
                let near = crate::catalog::nearest_spelling(name, cluster.subnets.keys().map(String::as_str));
                let hint = near.map(|near| format!("; did you mean {near:?}?"));
                let message = format!(
                    "The subnet ID {name:?} does not exist: it is not among world.subnets{}",
                    hint.unwrap_or_default()
                );
                return Err(ApiError::new(INVALID, format!("{field}[{index}]"), message));
            }
        }
    }
    zones.sort();
    zones.dedup();
    Ok(Some(zones))
}

/// Whether subnets are given of which nobody says where they are, so that they narrow nothing.
#[must_use]
pub fn is_unknown(cluster: &Cluster, network: Option<&NetworkConfiguration>) -> bool {
    let vpc = network.and_then(|network| network.awsvpc_configuration.as_ref());
    vpc.is_some_and(|vpc| vpc.subnets.iter().any(|subnet| zone_of(cluster, subnet).is_none()))
}

/// What is said of such subnets.
pub const UNKNOWN: &str =
    "world.subnets does not say in which zones they are: they do not narrow the zones (CON-21)";

fn zone_of(cluster: &Cluster, subnet: &str) -> Option<ZoneId> {
    let name = last_segment(subnet);
    cluster.subnets.get(name).copied().or_else(|| cluster.zone_named(name))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::engine::api::tests::{ask, refusal, shop, with};
    use crate::engine::api::{Answer, ApiError, Request, ignored};
    use crate::model::{Change, Cluster, ZoneId};

    /// The shop, in whose account subnet-1 and subnet-2 are in one zone and subnet-3 is in another.
    fn shop_with_subnets() -> Cluster {
        let mut cluster = shop();
        for (subnet, zone) in [("subnet-1", "a"), ("subnet-2", "a"), ("subnet-3", "b")] {
            let zone = cluster.intern_zone(zone);
            cluster.subnets.insert(subnet.to_owned(), zone);
        }
        cluster
    }

    fn on_fargate(subnets: &[&str]) -> Value {
        json!({ "serviceName": "s", "taskDefinition": "far", "desiredCount": 1, "launchType": "FARGATE",
            "networkConfiguration": { "awsvpcConfiguration": { "subnets": subnets } } })
    }

    fn zones(answer: Result<Answer, ApiError>) -> Option<Vec<ZoneId>> {
        match answer.unwrap() {
            Answer::Changes(changes) => match &changes[0] {
                Change::ServiceCreated(service) => service.settings.zones.clone(),
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        }
    }

    /// CON-21.
    #[test]
    fn the_subnets_of_a_service_say_its_zones() {
        let cluster = shop_with_subnets();
        let of = |subnets: &[&str]| zones(ask(&cluster, Request::CreateService, on_fargate(subnets)));
        assert_eq!(of(&["subnet-1", "subnet-2"]), Some(vec![ZoneId(0)]), "both are in one");
        assert_eq!(of(&["subnet-3", "subnet-1"]), Some(vec![ZoneId(0), ZoneId(1)]));
        assert_eq!(of(&["b"]), Some(vec![ZoneId(1)]), "a subnet named after its zone");
    }

    #[test]
    fn a_subnet_that_is_none_of_the_known_ones_is_refused() {
        let answer = ask(&shop_with_subnets(), Request::CreateService, on_fargate(&["subnet-1", "subnet-9"]));
        let at = "networkConfiguration.awsvpcConfiguration.subnets[1]";
        assert_eq!(refusal(answer), format!("InvalidParameterException at {at}"));
    }

    #[test]
    fn where_no_subnet_is_known_they_narrow_nothing_and_that_is_told() {
        let cluster = shop();
        assert_eq!(zones(ask(&cluster, Request::CreateService, on_fargate(&["subnet-9"]))), None);
        let told = |cluster: &Cluster| {
            let input = serde_json::from_value(on_fargate(&["subnet-1"])).unwrap();
            ignored(cluster, &Request::CreateService(Box::new(input))).len()
        };
        assert_eq!((told(&cluster), told(&shop_with_subnets())), (1, 0));
    }

    #[test]
    fn only_an_awsvpc_task_has_subnets() {
        let bridge = with(on_fargate(&["subnet-1"]), json!({ "taskDefinition": "web", "launchType": "EC2" }));
        let answer = ask(&shop_with_subnets(), Request::CreateService, bridge);
        assert_eq!(refusal(answer), "InvalidParameterException at networkConfiguration");
    }

    /// CON-21: AWS wants at least one subnet.
    #[test]
    fn a_list_of_subnets_is_not_empty() {
        let answer = ask(&shop_with_subnets(), Request::CreateService, on_fargate(&[]));
        let at = "networkConfiguration.awsvpcConfiguration.subnets";
        assert_eq!(refusal(answer), format!("InvalidParameterException at {at}"));
    }
}
