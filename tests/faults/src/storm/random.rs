//! Reproducible random numbers.

use std::time::Duration;

/// A SplitMix64 generator.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// A generator for a seed, one of its streams, and an index in the stream.
    pub fn of(seed: u64, stream: u64, index: u64) -> Self {
        let mut random = Self(seed);
        random.0 = random.next() ^ stream.wrapping_mul(0xd1b5_4a32_d192_ed03);
        random.0 = random.next() ^ index.wrapping_mul(0x8cb9_2ba7_2f3d_8dd7);
        random
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// From 0 to `limit` - 1.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }

    pub fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }

    pub fn pick<'a, T>(&mut self, things: &'a [T]) -> Option<&'a T> {
        let place = self.below(things.len() as u64);
        things.get(usize::try_from(place).ok()?)
    }

    /// From `least` to `most` milliseconds.
    pub fn pause(&mut self, least: u64, most: u64) -> Duration {
        Duration::from_millis(least + self.below(most.saturating_sub(least) + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(mut random: Random) -> Vec<u64> {
        (0..100).map(|_| random.below(6)).collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_numbers_and_another_does_not() {
        assert_eq!(numbers(Random::of(1, 2, 3)), numbers(Random::of(1, 2, 3)));
        for other in [
            Random::of(2, 2, 3),
            Random::of(1, 3, 3),
            Random::of(1, 2, 4),
        ] {
            assert_ne!(numbers(Random::of(1, 2, 3)), numbers(other));
        }
    }

    #[test]
    fn every_number_below_the_limit_comes() {
        let numbers = numbers(Random::of(7, 0, 0));
        assert!((0..6).all(|side| numbers.contains(&side)) && numbers.iter().all(|side| *side < 6));
    }
}
