//! The cluster and its parts as plain data; `apply` is the only writer.
