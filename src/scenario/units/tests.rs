use super::*;

#[test]
fn durations_are_read_to_the_millisecond() {
    let cases = [
        ("90s", 90_000),
        ("24h", 24 * 3_600_000),
        ("1h30m", 5_400_000),
        ("1h 30m", 5_400_000),
        ("500ms", 500),
        ("500 ms", 500),
        ("7d", 7 * 86_400_000),
        ("2w", 14 * 86_400_000),
        ("1.5h", 5_400_000),
        ("10min", 600_000),
        ("0.001s", 1),
        ("0", 0),
        ("0s", 0),
        ("2w3d4h5m6s7ms", 17 * 86_400_000 + 4 * 3_600_000 + 5 * 60_000 + 6 * 1000 + 7),
    ];
    for (text, ms) in cases {
        assert_eq!(parse_duration_ms(text), Ok(ms), "{text}");
    }
}

#[test]
fn a_duration_without_a_unit_is_refused_except_zero() {
    let error = parse_duration_ms("90").unwrap_err();
    assert!(error.contains("no unit") && error.contains("90s"), "{error}");
    assert_eq!(parse_duration_ms("0"), Ok(0));
}

#[test]
fn wrong_durations_get_a_sentence_each() {
    let cases = [
        ("-5s", "negative"),
        ("5 parsecs", "unknown unit \"parsecs\""),
        ("5M", "unknown unit \"M\""),
        ("soon", "does not start with a number"),
        ("", "does not start with a number"),
        ("30m1h", "out of order"),
        ("1h1h", "out of order"),
        ("0.5ms", "finer than a millisecond"),
        ("1.2.3s", "not a plain decimal"),
        ("1e3s", "unknown unit \"e\""),
        ("1001w1000", "no unit"),
        ("366000d", "longer than a thousand years"),
        ("99999999999999999w", "longer than a thousand years"),
        ("1234567890123456789s", "too many digits"),
    ];
    for (text, part) in cases {
        let error = parse_duration_ms(text).unwrap_err();
        assert!(error.contains(part), "{text}: {error}");
    }
}

#[test]
fn the_parts_of_a_duration_may_not_exceed_the_limit_together() {
    // 365,000 d are exactly a thousand years; one hour more is too long.
    assert_eq!(parse_duration_ms("365000d"), Ok(MAX_DURATION_MS));
    assert!(parse_duration_ms("365000d1h").unwrap_err().contains("thousand years"));
    assert!(parse_fractional_ms("365000d1h").unwrap_err().contains("thousand years"));
}

#[test]
fn parameters_of_distributions_keep_fractions_of_a_millisecond() {
    assert_eq!(parse_fractional_ms("0.5ms"), Ok(0.5));
    // 1 h + 0.25 ms
    assert_eq!(parse_fractional_ms("1h0.25ms"), Ok(3_600_000.25));
}

#[test]
fn sizes_are_decimal_without_and_binary_with_an_i() {
    assert_eq!(parse_size_bytes("400 MB"), Ok(400_000_000));
    // 400 * 1024 * 1024 = 419,430,400
    assert_eq!(parse_size_bytes("400MiB"), Ok(419_430_400));
    assert_eq!(parse_size_bytes("2 GiB"), Ok(2 << 30));
    assert_eq!(parse_size_bytes("1.5 KiB"), Ok(1536));
    assert_eq!(parse_size_bytes("0"), Ok(0));
}

#[test]
fn wrong_sizes_get_a_sentence_each() {
    let cases = [
        ("400", "no unit"),
        ("-1 MB", "negative"),
        ("400 mb", "unknown unit \"mb\""),
        ("0.5 B", "whole number of bytes"),
        ("9000000 TB", "more than 8 PiB"),
        ("big", "does not start with a number"),
    ];
    for (text, part) in cases {
        let error = parse_size_bytes(text).unwrap_err();
        assert!(error.contains(part), "{text}: {error}");
    }
}

#[test]
fn rates_are_events_a_second() {
    assert_eq!(parse_rate_per_second("2/s"), Ok(2.0));
    // 120 an hour = 120 / 3600 = 1/30 a second
    assert_eq!(parse_rate_per_second("120/h"), Ok(120_000.0 / 3_600_000.0));
    assert_eq!(parse_rate_per_second("30 / min"), Ok(0.5));
    for text in ["2", "2/", "/s", "-2/s", "2/fortnight"] {
        assert!(parse_rate_per_second(text).is_err(), "{text}");
    }
}

#[test]
fn growth_is_bytes_an_hour() {
    // 1 MiB a minute = 60 MiB an hour
    assert_eq!(parse_bytes_per_hour("1 MiB/min"), Ok(60.0 * 1_048_576.0));
    assert!(parse_bytes_per_hour("50/h").unwrap_err().contains("no unit"));
}

#[test]
fn shares_are_numbers_or_percent_between_0_and_1() {
    assert_eq!(parse_share("35%"), Ok(0.35));
    assert_eq!(parse_share("0.35"), Ok(0.35));
    assert_eq!(parse_share("100 %"), Ok(1.0));
    for text in ["101%", "1.01", "-1%", "%", "half"] {
        assert!(parse_share(text).is_err(), "{text}");
    }
}
