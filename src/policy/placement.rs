//! Where a task goes: filter the instances, narrow by strategies, pick one (PLC-1).

mod closest;
mod dense;
pub mod fargate;
pub mod filter;
mod fit;
mod packed;
pub mod query;
pub mod requirements;
pub mod strategy;

use self::dense::{DenseChain, Draws};
use self::filter::Filter;
use self::fit::FitWeights;
use self::packed::PackedChain;
use self::requirements::Requirements;
use self::strategy::Key;
use super::explain::{ExplanationSink, Note};
use crate::model::host_port::HostPort;
use crate::model::instance::InstanceStatus;
use crate::model::parameters::{RunTaskDefault, TieBreak};
use crate::model::placement::{
    BinpackField, PlacementConstraint, PlacementPolicy, PlacementRule, PlacementStrategy, SpreadField,
    TaskToPlace,
};
use crate::model::reason::{PlacementFailure, Refusal};
use crate::model::{Cluster, InstanceId, PoolId, Resources, TaskGroupId, ZoneId};

/// What a task asks of placement on container instances.
#[derive(Clone, Copy, Debug)]
pub struct PlacementRequest<'a> {
    /// What it reserves.
    pub demand: Resources,
    /// The fixed ports it takes of its instance (CON-18).
    pub host_ports: &'a [HostPort],
    /// What it needs beside those.
    pub requirements: Requirements<'a>,
    /// Its group, the population of spread and of distinctInstance (RES-8).
    pub group: TaskGroupId,
    /// Conditions on the instance by the service or call.
    pub constraints: &'a [PlacementConstraint],
    /// Conditions on the instance by the task definition (PLC-10).
    pub definition_constraints: &'a [PlacementConstraint],
    /// The order of preference; empty is the default of PLC-8.
    pub strategies: &'a [PlacementStrategy],
    /// Whether a service asks (PLC-8 has another default for RunTask).
    pub for_service: bool,
    /// Who decides.
    pub rule: &'a PlacementRule,
    /// Only instances of this pool, if given.
    pub pool: Option<PoolId>,
}

/// Room for the candidates, kept by the caller so that placing a task allocates nothing.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    slots: Vec<u32>,
    zones: Vec<(u32, ZoneId)>,
    /// The same for a policy of the user's own.
    candidates: Vec<InstanceId>,
}

/// Chooses an instance, or says why there is none.
///
/// `pick` draws a number below its argument; it is asked only where `tie_break` is `seeded_random` (PLC-9), or by a policy of
/// the user's own. Where the strategies are no more than spread over zones and instances and `random`, an instance slot (of
/// the pool, if the request names one) is drawn up to 32 times, and the first that is among the best is taken. Otherwise, or
/// if none was, one more draw among the best decides, if there are several.
///
/// # Errors
/// The reason code of table 5a, with how many instances fell where and the closest one (PLC-21).
///
/// # Panics
/// If a policy of the user's own chooses none of its candidates.
pub fn choose_instance<S: ExplanationSink>(
    cluster: &Cluster,
    request: &PlacementRequest<'_>,
    scratch: &mut Scratch,
    pick: impl FnMut(u32) -> u32,
    sink: &mut S,
) -> Result<InstanceId, PlacementFailure> {
    find_instance(cluster, request, scratch, pick, sink).ok_or_else(|| {
        let failure = closest::failure(cluster, request);
        if S::WANTED {
            closest::tell(cluster, request, &failure, sink);
        }
        failure
    })
}

