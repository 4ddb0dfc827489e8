//! The fate of a task: everything about it that chance decides, drawn when it is created.
//!
//! One stream, one fixed block of uniforms in this order: launch or provisioning, dispatch, pull, ready,
//! duration, Spot interruption, deprovisioning, cpu, memory, spare; then for each container in order of
//! definition: start, crash, exit after the signal. So a task's crash does not depend on where it is placed.

use super::setup::{CallerBehaviour, ContainerBehaviour, TaskBehaviour};
use crate::kernel::dist::Distribution;
use crate::kernel::queue::Ticket;
use crate::kernel::streams::{Entity, Purpose, Stream, Streams};
use crate::kernel::time::SimDuration;
use crate::model::parameters::Parameters;
use crate::model::reason::StopCause;
use crate::model::task_definition::{NetworkMode, TaskDefinition};

/// What will become of a task if nobody interferes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fate {
    /// Time in PROVISIONING, PENDING and ACTIVATING.
    pub start_up: [SimDuration; 3],
    /// From RUNNING to the exit of an essential container by itself.
    pub exit: Option<(SimDuration, StopCause)>,
    /// From RUNNING to healthy; `None` for tasks whose health nobody reads.
    pub healthy_after: Option<SimDuration>,
    /// Time in STOPPING when all containers are told to stop.
    pub stopping: SimDuration,
    /// Time in STOPPING of those that are left when an essential container has exited.
    pub stopping_after_exit: SimDuration,
    /// Time in DEPROVISIONING.
    pub deprovisioning: SimDuration,
    /// From RUNNING to a Spot interruption.
    pub interruption: Option<SimDuration>,
    /// The next step of the life cycle.
    pub next: Option<Ticket>,
    /// The planned turn to healthy.
    pub health: Option<Ticket>,
    /// The planned exit.
    pub exits: Option<Ticket>,
    /// The planned interruption.
    pub reclaim: Option<Ticket>,
    /// Its host is gone, and ECS has not noticed.
    pub lost: bool,
}

/// The uniforms of a task, and the stream they come from.
pub(super) struct Draws {
    block: [f64; 10],
    containers: Stream,
}

impl Draws {
    /// Opens the stream of a task.
    pub(super) fn open(streams: &Streams, entity: Entity) -> Draws {
        let mut stream = streams.open(Purpose::Task, entity);
        let block = std::array::from_fn(|_| stream.uniform());
        Draws { block, containers: stream }
    }

    /// The sizes of a standalone task: RunTask overrides of cpu and memory.
    pub(super) fn sizes(&self, caller: &CallerBehaviour) -> (Option<u32>, Option<u32>) {
        let size = |law: &Option<Distribution>, u| {
            law.as_ref().map(|law| u32::try_from(law.draw_count(u)).unwrap_or(u32::MAX))
        };
        (size(&caller.cpu, self.block[7]), size(&caller.memory_mib, self.block[8]))
    }

    /// How long a standalone task's work takes.
    pub(super) fn duration(&self, caller: &CallerBehaviour) -> Option<SimDuration> {
        caller.duration.as_ref().map(|law| draw(law, self.block[4]))
    }
}

/// Where a task goes, as far as its fate depends on it.
#[derive(Clone, Copy)]
pub(super) struct Site<'a> {
    pub on_fargate: bool,
    pub image_is_there: bool,
    pub interruption: Option<&'a Distribution>,
    pub of_service: bool,
    /// How long its work takes, for a standalone task.
    pub work: Option<SimDuration>,
}

