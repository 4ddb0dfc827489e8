use super::*;
use crate::output::manifest::tests::manifest;
use tempfile::tempdir;

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

#[test]
fn a_finished_run_has_its_files_and_a_manifest_and_no_marker() {
    let home = tempdir().unwrap();
    let path = home.path().join("results/shop");
    let directory = ResultDirectory::begin(&path).unwrap();
    directory.write("summary.csv", b"metric\n").unwrap();
    directory.write("plots/cost.svg", b"<svg/>").unwrap();
    let place = directory.finish(&manifest()).unwrap();
    assert_eq!(read(&place.join("summary.csv")), "metric\n");
    let listed: serde_json::Value = serde_json::from_str(&read(&place.join(MANIFEST))).unwrap();
    assert_eq!(listed["files"]["summary.csv"]["sha256"], crate::output::manifest::sha256_of(b"metric\n"));
    assert_eq!(listed["files"]["plots/cost.svg"]["bytes"], 6);
    assert!(!place.join(INCOMPLETE).exists());
    let beside: Vec<_> =
        fs::read_dir(home.path().join("results")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(beside, ["shop"], "no partial directory and no lock is left");
}

#[test]
fn a_run_that_stops_halfway_leaves_the_earlier_result_whole() {
    let home = tempdir().unwrap();
    let path = home.path().join("shop");
    let first = ResultDirectory::begin(&path).unwrap();
    first.write("summary.csv", b"first\n").unwrap();
    first.finish(&manifest()).unwrap();
    let second = ResultDirectory::begin(&path).unwrap();
    second.write("summary.csv", b"second\n").unwrap();
    drop(second);
    assert_eq!(read(&path.join("summary.csv")), "first\n");
    assert!(home.path().join("shop.partial").join(INCOMPLETE).is_file(), "what is unfinished is marked");
}

#[test]
fn a_new_result_replaces_the_earlier_one_as_a_whole() {
    let home = tempdir().unwrap();
    let path = home.path().join("shop");
    let first = ResultDirectory::begin(&path).unwrap();
    first.write("old.csv", b"1").unwrap();
    first.finish(&manifest()).unwrap();
    let second = ResultDirectory::begin(&path).unwrap();
    second.write("new.csv", b"2").unwrap();
    second.finish(&manifest()).unwrap();
    assert!(path.join("new.csv").is_file() && !path.join("old.csv").exists());
    assert!(!home.path().join("shop.previous").exists());
}

#[test]
fn files_that_are_not_of_a_run_are_kept() {
    let home = tempdir().unwrap();
    let path = home.path().join("shop");
    ResultDirectory::begin(&path).unwrap().finish(&manifest()).unwrap();
    fs::write(path.join("note.txt"), "mine").unwrap();
    fs::write(path.join("summary.csv"), "mine too").unwrap();
    let second = ResultDirectory::begin(&path).unwrap();
    second.write("summary.csv", b"of the run").unwrap();
    second.finish(&manifest()).unwrap();
    assert_eq!(read(&path.join("note.txt")), "mine");
    assert_eq!(read(&path.join("summary.csv")), "of the run");
    assert_eq!(read(&path.join("summary.csv.kept-1")), "mine too");
}

#[test]
fn a_directory_with_foreign_files_is_refused_and_untouched() {
    let home = tempdir().unwrap();
    let path = home.path().join("documents");
    fs::create_dir(&path).unwrap();
    fs::write(path.join("thesis.txt"), "years of work").unwrap();
    let error = ResultDirectory::begin(&path).err().unwrap();
    assert!(error.to_string().contains("no manifest.json"), "{error}");
    assert_eq!(read(&path.join("thesis.txt")), "years of work");
}

#[test]
fn a_path_that_is_a_file_is_refused_by_name() {
    let home = tempdir().unwrap();
    let path = home.path().join("result");
    fs::write(&path, "a file").unwrap();
    let error = ResultDirectory::begin(&path).err().unwrap();
    assert!(error.to_string().contains("result`: it is a file"), "{error}");
    assert_eq!(read(&path), "a file");
}

#[test]
fn a_path_below_a_file_is_refused_by_name() {
    let home = tempdir().unwrap();
    fs::write(home.path().join("file"), "").unwrap();
    let error = ResultDirectory::begin(home.path().join("file/result")).err().unwrap();
    assert!(error.to_string().starts_with("cannot create"), "{error}");
}

#[test]
fn missing_parents_are_created() {
    let home = tempdir().unwrap();
    let path = home.path().join("a/b/c");
    ResultDirectory::begin(&path).unwrap().finish(&manifest()).unwrap();
    assert!(path.join(MANIFEST).is_file());
}

#[test]
fn a_second_run_in_the_same_directory_is_told_who_owns_it() {
    let home = tempdir().unwrap();
    let path = home.path().join("shop");
    let first = ResultDirectory::begin(&path).unwrap();
    let error = ResultDirectory::begin(&path).err().unwrap();
    assert!(error.to_string().contains(&format!("process {}", std::process::id())), "{error}");
    drop(first);
    ResultDirectory::begin(&path).unwrap();
}

#[test]
fn the_lock_of_a_dead_process_is_taken_over() {
    let home = tempdir().unwrap();
    fs::write(home.path().join(".shop.lock"), "4194999").unwrap(); // left behind, locked by nobody
    ResultDirectory::begin(home.path().join("shop")).unwrap();
}

#[test]
fn begin_clears_what_an_unfinished_run_left_and_resume_keeps_it() {
    let home = tempdir().unwrap();
    let path = home.path().join("shop");
    let first = ResultDirectory::begin(&path).unwrap();
    first.write("journal", b"1").unwrap();
    drop(first);
    let second = ResultDirectory::begin_keeping(&path, &["journal"]).unwrap();
    assert!(second.path().join("journal").is_file());
    drop(second);
    let third = ResultDirectory::begin(&path).unwrap();
    assert!(!third.path().join("journal").exists());
}

#[test]
fn a_run_that_died_between_the_two_renames_is_ended_by_the_next() {
    let home = tempdir().unwrap();
    let path = home.path().join("shop");
    let first = ResultDirectory::begin(&path).unwrap();
    first.write("summary.csv", b"whole").unwrap();
    first.finish(&manifest()).unwrap();
    // As if the process had died after setting the old result aside, the new one not yet complete.
    fs::rename(&path, home.path().join("shop.previous")).unwrap();
    drop(ResultDirectory::begin(&path).unwrap());
    assert_eq!(read(&path.join("summary.csv")), "whole");
}

#[test]
fn a_new_result_complete_at_the_moment_of_death_takes_its_place() {
    let home = tempdir().unwrap();
    let path = home.path().join("shop");
    for text in ["old", "new"] {
        let run = ResultDirectory::begin(&path).unwrap();
        run.write("summary.csv", text.as_bytes()).unwrap();
        run.finish(&manifest()).unwrap();
        if text == "old" {
            fs::rename(&path, home.path().join("set-aside")).unwrap();
        }
    }
    fs::rename(&path, home.path().join("shop.partial")).unwrap();
    fs::rename(home.path().join("set-aside"), home.path().join("shop.previous")).unwrap();
    drop(ResultDirectory::begin(&path).unwrap());
    assert_eq!(read(&path.join("summary.csv")), "new");
    assert!(!home.path().join("shop.previous").exists());
}

#[test]
fn no_file_name_leads_outside() {
    let home = tempdir().unwrap();
    let directory = ResultDirectory::begin(home.path().join("shop")).unwrap();
    for name in ["../x", "/x", "", ".", "a/../../x", "a\\..\\x", "a\0b"] {
        assert!(directory.write(name, b"").is_err(), "{name:?}");
    }
    assert!(!home.path().join("x").exists());
}

#[test]
fn a_file_is_there_only_when_committed() {
    let home = tempdir().unwrap();
    let directory = ResultDirectory::begin(home.path().join("shop")).unwrap();
    let mut file = directory.create("tasks.csv").unwrap();
    file.write_all(b"half").unwrap();
    assert!(!directory.path().join("tasks.csv").exists());
    drop(file);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "only the marker");
}

