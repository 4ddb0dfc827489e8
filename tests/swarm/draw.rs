//! The draws of a generator: one stream from one seed, and values as a scenario writes them.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde_json::{Value, json};

/// A stream of draws.
pub struct Draw(ChaCha8Rng);

impl Draw {
    pub fn new(seed: u64) -> Draw {
        Draw(ChaCha8Rng::seed_from_u64(seed))
    }

    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A whole number from `low` to `high`, both included.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.bits() % (high - low + 1)
    }

    /// Whether something of so many percent is the case.
    pub fn percent(&mut self, percent: u64) -> bool {
        self.bits() % 100 < percent
    }

    pub fn one_of<T: Clone>(&mut self, choices: &[T]) -> T {
        let last = choices.len() as u64 - 1;
        choices[self.between(0, last) as usize].clone()
    }

    /// A time of the magnitude of `seconds`, as a value or a distribution of any kind.
    pub fn time(&mut self, seconds: u64) -> Value {
        let text = |seconds: u64| format!("{seconds}s");
        let (mean, more) = (text(seconds), text(seconds * 2 + 1));
        match self.between(0, 11) {
            _ if seconds == 0 => json!("0s"),
            0..=2 => json!(mean),
            3..=5 => json!({ "exponential": { "mean": mean } }),
            6 => json!({ "uniform": [text(seconds / 2), more] }),
            7 => json!({ "lognormal": { "median": mean, "p95": more } }),
            8 => json!({ "weibull": { "shape": 1.5, "scale": mean } }),
            9 => json!({ "gamma": { "shape": 2, "mean": mean } }),
            10 => json!({ "choice": [{ "value": mean, "weight": 3 }, { "value": more, "weight": 1 }] }),
            _ => json!({ "mixture": [
                { "weight": 4, "of": mean },
                { "weight": 1, "of": { "exponential": { "mean": more } } },
            ] }),
        }
    }
}
