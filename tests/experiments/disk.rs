//! F37, F38, F44: disks that are full, in use, or not there.

use std::process::Command;

use crate::work::{Run, Work, assert_same, sweep_of};

#[test]
fn a_write_that_fails_at_any_moment_leaves_a_journal_from_which_the_sweep_goes_on() {
    let work = Work::with(&sweep_of(1));
    work.run("sweep scenario.yaml --quiet --out whole").exits_with(0);
    for request in 1.. {
        let mut command = work.command("sweep scenario.yaml --quiet --resume --out r");
        let run = Run::of(command.env("ECSIM_TEST_FULL_DISK_AT", request.to_string()).output().unwrap());
        if run.code == Some(0) {
            assert!(request > 30, "only {request} requests to the disk were seen");
            break;
        }
        assert_eq!(run.code, Some(4), "request {request}: {}", run.stderr);
        assert!(
            run.stderr.contains("no storage space")
                && run.stderr.contains(&work.path("r").display().to_string()),
            "{request}: {}",
            run.stderr
        );
        assert!(!work.path("r").exists(), "request {request}: nothing stands under the final name");
        work.run("sweep scenario.yaml --quiet --resume --out r").exits_with(0);
        assert_same(&work.path("whole"), &work.path("r"));
        std::fs::remove_dir_all(work.path("r")).unwrap();
    }
}

#[cfg(unix)]
#[test]
fn f38_a_limit_of_the_system_is_told_with_the_path_and_resumed_from() {
    let work = Work::with(&sweep_of(40));
    work.run("sweep scenario.yaml --quiet --no-plots --out whole").exits_with(0);
    // Files of at most 16 blocks of 512 bytes or 1 KiB: the journal hits the limit in the middle.
    let script = format!(
        "ulimit -f 16; trap '' XFSZ; exec '{}' sweep scenario.yaml --quiet --no-plots --out r",
        env!("CARGO_BIN_EXE_ecsim")
    );
    let output = Command::new("sh").args(["-c", &script]).current_dir(work.path("")).output().unwrap();
    Run::of(output).exits_with(4).complains("journal.tsv").complains("File too large");
    work.run("sweep scenario.yaml --quiet --no-plots --resume --out r").exits_with(0);
    assert_same(&work.path("whole"), &work.path("r"));
}

#[test]
fn f44_a_second_process_is_told_who_owns_the_directory() {
    let work = Work::with(&sweep_of(3_000));
    let mut first = work.start("sweep scenario.yaml --quiet --no-plots --out r");
    let journal = work.path("r.partial/journal.tsv");
    while std::fs::metadata(&journal).map_or(0, |found| found.len()) < 4_000 {
        assert!(first.try_wait().unwrap().is_none(), "the first ended too early");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let second = work.run("sweep scenario.yaml --quiet --out r");
    first.kill().unwrap();
    first.wait().unwrap();
    second.exits_with(4).complains(&format!("process {} is writing it now", first.id()));
    // The lock of the dead process is taken over.
    work.run("sweep scenario.yaml --quiet --out r").exits_with(2).complains("--resume goes on with it");
}

#[test]
fn f37_an_output_that_is_a_file_is_refused_before_the_first_trial() {
    let work = Work::with(&sweep_of(1));
    work.write("taken", "mine");
    work.run("sweep scenario.yaml --out taken").exits_with(4).complains("it is a file");
    work.run("sweep scenario.yaml --quiet --no-plots --out new/and/deep").exits_with(0);
}
