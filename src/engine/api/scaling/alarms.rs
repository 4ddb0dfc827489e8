//! PutMetricAlarm over a metric of a service: for step scaling (AAS-13) and for deployments (DEP-25).

use super::{VALIDATION, service_of};
use crate::aws::application_auto_scaling::{ComparisonOperator, MissingData, PutMetricAlarm};
use crate::engine::api::{ApiError, last_segment};
use crate::model::scaling::{Comparison, MetricAlarm, ScalingMetric};
use crate::model::{Change, Cluster};

/// What PutMetricAlarm makes true.
///
/// # Errors
/// The exception CloudWatch would raise; `NotModelled` for other metrics and periods than a minute.
pub fn put(cluster: &Cluster, input: &PutMetricAlarm) -> Result<Vec<Change>, ApiError> {
    if input.alarm_name.is_empty() {
        return Err(ApiError::new(VALIDATION, "AlarmName", "an alarm needs a name"));
    }
    let named = input.dimensions.iter().flatten().find(|dimension| dimension.name == "ServiceName");
    let Some(named) = named else {
        let message = "the dimension ServiceName says whose metric it is";
        return Err(ApiError::new(VALIDATION, "Dimensions", message));
    };
    let (service, found) = service_of(cluster, &named.value)
        .map_err(|error| ApiError { field: "Dimensions".to_owned(), ..error })?;
    let metric = match input.metric_name.as_deref() {
        Some("CPUUtilization") => ScalingMetric::CpuUtilization,
        Some("MemoryUtilization") => ScalingMetric::MemoryUtilization,
        Some("RequestCountPerTarget") => ScalingMetric::RequestCountPerTarget,
        Some("HTTPCode_Target_5XX_Count") => ScalingMetric::TargetErrors,
        Some(_) => {
            return Err(ApiError::not_modelled(
                "MetricName",
                "a metric other than CPUUtilization, MemoryUtilization, RequestCountPerTarget and HTTPCode_Target_5XX_Count",
            ));
        }
        None => {
            return Err(ApiError::new(VALIDATION, "MetricName", "an alarm without a metric watches nothing"));
        }
    };
    if input.period.is_some_and(|seconds| seconds != 60) {
        return Err(ApiError::not_modelled("Period", "a period other than 60 seconds"));
    }
    let Some(threshold) = input.threshold.filter(|threshold| (0.0..=1e9).contains(threshold)) else {
        return Err(ApiError::new(VALIDATION, "Threshold", "a threshold from 0 to 1000000000 is needed"));
    };
    let periods = input.evaluation_periods;
    let datapoints = input.datapoints_to_alarm.unwrap_or(periods);
    if !(1..=60).contains(&periods) {
        let message = format!("{periods} found; an alarm looks at 1 to 60 minutes here");
        return Err(ApiError::new(VALIDATION, "EvaluationPeriods", message));
    }
    if datapoints == 0 || datapoints > periods {
        let message = format!("{datapoints} of {periods} found; it is 1 to EvaluationPeriods");
        return Err(ApiError::new(VALIDATION, "DatapointsToAlarm", message));
    }
    let mut policies = Vec::new();
    for (index, action) in input.alarm_actions.iter().flatten().enumerate() {
        // arn:aws:autoscaling:…:scalingPolicy:…:resource/ecs/service/shop/web:policyName/out
        let name = last_segment(action);
        let known =
            found.scaling.iter().flat_map(|target| &target.policies).any(|policy| policy.name == name);
        if !known {
            let message =
                format!("{:?} has no scaling policy {name:?}: PutScalingPolicy comes first", found.name);
            return Err(ApiError::new(VALIDATION, format!("AlarmActions[{index}]"), message));
        }
        policies.push(name.to_owned());
    }
    let alarm = MetricAlarm {
        name: input.alarm_name.clone(),
        metric,
        threshold_millionths: (threshold * 1e6 + 0.5) as u64,
        comparison: match input.comparison_operator {
            ComparisonOperator::GreaterThanOrEqualToThreshold => Comparison::GreaterThanOrEqualToThreshold,
            ComparisonOperator::GreaterThanThreshold => Comparison::GreaterThanThreshold,
            ComparisonOperator::LessThanThreshold => Comparison::LessThanThreshold,
            ComparisonOperator::LessThanOrEqualToThreshold => Comparison::LessThanOrEqualToThreshold,
        },
        datapoints,
        periods,
        missing_breaches: match input.treat_missing_data {
            Some(MissingData::Breaching) => Some(true),
            Some(MissingData::Ignore) => None,
            // AAS-10: without data nothing is scaled.
            Some(MissingData::NotBreaching | MissingData::Missing) | None => Some(false),
        },
        policies,
        breaches: 0,
    };
    Ok(vec![Change::MetricAlarmPut { service, alarm: Box::new(alarm) }])
}
