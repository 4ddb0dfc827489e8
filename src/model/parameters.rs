//! The undocumented numbers of ECS: every parameter tagged M of the rule book that the engine reads.
//!
//! Each is read through its accessor, which marks it as read, so that a manifest can say on which guesses a
//! result rests.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::kernel::dist::Distribution;
use crate::kernel::time::SimDuration;

macro_rules! parameters {
    ($($(#[$doc:meta])* $name:ident: $type:ty = $default:expr;)*) => {
        /// The values in force, each with its default.
        #[derive(Clone, Debug, PartialEq)]
        pub struct ParameterValues {
            $($(#[$doc])* pub $name: $type,)*
        }

        impl Default for ParameterValues {
            fn default() -> Self {
                ParameterValues { $($name: $default,)* }
            }
        }

        #[allow(non_camel_case_types, clippy::enum_variant_names)]
        enum Position { $($name,)* }

        impl Parameters {
            /// The names of all parameters, in the order of their marks.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name),)*];

            $($(#[$doc])*
            #[must_use]
            pub fn $name(&self) -> &$type {
                self.mark(Position::$name as u64);
                &self.values.$name
            })*
        }
    };
}

parameters! {
    /// SVC-1: how many tasks of a service may be on their way to RUNNING at once.
    parallel_launches: u32 = u32::MAX;
    /// SVC-2: how long after a change that it reads a service is looked at.
    scheduler_wake: SimDuration = SimDuration::from_secs(1);
    /// SVC-9: time between attempts to place in the first while after a refusal.
    place_retry_fast: SimDuration = SimDuration::from_secs(10);
    /// SVC-9: how long the fast attempts go on.
    place_fast_window: SimDuration = SimDuration::from_secs(50);
    /// SVC-9: time between attempts afterwards.
    place_retry_slow: SimDuration = SimDuration::from_secs(300);
    /// AZR-7: how long after a service at rest is out of balance over zones it is rebalanced.
    az_rebalance_check: SimDuration = SimDuration::from_secs(60);
    /// SVC-13: how long after RUNNING a task without any check counts as healthy.
    no_check_healthy_delay: SimDuration = SimDuration::from_secs(40);
    /// DEP-3: whether a stopping task counts towards the maximum until it leaves STOPPING.
    count_stopping_in_max: bool = true;
    /// DEP-5: which half of a rolling step goes first.
    rolling_order: RollingOrder = RollingOrder::Both;
    /// LIF-21: when a task gives back what it reserved of its instance.
    release_resources_at: ReleaseResourcesAt = ReleaseResourcesAt::LastStopped;
    /// SVC-18: how many tasks of a service a scale-in may have on their way down at once.
    scale_in_batch: u32 = u32::MAX;
    /// PLC-9: who wins among equals.
    tie_break: TieBreak = TieBreak::SeededRandom;
    /// PLC-8: the order for standalone tasks without a strategy.
    runtask_default: RunTaskDefault = RunTaskDefault::Random;
    /// INS-5: how long after an instance is gone ECS gives its tasks up.
    lost_instance_detect: SimDuration = SimDuration::from_secs(60);
    /// SVC-8: how many launches a service may make at once before its rate holds it back.
    service_launch_bucket: u32 = 500;
    /// SVC-10: how long the first failed start puts off the next launch; each further one doubles it.
    start_delay_first: SimDuration = SimDuration::from_secs(10);
    /// SVC-10: the longest such delay.
    start_delay_limit: SimDuration = SimDuration::from_secs(1620);
    /// SVC-10: failed starts in a row from which ECS says that it is impaired.
    start_impaired_after: u32 = 3;
    /// CON-6: how long a health probe takes until its outcome is known.
    health_probe_time: SimDuration = SimDuration::from_secs(0);
    /// LAT-5: pulling an image with a SOCI index on Fargate.
    soci_pull: Distribution = seconds(5.0);
    /// CON-2: how long a container runs whose end others wait for, where the scenario does not say.
    awaited_container_runs: Distribution = seconds(5.0);
    /// LIF-13: how long a stopped task can still be described.
    stopped_task_retention: SimDuration = SimDuration::from_secs(3600);
    /// LIF-15: time from the stop signal to the kill where the task definition gives none.
    stop_timeout: SimDuration = SimDuration::from_secs(30);
    /// LAT-1: a network interface on EC2.
    eni_attach: Distribution = seconds(5.0);
    /// LAT-10: a trunk interface, before its instance is ACTIVE.
    trunk_attach: Distribution = seconds(10.0);
    /// LAT-2: a Fargate host and its network interface.
    fargate_provisioning: Distribution = seconds(20.0);
    /// LAT-4: the fixed part of an image pull on Fargate.
    fargate_pull_base: Distribution = seconds(3.0);
    /// LAT-4: Fargate's pull and unpack speed in MB a second.
    fargate_pull_mb_per_s: f64 = 12.0;
    /// LAT-4: the fixed part of an image pull on EC2.
    ec2_pull_base: Distribution = seconds(2.0);
    /// LAT-4: EC2's pull and unpack speed in MB a second.
    ec2_pull_mb_per_s: f64 = 40.0;
    /// LAT-4: a pull on EC2 when the instance has the image.
    ec2_pull_cached: Distribution = seconds(0.3);
    /// LAT-4: what is pulled, in MB, for a task whose `imageSize` is not given.
    default_image_size_mb: f64 = 200.0;
    /// LAT-6: creating and starting one container.
    container_start: Distribution = seconds(1.0);
    /// LAT-7: from the scheduler's decision to the agent.
    agent_dispatch: Distribution = seconds(1.0);
    /// LAT-14: how long a container takes to exit after the stop signal.
    exit_after_signal: Distribution = seconds(2.0);
    /// LAT-15: taking a network interface away (awsvpc and Fargate).
    deprovisioning: Distribution = seconds(10.0);
    /// INS-2: the share of an instance type's memory that its operating system sees.
    os_mem_fraction: f64 = 0.97;
    /// CST-7: what Fargate Spot takes off the Fargate price.
    fargate_spot_discount: f64 = 0.68;
    /// CST-10: what EC2 Spot takes off the on-demand price of a pool of whose price nothing is told.
    ec2_spot_discount: f64 = 0.65;
    /// SPT-7: how often in an hour a Spot instance is interrupted of whose pool nothing is told.
    spot_hazard_per_hour: f64 = 0.002;
    /// ASG-8: a pool counts as deep with at least this share of the deepest pool's room.
    spot_deep_share: f64 = 0.5;
    /// SPT-2: from an interruption notice until the agent or ECS sets the instance to DRAINING.
    spot_notice_poll: SimDuration = SimDuration::from_secs(1);
    /// CST-8, split cost: what one vCPU costs in the price of one GB of memory.
    cpu_to_memory_price_ratio: f64 = 9.0;
    /// DEP-21: the fewest failures at which an unbounded share gives a deployment up.
    cb_unbounded_floor: u32 = 1;
    /// DEP-23: whether tasks that exit by themselves after RUNNING count for the circuit breaker.
    cb_counts_exit_after_running: bool = false;
    /// DEP-26: the bake time of a rolling deployment with alarms, where none is given.
    bake_time_default: SimDuration = SimDuration::from_secs(240);
    /// DEP-42: how long CodeDeploy keeps the original task set after the traffic has moved, where nothing is said.
    codedeploy_termination_wait: SimDuration = SimDuration::from_secs(0);
    /// DEP-35: after how long a hook that says IN_PROGRESS is asked again.
    hook_poll: SimDuration = SimDuration::from_secs(30);
    /// AAS-7: datapoints in a row above the target that make a policy scale out.
    high_n: u32 = 3;
    /// AAS-7: datapoints in a row below the low threshold that make a policy scale in.
    low_n: u32 = 15;
    /// AAS-6: the share of the target below which a policy scales in.
    low_alarm_share: f64 = 0.9;
    /// LAT-11: from the end of a minute until its metrics are published.
    metric_lag: SimDuration = SimDuration::from_secs(30);
    /// LAT-8: from the registration of a target to the first check that may come.
    target_registration: SimDuration = SimDuration::from_secs(1);
    /// LAT-8: within which share of an interval from there the first check comes.
    first_check_spread: f64 = 1.0;
    /// LB-7: whether a target that leaves is unused once it has no connections, before its delay is over.
    drain_finishes_early: bool = false;
    /// LB-7: how long a healthy target that leaves has connections, where `drain_finishes_early` asks.
    connection_drain: SimDuration = SimDuration::from_secs(5);
    /// LAT-9: from the launch of an EC2 instance until its machine runs and is billed.
    instance_boot: Distribution = seconds(30.0);
    /// LAT-9: from there until its agent has registered it.
    agent_registration: Distribution = seconds(30.0);
    /// LAT-13: from the end of an EC2 instance's bill until it is gone.
    instance_terminate: Distribution = seconds(30.0);
    /// ASG-4: how long after an instance of a group has failed the group finds it unhealthy.
    asg_health_check: SimDuration = SimDuration::from_secs(60);
    /// ASG-11: how long after a failed launch a group tries again.
    ice_retry: SimDuration = SimDuration::from_secs(60);
    /// ASG-5: who of those that the termination policies leave goes first.
    termination_tie_break: TerminationTieBreak = TerminationTieBreak::Oldest;
    /// CAS-17: how long the stopped machine of a warm pool takes to run again.
    warm_pool_start: Distribution = seconds(10.0);
    /// LAT-12: from the request of a managed instance to its registration.
    mi_launch_delay: Distribution = seconds(150.0);
    /// MI-4: how long a managed instance without tasks is kept where scaleInAfter is unset.
    mi_scale_in_after: SimDuration = SimDuration::from_secs(300);
    /// CST-12: what a managed instance costs beside its EC2 price, as a share of the on-demand price.
    mi_fee_share: f64 = 0.12;
    /// QUO-6: how many tasks of a cluster may wait in PROVISIONING for capacity.
    provisioning_limit: u32 = 500;
    /// CAS-12: how long a task waits in PROVISIONING for capacity.
    provisioning_timeout: SimDuration = SimDuration::from_secs(1800);
    /// CAS-4h: whether the need counts, or, as until 2021, the minimum step where zones or types are several.
    cas_mode: CasMode = CasMode::Current;
    /// CAS-5: how the needs of unequal waiting tasks become one.
    group_combine: GroupCombine = GroupCombine::Max;
    /// CAS-14: the defect of 2019 that launches and removes instances for an empty cluster.
    cas_empty_bug: bool = false;
    /// QUO-2: services of a cluster that are not INACTIVE.
    services_per_cluster: u32 = 5000;
    /// QUO-3: container instances registered with a cluster.
    container_instances_per_cluster: u32 = 5000;
    /// QUO-4: the largest desired count of a service.
    tasks_per_service: u32 = 5000;
    /// QUO-4: the same with service discovery or Service Connect.
    tasks_per_service_with_discovery: u32 = 1000;
    /// QUO-9: on-demand Fargate launches of the account at once.
    fargate_launch_bucket: u32 = 100;
    /// QUO-9: on-demand Fargate launches of the account a second, once those are used up.
    fargate_launches_per_s: u32 = 20;
    /// QUO-10: Fargate Spot launches of the account at once.
    fargate_spot_launch_bucket: u32 = 100;
    /// QUO-10: Fargate Spot launches of the account a second, once those are used up.
    fargate_spot_launches_per_s: u32 = 20;
    /// QUO-11: on-demand Fargate vCPUs of the account in use at one time.
    fargate_vcpus: u32 = u32::MAX;
    /// QUO-11: Fargate Spot vCPUs of the account in use at one time.
    fargate_spot_vcpus: u32 = u32::MAX;
    /// QUO-12: RunTask calls for Fargate, at once and a second.
    run_task_fargate_calls_per_s: u32 = 20;
    /// QUO-13: calls about tasks and instances at once.
    cluster_calls_bucket: u32 = 100;
    /// QUO-13: such calls a second, once those are used up.
    cluster_calls_per_s: u32 = 40;
    /// QUO-14: calls about services at once.
    service_calls_bucket: u32 = 50;
    /// QUO-14: such calls a second, once those are used up.
    service_calls_per_s: u32 = 5;
    /// QUO-21: calls about task protection at once.
    task_protection_calls_bucket: u32 = 200;
    /// QUO-21: such calls a second, once those are used up.
    task_protection_calls_per_s: u32 = 80;
}

fn seconds(seconds: f64) -> Distribution {
    Distribution::constant(seconds * 1000.0).expect("a small positive constant")
}

/// DEP-5: which half of a rolling step goes first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RollingOrder {
    /// Starts and stops in the same step.
    Both,
    /// An old task is stopped when a new one is healthy in its place, as far as maximumPercent leaves head-room.
    StartFirst,
    /// No new task is started while an old one can be stopped.
    StopFirst,
}

/// LIF-21: when a task gives back what it reserved of its instance.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReleaseResourcesAt {
    /// Once it is told to stop; the agent then lets a new task wait until its host truly has room.
    DesiredStopped,
    /// Once it is STOPPED.
    LastStopped,
}

/// PLC-9: who wins among equals.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TieBreak {
    /// A draw of the task's own stream.
    SeededRandom,
    /// The instance registered first.
    LowestInstanceId,
}

/// ASG-5: who of those that the termination policies leave goes first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TerminationTieBreak {
    /// The one launched first.
    Oldest,
    /// A draw of the group's own stream.
    SeededRandom,
}

/// CAS-4h: by what the metric grows while tasks wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CasMode {
    /// By the need, between the minimum and the maximum step (CAS-4).
    Current,
    /// By the minimum step, where the group has several zones or instance types.
    LegacyMinStep,
}

