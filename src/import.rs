//! From what people have to a scenario: answers of the AWS CLI, CloudFormation templates, compose files, traces.
//!
//! Each importer gathers pieces in the shapes of the AWS API ([`gathered`]); [`assemble`] makes one scenario of them. What the
//! files do not say is guessed with a comment that says so, and what cannot be understood is left out and told by file and
//! field. Only fields that a simulation reads are copied, so that environment variables, secrets, commands and account ids
//! have no way in. The scenario is read and checked by the ordinary reader before anybody sees it.

pub mod answers;
pub mod assemble;
pub mod aws_cli;
pub mod cloudformation;
pub mod compose;
pub mod gathered;
pub mod pick;
pub mod trace;
pub mod yaml;

pub use assemble::{Imported, Wishes};
pub use gathered::{FileReport, Gathered, Verdict};
