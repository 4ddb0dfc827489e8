# What CI does.
ci:
    .ci/run

# Tests as the README runs them.
test:
    cargo test --all-features

# The swarm test in its nightly size: 100,000 drawn scenarios, and a table of what they reached.
swarm:
    ECSIM_SWARM=100000 cargo test --release --test swarm -- --nocapture

# Placement against its reference in its nightly size: 10,000 drawn clusters, and a table of what they reached.
reference:
    ECSIM_REFERENCE=10000 cargo test --release --test placement_reference -- --nocapture

# Rewrites what is generated from the sources: the rule list, docs/semantics.md and the golden digests. Twice, because
# the list is part of the program that writes the document.
bless:
    -ECSIM_BLESS=1 cargo test --test rules
    ECSIM_BLESS=1 cargo test --test rules --test digests

# The benchmark workload of docs/performance.md.
place:
    cargo run --release -- run benches/scenarios/place.yaml --record none --no-plots

# Remakes results/gallery, the image of the README among it: the plots and small tables of two shipped scenarios.
gallery:
    cargo run --release -- run scenarios/quickstart.yaml --out results/quickstart
    cargo run --release -- sweep scenarios/how-many-instances.yaml --out results/how-many-instances
    rm -rf results/gallery
    mkdir -p results/gallery/quickstart results/gallery/how-many-instances
    cp -r results/quickstart/plots results/quickstart/deployments.csv results/quickstart/summary.csv results/quickstart/trials.csv results/gallery/quickstart
    cp -r results/how-many-instances/plots results/how-many-instances/points.csv results/how-many-instances/trials.csv results/gallery/how-many-instances

# The golden digests in an optimised build (F56); `cargo test` has them in a debug build.
digests-release:
    cargo test --release --test digests

# The golden digests in code for this very processor, with whatever fused and vector instructions it has (F56).
digests-native:
    RUSTFLAGS="-C target-cpu=native" cargo test --release --test digests --target-dir target/native
