//! Names of metrics, kinds and axes as words of a sentence.

/// `containerExit` is `container exit`, `spotInterruption` is `Spot interruption`.
#[must_use]
pub fn kind_words(name: &str) -> String {
    let mut spread = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !spread.is_empty() {
            spread.push(' ');
        }
        spread.extend(letter.to_lowercase());
    }
    let proper = |word: &str| match word {
        "spot" | "fargate" => capitalized(word),
        word => word.to_owned(),
    };
    spread.split(' ').map(proper).collect::<Vec<_>>().join(" ")
}

/// `time_to_replace_s.p95` is `Time to replace, 95th percentile`; `cost_usd_per_hour` is `Cost per hour`.
#[must_use]
pub fn metric_words(metric: &str) -> String {
    let (base, statistic) = metric.split_once('.').map_or((metric, None), |(base, stat)| (base, Some(stat)));
    let base = base.replace("_usd", "").replace("_task_s", "");
    let base = base.strip_suffix("_s").unwrap_or(&base);
    let words = capitalized(&base.replace('_', " "));
    let words = words.strip_prefix("Cpu ").map_or(words.clone(), |rest| format!("CPU {rest}"));
    match statistic {
        None => words,
        Some("mean") => format!("{words}, mean"),
        Some("p50") => format!("{words}, median"),
        Some("max") => format!("{words}, largest"),
        Some(stat) => match stat.strip_prefix('p').filter(|rest| rest.parse::<u8>().is_ok()) {
            Some(rest) => format!("{words}, {rest}th percentile"),
            None => format!("{words}: {stat}"),
        },
    }
}

/// `Time to replace of web, 95th percentile`.
#[must_use]
pub fn metric_of_words(metric: &str, of: &str) -> String {
    let words = metric_words(metric);
    match words.split_once(", ") {
        Some((words, statistic)) => format!("{words} of {of}, {statistic}"),
        None => format!("{words} of {of}"),
    }
}

/// The end of a path, which is what it changes: `aws.services.web.desiredCount` is `desiredCount of web`.
#[must_use]
pub fn axis_words(path: &str) -> String {
    let parts: Vec<&str> = path.split('.').collect();
    match parts[..] {
        [
            ..,
            "services" | "containerInstances" | "autoScalingGroups" | "taskDefinitions" | "runs" | "groups"
            | "tasks",
            of,
            key,
        ] => {
            format!("{key} of {of}")
        }
        [.., of, key] if parts.len() >= 3 && !path.contains('"') => format!("{key} ({of})"),
        _ => path.to_owned(),
    }
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_written_as_words() {
        let words = ["containerExit", "fargateHostFailure", "spotInterruption"].map(kind_words);
        assert_eq!(words, ["container exit", "Fargate host failure", "Spot interruption"]);
    }

    #[test]
    fn metrics_are_written_without_their_unit() {
        let metrics =
            ["availability", "time_to_replace_s.p95", "cost_usd_per_hour", "cpu_reserved_share.max"];
        let words = [
            "Availability",
            "Time to replace, 95th percentile",
            "Cost per hour",
            "CPU reserved share, largest",
        ];
        assert_eq!(metrics.map(metric_words), words);
    }

    #[test]
    fn an_axis_is_named_by_what_it_changes() {
        assert_eq!(axis_words("aws.services.web.desiredCount"), "desiredCount of web");
        assert_eq!(axis_words("duration"), "duration");
    }
}
