//! F47: memory stays flat in the number of trials.
#![cfg(target_os = "linux")]

use std::time::Duration;

use crate::support::good_but;
use crate::work::Work;

/// Bytes of memory that a process holds, or held at most.
fn memory_kib(process: u32, field: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with(field))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[test]
fn f47_a_sweep_of_many_cells_keeps_its_memory_flat() {
    // A tenth of the 100,000 cells in the suite, all of them with ECSIM_FULL.
    let points = if std::env::var_os("ECSIM_FULL").is_some() { 50_000 } else { 5_000 };
    let sweep = format!(
        "replications: 2, sweep: {{ aws.services.web.desiredCount: {{ from: 1, to: 3 }}, \
         model.stop_timeout: {{ from: 1s, to: 60s }}, sample: {{ sobol: {points} }} }}"
    );
    let work = Work::with(&good_but("replications: 2", &sweep).replace("duration: 1h", "duration: 10m"));
    let mut child = work.start("sweep scenario.yaml --quiet --no-plots --out r");
    let journal = work.path("r.partial/journal.tsv");
    let (mut at_first, mut peak) = (None, 0);
    while child.try_wait().unwrap().is_none() {
        // 1,000 cells are about 400 kB of journal.
        if at_first.is_none() && std::fs::metadata(&journal).map_or(0, |found| found.len()) > 400_000 {
            at_first = memory_kib(child.id(), "VmHWM");
        }
        peak = peak.max(memory_kib(child.id(), "VmHWM").unwrap_or(0));
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(child.wait().unwrap().success());
    let at_first = at_first.expect("a sweep of this size takes longer than its first thousand cells");
    assert!(peak < 150_000, "{peak} KiB at most");
    // 8 bytes a cell for its place in the journal, and what the allocator keeps
    let grown = peak - at_first;
    assert!(grown < 20_000, "from {at_first} KiB after a thousand cells to {peak} KiB");
    let trials = std::fs::read_to_string(work.path("r/trials.csv")).unwrap();
    assert_eq!(trials.lines().count(), 1 + 2 * points);
}
