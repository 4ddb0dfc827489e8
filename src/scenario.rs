//! The scenario file: parse, check, build.
