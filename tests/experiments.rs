//! Sweeps that survive, comparisons, plans, sensitivities and the gate, through the binary (F38 to F48).

#[path = "faults/support.rs"]
#[allow(dead_code)]
mod support;

#[path = "experiments/check.rs"]
mod check;
#[path = "experiments/compare.rs"]
mod compare;
#[path = "experiments/disk.rs"]
mod disk;
#[path = "experiments/interrupts.rs"]
mod interrupts;
#[path = "experiments/journal.rs"]
mod journal;
#[path = "experiments/memory.rs"]
mod memory;
#[path = "experiments/plan.rs"]
mod plan;
#[path = "experiments/precision.rs"]
mod precision;
#[path = "experiments/sensitivity.rs"]
mod sensitivity;
#[path = "experiments/shards.rs"]
mod shards;
#[path = "experiments/work.rs"]
mod work;
