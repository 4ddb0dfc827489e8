//! The values that an undocumented parameter might as well have: what `ecsim sensitivity` tries in its place.
//!
//! Where nothing narrower is known a duration, a number or a limit may be half or twice its default; a switch may be the
//! other way, a choice any other of its words. Shares and limits that cannot be halved or doubled have their range here.

use super::{ModelParameter, ParameterKind};
use crate::catalog::units::scaled;

/// Ranges that are not half to double.
const STATED: [(&str, &[&str]); 15] = [
    ("health_probe_time", &["1s"]),
    ("codedeploy_termination_wait", &["1h"]),
    ("parallel_launches", &["10"]),
    ("scale_in_batch", &["10"]),
    ("os_mem_fraction", &["0.94", "0.99"]),
    ("mi_fee_share", &["0.06", "0.18"]),
    ("fargate_spot_discount", &["0.5", "0.7"]),
    ("ec2_spot_discount", &["0.5", "0.9"]),
    ("spot_deep_share", &["0.25", "0.75"]),
    ("low_alarm_share", &["0.8", "0.95"]),
    ("first_check_spread", &["0"]),
    // A task waits 10 to 30 minutes for capacity, by AWS's own accounts.
    ("provisioning_timeout", &["10m"]),
    // Quotas of an account, known to whoever has it.
    ("fargate_vcpus", &[]),
    ("fargate_spot_vcpus", &[]),
    ("bake_time_default", &["60s", "300s"]),
];

impl ModelParameter {
    /// The values to try in place of the default, the lowest first, as a scenario writes them.
    #[must_use]
    pub fn alternatives(&self) -> Vec<String> {
        if let Some((_, stated)) = STATED.iter().find(|(name, _)| *name == self.name) {
            return stated.iter().map(|value| (*value).to_owned()).collect();
        }
        match self.kind {
            ParameterKind::Switch => vec![if self.default == "true" { "false" } else { "true" }.to_owned()],
            ParameterKind::Choice(words) => {
                words.iter().filter(|word| **word != self.default).map(|word| (*word).to_owned()).collect()
            }
            ParameterKind::Limit => self.default.parse::<u64>().map_or(Vec::new(), |limit| {
                let half = (limit > 1).then_some(limit / 2);
                half.into_iter().chain([limit * 2]).map(|limit| limit.to_string()).collect()
            }),
            _ => half_and_double(self.default),
        }
    }
}

/// `30s` gives `15s` and `60s`, `9` gives `4.5` and `18`.
fn half_and_double(text: &str) -> Vec<String> {
    let ends = text.find(|character: char| character.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(ends);
    let Some(thousandths) = scaled(number, 1000).filter(|found| *found > 0) else { return Vec::new() };
    let written = |thousandths: u64| {
        let (whole, rest) = (thousandths / 1000, thousandths % 1000);
        let fraction = format!(".{rest:03}");
        let fraction = if rest == 0 { "" } else { fraction.trim_end_matches('0') };
        format!("{whole}{fraction}{unit}")
    };
    vec![written(thousandths / 2), written(thousandths * 2)]
}

#[cfg(test)]
mod tests {
    use super::super::{find, model_parameters};
    use super::*;

    fn alternatives(name: &str) -> Vec<String> {
        find(name).unwrap().alternatives()
    }

    #[test]
    fn durations_and_numbers_are_tried_at_half_and_double() {
        assert_eq!(alternatives("lost_instance_detect"), ["30s", "120s"]);
        assert_eq!(alternatives("ec2_pull_cached"), ["150ms", "600ms"]);
        assert_eq!(alternatives("cpu_to_memory_price_ratio"), ["4.5", "18"]);
        assert_eq!(alternatives("spot_hazard_per_hour"), ["0.001", "0.004"]);
    }

    #[test]
    fn a_limit_stays_whole_and_at_least_one() {
        assert_eq!(alternatives("start_impaired_after"), ["1", "6"]); // 3 / 2 is 1
        assert_eq!(alternatives("cb_unbounded_floor"), ["2"]);
        assert!(alternatives("fargate_vcpus").is_empty());
    }

    #[test]
    fn a_switch_is_tried_the_other_way_and_a_choice_in_all_other_words() {
        assert_eq!(alternatives("count_stopping_in_max"), ["false"]);
        assert_eq!(alternatives("rolling_order"), ["start_first", "stop_first"]);
    }

    #[test]
    fn every_alternative_is_a_value_of_its_parameter_and_not_the_default() {
        for parameter in model_parameters() {
            for value in parameter.alternatives() {
                assert_ne!(value, parameter.default, "{}", parameter.name);
                let given = serde_json::from_str(&value).unwrap_or(serde_json::Value::String(value.clone()));
                assert!(
                    parameter.read(&given, super::super::read_default).is_ok(),
                    "{} = {value}",
                    parameter.name
                );
            }
        }
    }

    #[test]
    fn every_stated_range_is_of_a_parameter() {
        assert!(STATED.iter().all(|(name, _)| find(name).is_some()));
    }
}
