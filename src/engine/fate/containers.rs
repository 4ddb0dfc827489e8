//! The part of a task's fate that belongs to one container.

use super::{draw, seconds};
use crate::engine::setup::{ContainerBehaviour, MemoryUse, TaskBehaviour};
use crate::kernel::queue::Ticket;
use crate::kernel::time::{SimDuration, SimTime};
use crate::model::container::ContainerExit;
use crate::model::parameters::Parameters;
use crate::model::task_definition::{Condition, OperatingSystem, TaskDefinition};
use crate::policy::health_check::Stretch;

/// LIF-16: the agent's own limit on a container's start, on Linux and on Windows.
const CONTAINER_START_TIMEOUT: [SimDuration; 2] = [SimDuration::from_secs(180), SimDuration::from_secs(480)];

/// What will become of a container if nobody interferes.
#[derive(Clone, Debug, Default)]
pub(in crate::engine) struct ContainerFate {
    /// Creation and start.
    pub start: SimDuration,
    /// Whether that takes longer than the agent waits (LIF-16).
    pub start_times_out: bool,
    /// From its start to its exit by itself.
    pub exit: Option<(SimDuration, ContainerExit)>,
    /// From the stop signal to its exit.
    pub after_signal: SimDuration,
    /// Whether that exit is SIGKILL's doing (LIF-15).
    pub killed: bool,
    /// From its start until its probes can pass.
    pub ready: SimDuration,
    /// From its start until its probes fail.
    pub unhealthy_after: Option<SimDuration>,
    /// Times in which it hangs: a fault from outside (FAIL-3).
    pub hangs: Vec<(SimTime, SimTime)>,
    /// Its planned start.
    pub starts: Option<Ticket>,
    /// Its planned exit.
    pub exits: Option<PlannedExit>,
    /// The next change of its health.
    pub health: Option<Ticket>,
    /// The end of the patience of those that wait for it.
    pub awaited: Option<Ticket>,
    /// Whether it has got the stop signal.
    pub signalled: bool,
}

/// An exit that is planned.
#[derive(Clone, Copy, Debug)]
pub(in crate::engine) struct PlannedExit {
    /// When.
    pub at: SimTime,
    /// What with.
    pub exit: ContainerExit,
    /// The event.
    pub ticket: Ticket,
}

impl ContainerFate {
    /// The outcome of its probes from its start at `started` on.
    pub fn stretches(&self, started: SimTime) -> Vec<Stretch> {
        let breaks = self.unhealthy_after.map_or(SimTime::NEVER, |after| started + after);
        let mut edges = vec![started + self.ready, breaks];
        edges.extend(self.hangs.iter().flat_map(|(from, to)| [*from, *to]));
        edges.retain(|edge| *edge > started);
        edges.push(SimTime::NEVER);
        edges.sort_unstable();
        edges.dedup();
        let hangs = |at: SimTime| self.hangs.iter().any(|(from, to)| *from <= at && at < *to);
        let passes = |at: SimTime| at >= started + self.ready && at < breaks && !hangs(at);
        let mut from = started;
        let stretch = |until| {
            let passes = passes(from);
            from = until;
            Stretch { until, passes }
        };
        edges.into_iter().map(stretch).collect()
    }
}

/// The fate of the container at `index`; `host` is the host's memory in MiB and the task's time to be ready.
pub(in crate::engine) fn draw_container(
    uniforms: [f64; 6],
    definition: &TaskDefinition,
    index: usize,
    behaviour: &TaskBehaviour,
    parameters: &Parameters,
    host: (Option<u32>, SimDuration),
) -> ContainerFate {
    let container = &definition.containers[index];
    let unknown = ContainerBehaviour::default();
    let of = behaviour.containers.get(&container.name).unwrap_or(&unknown);
    let mut start = match &behaviour.launch {
        Some(_) => SimDuration::ZERO,
        None => draw(of.start.as_ref().unwrap_or_else(|| parameters.container_start()), uniforms[0]),
    };
    let limit = CONTAINER_START_TIMEOUT[usize::from(definition.operating_system == OperatingSystem::Windows)];
    let start_times_out = start > limit;
    start = start.min(limit);
    let law = of.exit_after_signal.as_ref().unwrap_or_else(|| parameters.exit_after_signal());
    let exits_after_signal = draw(law, uniforms[2]);
    let crash =
        of.crash.as_ref().map(|(law, code)| (draw(law, uniforms[1]), ContainerExit::by_itself(*code)));
    let limit_mib = definition.memory_limit_mib(index).or(host.0);
    let out_of_memory = of.memory.as_ref().and_then(|memory| memory_lasts(memory, limit_mib));
    let out_of_memory = out_of_memory.map(|lasts| (lasts, ContainerExit::OUT_OF_MEMORY));
    let own = match &of.exits {
        Some((law, code)) => Some((draw(law, uniforms[3]), ContainerExit::by_itself(*code))),
        None => {
            let awaited = definition.is_awaited(index, Condition::asks_for_an_end);
            awaited.then(|| {
                (draw(parameters.awaited_container_runs(), uniforms[3]), ContainerExit::by_itself(0))
            })
        }
    };
    ContainerFate {
        start,
        start_times_out,
        exit: [own, crash, out_of_memory].into_iter().flatten().min_by_key(|(after, _)| *after),
        after_signal: exits_after_signal.min(container.stop_timeout),
        killed: exits_after_signal > container.stop_timeout,
        ready: host.1,
        unhealthy_after: of.unhealthy_after.as_ref().map(|law| draw(law, uniforms[4])),
        ..ContainerFate::default()
    }
}

/// CON-14: how long memory that grows lasts.
fn memory_lasts(memory: &MemoryUse, limit_mib: Option<u32>) -> Option<SimDuration> {
    let limit_mib = f64::from(limit_mib?);
    if memory.growth_mib_per_hour <= 0.0 {
        return (memory.at_start_mib > limit_mib).then_some(SimDuration::ZERO);
    }
    let hours = (limit_mib - memory.at_start_mib).max(0.0) / memory.growth_mib_per_hour;
    Some(seconds((hours * 3600.0).min(1e15)))
}
