//! The attributes that ECS itself gives container instances (table 5b).

/// Their names; those that begin with `ecs.capability.` say what an instance's agent can do.
pub const BUILT_IN: [&str; 11] = [
    "ecs.ami-id",
    "ecs.availability-zone",
    "ecs.awsvpc-trunk-id",
    "ecs.capability.<name>",
    "ecs.cpu-architecture",
    "ecs.instance-type",
    "ecs.os-family",
    "ecs.os-type",
    "ecs.outpost-arn",
    "ecs.subnet-id",
    "ecs.vpc-id",
];

/// Whether ECS knows an attribute of this name, which begins with `ecs.`.
#[must_use]
pub fn is_built_in(name: &str) -> bool {
    BUILT_IN.contains(&name) || name.starts_with("ecs.capability.")
}