/// CAS-5: how the needs of unequal waiting tasks become one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GroupCombine {
    /// The largest of them.
    Max,
    /// All of them together.
    Sum,
}

/// PLC-8: the order for standalone tasks without a strategy.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RunTaskDefault {
    /// As the API does.
    Random,
    /// Spread over Availability Zones, as the console's template does.
    SpreadZones,
}

/// Words of 64 marks.
const MARK_WORDS: usize = 2;

/// The parameters in force, and which of them were read.
#[derive(Debug, Default)]
pub struct Parameters {
    values: ParameterValues,
    read: [AtomicU64; MARK_WORDS],
}

impl Parameters {
    /// Parameters with these values, none read so far.
    #[must_use]
    pub fn new(values: ParameterValues) -> Parameters {
        Parameters { values, read: Default::default() }
    }

    /// The same with marks of its own: what one simulation reads is not marked in another.
    #[must_use]
    pub fn apart(&self) -> Parameters {
        let read = std::array::from_fn(|word| AtomicU64::new(self.read[word].load(Ordering::Relaxed)));
        Parameters { values: self.values.clone(), read }
    }

    /// The values, without marking any as read.
    #[must_use]
    pub fn values(&self) -> &ParameterValues {
        &self.values
    }

    /// The names of the parameters that were read.
    #[must_use]
    pub fn names_read(&self) -> Vec<&'static str> {
        let is_read = |i: usize| self.read[i / 64].load(Ordering::Relaxed) >> (i % 64) & 1 == 1;
        Self::NAMES.iter().enumerate().filter(|(i, _)| is_read(*i)).map(|(_, name)| *name).collect()
    }

    fn mark(&self, position: u64) {
        let (word, bit) = (&self.read[position as usize / 64], 1 << (position % 64));
        if word.load(Ordering::Relaxed) & bit == 0 {
            word.fetch_or(bit, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_read_is_listed_as_read() {
        let parameters = Parameters::default();
        assert_eq!(parameters.names_read(), Vec::<&str>::new());
        assert_eq!(*parameters.scheduler_wake(), SimDuration(1000));
        assert_eq!(parameters.names_read(), ["scheduler_wake"]);
    }

    #[test]
    fn there_is_a_mark_for_every_parameter() {
        assert!(Parameters::NAMES.len() <= 64 * MARK_WORDS);
    }
}
