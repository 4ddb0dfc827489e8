//! Typed arenas: slots are recycled, identifiers are not.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::ops::{Index, IndexMut};

/// The identifier of an entry of an [`Arena`]: a slot and the generation in which the slot was given out.
/// People never see it; they see birth ordinals, so recycling changes no output.
pub struct Id<T> {
    slot: u32,
    generation: u32,
    entity: PhantomData<fn() -> T>,
}

impl<T> Id<T> {
    /// The slot, for side tables that run parallel to the arena.
    #[must_use]
    pub fn slot(self) -> usize {
        self.slot as usize
    }
}

/// A store of `T` whose memory follows what is alive: a removed entry's slot is given out again (last freed,
/// first reused), and an identifier of the removed entry no longer finds anything.
#[derive(Clone)]
pub struct Arena<T> {
    slots: Vec<Slot<T>>,
    free: Vec<u32>,
}

#[derive(Clone)]
struct Slot<T> {
    generation: u32,
    entry: Option<T>,
}

impl<T> Arena<T> {
    /// An empty arena.
    #[must_use]
    pub fn new() -> Self {
        Arena { slots: Vec::new(), free: Vec::new() }
    }

    /// Stores `entry` and returns its identifier.
    ///
    /// # Panics
    /// If 2^32 entries are alive at once.
    pub fn insert(&mut self, entry: T) -> Id<T> {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot { generation: 0, entry: None });
            u32::try_from(self.slots.len() - 1).expect("an arena holds at most 2^32 entries")
        });
        let place = &mut self.slots[slot as usize];
        place.entry = Some(entry);
        Id { slot, generation: place.generation, entity: PhantomData }
    }

    /// The identifier that the next insertion will return.
    #[must_use]
    pub fn next_id(&self) -> Id<T> {
        let slot = self.free.last().copied().unwrap_or(self.slots.len() as u32);
        let generation = self.slots.get(slot as usize).map_or(0, |place| place.generation);
        Id { slot, generation, entity: PhantomData }
    }

    /// Takes an entry out; `None` if it is gone already.
    pub fn remove(&mut self, id: Id<T>) -> Option<T> {
        let place = self.slots.get_mut(id.slot as usize).filter(|place| place.generation == id.generation)?;
        let entry = place.entry.take()?;
        place.generation = place.generation.wrapping_add(1);
        self.free.push(id.slot);
        Some(entry)
    }

    /// The entry, unless it is gone.
    #[must_use]
    pub fn get(&self, id: Id<T>) -> Option<&T> {
        let place = self.slots.get(id.slot as usize)?;
        if place.generation == id.generation { place.entry.as_ref() } else { None }
    }

    /// The entry to be changed, unless it is gone.
    pub fn get_mut(&mut self, id: Id<T>) -> Option<&mut T> {
        let place = self.slots.get_mut(id.slot as usize)?;
        if place.generation == id.generation { place.entry.as_mut() } else { None }
    }

    /// All entries in the order of their slots.
    pub fn iter(&self) -> impl Iterator<Item = (Id<T>, &T)> {
        self.slots.iter().zip(0u32..).filter_map(|(place, slot)| {
            let id = Id { slot, generation: place.generation, entity: PhantomData };
            place.entry.as_ref().map(|entry| (id, entry))
        })
    }

    /// The identifier of what is alive in a slot.
    #[must_use]
    pub fn id_in_slot(&self, slot: usize) -> Option<Id<T>> {
        let place = self.slots.get(slot)?;
        place.entry.as_ref()?;
        Some(Id { slot: slot as u32, generation: place.generation, entity: PhantomData })
    }

    /// How many entries are alive.
    #[must_use]
    pub fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Whether nothing is alive.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many slots were ever needed at once: the length a side table must have.
    #[must_use]
    pub fn slots(&self) -> usize {
        self.slots.len()
    }
}

impl<T> Default for Arena<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// For entries known to be alive.
///
/// # Panics
/// If the entry is gone: a bug in the caller.
impl<T> Index<Id<T>> for Arena<T> {
    type Output = T;
    fn index(&self, id: Id<T>) -> &T {
        self.get(id).expect("the identifier of a removed entry was used")
    }
}

impl<T> IndexMut<Id<T>> for Arena<T> {
    fn index_mut(&mut self, id: Id<T>) -> &mut T {
        self.get_mut(id).expect("the identifier of a removed entry was used")
    }
}

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Id<T> {}

impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        (self.slot, self.generation) == (other.slot, other.generation)
    }
}

impl<T> Eq for Id<T> {}

impl<T> Hash for Id<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.slot, self.generation).hash(state);
    }
}

impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}v{}", self.slot, self.generation)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_recycled_slot_does_not_answer_to_the_old_identifier() {
        let mut arena = Arena::new();
        let first = arena.insert("first");
        assert_eq!(arena.remove(first), Some("first"));
        let second = arena.insert("second");
        assert_eq!(first.slot(), second.slot());
        assert_eq!((arena.get(first), arena.get(second)), (None, Some(&"second")));
        assert_eq!(arena.remove(first), None);
    }

    proptest! {
        #[test]
        fn the_arena_agrees_with_a_map(steps in prop::collection::vec(any::<(bool, usize)>(), 0..300)) {
            let mut arena = Arena::new();
            let mut oracle = BTreeMap::new();
            let mut ids = Vec::new();
            for (number, (insert, pick)) in steps.into_iter().enumerate() {
                if insert || ids.is_empty() {
                    let promised = arena.next_id();
                    let id = arena.insert(number);
                    prop_assert_eq!(promised, id);
                    oracle.insert(ids.len(), number);
                    ids.push(id);
                } else {
                    let which = pick % ids.len();
                    prop_assert_eq!(arena.remove(ids[which]), oracle.remove(&which));
                }
                prop_assert_eq!(arena.len(), oracle.len());
                for (which, id) in ids.iter().enumerate() {
                    prop_assert_eq!(arena.get(*id), oracle.get(&which));
                }
            }
        }
    }
}
