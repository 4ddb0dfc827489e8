//! "Did you mean …": the known word that a misspelt one most likely stands for.

/// Words longer than this are not compared: nobody misspells that much, and comparing takes quadratic time.
const LONGEST_COMPARED: usize = 64;

/// The candidate nearest to `word`, if one is near enough to be meant. Case, `_` and `-` count for nothing.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.chars().count() > LONGEST_COMPARED {
        return None;
    }
    let plain = folded(word);
    let allowed = (plain.chars().count() / 3).clamp(1, 4);
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates.into_iter().filter(|candidate| candidate.len() <= LONGEST_COMPARED) {
        let distance = strsim::damerau_levenshtein(&plain, &folded(candidate));
        // A word of one or two letters is near to every other such word.
        let near = distance <= allowed && distance < candidate.chars().count();
        if near && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

fn folded(word: &str) -> String {
    word.chars().filter(|letter| !matches!(letter, '_' | '-')).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: [&str; 4] = ["desiredCount", "serviceName", "taskDefinition", "mean"];

    #[test]
    fn swapped_letters_find_their_word() {
        assert_eq!(nearest("desierdCount", KEYS), Some("desiredCount"));
    }

    #[test]
    fn case_and_underscores_do_not_matter() {
        assert_eq!(nearest("desired_count", KEYS), Some("desiredCount"));
        assert_eq!(nearest("TaskDefinition", KEYS), Some("taskDefinition"));
    }

    #[test]
    fn a_far_word_finds_nothing() {
        assert_eq!(nearest("colour", KEYS), None);
        assert_eq!(nearest("xyzw", KEYS), None);
    }

    #[test]
    fn a_giant_word_is_not_compared() {
        assert_eq!(nearest(&"d".repeat(1_000_000), KEYS), None);
    }
}
