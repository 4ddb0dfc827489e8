//! Random streams: one root seed, and for each purpose and entity a stream of its own.
//!
//! A stream is ChaCha8 with a 32-byte key made of (seed, replication) and a 64-bit stream number made of
//! (purpose, entity). Nothing else enters, so no draw depends on the sweep point, a policy or a thread.
//!
//! The hash is fixed for ever by this text. `mix` is the finaliser of SplitMix64 (Steele, Lea, Flood 2014).
//! A name is hashed by 64-bit FNV-1a over its bytes. An entity starts as `mix(fnv1a(name))`; each number `n`
//! that refines it gives `mix(h ^ mix(n + 0x9E3779B97F4A7C15))`, another name `mix(h ^ mix(its entity))`. The stream number is
//! `mix(entity ^ mix(purpose code))`. The key is eight little-endian 32-bit words: four 64-bit words
//! `mix(seed)`, `mix(mix(seed) ^ replication)`, and those two each mixed again with the constants 1 and 2.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// What a draw is for. The code is part of the hash and must never change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u64)]
pub enum Purpose {
    /// The fate of a task: start-up, run time, crash, sizes.
    Task = 1,
    /// Ties in placement.
    Placement = 2,
    /// Times between arrivals of a caller.
    Arrivals = 3,
    /// The life and repair of a container instance.
    Instance = 4,
    /// The life and repair of a zone.
    Zone = 5,
    /// Times of timeline entries.
    Timeline = 6,
    /// The waits of a caller: retries and patience.
    Caller = 7,
    /// Which task a scale-in takes.
    ScaleIn = 8,
    /// The life of a container that was started again in place.
    Container = 9,
    /// The reclaims of a whole Spot pool.
    SpotPool = 10,
    /// The hooks of a deployment.
    Hook = 11,
    /// Whether a task bears a minute of too much load.
    LoadCrash = 12,
    /// The points of a sweep that are drawn from ranges.
    SweepPoints = 13,
}

/// The hash of what an entity *is* (its name, and numbers such as "17th launch").
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entity(u64);

impl Entity {
    /// The entity with this name.
    #[must_use]
    pub fn named(name: &str) -> Entity {
        let fnv1a = name.bytes().fold(0xCBF2_9CE4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
        });
        Entity(mix(fnv1a))
    }

    /// The entity as part of another one, such as a group's instances in a zone.
    #[must_use]
    pub fn refined(self, by: Entity) -> Entity {
        Entity(mix(self.0 ^ mix(by.0)))
    }

    /// The entity's part with this number, such as a service's 17th launch.
    #[must_use]
    pub fn number(self, number: u64) -> Entity {
        Entity(mix(self.0 ^ mix(number.wrapping_add(0x9E37_79B9_7F4A_7C15))))
    }
}

/// The source of all streams of one replication.
#[derive(Clone)]
pub struct Streams {
    root: ChaCha8Rng,
}

impl Streams {
    /// The streams of replication `replication` under the root `seed`.
    #[must_use]
    pub fn new(seed: u64, replication: u64) -> Streams {
        let first = mix(seed);
        let second = mix(first ^ replication);
        let words = [first, second, mix(first ^ 1), mix(second ^ 2)];
        let mut key = [0u8; 32];
        for (bytes, word) in key.chunks_exact_mut(8).zip(words) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        Streams { root: ChaCha8Rng::from_seed(key) }
    }

    /// Opens the stream of (purpose, entity) at its beginning. Costs about 70 ns.
    #[must_use]
    pub fn open(&self, purpose: Purpose, entity: Entity) -> Stream {
        let mut generator = self.root.clone();
        generator.set_stream(mix(entity.0 ^ mix(purpose as u64)));
        Stream(generator)
    }
}

/// A sequence of uniform draws.
#[derive(Clone)]
pub struct Stream(ChaCha8Rng);

