# What CI does.
ci:
    .ci/run

# Tests as the README runs them.
test:
    cargo test

# Rewrites what is generated from the sources: docs/semantics.md and the golden digests.
bless:
    ECSIM_BLESS=1 cargo test --test rules --test digests

# The benchmark workload of docs/performance.md.
place:
    cargo run --release -- run benches/scenarios/place.yaml --record none --no-plots
