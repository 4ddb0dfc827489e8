//! The fate of a task: everything about it that chance decides, drawn when it is created.
//!
//! One stream, one fixed block of uniforms in this order: launch or provisioning, dispatch, pull, ready,
//! duration, Spot interruption, deprovisioning, cpu, memory, start failure; then for each container in order of
//! definition: start, crash, exit after the signal, exit by itself, unhealthy, and of the first one when in an interval
//! load balancers check it. So a task's crash does not
//! depend on where it is placed.

mod containers;

use smallvec::SmallVec;

pub(super) use self::containers::{ContainerFate, PlannedExit, draw_container};
use super::on_target::TargetWatch;
use super::setup::{CallerBehaviour, TaskBehaviour};
use crate::kernel::dist::Distribution;
use crate::kernel::queue::Ticket;
use crate::kernel::streams::{Entity, Purpose, Stream, Streams};
use crate::kernel::time::SimDuration;
use crate::model::parameters::Parameters;
use crate::model::stop::StartFailure;
use crate::model::task_definition::{NetworkMode, TaskDefinition};

/// LIF-17: a pull that takes longer has failed.
const IMAGE_PULL_TIMEOUT: SimDuration = SimDuration::from_secs(2 * 3600);

/// What will become of a task if nobody interferes.
#[derive(Clone, Debug, Default)]
pub(super) struct Fate {
    /// Time in PROVISIONING, PENDING and of the image pull in ACTIVATING.
    pub start_up: [SimDuration; 3],
    /// What keeps it from RUNNING, if anything does.
    pub start_failure: Option<StartFailure>,
    /// From RUNNING until a standalone task's work is done.
    pub work: Option<SimDuration>,
    /// From RUNNING to healthy, for a service task without health checks (SVC-12).
    pub healthy_after: Option<SimDuration>,
    /// Time in DEPROVISIONING.
    pub deprovisioning: SimDuration,
    /// From RUNNING to a Spot interruption.
    pub interruption: Option<SimDuration>,
    /// Its containers, in the order of their definitions.
    pub containers: SmallVec<[ContainerFate; 1]>,
    /// When in an interval load balancers check it, from 0 to 1 (LAT-8).
    pub check_phase: f64,
    /// What they will find, by target.
    pub targets: Box<[TargetWatch]>,
    /// The next step of the life cycle.
    pub next: Option<Ticket>,
    /// The planned turn to healthy.
    pub health: Option<Ticket>,
    /// The planned interruption.
    pub reclaim: Option<Ticket>,
    /// The end of its grace period, if its health failed before it (SVC-15).
    pub grace: Option<Ticket>,
    /// The end of its protection from scale-in (SVC-20).
    pub protection: Option<Ticket>,
    /// Its agent has found room for it (LIF-21).
    pub admitted: bool,
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
    /// Whether the registry is asked all the same (INS-12).
    pub asks_for_cached_images: bool,
    pub interruption: Option<&'a Distribution>,
    pub of_service: bool,
    /// Whether load balancers check it (SVC-12).
    pub has_targets: bool,
    /// Memory of the host in MiB: the limit where a task has none (CON-14).
    pub host_memory_mib: Option<u32>,
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
    let Draws { block, containers: mut stream } = draws;
    let ready = behaviour.ready.as_ref().map_or(SimDuration::ZERO, |law| draw(law, block[3]));
    let count = definition.containers.len();
    let mut check_phase = 0.0;
    let containers = (0..count).map(|index| {
        let uniforms: [f64; 6] = std::array::from_fn(|_| stream.uniform());
        if index == 0 {
            check_phase = uniforms[5];
        }
        draw_container(uniforms, definition, index, behaviour, parameters, (site.host_memory_mib, ready))
    });
    let containers: SmallVec<[ContainerFate; 1]> = containers.collect();
    // LIF-9, LAT-15: what has a network interface of its own gives it back.
    let has_interface = site.on_fargate || definition.network_mode == NetworkMode::Awsvpc;
    let mut start_up = start_up(&block, definition, behaviour, parameters, site);
    let named = behaviour.start_failure.filter(|(probability, _)| block[9] < *probability);
    let mut start_failure = named.map(|(_, failure)| failure);
    if behaviour.launch.is_none() && start_up[2] > IMAGE_PULL_TIMEOUT {
        start_up[2] = IMAGE_PULL_TIMEOUT;
        start_failure = Some(StartFailure::CannotPullContainer);
    }
    let waits_for_no_check = site.of_service && !site.has_targets && !definition.has_health_check();
    Fate {
        start_up,
        start_failure,
        work: site.work,
        healthy_after: waits_for_no_check.then(|| *parameters.no_check_healthy_delay()),
        deprovisioning: if has_interface {
            draw(parameters.deprovisioning(), block[6])
        } else {
            SimDuration::ZERO
        },
        interruption: site.interruption.map(|law| draw(law, block[5])),
        containers,
        check_phase,
        ..Fate::default()
    }
}

/// LAT-1, LAT-2, LAT-4, LAT-5, LAT-7 by status (LIF-3..5), together about LAT-3; or `launch` in one piece.
fn start_up(
    block: &[f64; 10],
    definition: &TaskDefinition,
    behaviour: &TaskBehaviour,
    parameters: &Parameters,
    site: Site<'_>,
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
    [provisioning, draw(parameters.agent_dispatch(), block[1]), pull(block[2], behaviour, parameters, site)]
}

/// LAT-4; LAT-5 on Fargate with a SOCI index, whatever the size. An instance keeps what it pulled, and its agent asks
/// the registry again or does not (INS-12); Fargate keeps nothing.
fn pull(u: f64, behaviour: &TaskBehaviour, parameters: &Parameters, site: Site<'_>) -> SimDuration {
    let size_mb = behaviour.image_size_mb.unwrap_or(*parameters.default_image_size_mb());
    match (site.on_fargate, site.image_is_there) {
        (true, _) if behaviour.soci => draw(parameters.soci_pull(), u),
        (true, _) => {
            let transfer = size_mb / parameters.fargate_pull_mb_per_s();
            draw(parameters.fargate_pull_base(), u) + seconds(transfer)
        }
        (false, true) if site.asks_for_cached_images => draw(parameters.ec2_pull_cached(), u),
        (false, true) => SimDuration::ZERO,
        (false, false) => {
            let transfer = size_mb / parameters.ec2_pull_mb_per_s();
            draw(parameters.ec2_pull_base(), u) + seconds(transfer)
        }
    }
}

fn draw(law: &Distribution, u: f64) -> SimDuration {
    SimDuration(law.draw_ms(u))
}

fn seconds(seconds: f64) -> SimDuration {
    SimDuration((seconds * 1000.0 + 0.5) as u64)
}
