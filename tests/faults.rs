//! Bad input through the binary: exit code, message, files (the rows F01 to F57 that concern text, numbers, meaning,
//! output and determinism).

#[path = "faults/meaning.rs"]
mod meaning;
#[path = "faults/numbers.rs"]
mod numbers;
#[path = "faults/output.rs"]
mod output;
#[path = "faults/support.rs"]
mod support;
#[path = "faults/text.rs"]
mod text;
