//! What a verb knows of its result beyond its tables: the question and the answer. It stands in `manifest.json`.

use serde::{Deserialize, Serialize};

/// What the top of the page says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReportFacts {
    /// `run`, `sweep`, `compare`, `plan` or `sensitivity`.
    pub kind: String,
    /// The question of the scenario's first line.
    pub question: Option<String>,
    /// The answer in a sentence.
    pub answer: Option<String>,
    /// `yes`, `no` or `unknown`.
    pub verdict: Option<String>,
    /// Circumstances: what, and how much.
    pub facts: Vec<(String, String)>,
    /// Each objective, met or missed.
    pub objectives: Vec<ReportObjective>,
    /// Key figures.
    pub figures: Vec<ReportFigure>,
    /// The date of simulated zero.
    pub starts_at: Option<String>,
    /// How long it took in simulated seconds.
    pub end_s: Option<f64>,
    /// What metrics leave out at the beginning, in seconds.
    pub warm_up_s: Option<f64>,
    /// What the user should know.
    pub warnings: Vec<String>,
    /// What was left out of data.
    pub notes: Vec<String>,
    /// Axes of a sweep, as columns of `points.csv`.
    pub axes: Vec<String>,
    /// Metrics that are drawn over the axes.
    pub curves: Vec<ReportCurve>,
    /// The metric of cost that others are held against, as `metric:of`.
    pub cost: Option<String>,
    /// The point that was chosen, if one was.
    pub chosen: Option<u64>,
}

/// An objective and what became of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ReportObjective {
    /// `availability of web at least 99.9 %`.
    pub text: String,
    /// What was found.
    pub estimate: String,
    /// `met`, `missed`, `unknown`, or `goal` for one without a bound.
    pub verdict: String,
}

/// A key figure.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ReportFigure {
    /// What: `available`.
    pub title: String,
    /// Of whom: `web`.
    pub of: String,
    /// The value with its unit.
    pub value: String,
    /// Its interval.
    pub detail: String,
    /// The file it stands in.
    pub csv: String,
}

/// A metric over the axes of a sweep.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ReportCurve {
    /// The column of `points.csv` without `:mean`: `availability:web`.
    pub column: String,
    /// How people call it.
    pub title: String,
    /// Its unit.
    pub unit: String,
    /// The bound of its objective.
    pub limit: Option<f64>,
    /// The bound in words.
    pub limit_text: Option<String>,
    /// Whether more of it is better, where that is known.
    pub higher_is_better: Option<bool>,
}
