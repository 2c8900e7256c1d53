//! Chance that can be had again: the same seed gives the same throws.

use std::time::Duration;

/// SplitMix64.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// Throws that depend on the seed, on who throws, and on the how-manieth time.
    pub fn of(seed: u64, who: u64, time: u64) -> Self {
        let mut dice = Self(seed);
        dice.0 = dice.throw() ^ who.wrapping_mul(0xd1b5_4a32_d192_ed03);
        dice.0 = dice.throw() ^ time.wrapping_mul(0x8cb9_2ba7_2f3d_8dd7);
        dice
    }

    fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// From 0 to `sides` - 1.
    pub fn below(&mut self, sides: u64) -> u64 {
        self.throw() % sides.max(1)
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

    fn throws(mut dice: Dice) -> Vec<u64> {
        (0..100).map(|_| dice.below(6)).collect()
    }

    #[test]
    fn the_same_seed_throws_the_same_and_another_does_not() {
        assert_eq!(throws(Dice::of(1, 2, 3)), throws(Dice::of(1, 2, 3)));
        for other in [Dice::of(2, 2, 3), Dice::of(1, 3, 3), Dice::of(1, 2, 4)] {
            assert_ne!(throws(Dice::of(1, 2, 3)), throws(other));
        }
    }

    #[test]
    fn every_side_comes_up() {
        let thrown = throws(Dice::of(7, 0, 0));
        assert!((0..6).all(|side| thrown.contains(&side)) && thrown.iter().all(|side| *side < 6));
    }
}
