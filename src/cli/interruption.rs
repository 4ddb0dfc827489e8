//! Ctrl-C and the request to terminate: an end within a moment, with a word on how to go on (F40 to F42).
//!
//! A result appears under its name only when it is whole, and a journal is whole at every line, so the process may end
//! at any moment.

use std::io::Write;
use std::sync::{LazyLock, Mutex, PoisonError};

static HOW_TO_RESUME: Mutex<Option<String>> = Mutex::new(None);

/// Listens for interrupts for the rest of the process: exit codes 130 and 143.
pub fn listen() {
    #[cfg(unix)]
    {
        use signal_hook::consts::{SIGINT, SIGTERM};
        let Ok(mut signals) = signal_hook::iterator::Signals::new([SIGINT, SIGTERM]) else { return };
        std::thread::spawn(move || {
            if let Some(signal) = signals.forever().next() {
                let what = if signal == SIGINT { "Interrupted" } else { "Terminated" };
                let resume = HOW_TO_RESUME.lock().unwrap_or_else(PoisonError::into_inner).take();
                let resume = resume.unwrap_or_else(|| "nothing was written under a final name".to_owned());
                let _ = writeln!(std::io::stderr(), "\n{what}: {resume}");
                std::process::exit(128 + signal);
            }
        });
    }
}

/// While this lives, an interrupt says these words.
pub(super) struct Resumable;

/// What an interrupt says from now on.
pub(super) fn resumable(words: &str) -> Resumable {
    *HOW_TO_RESUME.lock().unwrap_or_else(PoisonError::into_inner) = Some(words.to_owned());
    Resumable
}

impl Drop for Resumable {
    fn drop(&mut self) {
        *HOW_TO_RESUME.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

static FAILING: LazyLock<Option<u64>> =
    LazyLock::new(|| std::env::var("ECSIM_TEST_PANIC_IN_TRIAL").ok()?.parse().ok());

/// Whether a test wants this trial of a sweep to stop on a bug: it sets `ECSIM_TEST_PANIC_IN_TRIAL` to its number.
pub(super) fn fails_in_test(job: u64) -> bool {
    *FAILING == Some(job)
}
