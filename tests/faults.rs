//! Bad input through the binary: exit code, message, files (the rows F01 to F57 that concern text, numbers, meaning,
//! output and determinism). [`HELD_BY`] says which test holds which row.

#[path = "faults/demand.rs"]
mod demand;
#[path = "faults/every_number.rs"]
mod every_number;
#[path = "faults/meaning.rs"]
mod meaning;
#[path = "faults/numbers.rs"]
mod numbers;
#[path = "faults/output.rs"]
mod output;
#[path = "faults/placement.rs"]
mod placement;
#[path = "faults/schema_walk.rs"]
mod schema_walk;
#[path = "faults/support.rs"]
mod support;
#[path = "faults/text.rs"]
mod text;

const TEXT: &str = "tests/faults/text.rs";
const EVERY_NUMBER: &str = "tests/faults/every_number.rs";
const NUMBERS: &str = "tests/faults/numbers.rs";
const MEANING: &str = "tests/faults/meaning.rs";
const OUTPUT: &str = "tests/faults/output.rs";
const DIGESTS: &str = "tests/digests.rs";

/// Each row with a test that makes the fault.
const HELD_BY: [(u32, &str, &str); 46] = [
    (1, TEXT, "f01_an_empty_file_is_said_to_be_empty"),
    (2, TEXT, "f02_a_file_of_100_mb_is_refused_by_its_size"),
    (3, TEXT, "f03_an_alias_bomb_is_refused_by_a_budget"),
    (4, TEXT, "f04_a_hundred_thousand_brackets_are_refused_by_depth"),
    (5, TEXT, "f05_a_key_that_stands_twice_is_named_with_both_lines"),
    (6, TEXT, "f06_an_unknown_key_gets_its_nearest_spelling"),
    (7, TEXT, "f07_the_wrong_kind_of_value_is_named_by_its_path"),
    (8, TEXT, "f08_broken_yaml_is_placed"),
    (9, TEXT, "f09_a_byte_that_is_no_text_is_named_by_its_offset"),
    (10, TEXT, "f10_a_byte_order_mark_and_windows_line_ends_change_nothing"),
    (11, TEXT, "f11_explicit_tags_are_refused"),
    (12, TEXT, "f12_a_missing_or_newer_format_version_is_named"),
    (13, TEXT, "f13_a_path_that_is_no_file_is_answered_with_the_path"),
    (14, EVERY_NUMBER, EVERY),
    (15, EVERY_NUMBER, EVERY),
    (16, NUMBERS, "f16_a_count_beyond_the_documented_limit_is_refused"),
    (17, NUMBERS, "f17_half_a_task_is_refused_and_a_whole_number_is_one_in_any_notation"),
    (18, EVERY_NUMBER, EVERY),
    (19, NUMBERS, "f19_a_law_that_is_none_is_refused_by_its_rule"),
    (20, NUMBERS, "f20_limits_of_a_deployment_are_held_to_ecs_rule"),
    (21, NUMBERS, "f21_a_horizon_is_above_zero_and_within_the_clock"),
    (22, NUMBERS, "f22_f25_times_beyond_the_end_never_happen_and_never_wrap"),
    (23, NUMBERS, "f23_a_loop_without_time_stops_and_names_the_service"),
    (24, NUMBERS, "f24_durations_of_zero_are_allowed"),
    (25, NUMBERS, "f22_f25_times_beyond_the_end_never_happen_and_never_wrap"),
    (26, MEANING, "f26_two_services_of_one_name_are_refused"),
    (27, MEANING, "f27_a_circle_of_dependencies_is_printed_in_order"),
    (28, MEANING, "f28_what_does_not_exist_gets_the_nearest_name"),
    (29, MEANING, "f29_a_task_larger_than_every_instance_is_told_before_and_after"),
    (30, MEANING, "f30_a_spread_over_an_attribute_that_no_instance_has_is_told_and_keeps_nothing_apart"),
    (31, MEANING, "f31_a_deployment_at_100_and_100_percent_is_told_to_be_stuck"),
    (32, MEANING, "f32_a_fargate_size_that_is_not_offered_lists_those_that_are"),
    (33, MEANING, "f33_a_cluster_without_any_capacity_runs"),
    (34, MEANING, "f34_an_axis_without_values_or_with_one_twice_is_refused"),
    (35, MEANING, "f35_a_sweep_of_a_million_million_points_is_refused_before_it_is_made"),
    (36, MEANING, "f36_one_bad_point_among_good_ones_is_found_before_the_first_runs"),
    (43, OUTPUT, "f43_a_reader_that_goes_away_makes_no_panic"),
    (49, OUTPUT, "f49_a_cell_that_a_spreadsheet_would_compute_gets_an_apostrophe"),
    (50, OUTPUT, "f50_a_cell_with_separators_is_read_back_as_it_was"),
    (51, OUTPUT, "f51_f52_markup_and_control_characters_are_text"),
    (52, OUTPUT, "f51_f52_markup_and_control_characters_are_text"),
    (53, OUTPUT, "f53_a_name_never_leads_out_of_the_results"),
    (54, DIGESTS, "a_sweep_gives_the_same_digests_on_one_two_three_and_eight_threads"),
    (55, DIGESTS, "two_processes_with_different_threads_write_the_same_bytes"),
    // Debug builds run it by `cargo test`, optimised ones by `just digests-release` and `just digests-native`.
    (56, DIGESTS, "every_shipped_scenario_keeps_its_golden_digests"),
    (57, OUTPUT, "f54_f55_f57_threads_processes_directory_and_environment_change_no_byte"),
];

const EVERY: &str = "f14_f15_f18_no_number_of_the_schema_takes_nan_infinity_a_negative_or_an_overflow";

#[test]
fn every_fault_of_text_numbers_meaning_output_and_determinism_has_a_test() {
    let ids: Vec<u32> = HELD_BY.iter().map(|(id, ..)| *id).collect();
    assert_eq!(ids, (1..=36).chain([43]).chain(49..=57).collect::<Vec<u32>>());
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for (id, file, test) in HELD_BY {
        let text = std::fs::read_to_string(root.join(file)).unwrap();
        assert!(text.contains(&format!("#[test]\nfn {test}(")), "F{id:02}: {file} has no test {test}");
    }
}
