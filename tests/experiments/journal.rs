//! F39, F45, F46, F48: a sweep that is killed, damaged or resumed in the wrong way.

use std::time::Duration;

use crate::work::{Work, assert_same, sweep_of};

/// A small generator for the test's own moments: xorshift.
struct Moments(u64);

impl Moments {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

#[test]
fn f39_a_sweep_killed_at_fifty_moments_ends_in_the_same_bytes() {
    let work = Work::with(&sweep_of(400));
    let begun = std::time::Instant::now();
    work.run("sweep scenario.yaml --quiet --no-plots --out whole").exits_with(0);
    // Within the time of one undisturbed run, so that most kills hit work in progress.
    let most = (begun.elapsed().as_millis() as u64).clamp(200, 5_000) / 3;
    let (mut kills, mut moments) = (0, Moments(0x9E37_79B9_7F4A_7C15));
    while kills < 50 {
        let mut child = work.start("sweep scenario.yaml --quiet --no-plots --resume --out torn");
        std::thread::sleep(Duration::from_millis(moments.below(most) + 1));
        if child.try_wait().unwrap().is_some() {
            // It was quicker: compare, and begin another one.
            assert_same(&work.path("whole"), &work.path("torn"));
            std::fs::remove_dir_all(work.path("torn")).unwrap();
            continue;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
    }
    work.run("sweep scenario.yaml --quiet --no-plots --resume --out torn").exits_with(0);
    assert_same(&work.path("whole"), &work.path("torn"));
}

/// A finished journal beside its finished result, as a sweep leaves it that dies before its last step.
fn unfinished(work: &Work) -> Vec<u8> {
    work.run("sweep scenario.yaml --quiet --no-plots --out whole").exits_with(0);
    // A shard of one part is the whole sweep and keeps its journal.
    work.run("sweep scenario.yaml --quiet --shard 0/1 --out shard").exits_with(0);
    std::fs::read(work.path("shard/journal.tsv")).unwrap()
}

fn resumes_to_the_same(work: &Work, journal: &[u8], what: &str) -> crate::work::Run {
    work.write("torn.partial/journal.tsv", journal);
    work.write("torn.partial/INCOMPLETE", "");
    let run = work.run("sweep scenario.yaml --quiet --no-plots --resume --out torn");
    assert_eq!(run.code, Some(0), "{what}: {}", run.stderr);
    assert_same(&work.path("whole"), &work.path("torn"));
    std::fs::remove_dir_all(work.path("torn")).unwrap();
    run
}

#[test]
fn f45_a_cut_tail_is_dropped_and_computed_again() {
    let work = Work::with(&sweep_of(4));
    let journal = unfinished(&work);
    let from = journal.len().saturating_sub(4096);
    // Every 47th byte here; every single one in the tests of the journal itself.
    for cut in (from.max(1)..journal.len()).step_by(47) {
        resumes_to_the_same(&work, &journal[..cut], &format!("cut at {cut}"));
    }
}

#[test]
fn f45_a_flipped_byte_in_the_middle_is_named_and_its_trial_computed_again() {
    let work = Work::with(&sweep_of(4));
    let journal = unfinished(&work);
    let head_ends = journal.iter().position(|byte| *byte == b'\n').unwrap();
    for at in (head_ends + 10..journal.len() - 400).step_by(97) {
        let mut damaged = journal.clone();
        damaged[at] ^= 1;
        let run = resumes_to_the_same(&work, &damaged, &format!("flipped at {at}"));
        assert!(run.stderr.contains("damaged line"), "flipped at {at}: {}", run.stderr);
    }
}

#[test]
fn f46_another_scenario_seed_or_number_of_replications_is_named() {
    let work = Work::with(&sweep_of(4));
    let journal = unfinished(&work);
    work.write("torn.partial/journal.tsv", &journal[..journal.len() - 10]);
    work.write("torn.partial/INCOMPLETE", "");
    let resumed = |more: &str| work.run(&format!("sweep scenario.yaml --quiet --resume --out torn {more}"));
    resumed("--seed 99").exits_with(2).complains("the seed differs: 1 there, 99 here");
    resumed("--replications 5").exits_with(2).complains("the replications differs: 4 there, 5 here");
    resumed("--set duration=2h").exits_with(2).complains("content of the scenario");
    resumed("--shard 0/2").exits_with(2).complains("the shard differs");
    assert_eq!(std::fs::read(work.path("torn.partial/journal.tsv")).unwrap(), &journal[..journal.len() - 10]);
}

#[test]
fn an_interrupted_sweep_is_neither_resumed_nor_thrown_away_unasked() {
    let work = Work::with(&sweep_of(4));
    let journal = unfinished(&work);
    work.write("torn.partial/journal.tsv", &journal);
    work.write("torn.partial/INCOMPLETE", "");
    work.run("sweep scenario.yaml --quiet --out torn").exits_with(2).complains("--resume goes on with it");
    work.run("sweep scenario.yaml --quiet --no-plots --restart --out torn").exits_with(0);
    assert_same(&work.path("whole"), &work.path("torn"));
}

#[test]
fn no_other_verb_throws_an_interrupted_sweep_away() {
    let work = Work::with(&sweep_of(4));
    let journal = unfinished(&work);
    work.write("torn.partial/journal.tsv", &journal);
    work.write("torn.partial/INCOMPLETE", "");
    for verb in ["run scenario.yaml", "merge shard", "plan scenario.yaml"] {
        let run = work.run(&format!("{verb} --quiet --no-plots --out torn"));
        assert!(matches!(run.code, Some(2 | 4)), "{verb}: {:?} {}", run.code, run.stderr);
        assert_eq!(std::fs::read(work.path("torn.partial/journal.tsv")).unwrap(), journal, "{verb}");
    }
    work.run("run scenario.yaml --out torn").exits_with(4).complains("an interrupted sweep is there");
}

#[test]
fn f48_a_trial_that_panics_is_recorded_and_the_others_finish() {
    let work = Work::with(&sweep_of(4));
    let mut command = work.command("sweep scenario.yaml --quiet --no-plots --out r");
    let run = crate::work::Run::of(command.env("ECSIM_TEST_PANIC_IN_TRIAL", "9").output().unwrap());
    run.exits_with(5).complains("1 trial stopped on a bug").complains("--point 2 --replication 1");
    let failures = std::fs::read_to_string(work.path("r/failures.csv")).unwrap();
    // job 9 of 4 replications a point is point 2, replication 1
    assert!(failures.lines().nth(1).unwrap().starts_with("2,1,1,"), "{failures}");
    let trials = std::fs::read_to_string(work.path("r/trials.csv")).unwrap();
    assert_eq!(trials.lines().count(), 1 + 24);
    let without_digest = trials.lines().filter(|line| line.split(',').nth(3) == Some("")).count();
    assert_eq!(without_digest, 1);
}
