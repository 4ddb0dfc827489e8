//! What a scenario can say and ECS does not do: to be compared with, and told as such by `ecsim rules`.

/// Something of the scenario format that is no rule of ECS.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NotEcs {
    /// Its path in a scenario.
    pub path: &'static str,
    /// What it does.
    pub says: &'static str,
    /// What ECS does instead.
    pub instead: &'static str,
}

/// All of it, by path.
pub const NOT_ECS: [NotEcs; 8] = [
    NotEcs {
        path: "policies.clusterScaling.fromZero",
        says: "realNeed: a group without instances grows at once to what the waiting tasks need",
        instead: "the first step is as if it had one instance and needed two (CAS-2)",
    },
    NotEcs {
        path: "policies.clusterScaling.scaleInAfter",
        says: "scale-in after another time below the target than 15 minutes",
        instead: "15 datapoints of a minute (CAS-10)",
    },
    NotEcs {
        path: "policies.placement",
        says: "first, worst and best fit, and spread before best fit, by service or run",
        instead: "placement strategies (section PLC)",
    },
    NotEcs {
        path: "policies.repack",
        says: "now and then the emptiest instance whose tasks fit on the others is drained and terminated",
        instead: "nothing moves a running task to a better place (PLC-19)",
    },
    NotEcs {
        path: "policies.replaceAtRecommendation",
        says: "an instance is set to DRAINING as soon as EC2 recommends to rebalance it",
        instead: "draining begins with the interruption notice (SPT-2)",
    },
    NotEcs {
        path: "policies.spotFallback",
        says: "while Spot gives nothing, what a service lacks starts on other capacity, and moves back later",
        instead: "no provider of a strategy stands in for another (CAP-8)",
    },
    NotEcs {
        path: "world.runs.onRefusal",
        says: "a caller tries a refused RunTask again, or waits in line",
        instead: "RunTask answers with a failure, and that is all (PLC-13)",
    },
    NotEcs {
        path: "world.runs.onStop",
        says: "a caller submits a stopped task again",
        instead: "a standalone task that has stopped is not replaced",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_stand_in_the_order_of_their_paths() {
        assert!(NOT_ECS.is_sorted_by_key(|one| one.path));
    }
}
