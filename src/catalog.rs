//! Instance types, Fargate sizes, prices, the rule book and the model parameters: data with date and source.
//!
//! This layer knows nothing of the others. Its data files lie beside the code and are part of the binary;
//! `docs/prices.md` says where each number comes from.

pub mod fargate;
pub mod instance_types;
pub mod model_parameters;
pub mod rules;
pub mod units;

/// Words longer than this are not compared: nobody misspells that much, and comparing takes quadratic time.
const LONGEST_COMPARED: usize = 64;

/// The candidate closest in spelling to `word`, or `None` if none is close; of equals the first.
pub fn nearest_spelling<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > LONGEST_COMPARED {
        return None;
    }
    let word = word.to_lowercase();
    let mut best: Option<(f64, &'a str)> = None;
    for candidate in candidates {
        let score = strsim::normalized_damerau_levenshtein(&word, &candidate.to_lowercase());
        if score >= 0.6 && best.is_none_or(|(highest, _)| score > highest) {
            best = Some((score, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}