/// Chooses an instance as [`choose_instance`] does, for somebody who need not know why there is none: to find out the
/// closest one costs more than to find that none qualifies.
///
/// # Panics
/// If a policy of the user's own chooses none of its candidates.
pub fn find_instance<S: ExplanationSink>(
    cluster: &Cluster,
    request: &PlacementRequest<'_>,
    scratch: &mut Scratch,
    mut pick: impl FnMut(u32) -> u32,
    sink: &mut S,
) -> Option<InstanceId> {
    let filter = Filter::new(cluster, request);
    let draws_lots = matches!(request.rule, PlacementRule::Ecs)
        && *cluster.parameters.tie_break() == TieBreak::SeededRandom;
    let mut draws = Draws::default();
    if let Some(chain) = DenseChain::of(cluster, request) {
        if draws_lots {
            // The same draws with and without a sink, which wants to hear of all the others as well.
            let certain = chain.draw(&filter, &mut draws, &mut pick);
            if let (Some(slot), false) = (certain, S::WANTED) {
                return Some(instance_in(cluster, slot));
            }
        } else if let (Some(slot), false) = (chain.first(&filter), S::WANTED) {
            return Some(instance_in(cluster, slot));
        }
    }
    if let (Some(chain), false) = (PackedChain::of(cluster, request), S::WANTED)
        && chain.answers_all(request)
        && filter.asks_for_size_alone()
        && let Some(ties) = chain.ties(&filter, &mut scratch.zones)
    {
        let place = if draws_lots && ties.len() > 1 { pick(ties.len()) } else { 0 };
        return Some(instance_in(cluster, ties.at(place)));
    }
    find_best(&filter, scratch, sink);
    let slots = &scratch.slots;
    let lowest = slots.first().copied()?;
    if let PlacementRule::Custom(policy) = request.rule {
        let instance = ask(&**policy, cluster, request, scratch, &mut pick);
        if S::WANTED {
            sink.note(Note::Narrowed { strategy: policy.name().to_owned(), best: None, left: 1 });
            sink.note(Note::Chose { instance, among: 1 });
        }
        return Some(instance);
    }
    let chosen = match slots.len() as u32 {
        1 => lowest,
        _ if !draws_lots => lowest,
        equals => draws.first_among(slots).unwrap_or_else(|| slots[pick(equals) as usize]),
    };
    let instance = instance_in(cluster, chosen);
    if S::WANTED {
        sink.note(Note::Chose { instance, among: slots.len() });
    }
    Some(instance)
}

/// Leaves in the scratch the admitted instances that are best by all strategies, in order of their slots.
fn find_best<S: ExplanationSink>(filter: &Filter<'_>, scratch: &mut Scratch, sink: &mut S) {
    let Filter { cluster, request, .. } = *filter;
    let Scratch { slots, zones, .. } = scratch;
    let mut keys = keys_of(cluster, request).into_iter();
    if let (Some(chain), false) = (PackedChain::of(cluster, request), S::WANTED) {
        chain.best(filter, zones, slots);
        keys.by_ref().take(chain.answers).for_each(drop);
    } else {
        let first = keys.next().unwrap_or(Key::Equal);
        strategy::best_of_all(filter, &first, slots);
        if S::WANTED {
            filter::tell(cluster, request, sink);
            tell_narrowed(cluster, request.group, &first, slots, sink);
        }
    }
    for key in keys {
        if slots.len() <= 1 {
            break;
        }
        strategy::narrow(cluster, request.group, &key, slots);
        if S::WANTED {
            tell_narrowed(cluster, request.group, &key, slots, sink);
        }
    }
}

/// Lets a policy of the user's own choose among all that were admitted.
fn ask(
    policy: &dyn PlacementPolicy,
    cluster: &Cluster,
    request: &PlacementRequest<'_>,
    scratch: &mut Scratch,
    pick: &mut dyn FnMut(u32) -> u32,
) -> InstanceId {
    let Scratch { slots, candidates, .. } = scratch;
    candidates.clear();
    candidates.extend(slots.iter().map(|slot| instance_in(cluster, *slot)));
    let PlacementRequest { demand, group, strategies, for_service, .. } = *request;
    let task = TaskToPlace { demand, group, strategies, for_service };
    let chosen = policy.choose(&task, candidates, cluster, pick);
    assert!(
        candidates.contains(&chosen),
        "the placement policy {:?} chose an instance that is none of its candidates",
        policy.name()
    );
    chosen
}

