//! Instance types, Fargate sizes, prices and the rule book: data with date and source.
