//! Instances by what they have free of one resource, for `binpack`: the tightest is found without looking at all.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::FreeRow;
use crate::model::ZoneId;
use crate::model::placement::BinpackField;

/// Powers of two that a number of 32 bits may lie above.
const CLASSES: usize = u32::BITS as usize;

/// The instances that take tasks, by zone, by the order of magnitude of the *other* resource, and therein in order of what
/// they have free of this one and then of the other one; those that have the same of both stand together. The classes let a
/// search leave out nearly all that lack the other resource.
#[derive(Clone, Debug)]
pub struct FreeOrder {
    field: BinpackField,
    by_zone: Vec<[BTreeMap<u64, Slots>; CLASSES]>,
}

/// Instances that have the same free.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Alike<'a> {
    /// Free of the resource by which is ordered.
    pub this: u32,
    /// Free of the other one.
    pub other: u32,
    /// Their slots, ascending; at least one.
    pub slots: &'a [u32],
}

impl FreeOrder {
    /// An empty order by `field`.
    #[must_use]
    pub fn new(field: BinpackField) -> FreeOrder {
        FreeOrder { field, by_zone: Vec::new() }
    }

    /// The resource by which it orders.
    #[must_use]
    pub fn field(&self) -> BinpackField {
        self.field
    }

    /// Instances of a zone that have at least `this` free of the resource: one sequence for each class that can have
    /// `other` of the other one, each in order.
    pub fn with_at_least(
        &self,
        zone: ZoneId,
        this: u32,
        other: u32,
    ) -> impl Iterator<Item = impl Iterator<Item = Alike<'_>>> {
        let classes = self.by_zone.get(zone.index()).map_or(&[][..], |classes| &classes[class(other)..]);
        classes.iter().filter(|rows| !rows.is_empty()).map(move |rows| rows.range(key(this, 0)..).map(alike))
    }

    /// The row of a slot was `before` and is `now`.
    pub(in crate::model) fn move_row(&mut self, slot: usize, before: &FreeRow, now: &FreeRow) {
        if before.open {
            let (this, other) = self.split(before);
            let rows = &mut self.by_zone[before.zone.index()][class(other)];
            if let Entry::Occupied(mut found) = rows.entry(key(this, other))
                && found.get_mut().remove(slot as u32)
            {
                found.remove();
            }
        }
        if now.open {
            let (this, other) = self.split(now);
            if self.by_zone.len() <= now.zone.index() {
                self.by_zone.resize_with(now.zone.index() + 1, Default::default);
            }
            match self.by_zone[now.zone.index()][class(other)].entry(key(this, other)) {
                Entry::Occupied(mut found) => found.get_mut().insert(slot as u32),
                Entry::Vacant(place) => _ = place.insert(Slots::One(slot as u32)),
            }
        }
    }

    /// What is free of this resource, and of the other one.
    fn split(&self, row: &FreeRow) -> (u32, u32) {
        match self.field {
            BinpackField::Cpu => (row.cpu, row.memory_mib),
            BinpackField::Memory => (row.memory_mib, row.cpu),
        }
    }
}

/// Slots in ascending order. Most often there is one, and a list would be an allocation at each change of an instance.
#[derive(Clone, Debug)]
enum Slots {
    One(u32),
    List(Vec<u32>),
}

impl Slots {
    fn as_slice(&self) -> &[u32] {
        match self {
            Slots::One(slot) => std::slice::from_ref(slot),
            Slots::List(slots) => slots,
        }
    }

    fn insert(&mut self, slot: u32) {
        match self {
            Slots::One(other) => *self = Slots::List(vec![slot.min(*other), slot.max(*other)]),
            Slots::List(slots) => slots.insert(slots.partition_point(|other| *other < slot), slot),
        }
    }

    /// Takes a slot out; the answer says whether none is left.
    fn remove(&mut self, slot: u32) -> bool {
        match self {
            Slots::One(other) => *other == slot,
            Slots::List(slots) => {
                if let Ok(place) = slots.binary_search(&slot) {
                    slots.remove(place);
                }
                slots.is_empty()
            }
        }
    }
}

