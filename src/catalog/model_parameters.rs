//! The model parameters: what AWS does not document and the simulator therefore has to assume.
//!
//! One table drives the `model:` section of a scenario, `ecsim rules --parameters`, the manifest and
//! `docs/semantics.md`. A parameter has the name of the rule book, a default that is a guess, and the rule it
//! belongs to. Only parameters that the engine reads are listed.

mod range;
mod table;

use std::sync::LazyLock;

use serde_json::Value;

use super::units;
use table::PARAMETERS;

/// Largest number of a scenario that has no unit and no range of its own: 2^53, below which every whole number is exact
/// as a float.
pub const MAX_NUMBER: u64 = 1 << 53;

/// One undocumented quantity or choice, settable under `model:`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModelParameter {
    /// Its key under `model:`.
    pub name: &'static str,
    /// What values it takes.
    pub kind: ParameterKind,
    /// Its default, written as in a scenario.
    pub default: &'static str,
    /// The rule whose gap it fills.
    pub rule: &'static str,
    /// What it means, in one sentence.
    pub says: &'static str,
}

/// What values a model parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterKind {
    /// A duration with its unit.
    Duration,
    /// A duration, or a distribution of durations drawn anew each time.
    DurationDistribution,
    /// A share from 0 to 1.
    Share,
    /// A number above 0 and at most [`MAX_NUMBER`], in the unit that the name ends with.
    Number,
    /// A whole number of at least 1, or `unlimited`.
    Limit,
    /// `true` or `false`.
    Switch,
    /// One of these words.
    Choice(&'static [&'static str]),
}

/// A checked value of a model parameter.
#[derive(Debug, Clone, PartialEq)]
pub enum ParameterValue {
    /// Milliseconds.
    DurationMs(u64),
    /// A distribution of durations as the scenario writes it, not yet read.
    Distribution(Value),
    /// A share from 0 to 1.
    Share(f64),
    /// A number above 0.
    Number(f64),
    /// At most so many.
    AtMost(u64),
    /// No limit.
    Unlimited,
    /// On or off.
    Switch(bool),
    /// The chosen word, one of those that the kind lists.
    Choice(&'static str),
}

/// Reads a duration with its unit as milliseconds, or says what is wrong with it.
pub type DurationReader = fn(&str) -> Result<u64, String>;

/// Every model parameter, in the order of the rule book.
pub fn model_parameters() -> &'static [ModelParameter] {
    PARAMETERS
}

/// The parameter of this name.
pub fn find(name: &str) -> Option<&'static ModelParameter> {
    PARAMETERS.iter().find(|parameter| parameter.name == name)
}

/// The parameter name closest in spelling to `name`, or `None` if none is close.
pub fn nearest(name: &str) -> Option<&'static str> {
    super::nearest_spelling(name, PARAMETERS.iter().map(|parameter| parameter.name))
}

impl ModelParameter {
    /// The value that `given`, from a scenario's `model:` section, stands for. Durations are read by
    /// `read_duration`, so that they are written here as everywhere else in the scenario.
    ///
    /// # Errors
    /// A sentence that says what was expected and what was found.
    pub fn read(&self, given: &Value, read_duration: DurationReader) -> Result<ParameterValue, String> {
        let text = match given {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        if let (Some(text), ParameterKind::Duration | ParameterKind::DurationDistribution) = (text, self.kind)
        {
            let duration = read_duration(&text).map(ParameterValue::DurationMs);
            return duration.map_err(|why| format!("`{}`: {why}", self.name));
        }
        self.kind.read(given).ok_or_else(|| {
            let hint = self.kind.nearest_word(given).map(|word| format!("; did you mean `{word}`?"));
            let expected = self.kind.expects();
            format!("`{}` expects {expected}, found {given}{}", self.name, hint.unwrap_or_default())
        })
    }

    /// The default as a value.
    pub fn default_value(&self) -> ParameterValue {
        let row = PARAMETERS.iter().position(|parameter| parameter.name == self.name);
        row.map(|row| DEFAULTS[row].clone()).unwrap_or_else(|| panic!("{} is not in the table", self.name))
    }
}

static DEFAULTS: LazyLock<Vec<ParameterValue>> = LazyLock::new(|| {
    let read = |parameter: &ModelParameter| {
        let text = parameter.default;
        let value = serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_string()));
        parameter
            .read(&value, read_default)
            .unwrap_or_else(|problem| panic!("default of the table: {problem}"))
    };
    PARAMETERS.iter().map(read).collect()
});

fn read_default(text: &str) -> Result<u64, String> {
    units::duration_ms(text).ok_or_else(|| format!("{text} is no duration"))
}

