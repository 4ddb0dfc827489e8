//! The `ecsim` command: parse, do, exit code.

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use ecsim::cli::{Cli, execute};

/// The system's allocator gives memory back and takes it again with every small trial, and threads wait for each other over
/// that (`docs/performance.md`).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    ecsim::cli::interruption::listen();
    let mut out = std::io::stdout().lock();
    let done = execute(&cli, &mut out).and_then(|code| {
        out.flush()?;
        Ok(code)
    });
    match done {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            let message = failure.message().trim_end();
            if !message.is_empty() {
                // If standard error is gone too, the exit code still tells.
                let _ = writeln!(std::io::stderr(), "{message}");
            }
            ExitCode::from(failure.exit_code())
        }
    }
}
