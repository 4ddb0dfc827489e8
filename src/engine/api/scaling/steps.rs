//! The steps of a step scaling policy: together they leave no gap and no overlap (AAS-13).

use super::VALIDATION;
use crate::aws::application_auto_scaling::{self as aws, StepScalingConfiguration};
use crate::engine::api::ApiError;
use crate::kernel::time::SimDuration;
use crate::model::scaling::{AdjustmentType, Step, StepScaling};

const FIELD: &str = "StepScalingPolicyConfiguration";

pub(super) fn read(input: &StepScalingConfiguration) -> Result<StepScaling, ApiError> {
    let refuse =
        |name: &str, message: String| Err(ApiError::new(VALIDATION, format!("{FIELD}.{name}"), message));
    let Some(adjustment) = input.adjustment_type else {
        return refuse(
            "AdjustmentType",
            "what the numbers of the steps mean must be said (AAS-14)".to_owned(),
        );
    };
    let millionths = |bound: f64| (bound * 1e6 + if bound < 0.0 { -0.5 } else { 0.5 }) as i64;
    let mut steps: Vec<Step> = input
        .step_adjustments
        .iter()
        .map(|step| Step {
            lower: step.metric_interval_lower_bound.map(millionths),
            upper: step.metric_interval_upper_bound.map(millionths),
            adjustment: step.scaling_adjustment,
        })
        .collect();
    if steps.is_empty() {
        return refuse("StepAdjustments", "a step scaling policy needs a step (AAS-13)".to_owned());
    }
    steps.sort_by_key(|step| step.lower.unwrap_or(i64::MIN));
    for step in &steps {
        if let (Some(lower), Some(upper)) = (step.lower, step.upper)
            && lower >= upper
        {
            let message =
                format!("a step from {} up to {} holds nothing (AAS-13)", shown(lower), shown(upper));
            return refuse("StepAdjustments", message);
        }
        let exact = adjustment == aws::AdjustmentType::ExactCapacity;
        if exact && step.adjustment < 0 {
            let message = format!("ExactCapacity {} found; a service has at least 0 tasks", step.adjustment);
            return refuse("StepAdjustments", message);
        }
    }
    for pair in steps.windows(2) {
        match (pair[0].upper, pair[1].lower) {
            (Some(upper), Some(lower)) if upper == lower => {}
            (Some(upper), Some(lower)) if upper < lower => {
                let message =
                    format!("between {} and {} there is no step (AAS-13)", shown(upper), shown(lower));
                return refuse("StepAdjustments", message);
            }
            _ => return refuse("StepAdjustments", "two steps hold the same values (AAS-13)".to_owned()),
        }
    }
    Ok(StepScaling {
        adjustment: match adjustment {
            aws::AdjustmentType::ChangeInCapacity => AdjustmentType::ChangeInCapacity,
            aws::AdjustmentType::ExactCapacity => AdjustmentType::ExactCapacity,
            aws::AdjustmentType::PercentChangeInCapacity => AdjustmentType::PercentChangeInCapacity,
        },
        steps,
        min_magnitude: input.min_adjustment_magnitude.unwrap_or(0),
        cooldown: SimDuration::from_secs(u64::from(input.cooldown.unwrap_or(300))),
    })
}

fn shown(millionths: i64) -> f64 {
    millionths as f64 / 1e6
}
