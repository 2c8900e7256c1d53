//! How long to wait after a failure: doubling, capped, and spread so that sagas which failed
//! together do not come back together.

use crate::{Direction, Millis, Policy};

/// The wait after attempt number `attempt` (from 1) of a call of the step at `position`, from half of the
/// full wait to all of it. `seed` is the saga's.
pub(crate) fn wait(
    policy: &Policy,
    seed: u32,
    position: usize,
    direction: Direction,
    attempt: u32,
) -> Millis {
    let doublings = attempt.saturating_sub(1).min(40);
    let full = policy
        .backoff
        .saturating_mul(1_i64 << doublings)
        .clamp(1, policy.backoff_cap.max(1));
    let half = full / 2;
    let call = (position as u64) << 33 | (direction as u64) << 32 | u64::from(attempt);
    let roll = mix(u64::from(seed) << 40 ^ call);
    let spread = u64::try_from(full - half).unwrap_or(0) + 1;
    half + i64::try_from(roll % spread).unwrap_or(0)
}

/// The finaliser of SplitMix64: every bit of the input changes half of the output's.
const fn mix(input: u64) -> u64 {
    let mut bits = input.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(seed: u32, policy: &Policy) -> Vec<Millis> {
        (1..=60)
            .map(|attempt| wait(policy, seed, 0, Direction::Do, attempt))
            .collect()
    }

    #[test]
    fn it_doubles_from_half_to_full_and_is_capped() {
        let policy = Policy::default();
        for (index, wait) in waits(7, &policy).into_iter().enumerate() {
            let full = (200_i64 << index.min(20)).min(60_000);
            assert!((full / 2..=full).contains(&wait), "{index}: {wait}");
        }
    }

    #[test]
    fn it_is_the_same_for_the_same_saga_and_not_for_others() {
        let policy = Policy::default();
        assert_eq!(waits(1, &policy), waits(1, &policy));
        assert_ne!(waits(1, &policy), waits(2, &policy));
    }

    #[test]
    fn odd_policies_still_wait_at_least_a_moment_and_never_overflow() {
        for (backoff, backoff_cap) in [(0, 0), (-5, -5), (i64::MAX, i64::MAX), (1, 0)] {
            let policy = Policy {
                backoff,
                backoff_cap,
                ..Policy::default()
            };
            assert!(waits(3, &policy).iter().all(|wait| *wait >= 0));
        }
    }
}
