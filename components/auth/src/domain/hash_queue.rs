//! The password hashes of an instance: one at a time, a rest after each, and few that wait. An instance runs on one
//! thread, so its other requests stand still while a hash is made; in the rest they go on.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

/// How many requests of an instance may wait for their hash. An instance has 16 requests at a time, so some of them are
/// always others.
const MAX_WAITING: usize = 12;

/// The longest rest. It is as long as the hash, but on a machine that is short of processors that says nothing.
const LONGEST_REST: Duration = Duration::from_millis(50);

/// The queue of an instance. No request's task ever waits for a lock of it.
#[derive(Clone, Default)]
pub struct HashQueue(Arc<Shared>);

#[derive(Default)]
struct Shared {
    waiting: AtomicUsize,
    thread: Mutex<Thread>,
}

/// What the instance's thread may do next.
#[derive(Clone, Copy, Default)]
enum Thread {
    #[default]
    Free,
    Hashing,
    Resting {
        until: Instant,
    },
}

/// A place in the queue, until it is dropped.
pub struct Place(Arc<Shared>);

/// The right to make hashes now, until it is dropped.
pub struct Turn {
    place: Place,
    began: Instant,
}

impl HashQueue {
    /// A place in the queue; `None` when it is full.
    pub fn enter(&self) -> Option<Place> {
        let waiting = self.0.waiting.fetch_add(1, Ordering::Relaxed);
        let place = Place(Arc::clone(&self.0));
        (waiting < MAX_WAITING).then_some(place)
    }
}

impl Place {
    /// The turn of this place; the place back when another has its turn, or in the rest after one.
    pub fn take_turn(self, now: Instant) -> Result<Turn, Self> {
        let free = self.0.thread.lock().is_ok_and(|mut thread| {
            let free = match *thread {
                Thread::Free => true,
                Thread::Hashing => false,
                Thread::Resting { until } => until <= now,
            };
            if free {
                *thread = Thread::Hashing;
            }
            free
        });
        match free {
            true => Ok(Turn {
                place: self,
                began: now,
            }),
            false => Err(self),
        }
    }
}

impl Turn {
    fn end(&self, now: Instant) {
        if let Ok(mut thread) = self.place.0.thread.lock() {
            let rest = now.saturating_duration_since(self.began).min(LONGEST_REST);
            *thread = Thread::Resting { until: now + rest };
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.end(Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn one_hash_is_made_at_a_time_and_the_rest_is_as_long() {
        let queue = HashQueue::default();
        let (first, second) = (queue.enter().unwrap(), queue.enter().unwrap());
        let began = Instant::now();
        let turn = first.take_turn(began).ok().unwrap();
        let after = |milliseconds| began + Duration::from_millis(milliseconds);
        let second = second.take_turn(after(1_000)).err().unwrap();
        turn.end(after(35));
        std::mem::forget(turn);
        let second = second.take_turn(after(69)).err().unwrap();
        assert!(second.take_turn(after(70)).is_ok());
    }

    #[test]
    fn a_turn_that_is_dropped_has_ended() {
        let queue = HashQueue::default();
        let began = Instant::now();
        drop(queue.enter().unwrap().take_turn(began));
        let soon = Instant::now() + Duration::from_secs(1);
        assert!(queue.enter().unwrap().take_turn(soon).is_ok());
    }

    #[test]
    fn a_full_queue_takes_nobody_until_one_leaves() {
        let queue = HashQueue::default();
        let mut places: Vec<Place> = (0..MAX_WAITING).filter_map(|_| queue.enter()).collect();
        assert_eq!(places.len(), MAX_WAITING);
        assert!(queue.enter().is_none() && queue.enter().is_none());
        let turn = places.pop().unwrap().take_turn(Instant::now());
        assert!(queue.enter().is_none());
        drop(turn);
        assert!(queue.enter().is_some());
    }
}
