//! `model:` overrides of the undocumented parameters.

use super::{Builder, shown};
use crate::catalog::model_parameters::{ParameterValue, find, nearest};
use crate::kernel::dist::Distribution;
use crate::kernel::time::SimDuration;
use crate::model::parameters::{
    CasMode, GroupCombine, ParameterValues, ReleaseResourcesAt, RollingOrder, RunTaskDefault,
    TerminationTieBreak, TieBreak,
};
use crate::scenario::distribution_spec::DurationDistribution;
use crate::scenario::units::parse_duration_ms;

impl Builder<'_> {
    pub(super) fn parameters(&mut self) -> ParameterValues {
        let mut values = ParameterValues::default();
        for (name, given) in &self.scenario.model.0 {
            let path = format!("model.{}", super::quoted(name));
            let Some(parameter) = find(name) else {
                let hint = nearest(name).map(|near| format!("; did you mean {near:?}?")).unwrap_or_default();
                let message = format!(
                    "there is no model parameter {name:?}{hint} (`ecsim rules --parameters` lists them)"
                );
                self.error(&path, message);
                continue;
            };
            match parameter.read(given, parse_duration_ms) {
                Err(message) => self.error(&path, message),
                Ok(value) => {
                    if !self.set(&mut values, name, &path, &value) {
                        self.error(
                            &path,
                            format!("{name} is not read by this version (found {})", shown(given)),
                        );
                    }
                }
            }
        }
        values
    }

    /// Puts a value in its place; whether there is one.
    fn set(&mut self, values: &mut ParameterValues, name: &str, path: &str, value: &ParameterValue) -> bool {
        match value {
            ParameterValue::DurationMs(ms) => {
                let duration = SimDuration(*ms);
                let place = match name {
                    "scheduler_wake" => &mut values.scheduler_wake,
                    "place_retry_fast" => &mut values.place_retry_fast,
                    "place_fast_window" => &mut values.place_fast_window,
                    "az_rebalance_check" => &mut values.az_rebalance_check,
                    "place_retry_slow" => &mut values.place_retry_slow,
                    "no_check_healthy_delay" => &mut values.no_check_healthy_delay,
                    "bake_time_default" => &mut values.bake_time_default,
                    "codedeploy_termination_wait" => &mut values.codedeploy_termination_wait,
                    "hook_poll" => &mut values.hook_poll,
                    "metric_lag" => &mut values.metric_lag,
                    "target_registration" => &mut values.target_registration,
                    "connection_drain" => &mut values.connection_drain,
                    "lost_instance_detect" => &mut values.lost_instance_detect,
                    "stopped_task_retention" => &mut values.stopped_task_retention,
                    "stop_timeout" => &mut values.stop_timeout,
                    "start_delay_first" => &mut values.start_delay_first,
                    "start_delay_limit" => &mut values.start_delay_limit,
                    "health_probe_time" => &mut values.health_probe_time,
                    "asg_health_check" => &mut values.asg_health_check,
                    "spot_notice_poll" => &mut values.spot_notice_poll,
                    "ice_retry" => &mut values.ice_retry,
                    "provisioning_timeout" => &mut values.provisioning_timeout,
                    _ => return set_latency(values, name, constant(*ms)),
                };
                *place = duration;
            }
            ParameterValue::Distribution(written) => {
                match serde_json::from_value::<DurationDistribution>(written.clone()) {
                    Ok(spec) => {
                        let law = self.law(path, &spec);
                        return set_latency(values, name, law);
                    }
                    Err(error) => self.error(path, error.to_string()),
                }
            }
            ParameterValue::Share(number) | ParameterValue::Number(number) => {
                let place = match name {
                    "fargate_pull_mb_per_s" => &mut values.fargate_pull_mb_per_s,
                    "ec2_pull_mb_per_s" => &mut values.ec2_pull_mb_per_s,
                    "default_image_size_mb" => &mut values.default_image_size_mb,
                    "low_alarm_share" => &mut values.low_alarm_share,
                    "first_check_spread" => &mut values.first_check_spread,
                    "os_mem_fraction" => &mut values.os_mem_fraction,
                    "mi_fee_share" => &mut values.mi_fee_share,
                    "fargate_spot_discount" => &mut values.fargate_spot_discount,
                    "spot_hazard_per_hour" => &mut values.spot_hazard_per_hour,
                    "spot_deep_share" => &mut values.spot_deep_share,
                    "ec2_spot_discount" => &mut values.ec2_spot_discount,
                    "cpu_to_memory_price_ratio" => &mut values.cpu_to_memory_price_ratio,
                    _ => return false,
                };
                *place = *number;
            }
            ParameterValue::Switch(on) => match name {
                "count_stopping_in_max" => values.count_stopping_in_max = *on,
                "cb_counts_exit_after_running" => values.cb_counts_exit_after_running = *on,
                "drain_finishes_early" => values.drain_finishes_early = *on,
                "cas_empty_bug" => values.cas_empty_bug = *on,
                _ => return false,
            },
            ParameterValue::AtMost(_) | ParameterValue::Unlimited => {
                let place = match name {
                    "parallel_launches" => &mut values.parallel_launches,
                    "scale_in_batch" => &mut values.scale_in_batch,
                    "service_launch_bucket" => &mut values.service_launch_bucket,
                    "start_impaired_after" => &mut values.start_impaired_after,
                    "high_n" => &mut values.high_n,
                    "low_n" => &mut values.low_n,
                    "cb_unbounded_floor" => &mut values.cb_unbounded_floor,
                    "provisioning_limit" => &mut values.provisioning_limit,
                    _ => match quota(values, name) {
                        Some(place) => place,
                        None => return false,
                    },
                };
                *place = match value {
                    ParameterValue::AtMost(number) => u32::try_from(*number).unwrap_or(u32::MAX),
                    _ => u32::MAX,
                };
            }
            ParameterValue::Choice(word) => match (name, *word) {
                ("rolling_order", "both") => values.rolling_order = RollingOrder::Both,
                ("rolling_order", "start_first") => values.rolling_order = RollingOrder::StartFirst,
                ("rolling_order", "stop_first") => values.rolling_order = RollingOrder::StopFirst,
                ("termination_tie_break", "oldest") => {
                    values.termination_tie_break = TerminationTieBreak::Oldest;
                }
                ("termination_tie_break", "seeded_random") => {
                    values.termination_tie_break = TerminationTieBreak::SeededRandom;
                }
                ("tie_break", "seeded_random") => values.tie_break = TieBreak::SeededRandom,
                ("tie_break", "lowest_instance_id") => values.tie_break = TieBreak::LowestInstanceId,
                ("release_resources_at", "last_stopped") => {
                    values.release_resources_at = ReleaseResourcesAt::LastStopped;
                }
                ("release_resources_at", _) => {
                    values.release_resources_at = ReleaseResourcesAt::DesiredStopped;
                }
                ("cas_mode", "current") => values.cas_mode = CasMode::Current,
                ("cas_mode", _) => values.cas_mode = CasMode::LegacyMinStep,
                ("group_combine", "max") => values.group_combine = GroupCombine::Max,
                ("group_combine", _) => values.group_combine = GroupCombine::Sum,
                ("runtask_default", "random") => values.runtask_default = RunTaskDefault::Random,
                ("runtask_default", _) => values.runtask_default = RunTaskDefault::SpreadZones,
                _ => return false,
            },
        }
        true
    }
}

