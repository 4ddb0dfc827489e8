//! `--suggest-warm-up`: how long the start-up phase of a run is, by MSER-5.

use crate::experiment::Trial;
use crate::experiment::statistics::series::{Truncation, mser5};
use crate::kernel::time::SimDuration;
use crate::model::{Cluster, PoolId};
use crate::observe::sampler::Samples;
use crate::output::escape::visible_text;
use crate::output::number::duration;
use crate::output::terminal::{Column, table};

/// What is said of each service and pool: the series is the mean over replications at each sample.
pub(super) fn text(cluster: &Cluster, trials: &[Trial], every: SimDuration, warm_up: SimDuration) -> String {
    let samples: Vec<&Samples> = trials.iter().filter_map(|trial| trial.samples.as_ref()).collect();
    let mut rows = Vec::new();
    let mut longest: Option<f64> = Some(0.0);
    let mut tell = |what: String, series: Vec<f64>| {
        let found = match mser5(&series) {
            Truncation::At { observations, mean, .. } => {
                let seconds = observations as f64 * every.0 as f64 / 1000.0;
                longest = longest.map(|longest| longest.max(seconds));
                (duration(seconds), crate::output::number::significant(mean, 4))
            }
            Truncation::TooShort => {
                longest = None;
                ("more than half of it: a longer run is needed".to_owned(), "–".to_owned())
            }
        };
        rows.push(vec![what, found.0, found.1]);
    };
    for (index, service) in cluster.services.iter().enumerate() {
        let healthy = |samples: &&Samples| -> Vec<f64> {
            samples
                .services
                .get(index)
                .map_or(Vec::new(), |own| own.iter().map(|one| f64::from(one.healthy)).collect())
        };
        let series: Vec<Vec<f64>> = samples.iter().map(healthy).collect();
        tell(format!("healthy tasks of {}", visible_text(&service.name)), means(&series));
    }
    for index in 0..cluster.pools.len() {
        let reserved = |samples: &&Samples| -> Vec<f64> {
            samples
                .pools
                .get(index)
                .map_or(Vec::new(), |own| own.iter().filter_map(|one| one.cpu_reserved_share).collect())
        };
        let series: Vec<Vec<f64>> = samples.iter().map(reserved).collect();
        if series.iter().any(|series| series.iter().any(|value| *value > 0.0)) {
            let name = visible_text(cluster.pool_name(PoolId(index as u16)));
            tell(format!("CPU reserved of {name}"), means(&series));
        }
    }
    let columns = [Column::Text("series"), Column::Text("start-up phase"), Column::Number("mean after it")];
    let advice = match longest {
        None => "No warm-up can be told from this run; give it a longer duration.".to_owned(),
        Some(seconds) if seconds * 1000.0 > warm_up.0 as f64 => {
            format!(
                "warmUp is {}; {} would leave the start-up phase out.",
                duration(warm_up.as_secs_f64()),
                duration(seconds)
            )
        }
        Some(_) => format!("warmUp is {}, which is enough.", duration(warm_up.as_secs_f64())),
    };
    format!("\nWarm-up by MSER-5\n{}{advice}\n", table(&columns, &rows))
}

/// The mean over series at each instant that all of them have.
fn means(series: &[Vec<f64>]) -> Vec<f64> {
    let length = series.iter().map(Vec::len).min().unwrap_or(0);
    let at = |instant: usize| series.iter().map(|own| own[instant]).sum::<f64>() / series.len() as f64;
    (0..length).map(at).collect()
}