impl ParameterKind {
    /// What a value looks like, for messages: "a duration such as `90s`".
    pub fn expects(self) -> String {
        match self {
            Self::Duration => "a duration such as `90s`".to_string(),
            Self::DurationDistribution => {
                "a duration such as `5s` or a distribution such as `{ uniform: [3s, 10s] }`".to_string()
            }
            Self::Share => "a share from 0 to 1".to_string(),
            Self::Number => "a number above 0 and at most 2^53".to_string(),
            Self::Limit => "a whole number of at least 1, or `unlimited`".to_string(),
            Self::Switch => "`true` or `false`".to_string(),
            Self::Choice(words) => format!("one of `{}`", words.join("`, `")),
        }
    }

    /// The kind in one word, for tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Duration => "duration",
            Self::DurationDistribution => "distribution",
            Self::Share => "share",
            Self::Number => "number",
            Self::Limit => "limit",
            Self::Switch => "switch",
            Self::Choice(_) => "choice",
        }
    }

    fn nearest_word(self, given: &Value) -> Option<&'static str> {
        match self {
            Self::Choice(words) => super::nearest_spelling(given.as_str()?, words.iter().copied()),
            _ => None,
        }
    }

    /// The value of everything but a duration, which [`ModelParameter::read`] reads.
    fn read(self, given: &Value) -> Option<ParameterValue> {
        match self {
            Self::Duration => None,
            Self::DurationDistribution => {
                given.is_object().then(|| ParameterValue::Distribution(given.clone()))
            }
            Self::Share => {
                let share = given.as_f64().filter(|share| (0.0..=1.0).contains(share));
                share.map(ParameterValue::Share)
            }
            Self::Number => {
                let number = given.as_f64().filter(|number| *number > 0.0 && *number <= MAX_NUMBER as f64);
                number.map(ParameterValue::Number)
            }
            Self::Limit if given == "unlimited" => Some(ParameterValue::Unlimited),
            Self::Limit => given.as_u64().filter(|&limit| limit >= 1).map(ParameterValue::AtMost),
            Self::Switch => given.as_bool().map(ParameterValue::Switch),
            Self::Choice(words) => {
                words.iter().find(|&&word| given == word).map(|&word| ParameterValue::Choice(word))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(name: &str, given: Value) -> Result<ParameterValue, String> {
        find(name).unwrap().read(&given, read_default)
    }

    #[test]
    fn every_default_is_a_value_of_its_kind_and_every_name_is_listed_once() {
        let mut names = std::collections::BTreeSet::new();
        for parameter in model_parameters() {
            parameter.default_value();
            assert!(names.insert(parameter.name), "{} is listed twice", parameter.name);
        }
        assert_eq!(find("os_mem_fraction").unwrap().default_value(), ParameterValue::Share(0.97));
        assert_eq!(find("place_retry_slow").unwrap().default_value(), ParameterValue::DurationMs(300_000));
        assert_eq!(find("ec2_pull_mb_per_s").unwrap().default_value(), ParameterValue::Number(40.0));
    }

    #[test]
    fn a_latency_is_a_duration_or_a_distribution() {
        assert_eq!(read("eni_attach", json!("7s")), Ok(ParameterValue::DurationMs(7_000)));
        let law = json!({ "uniform": ["3s", "10s"] });
        assert_eq!(read("eni_attach", law.clone()), Ok(ParameterValue::Distribution(law)));
        assert!(read("place_retry_fast", json!({ "uniform": ["3s", "10s"] })).is_err(), "a plain duration");
    }

    #[test]
    fn a_value_of_the_wrong_kind_is_answered_with_what_is_expected() {
        let of_duration = read("scheduler_wake", json!(5)).unwrap_err();
        assert_eq!(
            of_duration, "`scheduler_wake`: 5 is no duration",
            "as the scenario's reader of durations says"
        );
        let of_list = read("scheduler_wake", json!(["5s"])).unwrap_err();
        assert_eq!(of_list, "`scheduler_wake` expects a duration such as `90s`, found [\"5s\"]");
        assert!(read("os_mem_fraction", json!(1.01)).is_err());
        assert!(read("parallel_launches", json!(0)).is_err());
        assert!(read("count_stopping_in_max", json!("yes")).is_err());
        assert!(read("ec2_pull_mb_per_s", json!(0)).is_err());
    }

    #[test]
    fn a_misspelt_word_or_name_finds_its_neighbour() {
        let answer = read("rolling_order", json!("start-first")).unwrap_err();
        assert!(answer.ends_with("found \"start-first\"; did you mean `start_first`?"), "{answer}");
        assert_eq!(nearest("os_memory_fraction"), Some("os_mem_fraction"));
    }

    #[test]
    fn a_limit_is_a_number_or_unlimited() {
        assert_eq!(read("parallel_launches", json!("unlimited")), Ok(ParameterValue::Unlimited));
        assert_eq!(read("parallel_launches", json!(2)), Ok(ParameterValue::AtMost(2)));
    }
}
