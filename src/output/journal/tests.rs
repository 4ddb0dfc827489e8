use super::*;

fn head(shard: Shard) -> Head {
    Head {
        ecsim: "0.1.0".to_owned(),
        digest_version: 5,
        scenario: "case".to_owned(),
        scenario_sha256: "ab".repeat(32),
        seed: 7,
        replications: 2,
        shard,
        question: None,
        cluster: "default".to_owned(),
        sweep: serde_json::from_str(r#"{"a":[1,2,3]}"#).unwrap(),
        objectives: Vec::new(),
        model: serde_json::Map::new(),
        notes: Vec::new(),
    }
}

fn names() -> Vec<MetricName> {
    let name = |metric: &str, unit| MetricName { metric: metric.to_owned(), of: "web".to_owned(), unit };
    vec![name("availability", "share"), name("start_s.mean", "s"), name("tasks", "tasks")]
}

fn record(job: u64) -> Record {
    Record::Done {
        digest: format!("{job:016x}"),
        values: vec![Some(0.1 * job as f64), None, Some(1e-7)],
        names: 0,
    }
}

/// A whole journal of six trials, written backwards.
fn journal(directory: &Path) -> Journal {
    let mut journal = Journal::create(directory, head(Shard::WHOLE), 6).unwrap();
    journal.add_parameters_read(&["scheduler_wake"]).unwrap();
    assert_eq!(journal.number_of(&names()).unwrap(), 0);
    for job in (0..6).rev() {
        journal.add(job, &record(job)).unwrap();
    }
    journal
}

fn resumed(directory: &Path) -> Journal {
    Journal::resume(directory, &head(Shard::WHOLE), 6).unwrap()
}

#[test]
fn every_trial_is_read_back_as_it_was_whatever_the_order() {
    let directory = tempfile::tempdir().unwrap();
    journal(directory.path());
    let journal = resumed(directory.path());
    assert_eq!((journal.done(), journal.names(0)), (6, &names()[..]));
    assert_eq!(journal.parameters_read(), &BTreeSet::from(["scheduler_wake".to_owned()]));
    let reader = Reader::of(&journal).unwrap();
    for job in [3, 0, 5, 1, 2, 4] {
        assert_eq!(reader.record(job).unwrap(), Some(record(job)));
    }
}

#[test]
fn a_failed_trial_keeps_its_message() {
    let directory = tempfile::tempdir().unwrap();
    let mut journal = journal(directory.path());
    let failed = Record::Failed("it broke\n\there".to_owned());
    let mut shard = Journal::create(directory.path(), head(Shard { index: 1, of: 4 }), 6).unwrap();
    shard.add(5, &failed).unwrap();
    assert_eq!(Reader::of(&shard).unwrap().record(5).unwrap(), Some(failed));
    assert!(journal.sync().is_ok());
}

#[test]
fn a_tail_cut_at_any_byte_is_dropped_and_can_be_written_again() {
    let directory = tempfile::tempdir().unwrap();
    journal(directory.path());
    let path = directory.path().join(JOURNAL);
    let bytes = std::fs::read(&path).unwrap();
    let head_ends = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    for cut in head_ends..bytes.len() {
        std::fs::write(&path, &bytes[..cut]).unwrap();
        let mut journal = resumed(directory.path());
        assert!(journal.damaged().is_empty(), "cut at {cut}");
        journal.add_parameters_read(&["scheduler_wake"]).unwrap();
        journal.number_of(&names()).unwrap();
        for job in (0..6).rev() {
            if !journal.has(job) {
                journal.add(job, &record(job)).unwrap();
            }
        }
        assert_eq!(std::fs::read(&path).unwrap(), bytes, "cut at {cut}");
    }
}

#[test]
fn a_flipped_byte_costs_one_trial_and_is_named() {
    let directory = tempfile::tempdir().unwrap();
    journal(directory.path());
    let path = directory.path().join(JOURNAL);
    let mut bytes = std::fs::read(&path).unwrap();
    let text = String::from_utf8(bytes.clone()).unwrap();
    let at = text.find("trial\t3").unwrap() + 20;
    bytes[at] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    let journal = resumed(directory.path());
    // head, read, names, then trials 5, 4, 3: line 6
    assert_eq!((journal.done(), journal.has(3), journal.damaged()), (5, false, &[6][..]));
}

#[test]
fn a_lost_list_of_metrics_or_parameters_costs_what_stands_behind_it() {
    for lost in ["read\t", "names\t"] {
        let directory = tempfile::tempdir().unwrap();
        journal(directory.path());
        let path = directory.path().join(JOURNAL);
        let mut bytes = std::fs::read(&path).unwrap();
        let at = String::from_utf8(bytes.clone()).unwrap().find(lost).unwrap() + 8;
        bytes[at] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        let mut journal = resumed(directory.path());
        assert_eq!(journal.done(), 0, "{lost}");
        journal.add_parameters_read(&["scheduler_wake"]).unwrap();
        assert_eq!(journal.number_of(&names()).unwrap(), 0);
        for job in 0..6 {
            journal.add(job, &record(job)).unwrap();
        }
        let again = resumed(directory.path());
        assert_eq!(
            (again.done(), again.parameters_read().len(), again.names(0)),
            (6, 1, &names()[..]),
            "{lost}"
        );
    }
}

#[test]
fn a_journal_without_a_whole_head_is_empty() {
    let directory = tempfile::tempdir().unwrap();
    for text in ["", "head\t{"] {
        std::fs::write(directory.path().join(JOURNAL), text).unwrap();
        let refused = Journal::resume(directory.path(), &head(Shard::WHOLE), 6);
        assert!(matches!(refused, Err(JournalError::Empty(_))), "{text:?}");
    }
}

#[test]
fn a_journal_of_another_sweep_is_refused_with_the_difference() {
    let directory = tempfile::tempdir().unwrap();
    journal(directory.path());
    let refused = |head: Head| Journal::resume(directory.path(), &head, 6).unwrap_err().to_string();
    let base = head(Shard::WHOLE);
    assert!(refused(Head { seed: 8, ..base.clone() }).contains("the seed differs: 7 there, 8 here"));
    assert!(refused(Head { ecsim: "0.2.0".to_owned(), ..base.clone() }).contains("ecsim 0.1.0 there"));
    assert!(
        refused(Head { scenario_sha256: "cd".repeat(32), ..base.clone() })
            .contains("content of the scenario")
    );
    assert!(refused(head(Shard { index: 0, of: 2 })).contains("0/1 there, 0/2 here"));
}

#[test]
fn what_is_no_journal_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join(JOURNAL), "hello\n").unwrap();
    let refused = Journal::resume(directory.path(), &head(Shard::WHOLE), 6).unwrap_err().to_string();
    assert!(refused.contains("no head of a journal"), "{refused}");
}

#[test]
fn shards_part_the_jobs_without_gap_or_overlap() {
    let mut seen = vec![0; 10];
    for index in 0..4 {
        let shard = Shard { index, of: 4 };
        for place in 0..shard.count(10) {
            seen[shard.job(place) as usize] += 1;
        }
    }
    assert_eq!(seen, [1; 10]);
}
