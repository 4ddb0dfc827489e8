//! Lifecycle hooks: what a group waits for when an instance is launched or terminated (ASG-3).

use crate::kernel::time::SimDuration;

/// However it is kept alive, a hook ends after 48 hours, or a hundred times its heartbeat (ASG-3).
const LONGEST: SimDuration = SimDuration::from_secs(48 * 3600);

/// A lifecycle hook of a group.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LifecycleHook {
    /// Its name.
    pub name: String,
    /// At which end of an instance's life.
    pub transition: Transition,
    /// How long it waits without a heartbeat.
    pub heartbeat_timeout: SimDuration,
    /// What follows then.
    pub default_result: HookResult,
}

/// When a hook holds an instance.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Transition {
    /// Before it enters service: `autoscaling:EC2_INSTANCE_LAUNCHING`.
    Launching,
    /// Before it is terminated: `autoscaling:EC2_INSTANCE_TERMINATING`.
    Terminating,
}

/// How a hook ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HookResult {
    /// The instance goes on its way once its other hooks have ended.
    Continue,
    /// A launching instance is terminated; a terminating one goes at once, whatever other hooks wait for.
    Abandon,
}

impl LifecycleHook {
    /// How long it waits and how it ends, where somebody completes it after `completes` with a result, and sends
    /// heartbeats until then or does not.
    #[must_use]
    pub fn ends(
        &self,
        completes: Option<(SimDuration, HookResult)>,
        heartbeats: bool,
    ) -> (SimDuration, HookResult) {
        let longest = match heartbeats {
            true => LONGEST.min(SimDuration(100 * self.heartbeat_timeout.0)),
            false => self.heartbeat_timeout,
        };
        match completes {
            Some((after, result)) if after <= longest => (after, result),
            Some(_) => (longest, self.default_result),
            None => (self.heartbeat_timeout, self.default_result),
        }
    }
}

/// When several hooks of one transition, all begun at once, let an instance go on, and how: the first to abandon decides,
/// else the last to continue. `None` without hooks.
#[must_use]
pub fn together(
    ends: impl IntoIterator<Item = (SimDuration, HookResult)>,
) -> Option<(SimDuration, HookResult)> {
    let mut found: Option<(SimDuration, HookResult)> = None;
    for (at, result) in ends {
        found = Some(match (found, result) {
            (None, _) => (at, result),
            (Some((other, HookResult::Abandon)), HookResult::Abandon) => (at.min(other), HookResult::Abandon),
            (Some(abandoned @ (_, HookResult::Abandon)), HookResult::Continue) => abandoned,
            (Some((_, HookResult::Continue)), HookResult::Abandon) => (at, HookResult::Abandon),
            (Some((other, HookResult::Continue)), HookResult::Continue) => {
                (at.max(other), HookResult::Continue)
            }
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: SimDuration = SimDuration::from_secs(60);

    fn hook(heartbeat_s: u64) -> LifecycleHook {
        LifecycleHook {
            name: "prepare".to_owned(),
            transition: Transition::Launching,
            heartbeat_timeout: SimDuration::from_secs(heartbeat_s),
            default_result: HookResult::Abandon,
        }
    }

    #[test]
    fn a_hook_that_nobody_completes_ends_by_its_heartbeat_timeout() {
        assert_eq!(hook(90).ends(None, true), (SimDuration::from_secs(90), HookResult::Abandon));
    }

    #[test]
    fn without_heartbeats_a_completion_after_the_timeout_comes_too_late() {
        let after = Some((SimDuration::from_secs(120), HookResult::Continue));
        assert_eq!(hook(90).ends(after, false), (SimDuration::from_secs(90), HookResult::Abandon));
        assert_eq!(hook(90).ends(after, true), (SimDuration::from_secs(120), HookResult::Continue));
    }

    /// 100 × 30 s = 3,000 s is less than 48 hours; 100 × 7,200 s is more.
    #[test]
    fn heartbeats_keep_a_hook_for_a_hundred_timeouts_or_48_hours() {
        let never = Some((SimDuration::from_secs(1_000_000), HookResult::Continue));
        assert_eq!(hook(30).ends(never, true), (SimDuration::from_secs(3000), HookResult::Abandon));
        assert_eq!(hook(7200).ends(never, true), (SimDuration::from_secs(172_800), HookResult::Abandon));
    }

    #[test]
    fn the_last_to_continue_or_the_first_to_abandon_decides() {
        let (short, long) = (MINUTE, SimDuration(2 * MINUTE.0));
        let both = [(short, HookResult::Continue), (long, HookResult::Continue)];
        assert_eq!(together(both), Some((long, HookResult::Continue)));
        let one = [(long, HookResult::Continue), (short, HookResult::Abandon)];
        assert_eq!(together(one), Some((short, HookResult::Abandon)));
        assert_eq!(together([]), None);
    }
}
