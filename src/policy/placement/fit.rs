//! Best and worst fit in two dimensions: the dot product of what is free and what is demanded.

use crate::model::Resources;
use crate::model::views::FreeRow;

/// What a free CPU unit and a free MiB add to the dot product, for one demand.
///
/// With `C` and `M` the most that any instance registers, the dot product is
/// `(free.cpu / C) × (demand.cpu / C) + (free.memory / M) × (demand.memory / M)`, between 0 and 2. It is counted in units of
/// 2⁻⁶², so the weights are `demand.cpu × 2⁶² / C²` and `demand.memory × 2⁶² / M²`, rounded down.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct FitWeights {
    per_cpu_unit: u64,
    per_mib: u64,
}

const ONE: u64 = 1 << 62;

impl FitWeights {
    /// No dot product is larger: each dimension adds at most 1.
    pub(super) const UPPER_BOUND: u64 = 2 * ONE;

    /// The weights of `demand` where `largest` is the most that an instance registers. A demand that is larger fits nowhere,
    /// so its weight does not matter.
    pub(super) fn new(demand: Resources, largest: Resources) -> FitWeights {
        let weight = |demand: u32, largest: u32| {
            let (demand, largest) = (u128::from(demand.min(largest)), u128::from(largest.max(1)));
            (demand * u128::from(ONE) / (largest * largest)) as u64
        };
        FitWeights {
            per_cpu_unit: weight(demand.cpu, largest.cpu),
            per_mib: weight(demand.memory_mib, largest.memory_mib),
        }
    }

    /// The dot product with what an instance has free; it has no more than the largest registers.
    #[inline]
    pub(super) fn dot_product(self, free: &FreeRow) -> u64 {
        u64::from(free.cpu) * self.per_cpu_unit + u64::from(free.memory_mib) * self.per_mib
    }

    /// The dot product in ten thousandths, for people.
    pub(super) fn ten_thousandths(self, free: &FreeRow) -> u64 {
        (u128::from(self.dot_product(free)) * 10_000 / u128::from(ONE)) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ZoneId;
    use crate::model::host_traits::HostTraits;

    fn free(cpu: u32, memory_mib: u32) -> FreeRow {
        let platforms = HostTraits::default().platforms();
        FreeRow { cpu, memory_mib, gpus: 0, interfaces: 0, platforms, zone: ZoneId(0), open: true }
    }

    #[test]
    fn the_dot_product_is_that_of_shares_of_the_largest_instance() {
        let weights = FitWeights::new(Resources::new(1024, 1024), Resources::new(4096, 8192));
        // 2048/4096 × 1024/4096 + 6144/8192 × 1024/8192 = 1/8 + 3/32 = 7/32 = 0.21875
        assert_eq!(weights.dot_product(&free(2048, 6144)), 7 * (ONE / 32));
        assert_eq!(weights.ten_thousandths(&free(2048, 6144)), 2187);
    }

    #[test]
    fn the_largest_numbers_there_are_do_not_overflow() {
        let all = Resources::new(u32::MAX, u32::MAX);
        assert!(FitWeights::new(all, all).dot_product(&free(u32::MAX, u32::MAX)) <= FitWeights::UPPER_BOUND);
        assert_eq!(FitWeights::new(all, Resources::default()).dot_product(&free(0, 0)), 0);
    }
}
