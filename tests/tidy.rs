//! The layers hold: no file uses a layer to its right, and `policy` and `observe` do not know each other.

use std::fs;
use std::path::{Path, PathBuf};

/// What each layer may use besides itself.
const MAY_USE: &[(&str, &[&str])] = &[
    ("kernel", &[]),
    ("aws", &[]),
    ("catalog", &[]),
    ("model", &["kernel"]),
    ("policy", &["kernel", "model"]),
    ("observe", &["kernel", "model"]),
    ("engine", &["kernel", "model", "policy", "observe", "aws", "catalog"]),
    ("scenario", &["kernel", "model", "policy", "observe", "aws", "catalog", "engine"]),
    ("experiment", &["kernel", "model", "policy", "observe", "engine", "scenario"]),
    ("import", &["aws", "catalog", "scenario"]),
    ("output", &["kernel", "model", "observe", "engine", "scenario", "experiment", "catalog"]),
    (
        "cli",
        &[
            "kernel",
            "model",
            "policy",
            "observe",
            "engine",
            "scenario",
            "experiment",
            "output",
            "aws",
            "catalog",
            "import",
        ],
    ),
];

fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn layer_of(path: &Path) -> Option<String> {
    let first = path.strip_prefix("src").ok()?.components().next()?;
    Some(first.as_os_str().to_str()?.trim_end_matches(".rs").to_owned())
}

/// The layers that `text` names after `crate::`, outside its tests.
fn layers_used(text: &str) -> Vec<String> {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let names = code.split("crate::").skip(1);
    names.map(|rest| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()).collect()
}

fn breaches(layer: &str, text: &str) -> Vec<String> {
    let allowed = MAY_USE.iter().find(|(name, _)| *name == layer).map_or(&[][..], |(_, allowed)| allowed);
    let is_layer = |name: &String| MAY_USE.iter().any(|(layer, _)| layer == name);
    let used = layers_used(text).into_iter().filter(is_layer);
    used.filter(|used| used != layer && !allowed.contains(&used.as_str())).collect()
}

#[test]
fn no_file_uses_a_layer_to_its_right() {
    let mut files = Vec::new();
    sources(Path::new("src"), &mut files);
    assert!(files.len() > 60, "the sources are there");
    let mut found = Vec::new();
    for file in files {
        let Some(layer) = layer_of(&file).filter(|layer| MAY_USE.iter().any(|(name, _)| name == layer))
        else {
            continue;
        };
        let is_test = file.file_stem().is_some_and(|stem| stem == "tests");
        if !is_test {
            let text = fs::read_to_string(&file).unwrap();
            found.extend(
                breaches(&layer, &text).into_iter().map(|used| format!("{} uses {used}", file.display())),
            );
        }
    }
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn an_arrow_that_runs_back_is_seen() {
    assert_eq!(breaches("model", "use crate::engine::Setup;"), ["engine"]);
    assert_eq!(breaches("policy", "fn f(x: crate::observe::Digest) {}"), ["observe"]);
    assert_eq!(breaches("engine", "use crate::kernel::time::SimTime;"), Vec::<String>::new());
}