/// Whether the instance that StartTask names can take the task: no strategy, no constraint, all the rest (PLC-15).
///
/// # Errors
/// INACTIVE, or the reason code of the first requirement it fails.
pub fn check_instance(
    cluster: &Cluster,
    request: &PlacementRequest<'_>,
    named: InstanceId,
) -> Result<(), Refusal> {
    match cluster.instances[named].status {
        InstanceStatus::Inactive
        | InstanceStatus::Deregistered
        | InstanceStatus::Draining
        | InstanceStatus::Registering
        | InstanceStatus::Unregistered => Err(Refusal::Inactive),
        InstanceStatus::Lost | InstanceStatus::LostDraining => Err(Refusal::Agent), // ECS knows no more than that it is silent (INS-5)
        InstanceStatus::Active => {
            let request = PlacementRequest { constraints: &[], definition_constraints: &[], ..*request };
            filter::first_failure(cluster, &request, named).map_or(Ok(()), Err)
        }
    }
}

/// Tells what a strategy kept; nothing where there was nothing to choose from.
fn tell_narrowed<S: ExplanationSink>(
    cluster: &Cluster,
    group: TaskGroupId,
    key: &Key,
    slots: &[u32],
    sink: &mut S,
) {
    if let Some(slot) = slots.first() {
        let best = key.number_of(cluster, group, *slot as usize);
        sink.note(Note::Narrowed { strategy: key.name(), best, left: slots.len() });
    }
}

/// The chain of preferences that a request stands for.
fn keys_of(cluster: &Cluster, request: &PlacementRequest<'_>) -> impl IntoIterator<Item = Key> + use<> {
    let weights = || FitWeights::new(request.demand, cluster.largest_registered);
    let mut keys = [const { None }; 6];
    let chain: &mut dyn Iterator<Item = Key> = match request.rule {
        PlacementRule::FirstFit => &mut [Key::Registration].into_iter(),
        PlacementRule::WorstFit => &mut [Key::Roomiest(weights()), Key::Registration].into_iter(),
        PlacementRule::BestFit => &mut [Key::Tightest(weights()), Key::Registration].into_iter(),
        PlacementRule::SpreadBestFit => {
            &mut [Key::FewestInZone, Key::Tightest(weights()), Key::Registration].into_iter()
        }
        PlacementRule::Custom(_) => &mut [Key::Equal].into_iter(),
        PlacementRule::Ecs if !request.strategies.is_empty() => &mut request.strategies.iter().map(key_of),
        PlacementRule::Ecs if request.for_service => {
            &mut [Key::FewestInZone, Key::FewestOnInstance].into_iter()
        }
        PlacementRule::Ecs => match cluster.parameters.runtask_default() {
            RunTaskDefault::Random => &mut [Key::Equal].into_iter(),
            RunTaskDefault::SpreadZones => &mut [Key::FewestInZone].into_iter(),
        },
    };
    keys.iter_mut().zip(chain).for_each(|(place, key)| *place = Some(key));
    keys.into_iter().flatten()
}

fn key_of(strategy: &PlacementStrategy) -> Key {
    match strategy {
        PlacementStrategy::Random => Key::Equal,
        PlacementStrategy::Binpack(BinpackField::Cpu) => Key::LeastCpu,
        PlacementStrategy::Binpack(BinpackField::Memory) => Key::LeastMemory,
        PlacementStrategy::Spread(SpreadField::Instance) => Key::FewestOnInstance,
        PlacementStrategy::Spread(SpreadField::AvailabilityZone) => Key::FewestInZone,
        PlacementStrategy::Spread(SpreadField::Attribute(name)) => Key::FewestOnAttribute(name.clone()),
    }
}

fn instance_in(cluster: &Cluster, slot: u32) -> InstanceId {
    // A slot in the list is open, so there is an instance in it.
    cluster.instance_in_slot(slot as usize)
}