impl Stream {
    /// A draw from the open interval (0, 1): (k + 1/2) / 2^52 with k uniform on 52 bits, all exact.
    pub fn uniform(&mut self) -> f64 {
        ((self.0.next_u64() >> 12) as f64 + 0.5) * (1.0 / 4_503_599_627_370_496.0)
    }

    /// A draw from 0..`bound` (bound at least 1) by the multiply-shift of Lemire 2019, whose bias is below
    /// `bound` / 2^64.
    pub fn below(&mut self, bound: u32) -> u32 {
        ((u128::from(self.0.next_u64()) * u128::from(bound)) >> 64) as u32
    }
}

fn mix(word: u64) -> u64 {
    let word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    word ^ (word >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(seed: u64, replication: u64, purpose: Purpose, entity: Entity) -> u64 {
        Streams::new(seed, replication).open(purpose, entity).0.next_u64()
    }

    #[test]
    fn the_hash_is_the_written_one() {
        // FNV-1a of "a" is 0xAF63DC4C8601EC8C (its published test vector).
        assert_eq!(Entity::named("a"), Entity(mix(0xAF63_DC4C_8601_EC8C)));
        assert_eq!(mix(0x9E37_79B9_7F4A_7C15), 0xE220_A839_7B1D_CDAF); // SplitMix64, seed 0, first output
    }

    #[test]
    fn every_part_of_the_address_changes_the_stream() {
        let web = Entity::named("web");
        let base = first(7, 0, Purpose::Task, web.number(17));
        let others = [
            first(8, 0, Purpose::Task, web.number(17)),
            first(7, 1, Purpose::Task, web.number(17)),
            first(7, 0, Purpose::Placement, web.number(17)),
            first(7, 0, Purpose::Task, web.number(18)),
            first(7, 0, Purpose::Task, Entity::named("api").number(17)),
        ];
        assert!(others.iter().all(|other| *other != base));
        assert_eq!(first(7, 0, Purpose::Task, web.number(17)), base);
    }

    #[test]
    fn uniform_draws_have_mean_one_half_and_variance_one_twelfth() {
        let mut stream = Streams::new(1, 0).open(Purpose::Task, Entity::named("uniform"));
        let n = 200_000;
        let draws: Vec<f64> = (0..n).map(|_| stream.uniform()).collect();
        let mean = draws.iter().sum::<f64>() / f64::from(n);
        let variance = draws.iter().map(|u| (u - 0.5) * (u - 0.5)).sum::<f64>() / f64::from(n);
        // standard errors: sqrt(1/12/n) = 0.000645 and sqrt(1/180/n) = 0.000167; five of each
        assert!((mean - 0.5).abs() < 0.0033, "{mean}");
        assert!((variance - 1.0 / 12.0).abs() < 0.00084, "{variance}");
        assert!(draws.iter().all(|u| *u > 0.0 && *u < 1.0));
    }

    #[test]
    fn streams_of_neighbouring_entities_are_uncorrelated() {
        let streams = Streams::new(3, 5);
        let web = Entity::named("web");
        let n = 20_000;
        let draw = |number| streams.open(Purpose::Task, web.number(number)).uniform() - 0.5;
        let covariance = (0..n).map(|i| draw(i) * draw(i + 1)).sum::<f64>() / n as f64;
        // the product has standard deviation 1/12, so its mean has 1/12/sqrt(20000) = 0.00059; five of it
        assert!(covariance.abs() < 0.003, "{covariance}");
    }

    #[test]
    fn below_reaches_every_value_equally_often() {
        let mut stream = Streams::new(1, 0).open(Purpose::Placement, Entity::named("below"));
        let mut counts = [0u32; 3];
        (0..30_000).for_each(|_| counts[stream.below(3) as usize] += 1);
        // 10,000 each; standard deviation sqrt(30000 * 2/9) = 82; five of it
        assert!(counts.iter().all(|count| count.abs_diff(10_000) < 410), "{counts:?}");
    }
}