/// The place of a quota (QUO).
fn quota<'v>(values: &'v mut ParameterValues, name: &str) -> Option<&'v mut u32> {
    Some(match name {
        "services_per_cluster" => &mut values.services_per_cluster,
        "container_instances_per_cluster" => &mut values.container_instances_per_cluster,
        "tasks_per_service" => &mut values.tasks_per_service,
        "tasks_per_service_with_discovery" => &mut values.tasks_per_service_with_discovery,
        "fargate_launch_bucket" => &mut values.fargate_launch_bucket,
        "fargate_launches_per_s" => &mut values.fargate_launches_per_s,
        "fargate_spot_launch_bucket" => &mut values.fargate_spot_launch_bucket,
        "fargate_spot_launches_per_s" => &mut values.fargate_spot_launches_per_s,
        "fargate_vcpus" => &mut values.fargate_vcpus,
        "fargate_spot_vcpus" => &mut values.fargate_spot_vcpus,
        "run_task_fargate_calls_per_s" => &mut values.run_task_fargate_calls_per_s,
        "cluster_calls_bucket" => &mut values.cluster_calls_bucket,
        "cluster_calls_per_s" => &mut values.cluster_calls_per_s,
        "service_calls_bucket" => &mut values.service_calls_bucket,
        "service_calls_per_s" => &mut values.service_calls_per_s,
        "task_protection_calls_bucket" => &mut values.task_protection_calls_bucket,
        "task_protection_calls_per_s" => &mut values.task_protection_calls_per_s,
        _ => return None,
    })
}

/// Puts the law of a latency in its place; whether there is one.
fn set_latency(values: &mut ParameterValues, name: &str, law: Distribution) -> bool {
    let place = match name {
        "eni_attach" => &mut values.eni_attach,
        "trunk_attach" => &mut values.trunk_attach,
        "instance_boot" => &mut values.instance_boot,
        "agent_registration" => &mut values.agent_registration,
        "warm_pool_start" => &mut values.warm_pool_start,
        "mi_launch_delay" => &mut values.mi_launch_delay,
        "instance_terminate" => &mut values.instance_terminate,
        "fargate_provisioning" => &mut values.fargate_provisioning,
        "fargate_pull_base" => &mut values.fargate_pull_base,
        "ec2_pull_base" => &mut values.ec2_pull_base,
        "ec2_pull_cached" => &mut values.ec2_pull_cached,
        "container_start" => &mut values.container_start,
        "soci_pull" => &mut values.soci_pull,
        "awaited_container_runs" => &mut values.awaited_container_runs,
        "agent_dispatch" => &mut values.agent_dispatch,
        "exit_after_signal" => &mut values.exit_after_signal,
        "deprovisioning" => &mut values.deprovisioning,
        _ => return false,
    };
    *place = law;
    true
}

fn constant(ms: u64) -> Distribution {
    Distribution::constant(ms as f64).expect("milliseconds are finite and not negative")
}
