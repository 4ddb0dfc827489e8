//! Which item of a capacity provider strategy the next task uses (CAP-3, CAP-4, CAP-5).

use crate::model::task::CapacityChoice;

/// The item with the largest deficit against its target for `total` tasks; ties to the first (CAP-4).
///
/// `active` holds the tasks each item has now. With one item the answer is that item.
#[must_use]
pub fn next_choice(choices: &[CapacityChoice], active: &[u32], total: u32) -> usize {
    let targets = targets(choices, total);
    let deficit =
        |index: usize| i64::from(targets[index]) - i64::from(active.get(index).copied().unwrap_or(0));
    (0..choices.len()).max_by_key(|index| (deficit(*index), std::cmp::Reverse(*index))).unwrap_or(0)
}

/// The item with the largest surplus over its target for `total` tasks; ties to the last (CAP-6).
#[must_use]
pub fn largest_surplus(choices: &[CapacityChoice], active: &[u32], total: u32) -> Option<usize> {
    let targets = targets(choices, total);
    let surplus =
        |index: usize| i64::from(active.get(index).copied().unwrap_or(0)) - i64::from(targets[index]);
    (0..choices.len())
        .filter(|index| active.get(*index).is_some_and(|n| *n > 0))
        .max_by_key(|i| (surplus(*i), *i))
}

/// How `total` tasks are divided: the base first, the rest by weight with the largest fractions rounded up.
#[must_use]
pub fn targets(choices: &[CapacityChoice], total: u32) -> Vec<u32> {
    let mut targets: Vec<u32> = choices.iter().map(|choice| choice.base.min(total)).collect();
    let rest = u64::from(total.saturating_sub(targets.iter().sum()));
    let weights: u64 = choices.iter().map(|choice| u64::from(choice.weight)).sum();
    if weights == 0 {
        return targets;
    }
    let quota = |choice: &CapacityChoice| rest * u64::from(choice.weight);
    let mut given = 0;
    for (target, choice) in targets.iter_mut().zip(choices) {
        *target += (quota(choice) / weights) as u32;
        given += quota(choice) / weights;
    }
    let mut by_fraction: Vec<usize> = (0..choices.len()).collect();
    by_fraction.sort_by_key(|index| (std::cmp::Reverse(quota(&choices[*index]) % weights), *index));
    by_fraction.iter().take((rest - given) as usize).for_each(|index| targets[*index] += 1);
    targets
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::task::Capacity;

    fn choice(base: u32, weight: u32) -> CapacityChoice {
        CapacityChoice { capacity: Capacity::Ec2, base, weight }
    }

    /// CAP-3, CAP-4, CAP-5.
    /// CAP-3, CAP-4, CAP-5.
    #[test]
    fn the_examples_of_cap_5_come_out() {
        // A base 3 weight 1, B weight 2, D = 12: rest 9 → 3 + 3 and 6
        assert_eq!(targets(&[choice(3, 1), choice(0, 2)], 12), [6, 6]);
        // weights 5 and 3: 8 → 5, 3; 9 → quotas 5.625, 3.375 → 6, 3
        assert_eq!(targets(&[choice(0, 5), choice(0, 3)], 8), [5, 3]);
        assert_eq!(targets(&[choice(0, 5), choice(0, 3)], 9), [6, 3]);
        // A base 4 weight 0, B weight 1, D = 10
        assert_eq!(targets(&[choice(4, 0), choice(0, 1)], 10), [4, 6]);
        // base larger than the total
        assert_eq!(targets(&[choice(4, 1), choice(0, 1)], 3), [3, 0]);
    }

    #[test]
    fn launching_one_by_one_reaches_the_targets() {
        let choices = [choice(3, 1), choice(0, 2)];
        let mut active = [0, 0];
        (0..12).for_each(|_| active[next_choice(&choices, &active, 12)] += 1);
        assert_eq!(active, [6, 6]);
    }

    #[test]
    fn scale_in_takes_from_the_largest_surplus() {
        // at D = 3 the base item is to keep 3 and the other none
        assert_eq!(largest_surplus(&[choice(3, 1), choice(0, 2)], &[6, 6], 3), Some(1));
    }
}
