//! The rule book: what ECS does, rule by rule, and what of it the simulator obeys.
//!
//! The data is `rules.tsv`, one rule a line. A rule is `implemented` when code obeys it and a test holds it; its
//! files are found by its citations, its tests are named by hand. `docs/semantics.md` is written from this list,
//! and `tests/rules.rs` keeps list, code and document in step.

use std::fmt::Write;
use std::sync::LazyLock;

/// One rule of Amazon ECS or of the services around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its id, such as `SVC-9`.
    pub id: &'static str,
    /// What it says, with the default values.
    pub says: &'static str,
    /// What it rests on: letters as explained in [`BASES`].
    pub basis: Vec<&'static str>,
    /// The model parameters that fill what AWS leaves open.
    pub parameters: Vec<RuleParameter>,
    /// Whether the simulator obeys it.
    pub state: State,
    /// The files, from the root of the repository, that cite it as obeyed.
    pub files: Vec<&'static str>,
    /// The tests that hold it, by function name.
    pub tests: Vec<&'static str>,
    /// Why it is not modelled, or what of it is left out; may be empty.
    pub reason: &'static str,
}

/// A model parameter as a rule names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleParameter {
    /// Its name, a key under `model:` once the rule is implemented.
    pub name: &'static str,
    /// Its default, written as in a scenario.
    pub default: &'static str,
}

/// Whether the simulator obeys a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// The code obeys it and a test holds it.
    Implemented,
    /// It stays out, for the reason given.
    NotModelled,
    /// It belongs in and is not there.
    NotYet,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Implemented, Self::NotModelled, Self::NotYet];

    /// The state in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Implemented => "implemented",
            Self::NotModelled => "not modelled",
            Self::NotYet => "not yet",
        }
    }
}

/// What the letters of a rule's basis mean.
pub const BASES: [(&str, &str); 6] = [
    ("D", "AWS documentation"),
    ("A", "the API's own model text"),
    ("C", "source code of the container agent"),
    ("T", "measured or told by third parties or maintainers"),
    ("M", "undocumented: our assumption, settable where a parameter is named"),
    ("X", "public sources contradict each other"),
];

/// The sections of the rule book: prefix of the ids and title.
pub const SECTIONS: [(&str, &str); 22] = [
    ("RES", "Resources"),
    ("LIF", "Task life cycle"),
    ("CON", "Containers"),
    ("SIZ", "Task sizes and Fargate"),
    ("PLC", "Placement on EC2"),
    ("CQL", "Cluster query language"),
    ("SVC", "Service scheduler"),
    ("AZR", "Zone rebalancing"),
    ("DEP", "Deployments"),
    ("CAP", "Capacity providers"),
    ("CAS", "Cluster auto scaling"),
    ("MI", "Managed Instances"),
    ("ASG", "Auto Scaling groups"),
    ("SPT", "Spot"),
    ("INS", "Container instances"),
    ("AAS", "Service auto scaling"),
    ("LB", "Load balancers"),
    ("QUO", "Quotas"),
    ("CST", "Costs"),
    ("LAT", "Delays"),
    ("FAIL", "Failures"),
    ("ORD", "Order within one instant"),
];

impl Rule {
    /// The section's prefix: `SVC` of `SVC-9`.
    pub fn section(&self) -> &'static str {
        self.id.split_once('-').map_or(self.id, |(prefix, _)| prefix)
    }
}

/// Every rule, in the order of the rule book.
pub fn rules() -> &'static [Rule] {
    &RULES
}

/// The rule of this id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.id == id)
}

/// Every model parameter that a rule names, with that rule.
pub fn parameters() -> impl Iterator<Item = (&'static Rule, RuleParameter)> {
    RULES.iter().flat_map(|rule| rule.parameters.iter().map(move |&parameter| (rule, parameter)))
}

/// The ids cited in `text`, each with the line (from 1) on which it stands. An id is a prefix of [`SECTIONS`],
/// a hyphen, digits and perhaps one small letter, not within a longer word: `ELB-1` cites nothing.
pub fn citations(text: &str) -> Vec<(usize, &str)> {
    let lines = text.lines().enumerate();
    lines.flat_map(|(row, line)| citations_in_line(line).into_iter().map(move |id| (row + 1, id))).collect()
}

fn citations_in_line(line: &str) -> Vec<&str> {
    let words = line.split(|character: char| !character.is_ascii_alphanumeric() && character != '-');
    words.filter_map(leading_id).collect()
}

/// The id that a word of letters, digits and hyphens begins with: `LAT-2` of `LAT-2--7`, nothing of `LB-x`.
fn leading_id(word: &str) -> Option<&str> {
    let (prefix, rest) = word.split_once('-')?;
    SECTIONS.iter().find(|(section, _)| *section == prefix)?;
    let number = rest.split('-').next()?;
    let letters = number.trim_start_matches(|character: char| character.is_ascii_digit());
    let digits = number.len() - letters.len();
    let suffix_fits =
        letters.is_empty() || (letters.len() == 1 && letters.as_bytes()[0].is_ascii_lowercase());
    (digits > 0 && suffix_fits).then(|| &word[..prefix.len() + 1 + number.len()])
}

