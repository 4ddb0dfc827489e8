//! Pure functions of the cluster that return decisions.
