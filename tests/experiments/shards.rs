//! Shards: parts of a sweep that are merged to the same bytes.

use crate::work::{Work, assert_same, sweep_of};

#[test]
fn two_shards_merged_are_the_single_run_byte_for_byte() {
    let work = Work::with(&sweep_of(3));
    work.run("sweep scenario.yaml --quiet --out whole").exits_with(0);
    work.run("sweep scenario.yaml --shard 0/2 --quiet --out a").exits_with(0);
    work.run("sweep scenario.yaml --shard 1/2 --quiet --threads 1 --out b").exits_with(0);
    work.run("merge b a --quiet --out merged").exits_with(0);
    assert_same(&work.path("whole"), &work.path("merged"));
}

#[test]
fn five_shards_where_shards_and_replications_do_not_divide_are_merged_too() {
    let work = Work::with(&sweep_of(3));
    work.run("sweep scenario.yaml --quiet --no-plots --out whole").exits_with(0);
    for index in 0..5 {
        work.run(&format!("sweep scenario.yaml --shard {index}/5 --quiet")).exits_with(0);
    }
    let parts: Vec<String> = (0..5).map(|index| format!("results/good.shards/{index}-of-5")).collect();
    work.run(&format!("merge {} --quiet --no-plots --out merged", parts.join(" "))).exits_with(0);
    assert_same(&work.path("whole"), &work.path("merged"));
}

#[test]
fn a_shard_that_is_done_is_not_done_again() {
    let work = Work::with(&sweep_of(1));
    work.run("sweep scenario.yaml --shard 0/2 --resume").exits_with(0).says("Done: shard 0/2, 3 trials in");
    work.run("sweep scenario.yaml --shard 0/2 --resume")
        .exits_with(0)
        .says("Nothing to do: shard 0/2, 3 trials in");
}

#[test]
fn gaps_overlaps_and_mixtures_are_refused() {
    let work = Work::with(&sweep_of(2));
    for (shard, more, out) in
        [("0/2", "", "a"), ("1/2", "", "b"), ("1/2", "--seed 9", "other-seed"), ("1/3", "", "of-three")]
    {
        work.run(&format!("sweep scenario.yaml --shard {shard} {more} --quiet --out {out}")).exits_with(0);
    }
    work.run("merge a --out m").exits_with(2).complains("shards are missing: 1/2");
    work.run("merge a a b --out m").exits_with(2).complains("shard 0/2 is there twice");
    work.run("merge a other-seed --out m").exits_with(2).complains("the seed differs");
    work.run("merge a of-three --out m").exits_with(2).complains("one of 2 shards");
    work.run("merge a nowhere --out m").exits_with(2).complains("no such directory");
    let text = std::fs::read_to_string(work.path("b/journal.tsv")).unwrap();
    work.write("b/journal.tsv", text.replacen("0.1.0", "0.0.9", 1));
    work.run("merge a b --out m").exits_with(2).complains("no head of a journal");
    assert!(!work.path("m").exists(), "nothing is written");
}

#[test]
fn a_shard_with_a_damaged_trial_is_refused() {
    let work = Work::with(&sweep_of(2));
    for index in 0..2 {
        work.run(&format!("sweep scenario.yaml --shard {index}/2 --quiet --out s{index}")).exits_with(0);
    }
    let mut bytes = std::fs::read(work.path("s1/journal.tsv")).unwrap();
    let last = bytes.len() - 30;
    bytes[last] ^= 1;
    work.write("s1/journal.tsv", bytes);
    work.run("merge s0 s1 --out m").exits_with(2).complains("5 of 6 trials are whole");
}

#[test]
fn array_jobs_say_which_shard_it_is() {
    let work = Work::with(&sweep_of(1));
    let with = |variables: &[(&str, &str)], shard: &str| {
        let mut command = work.command(&format!("sweep scenario.yaml --shard {shard}"));
        command.envs(variables.iter().copied());
        crate::work::Run::of(command.output().unwrap())
    };
    let batch = [("AWS_BATCH_JOB_ARRAY_INDEX", "1"), ("AWS_BATCH_JOB_ARRAY_SIZE", "3")];
    with(&batch, "auto").exits_with(0).says("shard 1/3");
    with(&[("JOB_COMPLETION_INDEX", "2")], "auto/3").exits_with(0).says("shard 2/3");
    let two = [("JOB_COMPLETION_INDEX", "2"), ("HQ_TASK_ID", "2")];
    with(&two, "auto/3").exits_with(2).complains("both set");
    with(&[], "auto").exits_with(2).complains("none of");
}
