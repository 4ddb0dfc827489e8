use super::*;

fn points(yaml: &str) -> Result<Points, Vec<Mistake>> {
    let sweep: Sweep = serde_saphyr::from_str(yaml).expect("a sweep");
    Points::of(&sweep, 7)
}

fn labels(points: &Points) -> Vec<String> {
    (0..points.count()).map(|number| points.get(number).labels.join(" ")).collect()
}

#[test]
fn the_last_part_changes_fastest_and_zipped_axes_move_together() {
    let found = points("{ a: [1, 2], zip: { b: [x, w], c: [u, v] } }").unwrap();
    assert_eq!(found.axes(), ["a", "b", "c"]);
    assert_eq!(labels(&found), ["1 x u", "1 w v", "2 x u", "2 w v"]);
}

#[test]
fn a_list_is_points_written_one_by_one_in_any_order_of_keys() {
    let found =
        points("{ list: [{ a: 1, b: x }, { b: { label: big, value: w }, a: 2 }, { a: 2, b: z }] }").unwrap();
    assert_eq!(labels(&found), ["1 x", "2 big", "2 z"]);
    assert_eq!(found.get(1).values[1].1, "w");
}

#[test]
fn entries_of_a_list_need_the_same_paths() {
    let mistakes = points("{ list: [{ a: 1, b: 2 }, { a: 1 }] }").unwrap_err();
    assert_eq!(mistakes[0].0, "list");
    assert!(mistakes[0].1.contains("entry 2 has a"), "{mistakes:?}");
}

#[test]
fn a_latin_hypercube_uses_each_slice_of_each_range_once() {
    let found = points(
        "{ a: { from: 0.0, to: 100.0 }, b: { from: 0.0, to: 100.0 }, sample: { latinHypercube: 50 } }",
    );
    let found = found.unwrap();
    for axis in 0..2 {
        let value = |number: usize| found.get(number).labels[axis].parse::<f64>().unwrap();
        let mut slices: Vec<u32> = (0..50).map(|number| (value(number) / 2.0) as u32).collect();
        slices.sort_unstable();
        assert_eq!(slices, (0..50).collect::<Vec<_>>());
    }
}

#[test]
fn sobol_points_give_whole_numbers_equal_chances() {
    let found = points("{ a: { from: 1, to: 4 }, sample: { sobol: 64 } }").unwrap();
    let mut counts = [0; 5];
    for label in labels(&found) {
        counts[label.parse::<usize>().unwrap()] += 1;
    }
    assert_eq!(counts, [0, 16, 16, 16, 16]);
}

#[test]
fn a_logarithmic_range_of_durations_has_as_many_below_its_geometric_mean_as_above() {
    let found = points("{ a: { from: 1s, to: 100s, scale: log }, sample: { sobol: 64 } }").unwrap();
    // the geometric mean of 1 s and 100 s is 10 s; whole seconds, as the range is longer than a minute
    let seconds = |label: &String| label.trim_end_matches('s').parse::<u64>().unwrap();
    let below = labels(&found).iter().filter(|label| seconds(label) < 10).count();
    assert!((31..=33).contains(&below), "{below}");
}

#[test]
fn the_seed_decides_the_draws() {
    let of = |seed| {
        let yaml = "{ a: { from: 0.0, to: 1.0 }, sample: { sobol: 8 } }";
        labels(&Points::of(&serde_saphyr::from_str(yaml).unwrap(), seed).unwrap())
    };
    assert!(of(1) == of(1) && of(1) != of(2));
}

#[test]
fn ranges_say_what_is_wrong_with_them() {
    let message = |yaml: &str| points(yaml).unwrap_err()[0].1.clone();
    assert!(message("{ a: { from: 1, to: 2 } }").contains("sample: { sobol: 64 }"));
    assert!(message("{ sample: { sobol: 8 } }").contains("no range to draw from"));
    assert!(message("{ a: { from: 3, to: 2 }, sample: { sobol: 8 } }").contains("upwards"));
    assert!(message("{ a: { from: 0, to: 2, scale: log }, sample: { sobol: 8 } }").contains("above 0"));
    assert!(
        message("{ a: { from: 1, to: 5s }, sample: { sobol: 8 } }").contains("from a number to a number")
    );
}

#[test]
fn a_path_cannot_be_varied_twice() {
    assert!(points("{ a: [1], zip: { a: [1] } }").unwrap_err()[0].1.contains("twice"));
}

#[test]
fn a_sweep_written_and_read_again_has_the_same_points() {
    let yaml = "{ a: [1, { label: big, value: 9 }], r: { from: 1s, to: 2s }, list: [{ b: 1, c: 2 }], sample: { latinHypercube: 3 } }";
    let sweep: Sweep = serde_saphyr::from_str(yaml).unwrap();
    let again: Sweep = serde_json::from_str(&serde_json::to_string(&sweep).unwrap()).unwrap();
    assert_eq!(labels(&Points::of(&sweep, 1).unwrap()), labels(&Points::of(&again, 1).unwrap()));
}

#[test]
fn a_million_points_are_made_one_at_a_time() {
    let found =
        points("{ a: { from: 0.0, to: 1.0 }, b: { from: 1, to: 9 }, sample: { sobol: 1000000 } }").unwrap();
    assert_eq!(found.count(), 1_000_000);
    assert_ne!(found.get(999_999), found.get(999_998));
}