/// The text of `docs/semantics.md`.
pub fn semantics_markdown() -> String {
    let mut page = String::from(INTRODUCTION);
    for (letter, meaning) in BASES {
        let _ = writeln!(page, "- **{letter}** {meaning}");
    }
    page.push_str("\n| section | rules | implemented | not modelled | not yet |\n|---|---|---|---|---|\n");
    for (prefix, title) in SECTIONS {
        let _ = writeln!(page, "| {title} ({prefix}) | {} |", counts(prefix));
    }
    let _ = writeln!(page, "| **all** | {} |", counts(""));
    for (prefix, title) in SECTIONS {
        let _ = write!(page, "\n## {title} ({prefix})\n\n");
        page.push_str("| id | what it says | basis | parameter | state |\n|---|---|---|---|---|\n");
        RULES.iter().filter(|rule| rule.section() == prefix).for_each(|rule| page.push_str(&row(rule)));
    }
    page
}

const INTRODUCTION: &str = "\
# What ECS does, and what of it is simulated

Written from `src/catalog/rules.tsv` by `ECSIM_BLESS=1 cargo test --test rules` (twice: the first run brings the
column `where` of that file up to date); edit that file and not this one.
`ecsim rules` prints the same list, `ecsim rules --parameters` the model parameters.

A rule that the code obeys is cited by its id where it is obeyed and where it is tested. A line of code that cites
a rule and says `not modelled` or `not yet` marks a limit instead. What is left open by AWS is a model parameter:
its default is a guess, and a scenario sets it under `model:`. A rule with files and without a test is `begun`.

What a rule rests on:

";

fn counts(prefix: &str) -> String {
    let chosen: Vec<_> = RULES.iter().filter(|rule| prefix.is_empty() || rule.section() == prefix).collect();
    let of = |state| chosen.iter().filter(|rule| rule.state == state).count().to_string();
    let mut cells = vec![chosen.len().to_string()];
    cells.extend(State::ALL.map(of));
    cells.join(" | ")
}

fn row(rule: &Rule) -> String {
    let parameters: Vec<_> =
        rule.parameters.iter().map(|named| format!("`{}` = {}", named.name, named.default)).collect();
    let code = |names: &[&str]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let mut state = match rule.state {
        State::Implemented => format!("{}, test {}", code(&rule.files), code(&rule.tests)),
        State::NotYet if !rule.files.is_empty() => format!("begun, no test yet: {}", code(&rule.files)),
        State::NotModelled | State::NotYet => rule.state.words().to_string(),
    };
    if !rule.reason.is_empty() {
        let _ = write!(state, ": {}", rule.reason);
    }
    let cells = [rule.id, rule.says, &rule.basis.join(" "), &parameters.join("; "), &state];
    format!("| {} |\n", cells.map(|cell| cell.replace('|', "\\|")).join(" | "))
}

const DATA: &str = include_str!("rules.tsv");

static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    let lines = DATA.lines().skip(1);
    lines.map(|line| parse(line).unwrap_or_else(|| panic!("rules.tsv has a bad line: {line}"))).collect()
});

fn parse(line: &'static str) -> Option<Rule> {
    let fields: [&'static str; 8] = line.split('\t').collect::<Vec<_>>().try_into().ok()?;
    let [id, says, basis, parameters, state, files, tests, reason] = fields;
    Some(Rule {
        id,
        says,
        basis: basis.split(' ').collect(),
        parameters: list(parameters).map(parse_parameter).collect::<Option<_>>()?,
        state: State::ALL.into_iter().find(|known| known.words() == state)?,
        files: list(files).collect(),
        tests: list(tests).collect(),
        reason,
    })
}

fn parse_parameter(text: &'static str) -> Option<RuleParameter> {
    let (name, default) = text.split_once('=')?;
    Some(RuleParameter { name, default })
}

fn list(cell: &'static str) -> impl Iterator<Item = &'static str> {
    cell.split("; ").filter(|item| !item.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_found_by_its_id() {
        let retry = rule("SVC-9").unwrap();
        assert_eq!(retry.section(), "SVC");
        assert_eq!(retry.parameters[2], RuleParameter { name: "place_retry_slow", default: "300s" });
        assert!(rule("CAS-4h").is_some());
        assert!(rule("svc-9").is_none());
    }

    #[test]
    fn citations_are_whole_ids_of_known_sections() {
        let text = "// see LAT-2..7 and (CAS-4h)\nELB-1, m5-MI-2x, LB-, XYZ-3, SVC-9's, PLC-16/17";
        assert_eq!(citations(text), [(1, "LAT-2"), (1, "CAS-4h"), (2, "SVC-9"), (2, "PLC-16")]);
    }

    #[test]
    fn a_bar_in_a_rule_does_not_break_its_table() {
        let mut odd = rule("CQL-1").unwrap().clone();
        odd.says = "a || b";
        assert!(row(&odd).starts_with("| CQL-1 | a \\|\\| b | D M |  |"), "{}", row(&odd));
    }
}
