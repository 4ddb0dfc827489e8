//! The table of model parameters. The fourth field names rules as data: it does not claim that they are obeyed here.

use super::ModelParameter;
use super::ParameterKind::{self, Choice, Count, Duration, DurationDistribution, Limit, Rate, Share, Switch};

/// Every model parameter, in the order of the rule book.
pub(super) const PARAMETERS: &[ModelParameter] = &[
    parameter(
        "stopped_task_retention",
        Duration,
        "1h",
        "LIF-13",
        "How long a stopped task can be described.",
    ),
    parameter(
        "release_resources_at",
        Choice(&["last_stopped", "desired_stopped"]),
        "last_stopped",
        "LIF-21",
        "When a task gives back CPU, memory, ports, interface and GPUs: once STOPPED, or once told to stop.",
    ),
    parameter(
        "runtask_default",
        Choice(&["random", "spread_az"]),
        "random",
        "PLC-8",
        "Where RunTask without a placement strategy puts a task: anywhere, or spread over zones.",
    ),
    parameter(
        "tie_break",
        Choice(&["seeded_random", "lowest_instance_id"]),
        "seeded_random",
        "PLC-9",
        "How placement decides between instances that its strategies find equal.",
    ),
    parameter(
        "parallel_launches",
        Limit,
        "unlimited",
        "SVC-1",
        "How many tasks of a service may be on their way to RUNNING at once.",
    ),
    parameter(
        "scheduler_wake",
        Duration,
        "1s",
        "SVC-2",
        "How long after a change the scheduler looks at a service; `0s` is the same instant.",
    ),
    parameter(
        "place_retry_fast",
        Duration,
        "10s",
        "SVC-9",
        "How long a service waits after a failed placement before it tries again, at first.",
    ),
    parameter(
        "place_fast_window",
        Duration,
        "50s",
        "SVC-9",
        "How long a service that cannot place a task keeps trying at the fast pace.",
    ),
    parameter("place_retry_slow", Duration, "300s", "SVC-9", "The pace of its tries after that."),
    parameter(
        "no_check_healthy_delay",
        Duration,
        "40s",
        "SVC-13",
        "How long after RUNNING a task without any health check counts as healthy in a deployment.",
    ),
    parameter(
        "count_stopping_in_max",
        Switch,
        "true",
        "DEP-3",
        "Whether tasks on their way down count toward maximumPercent until they leave STOPPING.",
    ),
    parameter(
        "rolling_order",
        Choice(&["both", "start_first", "stop_first"]),
        "both",
        "DEP-5",
        "Whether a step of a rolling deployment starts and stops tasks together or one before the other.",
    ),
    parameter(
        "os_mem_fraction",
        Share,
        "0.97",
        "INS-2",
        "The part of an instance type's nominal memory that the operating system sees.",
    ),
    parameter(
        "lost_instance_detect",
        Duration,
        "60s",
        "INS-5",
        "How long after an instance is gone ECS gives up its tasks.",
    ),
    parameter(
        "fargate_spot_discount",
        Share,
        "0.68",
        "CST-7",
        "How much less than on demand a Fargate Spot task costs.",
    ),
    parameter(
        "cost_cpu_weight",
        Count,
        "9",
        "CST-8",
        "How many GiB of memory weigh as much as one vCPU when an instance's price is split over its tasks.",
    ),
    parameter(
        "eni_attach",
        DurationDistribution,
        "5s",
        "LAT-1",
        "Creating and attaching the network interface of an awsvpc task on EC2.",
    ),
    parameter(
        "fargate_provisioning",
        DurationDistribution,
        "20s",
        "LAT-2",
        "Getting host and network interface of a Fargate task.",
    ),
    parameter(
        "image_pull_fargate_base",
        DurationDistribution,
        "3s",
        "LAT-4",
        "The part of an image pull on Fargate that does not depend on its size.",
    ),
    parameter("image_pull_fargate_rate", Rate, "12 MB/s", "LAT-4", "Pulling and unpacking on Fargate."),
    parameter(
        "image_pull_ec2_base",
        DurationDistribution,
        "2s",
        "LAT-4",
        "The part of an image pull on EC2 that does not depend on its size.",
    ),
    parameter("image_pull_ec2_rate", Rate, "40 MB/s", "LAT-4", "Pulling and unpacking on an EC2 instance."),
    parameter(
        "image_pull_cached",
        DurationDistribution,
        "300ms",
        "LAT-4",
        "Checking an image that the instance already has.",
    ),
    parameter(
        "container_start",
        DurationDistribution,
        "1s",
        "LAT-6",
        "Creating and starting one container; the container's own `start` wins.",
    ),
    parameter(
        "agent_dispatch",
        DurationDistribution,
        "1s",
        "LAT-7",
        "From the placement of a task until the agent begins its work.",
    ),
    parameter(
        "exit_after_signal",
        DurationDistribution,
        "2s",
        "LAT-14",
        "From the stop signal until a container exits by itself; the container's own setting wins.",
    ),
    parameter(
        "deprovisioning",
        DurationDistribution,
        "10s",
        "LAT-15",
        "Taking away the network interface of a stopped Fargate or awsvpc task.",
    ),
];

const fn parameter(
    name: &'static str,
    kind: ParameterKind,
    default: &'static str,
    rule: &'static str,
    says: &'static str,
) -> ModelParameter {
    ModelParameter { name, kind, default, rule, says }
}
