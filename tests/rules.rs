//! The rule book, the code and `docs/semantics.md` stay in step.
//!
//! Conventions that these tests hold:
//! - a file under `src/` that cites a rule outside its tests obeys it, and stands in the rule's column `where`;
//! - a line that cites a rule and says `not modelled` or `not yet` marks a limit and claims nothing;
//! - the places of [`NAMING_RULES_AS_DATA`] name rules without obeying them;
//! - a rule is `implemented` when such a file and a test hold it; the tests are named by hand.
//!
//! `ECSIM_BLESS=1 cargo test --test rules`, run twice, rewrites the column `where` and `docs/semantics.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use ecsim::catalog::model_parameters::{ParameterValue, find, model_parameters};
use ecsim::catalog::rules::{
    BASES, Rule, SECTIONS, State, citations, parameters, rule, rules, semantics_markdown,
};

/// Where ids are data: the list and the verb that prints it, the parameters, the stories that give a rule as the reason
/// of a step, and the shapes of requests, whose documentation says which rule a field belongs to.
const NAMING_RULES_AS_DATA: [&str; 9] = [
    "src/aws/",
    "src/catalog/model_parameters/",
    "src/catalog/rules.rs",
    "src/cli/rules.rs",
    "src/experiment/explain/",
    "src/output/story.rs",
    "src/policy/explain.rs",
    "src/policy/reconcile/look.rs",
    PARAMETERS_OF_ENGINE,
];

const PARAMETERS_OF_ENGINE: &str = "src/model/parameters.rs";

const LIMIT_WORDS: [&str; 2] = ["not modelled", "not yet"];

/// How many rules may be cited as obeyed and have no test in the list. Lower it whenever fewer are; a release
/// has none.
const BEGUN_AT_MOST: usize = 8;

/// A policy is no rule of ECS, and `ecsim rules` says so.
#[test]
fn every_policy_of_the_format_is_told_as_not_ecs() {
    let schema = ecsim::scenario::spec::scenario_schema();
    let fields = schema["$defs"]["Policies"]["properties"].as_object().expect("policies have fields");
    for name in fields.keys() {
        let path = format!("policies.{name}");
        assert!(ecsim::catalog::not_ecs::NOT_ECS.iter().any(|one| one.path.starts_with(&path)), "{path}");
    }
}

#[test]
fn the_document_is_what_the_list_says() {
    let path = root().join("docs/semantics.md");
    let expected = semantics_markdown();
    if blessing() {
        fs::write(&path, &expected).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == expected,
        "docs/semantics.md is stale: run `ECSIM_BLESS=1 cargo test --test rules` twice"
    );
}

#[test]
fn every_rule_is_listed_once_and_says_something() {
    let mut ids = BTreeSet::new();
    for rule in rules() {
        assert!(ids.insert(rule.id), "{} is listed twice", rule.id);
        assert_eq!(citations(rule.id), [(1, rule.id)], "{} is no id", rule.id);
        assert!(rule.says.ends_with('.') && rule.says.len() > 15, "{} says too little", rule.id);
        let known = |letter: &&str| BASES.iter().any(|(base, _)| base == letter);
        assert!(!rule.basis.is_empty() && rule.basis.iter().all(known), "basis of {}", rule.id);
    }
}

#[test]
fn sections_come_one_after_another_with_rising_numbers() {
    let order = |rule: &Rule| {
        let (prefix, number) = rule.id.split_once('-').unwrap();
        let section = SECTIONS.iter().position(|(known, _)| *known == prefix).unwrap();
        let digits = number.trim_end_matches(|character: char| character.is_ascii_lowercase());
        (section, digits.parse::<u32>().unwrap(), number)
    };
    assert!(rules().windows(2).all(|pair| order(&pair[0]) < order(&pair[1])));
}

#[test]
fn the_files_of_a_rule_are_those_that_cite_it() {
    let obeying = obeying();
    let path = root().join("src/catalog/rules.tsv");
    let found = fs::read_to_string(&path).unwrap();
    let line = |line: &str| {
        let mut fields: Vec<_> = line.split('\t').map(str::to_string).collect();
        if let Some(files) = rule(&fields[0]).map(|rule| obeying.get(rule.id)) {
            fields[5] = files.map(|files| files.join("; ")).unwrap_or_default();
        }
        fields.join("\t") + "\n"
    };
    let expected: String = found.lines().map(line).collect();
    if blessing() {
        fs::write(&path, &expected).unwrap();
        return;
    }
    let wrong: Vec<_> =
        found.lines().zip(expected.lines()).filter(|(found, expected)| found != expected).collect();
    let ids: Vec<_> = wrong.iter().filter_map(|(line, _)| line.split('\t').next()).collect();
    assert!(
        ids.is_empty(),
        "run `ECSIM_BLESS=1 cargo test --test rules` twice: `where` is stale for {}",
        ids.join(", ")
    );
}

