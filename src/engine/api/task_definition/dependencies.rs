//! The order in which containers start.

use super::{AwsContainer, CLIENT};
use crate::aws::container_definition::ContainerCondition;
use crate::engine::api::ApiError;

/// CON-2: dependencies exist, have a condition they can meet, and form no cycle.
pub(super) fn check(containers: &[AwsContainer]) -> Result<(), ApiError> {
    for (index, container) in containers.iter().enumerate() {
        for (n, dependency) in container.depends_on.iter().flatten().enumerate() {
            let field = format!("containerDefinitions[{index}].dependsOn[{n}]");
            let target = containers.iter().find(|other| other.name == dependency.container_name);
            let Some(target) = target else {
                let names = containers.iter().map(|other| other.name.as_str());
                let near = crate::catalog::nearest_spelling(&dependency.container_name, names);
                let hint = near.map(|near| format!(" (did you mean {near:?}?)")).unwrap_or_default();
                let message = format!("there is no container {:?}{hint}", dependency.container_name);
                return Err(ApiError::new(CLIENT, format!("{field}.containerName"), message));
            };
            let ends =
                matches!(dependency.condition, ContainerCondition::Complete | ContainerCondition::Success);
            if ends && target.essential.unwrap_or(true) {
                let message =
                    format!("{:?} is essential and so cannot be waited for to exit (CON-2)", target.name);
                return Err(ApiError::new(CLIENT, format!("{field}.condition"), message));
            }
            if dependency.condition == ContainerCondition::Healthy && target.health_check.is_none() {
                let message = format!("{:?} has no healthCheck to pass (CON-2)", target.name);
                return Err(ApiError::new(CLIENT, format!("{field}.condition"), message));
            }
        }
    }
    match cycle(containers) {
        None => Ok(()),
        Some(names) => {
            let message = format!("dependsOn goes in a circle: {} (CON-2)", names.join(" → "));
            Err(ApiError::new(CLIENT, "containerDefinitions", message))
        }
    }
}

/// The names along a cycle of dependsOn, the first one again at the end.
fn cycle(containers: &[AwsContainer]) -> Option<Vec<String>> {
    let after = |index: usize| {
        containers[index].depends_on.iter().flatten().filter_map(|dependency| {
            containers.iter().position(|other| other.name == dependency.container_name)
        })
    };
    let mut settled = vec![false; containers.len()];
    for start in 0..containers.len() {
        // Depth-first with the way so far; at most ten containers, so recursion is not needed.
        let mut way = vec![(start, after(start).collect::<Vec<_>>())];
        while let Some((node, left)) = way.last_mut() {
            match left.pop() {
                None => {
                    settled[*node] = true;
                    way.pop();
                }
                Some(next) if settled[next] => {}
                Some(next) => {
                    if let Some(from) = way.iter().position(|(node, _)| *node == next) {
                        let mut names: Vec<String> =
                            way[from..].iter().map(|(node, _)| containers[*node].name.clone()).collect();
                        names.push(containers[next].name.clone());
                        return Some(names);
                    }
                    way.push((next, after(next).collect()));
                }
            }
        }
    }
    None
}