/// The fate of a task of `definition` on `site`.
pub(super) fn draw_fate(
    draws: Draws,
    definition: &TaskDefinition,
    behaviour: &TaskBehaviour,
    parameters: &Parameters,
    site: Site<'_>,
) -> Fate {
    let Draws { block, mut containers } = draws;
    let mut starts = SimDuration::ZERO;
    let mut exit = site.work.map(|work| (work, StopCause::Completed));
    let mut longest = [SimDuration::ZERO; 2];
    let mut exits_of = [(SimDuration::ZERO, false); 10];
    let unknown = ContainerBehaviour::default();
    for (container, exits) in definition.containers.iter().zip(&mut exits_of) {
        let uniforms: [f64; 3] = std::array::from_fn(|_| containers.uniform());
        let of = behaviour.containers.get(&container.name).unwrap_or(&unknown);
        if behaviour.launch.is_none() {
            let law = of.start.as_ref().unwrap_or_else(|| parameters.container_start());
            starts = starts + draw(law, uniforms[0]);
        }
        let law = of.exit_after_signal.as_ref().unwrap_or_else(|| parameters.exit_after_signal());
        let exits_after = draw(law, uniforms[2]).min(container.stop_timeout);
        *exits = (exits_after, false);
        longest[0] = longest[0].max(exits_after);
        if let Some((law, exit_code)) = &of.crash {
            let crashes_after = draw(law, uniforms[1]);
            if container.essential && exit.is_none_or(|(earliest, _)| crashes_after < earliest) {
                exit = Some((crashes_after, StopCause::EssentialContainerExited { exit_code: *exit_code }));
                exits.1 = true;
            }
        }
    }
    // The one that exits first by itself is the last one marked; a completed task ends with its first
    // essential container.
    let own = exits_of.iter().rposition(|(_, marked)| *marked);
    let own = own.or_else(|| definition.containers.iter().position(|container| container.essential));
    for (index, (exits_after, _)) in exits_of.iter().take(definition.containers.len()).enumerate() {
        if Some(index) != own {
            longest[1] = longest[1].max(*exits_after);
        }
    }
    // LIF-9, LAT-15: what has a network interface of its own gives it back.
    let has_interface = site.on_fargate || definition.network_mode == NetworkMode::Awsvpc;
    Fate {
        start_up: start_up(&block, definition, behaviour, parameters, site, starts),
        exit,
        healthy_after: site.of_service.then(|| healthy_after(block[3], definition, behaviour, parameters)),
        stopping: longest[0],
        stopping_after_exit: longest[1],
        deprovisioning: if has_interface {
            draw(parameters.deprovisioning(), block[6])
        } else {
            SimDuration::ZERO
        },
        interruption: site.interruption.map(|law| draw(law, block[5])),
        ..Fate::default()
    }
}

/// LAT-1, LAT-2, LAT-4, LAT-6, LAT-7 added up by status (LIF-3..5), or `launch` in one piece.
fn start_up(
    block: &[f64; 10],
    definition: &TaskDefinition,
    behaviour: &TaskBehaviour,
    parameters: &Parameters,
    site: Site<'_>,
    starts: SimDuration,
) -> [SimDuration; 3] {
    let provisions = site.on_fargate || definition.network_mode == NetworkMode::Awsvpc;
    if let Some(law) = &behaviour.launch {
        let whole = draw(law, block[0]);
        return if provisions {
            [whole, SimDuration::ZERO, SimDuration::ZERO]
        } else {
            [SimDuration::ZERO, whole, SimDuration::ZERO]
        };
    }
    let provisioning = match (site.on_fargate, provisions) {
        (true, _) => draw(parameters.fargate_provisioning(), block[0]),
        (false, true) => draw(parameters.eni_attach(), block[0]),
        (false, false) => SimDuration::ZERO,
    };
    let size_mb = behaviour.image_size_mb.unwrap_or(*parameters.default_image_size_mb());
    let pull = match (site.on_fargate, site.image_is_there) {
        (true, _) => {
            let transfer = size_mb / parameters.fargate_pull_mb_per_s();
            draw(parameters.fargate_pull_base(), block[2]) + seconds(transfer)
        }
        (false, true) => draw(parameters.ec2_pull_cached(), block[2]),
        (false, false) => {
            let transfer = size_mb / parameters.ec2_pull_mb_per_s();
            draw(parameters.ec2_pull_base(), block[2]) + seconds(transfer)
        }
    };
    [provisioning, draw(parameters.agent_dispatch(), block[1]), pull + starts]
}

/// SVC-12 without load balancers: the first probe that can pass (CON-6), or a fixed delay where there is no check.
fn healthy_after(
    u: f64,
    definition: &TaskDefinition,
    behaviour: &TaskBehaviour,
    parameters: &Parameters,
) -> SimDuration {
    let checked = definition.containers.iter().filter(|container| container.essential);
    let slowest = checked.filter_map(|container| container.health_check_interval).max();
    match slowest {
        None => *parameters.no_check_healthy_delay(),
        Some(interval) => {
            let ready = behaviour.ready.as_ref().map_or(SimDuration::ZERO, |law| draw(law, u));
            SimDuration(interval.0 * ready.0.div_ceil(interval.0).max(1))
        }
    }
}

fn draw(law: &Distribution, u: f64) -> SimDuration {
    SimDuration(law.draw_ms(u))
}

fn seconds(seconds: f64) -> SimDuration {
    SimDuration((seconds * 1000.0 + 0.5) as u64)
}