#[test]
fn an_implemented_rule_is_obeyed_somewhere_and_held_by_its_tests() {
    let sources = sources(&["src", "tests"]);
    let mut wrong = Vec::new();
    for rule in in_state(State::Implemented) {
        if rule.files.is_empty() || rule.tests.is_empty() {
            wrong.push(format!("{}: no file cites it as obeyed, or it names no test", rule.id));
        }
        for &test in &rule.tests {
            let homes: Vec<_> = sources.values().filter(|text| has_test(text, test)).collect();
            if homes.is_empty() {
                wrong.push(format!("{}: there is no test `{test}`", rule.id));
            } else if !homes.iter().any(|text| cites(text, rule.id)) {
                wrong.push(format!("{}: the file of test `{test}` does not cite it", rule.id));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_rule_that_is_not_implemented_names_no_test_and_one_left_out_says_why() {
    for rule in rules().iter().filter(|rule| rule.state != State::Implemented) {
        assert!(rule.tests.is_empty(), "{} is {} and names a test", rule.id, rule.state.words());
    }
    for rule in in_state(State::NotModelled) {
        assert!(!rule.reason.is_empty(), "{} is not modelled without a reason", rule.id);
        assert!(rule.files.is_empty(), "{} is not modelled and obeyed in {:?}", rule.id, rule.files);
    }
}

#[test]
fn rules_obeyed_without_a_test_become_fewer() {
    let begun: Vec<_> = in_state(State::NotYet).filter(|rule| !rule.files.is_empty()).collect();
    let list: Vec<_> = begun.iter().map(|rule| format!("{} {}", rule.id, rule.files.join(", "))).collect();
    assert!(
        begun.len() <= BEGUN_AT_MOST,
        "{} rules are cited as obeyed and `not yet` in src/catalog/rules.tsv, {BEGUN_AT_MOST} are allowed. Name a \
         test there and set `implemented`, or say `not modelled` or `not yet` on the line:\n{}",
        begun.len(),
        list.join("\n")
    );
}

#[test]
fn every_rule_cited_anywhere_is_in_the_list() {
    let mut unknown = Vec::new();
    for (file, text) in sources(&["src", "tests", "benches", "examples"]) {
        let ids = citations(&text).into_iter().filter(|(_, id)| rule(id).is_none());
        unknown.extend(ids.map(|(line, id)| format!("{file}:{line}: {id}")));
    }
    assert!(unknown.is_empty(), "no such rule:\n{}", unknown.join("\n"));
}

#[test]
fn rules_and_model_parameters_name_each_other_with_the_same_default() {
    for parameter in model_parameters() {
        let owner = rule(parameter.rule).unwrap_or_else(|| panic!("{} has no rule", parameter.name));
        let named = owner.parameters.iter().find(|named| named.name == parameter.name);
        let default = named.map(|named| named.default);
        assert_eq!(default, Some(parameter.default), "{} in {}", parameter.name, owner.id);
    }
}

#[test]
fn an_implemented_rule_has_its_parameters_in_the_table() {
    let implemented = parameters().filter(|(rule, _)| rule.state == State::Implemented);
    let missing: Vec<_> = implemented
        .filter(|(_, named)| find(named.name).is_none())
        .map(|(rule, named)| format!("{}: {}", rule.id, named.name))
        .collect();
    assert!(missing.is_empty(), "not in src/catalog/model_parameters/table.rs: {}", missing.join(", "));
}

#[test]
fn the_engine_reads_the_parameters_of_the_table_with_the_same_defaults() {
    let engine = engine_parameters();
    for (name, rule, default) in &engine {
        let listed = find(name).unwrap_or_else(|| panic!("{name} is not in the table of model parameters"));
        let listed_default = match listed.default_value() {
            ParameterValue::Number(small) if small < 1.0 => ParameterValue::Share(small), // Rust has one word for both
            ParameterValue::Share(whole) if whole >= 1.0 => ParameterValue::Number(whole),
            other => other,
        };
        assert_eq!((listed.rule, listed_default), (*rule, default.clone()), "{name}");
    }
    let read = |name: &str| engine.iter().any(|(known, _, _)| *known == name);
    let unread: Vec<_> = model_parameters().iter().filter(|listed| !read(listed.name)).collect();
    assert!(unread.is_empty(), "the engine has no such parameters: {unread:?}");
}

#[test]
fn the_list_has_the_ids_of_the_rule_book_where_it_is_at_hand() {
    let path = root().join("../shared/reference/ecs-semantics.md");
    let Ok(book) = fs::read_to_string(&path) else {
        let mut stderr = std::io::stderr();
        writeln!(stderr, "skipped: no {}", path.display()).unwrap();
        return;
    };
    let in_book: BTreeSet<_> = citations(&book).into_iter().map(|(_, id)| id).collect();
    let listed: BTreeSet<_> = rules().iter().map(|rule| rule.id).collect();
    assert_eq!(in_book, listed);
}

/// The parameters as the engine's own list writes them: name, rule in the comment above, default.
fn engine_parameters() -> Vec<(&'static str, &'static str, ParameterValue)> {
    let text: &'static str = fs::read_to_string(root().join(PARAMETERS_OF_ENGINE)).unwrap().leak();
    let (_, list) = text.split_once("\nparameters! {\n").expect("the list of parameters");
    let (list, _) = list.split_once("\n}").expect("its end");
    let mut rule = "";
    let mut parameters = Vec::new();
    for line in list.lines() {
        if let Some((_, id)) = citations(line).first() {
            rule = id;
        } else if let Some((name, default)) =
            line.trim().strip_suffix(';').and_then(|line| line.split_once(": "))
        {
            let (_, default) = default.split_once(" = ").expect("a default");
            parameters.push((name, rule, engine_default(default)));
        }
    }
    assert!(parameters.len() > 20, "the list is not read as it is written");
    parameters
}

/// What a default written in Rust stands for.
fn engine_default(code: &str) -> ParameterValue {
    let within = |open: &str| code.strip_prefix(open).and_then(|rest| rest.strip_suffix(')'));
    if let Some(seconds) = within("SimDuration::from_secs(").or(within("seconds(")) {
        return ParameterValue::DurationMs((seconds.parse::<f64>().unwrap() * 1000.0).round() as u64);
    }
    if code == "u32::MAX" {
        return ParameterValue::Unlimited;
    }
    if let Ok(count) = code.parse::<u64>() {
        return ParameterValue::AtMost(count);
    }
    if let Ok(switch) = code.parse() {
        return ParameterValue::Switch(switch);
    }
    if let Ok(number) = code.parse::<f64>() {
        return if number < 1.0 { ParameterValue::Share(number) } else { ParameterValue::Number(number) };
    }
    let (_, variant) = code.split_once("::").unwrap_or_else(|| panic!("what default is `{code}`?"));
    let mut word = String::new();
    for letter in variant.chars() {
        if letter.is_uppercase() && !word.is_empty() {
            word.push('_');
        }
        word.extend(letter.to_lowercase());
    }
    ParameterValue::Choice(word.leak())
}

/// The files that cite each rule as obeyed.
fn obeying() -> BTreeMap<&'static str, Vec<String>> {
    let mut obeying: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
    for (file, text) in sources(&["src"]) {
        let is_data = NAMING_RULES_AS_DATA.iter().any(|place| file.starts_with(place));
        if is_data || file.ends_with("/tests.rs") || file.contains("/tests/") {
            continue;
        }
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let lines: Vec<_> = code.lines().collect();
        for (line, id) in citations(code) {
            let is_limit = LIMIT_WORDS.iter().any(|words| lines[line - 1].contains(words));
            let Some(cited) = rule(id).filter(|_| !is_limit) else { continue };
            let files = obeying.entry(cited.id).or_default();
            if files.last() != Some(&file) {
                files.push(file.clone());
            }
        }
    }
    obeying
}

fn blessing() -> bool {
    std::env::var("ECSIM_BLESS").is_ok_and(|value| value == "1")
}

fn in_state(state: State) -> impl Iterator<Item = &'static Rule> {
    rules().iter().filter(move |rule| rule.state == state)
}

fn cites(text: &str, id: &str) -> bool {
    citations(text).iter().any(|(_, cited)| *cited == id)
}

/// Whether `text` has a test function of this name, marked as a test on one of the six lines before.
fn has_test(text: &str, name: &str) -> bool {
    let lines: Vec<_> = text.lines().map(str::trim).collect();
    let head = format!("fn {name}(");
    let start = lines.iter().position(|line| line.starts_with(&head));
    start.is_some_and(|start| lines[start.saturating_sub(6)..start].contains(&"#[test]"))
}

/// Every Rust file under these folders: path from the root with `/`, and text.
fn sources(folders: &[&str]) -> BTreeMap<String, String> {
    let mut files = Vec::new();
    folders.iter().for_each(|folder| collect(&root().join(folder), &mut files));
    let relative = |path: &Path| path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
    files.iter().map(|path| (relative(path), fs::read_to_string(path).unwrap())).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
