//! `cargo run --example check-log -- results/quickstart`: whether what a run told makes sense.

#[path = "checks.rs"]
mod checks;

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use checks::{Check, Files, Report, check};

/// Breaches beyond these are counted, not printed.
const PRINTED: usize = 50;

fn main() -> ExitCode {
    let directories: Vec<String> = std::env::args().skip(1).collect();
    let mut out = io::stdout().lock();
    let checked = if directories.is_empty() {
        writeln!(out, "usage: check-log DIRECTORY...\n\nDirectories that `ecsim run --events` wrote.")
            .map(|()| 2)
    } else {
        check_all(&directories, &mut out)
    };
    checked.map_or(ExitCode::from(4), ExitCode::from)
}

/// 0 where all is well, 1 with a breach, 2 where a file is missing.
fn check_all(directories: &[String], out: &mut dyn Write) -> io::Result<u8> {
    let mut code = 0;
    for directory in directories {
        match Files::read(Path::new(directory)) {
            Ok(files) => {
                let report = check(&files);
                writeln!(out, "{directory}")?;
                print(&report, out)?;
                code = code.max(u8::from(!report.breaches.is_empty()));
            }
            Err(error) => {
                writeln!(out, "{error}")?;
                code = 2;
            }
        }
    }
    Ok(code)
}

fn print(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    for check in Check::ALL {
        let (rule, says) = check.rule();
        let looked_at = report.looked_at.get(&check).copied().unwrap_or(0);
        let breaches = report.breaches.iter().filter(|breach| breach.check == check).count();
        let verdict = match (breaches, looked_at) {
            (0, 0) => "none",
            (0, _) => "ok",
            _ => "BREACH",
        };
        writeln!(out, "{verdict:>6}  {rule:<7} {looked_at:>9} looked at, {breaches:>4} wrong  {says}")?;
    }
    for breach in report.breaches.iter().take(PRINTED) {
        writeln!(out, "{breach}")?;
    }
    match report.breaches.len() {
        0 => writeln!(out, "nothing wrong"),
        all => writeln!(out, "{all} wrong, the first {} shown", all.min(PRINTED)),
    }
}
