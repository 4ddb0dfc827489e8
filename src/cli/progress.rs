//! Progress: a bar with rate and time left on a terminal, a plain line now and then elsewhere.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How far a run or sweep has come.
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    total: u64,
    done: u64,
    what: &'static str,
    told: Instant,
}

const PLAIN_EVERY: Duration = Duration::from_secs(10);

impl Progress {
    /// Of `total` units called `what`; silent if `quiet`.
    pub(super) fn begin(total: u64, what: &'static str, quiet: bool) -> Progress {
        let on_terminal = std::io::stderr().is_terminal();
        let bar = (!quiet && on_terminal).then(|| {
            let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
            let template = "{bar:40} {pos}/{len} {msg}  {per_sec}  {eta} left";
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style);
            }
            bar.with_message(what)
        });
        let total = if quiet { 0 } else { total };
        Progress { bar, total, done: 0, what, told: Instant::now() }
    }

    /// So many were done before.
    pub(super) fn skip(&mut self, done: u64) {
        self.done += done;
        if let Some(bar) = &self.bar {
            bar.set_position(self.done);
            bar.reset_eta();
        }
    }

    /// One more is done.
    pub(super) fn advance(&mut self) {
        self.done += 1;
        match &self.bar {
            Some(bar) => bar.inc(1),
            None if self.total > 0 && self.told.elapsed() >= PLAIN_EVERY => {
                self.told = Instant::now();
                // Progress is a courtesy: whoever closed standard error does not want it.
                let _ = writeln!(std::io::stderr(), "{} of {} {}", self.done, self.total, self.what);
            }
            None => {}
        }
    }

    /// Takes the bar away.
    pub(super) fn finish(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}
