//! PutAttributes and DeleteAttributes: custom attributes of container instances (section 5b of the rules).

use std::collections::BTreeMap;

use super::container_instance::check_count;
use super::{ApiError, last_segment};
use crate::aws::container_instance::Attribute;
use crate::model::{Change, Cluster, InstanceId};

const INVALID: &str = "InvalidParameterException";
/// Custom attributes of one instance.
const MOST_CUSTOM: usize = 10;
/// What is built in begins so.
const BUILT_IN: &str = "ecs.";

type Attributes = BTreeMap<String, String>;

/// What PutAttributes makes true: all of it, or nothing.
///
/// # Errors
/// The exception ECS would raise.
pub fn put(cluster: &Cluster, given: &[Attribute]) -> Result<Vec<Change>, ApiError> {
    change_each(cluster, given, put_one)
}

/// What DeleteAttributes makes true; what is not there is no mistake.
///
/// # Errors
/// The exception ECS would raise.
pub fn delete(cluster: &Cluster, given: &[Attribute]) -> Result<Vec<Change>, ApiError> {
    change_each(cluster, given, |all, attribute, field| {
        check(attribute, field)?;
        let held = all.get(&attribute.name);
        let meant = attribute.value.as_ref().is_none_or(|value| held == Some(value));
        if meant {
            all.remove(&attribute.name);
        }
        Ok(())
    })
}

/// What the attributes of RegisterContainerInstance make true.
pub(super) fn of_registration(
    cluster: &Cluster,
    instance: InstanceId,
    given: &[Attribute],
) -> Result<Vec<Change>, ApiError> {
    let before = &cluster.instances[instance].attributes;
    let mut attributes = before.clone();
    for (index, attribute) in given.iter().enumerate() {
        put_one(&mut attributes, attribute, &format!("attributes[{index}]"))?;
    }
    let changed = attributes != *before;
    Ok(changed.then_some(Change::InstanceAttributesChanged { instance, attributes }).into_iter().collect())
}

fn change_each(
    cluster: &Cluster,
    given: &[Attribute],
    change: impl Fn(&mut Attributes, &Attribute, &str) -> Result<(), ApiError>,
) -> Result<Vec<Change>, ApiError> {
    check_count(given.len(), "attributes")?;
    let mut of_each: Vec<(InstanceId, Attributes)> = Vec::new();
    for (index, attribute) in given.iter().enumerate() {
        let field = format!("attributes[{index}]");
        let instance = target(cluster, attribute, &field)?;
        let place = of_each.iter().position(|(known, _)| *known == instance).unwrap_or_else(|| {
            of_each.push((instance, cluster.instances[instance].attributes.clone()));
            of_each.len() - 1
        });
        change(&mut of_each[place].1, attribute, &field)?;
    }
    of_each.retain(|(instance, attributes)| cluster.instances[*instance].attributes != *attributes);
    let change = |(instance, attributes)| Change::InstanceAttributesChanged { instance, attributes };
    Ok(of_each.into_iter().map(change).collect())
}

fn target(cluster: &Cluster, attribute: &Attribute, field: &str) -> Result<InstanceId, ApiError> {
    let name = attribute.target_id.as_deref().unwrap_or_default();
    let registered = |id: &InstanceId| cluster.instances[*id].status.name() != "INACTIVE";
    cluster.instance_named(last_segment(name)).filter(registered).ok_or_else(|| {
        let message = format!("The target was not found: {name:?} is no registered container instance");
        ApiError::new("TargetNotFoundException", format!("{field}.targetId"), message)
    })
}

fn put_one(all: &mut Attributes, attribute: &Attribute, field: &str) -> Result<(), ApiError> {
    check(attribute, field)?;
    all.insert(attribute.name.clone(), attribute.value.clone().unwrap_or_default());
    let custom = all.keys().filter(|name| !name.starts_with(BUILT_IN)).count();
    if custom > MOST_CUSTOM {
        let message =
            format!("an instance has at most {MOST_CUSTOM} custom attributes, this would be {custom}");
        return Err(ApiError::new("AttributeLimitExceededException", field, message));
    }
    Ok(())
}

/// Characters and lengths of section 5b.
fn check(attribute: &Attribute, field: &str) -> Result<(), ApiError> {
    let refuse = |of: &str, message: &str| Err(ApiError::new(INVALID, format!("{field}.{of}"), message));
    let in_names = |c: char| c.is_ascii_alphanumeric() || "_-/\\.".contains(c);
    let (name, value) = (&attribute.name, attribute.value.as_deref());
    if !(1..=128).contains(&name.len()) || !name.chars().all(in_names) {
        return refuse("name", "a name is 1 to 128 letters, digits, _, -, /, \\ and .");
    }
    if name.starts_with(BUILT_IN) {
        return refuse("name", "attributes that begin with ecs. are built in and cannot be set");
    }
    let in_values = |c: char| in_names(c) || "@: ".contains(c);
    let fits = |value: &str| {
        (1..=128).contains(&value.len()) && value.chars().all(in_values) && value.trim() == value
    };
    if !value.is_none_or(fits) {
        let message =
            "a value is 1 to 128 letters, digits, _, -, /, \\, ., @, : and spaces, none at either end";
        return refuse("value", message);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
