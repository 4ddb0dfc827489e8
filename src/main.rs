//! The `ecsim` command.
fn main() {}
