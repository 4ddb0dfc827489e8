//! Where a Fargate task goes: a host of its own in some zone (SIZ-6).

use super::strategy;
use crate::model::instance::PoolKind;
use crate::model::reason::Refusal;
use crate::model::{Cluster, PoolId, TaskGroupId, ZoneId};
use crate::policy::explain::{ExplanationSink, Note};

/// The zone with the fewest tasks of the group on that kind of Fargate; zones in outage
/// (FAIL-5), without capacity (FAIL-7) or without a subnet of the task (CON-21) are left out.
///
/// # Errors
/// `RESOURCE:FARGATE` if every zone is out, or the whole pool has no capacity.
pub fn choose_zone<S: ExplanationSink>(
    cluster: &Cluster,
    pool: PoolId,
    (group, zones): (TaskGroupId, Option<&[ZoneId]>),
    sink: &mut S,
) -> Result<ZoneId, Refusal> {
    let everywhere = cluster.pools[pool.index()].shortages > 0 || !cluster.has_room(pool);
    let spot = cluster.pools[pool.index()].kind == PoolKind::FargateSpot;
    let group = cluster.group(group);
    let up = cluster.zones.iter().enumerate();
    let up = up.filter(|(_, zone)| !everywhere && zone.outages == 0 && zone.shortages == 0);
    let within = |zone: &ZoneId| zones.is_none_or(|zones| zones.contains(zone));
    let up = up.map(|(index, _)| ZoneId(index as u16)).filter(within);
    let counted = up.map(|zone| (zone, group.on_fargate(spot, zone)));
    let Some(zone) = strategy::fewest(counted.clone()) else {
        if S::WANTED {
            sink.note(Note::NoFargate { everywhere });
        }
        return Err(Refusal::Fargate);
    };
    if S::WANTED {
        sink.note(Note::ChoseZone { zone, tasks: counted.collect() });
    }
    Ok(zone)
}