#[test]
fn a_table_of_the_result_is_written_by_rows() {
    let home = tempdir().unwrap();
    let directory = ResultDirectory::begin(home.path().join("shop")).unwrap();
    let mut table = directory.table("tasks.csv", &["task", "zone"]).unwrap();
    table.row().int(1).text("us-east-1a").end().unwrap();
    table.finish().unwrap().commit().unwrap();
    assert_eq!(read(&directory.path().join("tasks.csv")), "task,zone\n1,us-east-1a\n");
}

#[test]
fn going_on_keeps_what_is_asked_for_and_nothing_else() {
    let home = tempdir().unwrap();
    let path = home.path().join("shop");
    let first = ResultDirectory::begin(&path).unwrap();
    first.write("tasks.csv", b"task\n").unwrap();
    first.write("journal", b"1").unwrap();
    let mut cut = first.create("plots/half.svg").unwrap();
    cut.write_all(b"<svg").unwrap();
    std::mem::forget(cut); // as a killed process would
    drop(first);
    let second = ResultDirectory::begin_keeping(&path, &["journal"]).unwrap();
    let place = second.finish(&manifest()).unwrap();
    let listed: serde_json::Value = serde_json::from_str(&read(&place.join(MANIFEST))).unwrap();
    let names: Vec<&String> = listed["files"].as_object().unwrap().keys().collect();
    assert_eq!(names, ["journal"]);
}

#[test]
fn a_chart_of_the_result_is_written_as_svg_and_png() {
    use crate::output::plot::{Chart, TimeLines};
    let home = tempdir().unwrap();
    let directory = ResultDirectory::begin(home.path().join("shop")).unwrap();
    TimeLines::default().write(&directory, "tasks").unwrap();
    assert!(read(&directory.path().join("plots/tasks.svg")).starts_with("<svg "));
    assert_eq!(&fs::read(directory.path().join("plots/tasks.png")).unwrap()[1..4], b"PNG");
}