fn alike<'a>((key, slots): (&u64, &'a Slots)) -> Alike<'a> {
    Alike { this: (*key >> 32) as u32, other: *key as u32, slots: slots.as_slice() }
}

fn key(this: u32, other: u32) -> u64 {
    u64::from(this) << 32 | u64::from(other)
}

/// The power of two at or below; 0 for 0.
fn class(free: u32) -> usize {
    free.max(1).ilog2() as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::host_traits::HostTraits;

    fn row(cpu: u32, memory_mib: u32, open: bool) -> FreeRow {
        let platforms = HostTraits::default().platforms();
        FreeRow { cpu, memory_mib, gpus: 0, interfaces: 0, platforms, zone: ZoneId(1), open }
    }

    fn found(order: &FreeOrder, this: u32, other: u32) -> Vec<Vec<(u32, Vec<u32>)>> {
        let classes = order.with_at_least(ZoneId(1), this, other);
        classes.map(|class| class.map(|alike| (alike.this, alike.slots.to_vec())).collect()).collect()
    }

    #[test]
    fn those_with_enough_come_in_order_of_what_is_free_by_class_of_the_other_resource() {
        let mut order = FreeOrder::new(BinpackField::Memory);
        let closed = row(0, 0, false);
        let rows = [(255, 900), (1023, 300), (512, 800), (4096, 100), (600, 700)];
        for (slot, (cpu, memory_mib)) in rows.iter().enumerate() {
            order.move_row(slot, &closed, &row(*cpu, *memory_mib, true));
        }
        // 300 MiB and 512 CPU units: class 9 (512 to 1023) has three, class 12 (4096) one that is too small.
        assert_eq!(found(&order, 300, 512), [vec![(300, vec![1]), (700, vec![4]), (800, vec![2])], vec![]]);
        // 0 CPU units: class 7 (128 to 255) as well.
        assert_eq!(found(&order, 750, 0), [vec![(900, vec![0])], vec![(800, vec![2])], vec![]]);
        assert_eq!(order.with_at_least(ZoneId(0), 0, 0).count(), 0);
        assert_eq!(order.with_at_least(ZoneId(9), 0, 0).count(), 0);
    }

    #[test]
    fn rows_that_have_the_same_of_both_stand_together_in_order_of_their_slots() {
        let mut order = FreeOrder::new(BinpackField::Memory);
        let (closed, open, other) = (row(8, 8, false), row(8, 8, true), row(9, 8, true));
        for slot in [5, 2, 7] {
            order.move_row(slot, &closed, &open);
        }
        order.move_row(4, &closed, &other);
        assert_eq!(found(&order, 8, 8), [[(8, vec![2, 5, 7]), (8, vec![4])]]);
        order.move_row(5, &open, &closed);
        assert_eq!(found(&order, 8, 8), [[(8, vec![2, 7]), (8, vec![4])]]);
        for slot in [2, 7] {
            order.move_row(slot, &open, &closed);
        }
        assert_eq!(found(&order, 8, 8), [[(8, vec![4])]]);
    }

    #[test]
    fn a_row_that_closes_or_moves_is_not_found_where_it_was() {
        let mut order = FreeOrder::new(BinpackField::Cpu);
        let (closed, open, less) = (row(8, 8, false), row(8, 8, true), row(4, 2, true));
        order.move_row(3, &closed, &open);
        order.move_row(3, &open, &less);
        assert_eq!(found(&order, 0, 0), [vec![(4, vec![3])]]);
        order.move_row(3, &less, &closed);
        assert!(found(&order, 0, 0).is_empty());
    }

    #[test]
    fn nothing_and_everything_have_a_class() {
        assert_eq!([0, 1, 2, 3, 4, u32::MAX].map(class), [0, 0, 1, 1, 2, 31]);
    }
}
