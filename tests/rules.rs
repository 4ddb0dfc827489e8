//! The rule book, the code and `docs/semantics.md` stay in step.
//!
//! Conventions that these tests hold:
//! - a file under `src/` that cites a rule obeys it, so that rule is `implemented`;
//! - a line that cites a rule and says `not modelled` or `not yet` marks a limit and claims nothing;
//! - the files of [`NAMING_RULES_AS_DATA`] list rules without obeying them.
//!
//! `ECSIM_BLESS=1 cargo test --test rules` rewrites `docs/semantics.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use ecsim::catalog::model_parameters::{find, model_parameters};
use ecsim::catalog::rules::{
    BASES, Rule, SECTIONS, State, citations, parameters, rule, rules, semantics_markdown,
};

/// Files in which ids are data: the list itself, the parameter table, the verb that prints both.
const NAMING_RULES_AS_DATA: [&str; 3] =
    ["src/catalog/rules.rs", "src/catalog/model_parameters/table.rs", "src/cli/rules.rs"];

const LIMIT_WORDS: [&str; 2] = ["not modelled", "not yet"];

#[test]
fn the_document_is_what_the_list_says() {
    let path = root().join("docs/semantics.md");
    let expected = semantics_markdown();
    if std::env::var("ECSIM_BLESS").is_ok_and(|value| value == "1") {
        fs::write(&path, &expected).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(found == expected, "docs/semantics.md is stale: run `ECSIM_BLESS=1 cargo test --test rules`");
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
fn an_implemented_rule_stands_in_its_files_and_in_a_test() {
    let sources = sources(&["src", "tests"]);
    let mut wrong = Vec::new();
    for rule in in_state(State::Implemented) {
        if rule.files.is_empty() || rule.tests.is_empty() {
            wrong.push(format!("{} names no file or no test", rule.id));
        }
        for &file in &rule.files {
            match sources.get(file).map(|text| cites(text, rule.id)) {
                None => wrong.push(format!("{}: {file} does not exist", rule.id)),
                Some(false) => wrong.push(format!("{}: {file} does not cite it", rule.id)),
                Some(true) => {}
            }
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
fn a_rule_that_is_not_implemented_claims_no_code() {
    for rule in rules().iter().filter(|rule| rule.state != State::Implemented) {
        assert!(rule.files.is_empty() && rule.tests.is_empty(), "{} is {}", rule.id, rule.state.words());
    }
    for rule in in_state(State::NotModelled) {
        assert!(!rule.reason.is_empty(), "{} is not modelled without a reason", rule.id);
    }
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
fn a_rule_that_code_cites_as_obeyed_is_implemented() {
    let mut claims: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (file, text) in sources(&["src"]) {
        if NAMING_RULES_AS_DATA.contains(&file.as_str()) {
            continue;
        }
        let lines: Vec<_> = text.lines().collect();
        for (line, id) in citations(&text) {
            let is_limit = LIMIT_WORDS.iter().any(|words| lines[line - 1].contains(words));
            if let Some(cited) = rule(id).filter(|cited| !is_limit && cited.state != State::Implemented) {
                claims.entry(cited.id).or_default().push(format!("{file}:{line}"));
            }
        }
    }
    let list: Vec<_> = claims
        .iter()
        .map(|(id, places)| format!("{id} ({}): {}", rule(id).unwrap().state.words(), places.join(", ")))
        .collect();
    assert!(
        list.is_empty(),
        "cited as obeyed but not implemented in src/catalog/rules.tsv (fill in where and test there, or say `not \
         modelled` or `not yet` on the line):\n{}",
        list.join("\n")
    );
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
