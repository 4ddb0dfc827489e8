//! F40 to F42: interrupts and the request to terminate.
#![cfg(unix)]

use std::process::Command;
use std::time::{Duration, Instant};

use crate::work::{Run, Work, assert_same, sweep_of};

/// Starts a long sweep, sends the signals once it is at work, and returns how it ended.
fn signalled(work: &Work, signals: &[&str]) -> Run {
    let child = work.start("sweep scenario.yaml --no-plots --out r");
    let journal = work.path("r.partial/journal.tsv");
    while std::fs::metadata(&journal).map_or(0, |found| found.len()) < 4_000 {
        std::thread::sleep(Duration::from_millis(5));
    }
    let begun = Instant::now();
    for signal in signals {
        let sent = Command::new("kill").args([*signal, &child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }
    let output = child.wait_with_output().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(2), "it took {:?}", begun.elapsed());
    Run::of(output)
}

#[test]
fn f40_an_interrupt_stops_it_and_says_how_to_go_on() {
    let work = Work::with(&sweep_of(4_000));
    signalled(&work, &["-INT"]).exits_with(130).complains("--out r --resume");
}

#[test]
fn f41_after_two_interrupts_resume_is_still_right() {
    let work = Work::with(&sweep_of(700));
    work.run("sweep scenario.yaml --quiet --no-plots --out whole").exits_with(0);
    signalled(&work, &["-INT", "-INT"]);
    work.run("sweep scenario.yaml --quiet --no-plots --resume --out r").exits_with(0);
    assert_same(&work.path("whole"), &work.path("r"));
}

#[test]
fn f42_the_request_to_terminate_is_143() {
    let work = Work::with(&sweep_of(4_000));
    signalled(&work, &["-TERM"]).exits_with(143).complains("Terminated: finished trials are kept");
}
