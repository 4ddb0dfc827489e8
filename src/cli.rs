//! The command line: one file per verb.

pub mod rules;
pub mod table;
pub mod types;

/// Why a verb ended without its answer; the text is a sentence for the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The command line or an input file is wrong: exit code 2.
    Input(String),
    /// A disk, a permission, a broken pipe: exit code 4.
    Environment(String),
    /// A bug of the simulator: exit code 5.
    Internal(String),
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Environment(format!("cannot write the answer: {error}"))
    }
}
