use std::sync::Arc;

use super::*;
use crate::model::host_traits::HostTraits;

fn kind(cpu: u32, memory_mib: u32, gpus: u32, interfaces: u32) -> InstanceKind {
    InstanceKind {
        instance_type: Some(Arc::from("some.type")),
        registered: Resources { cpu, memory_mib, gpus },
        traits: HostTraits { awsvpc_task_limit: Some(interfaces), ..HostTraits::default() },
        agent_version: Vec::new(),
        on_demand_nano_usd_per_hour: 0,
        attributes: BTreeMap::new(),
    }
}

fn asks(cpu: u32, memory_mib: u32) -> Demand {
    Demand { cpu, memory_mib, gpus: 0, interfaces: 0, alone: false }
}

fn need_of(demands: &[(Demand, u32)], kinds: &[InstanceKind], combine: GroupCombine) -> Need {
    need(&grouped(demands.iter().copied().collect(), kinds), combine)
}

/// CAS-6: 2,048 CPU units take 8 of 256, 4,096 MiB take 4 of 1,024: 4 an instance, and 9 tasks need 3.
#[test]
fn the_scarcest_dimension_decides_how_many_an_instance_takes() {
    let kinds = [kind(2048, 4096, 0, 10)];
    assert_eq!(need_of(&[(asks(256, 1024), 9)], &kinds, GroupCombine::Max), Need::Instances(3));
}

/// CAS-6, CON-20: two interfaces for tasks take two awsvpc tasks: 5 need 3.
#[test]
fn network_interfaces_are_a_dimension() {
    let awsvpc = Demand { interfaces: 1, ..asks(256, 256) };
    assert_eq!(need_of(&[(awsvpc, 5)], &[kind(8192, 8192, 0, 2)], GroupCombine::Max), Need::Instances(3));
}

/// CAS-6: four GPUs take two tasks of two: 3 need 2; an instance without takes none.
#[test]
fn gpus_are_a_dimension() {
    let trains = Demand { gpus: 2, ..asks(256, 256) };
    assert_eq!(need_of(&[(trains, 3)], &[kind(8192, 8192, 4, 10)], GroupCombine::Max), Need::Instances(2));
    assert_eq!(need_of(&[(trains, 3)], &[kind(8192, 8192, 0, 10)], GroupCombine::Max), Need::Incompatible);
}

/// CAS-6: a fixed port or distinctInstance is one task an instance, however large it is.
#[test]
fn tasks_that_cannot_share_an_instance_need_one_each() {
    let alone = Demand { alone: true, ..asks(256, 256) };
    assert_eq!(need_of(&[(alone, 5)], &[kind(8192, 8192, 0, 10)], GroupCombine::Max), Need::Instances(5));
}

/// CAS-5: 8 tasks of a quarter need 2, 3 of a half need 2: the larger is 2, the sum 4.
#[test]
fn groups_of_unequal_demand_count_by_the_largest_or_by_their_sum() {
    let demands = [(asks(512, 256), 8), (asks(1024, 256), 3)];
    let kinds = [kind(2048, 4096, 0, 10)];
    assert_eq!(need_of(&demands, &kinds, GroupCombine::Max), Need::Instances(2));
    assert_eq!(need_of(&demands, &kinds, GroupCombine::Sum), Need::Instances(4));
    assert_eq!(need_of(&[], &kinds, GroupCombine::Sum), Need::None);
}

/// CAS-7: of types with 2,048 and 8,192 CPU units the larger counts: 8,192 / 1,024 = 8 an instance, 9 need 2. A task of
/// 4,096 does not fit the smaller, is left out of the count, and alone leaves nothing to count.
#[test]
fn the_largest_type_counts_and_the_smallest_is_the_guard() {
    let kinds = [kind(2048, 4096, 0, 10), kind(8192, 16384, 0, 10)];
    let (small, large) = ((asks(1024, 1024), 9), (asks(4096, 1024), 40));
    assert_eq!(need_of(&[small], &kinds, GroupCombine::Max), Need::Instances(2));
    assert_eq!(need_of(&[small, large], &kinds, GroupCombine::Sum), Need::Instances(2));
    assert_eq!(need_of(&[large], &kinds, GroupCombine::Max), Need::Incompatible);
    let groups = grouped([small, large].into_iter().collect(), &kinds);
    assert_eq!(groups.iter().map(DemandGroup::instances).collect::<Vec<_>>(), [Some(2), None]);
}

/// CAS-7: the guard takes each dimension for itself: CPU of the one type and memory of the other are the smallest.
#[test]
fn the_guard_takes_the_smallest_of_each_dimension() {
    let kinds = [kind(2048, 16384, 0, 10), kind(8192, 4096, 0, 10)];
    assert_eq!(need_of(&[(asks(2048, 8192), 1)], &kinds, GroupCombine::Max), Need::Incompatible);
    // and the largest of each: 8,192 / 2,048 = 4, 16,384 / 4,096 = 4: 5 tasks need 2
    assert_eq!(need_of(&[(asks(2048, 4096), 5)], &kinds, GroupCombine::Max), Need::Instances(2));
}
