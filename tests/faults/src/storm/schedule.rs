//! The schedule of disruptions, made from the seed before the storm begins.

use std::fmt;
use std::time::Duration;

use super::database_weather::DatabaseWeather;
use super::random::Random;
use crate::proxy::Participant;

const SCHEDULE_STREAM: u64 = 1;
/// A host serves within this after its start; until then it is not disrupted again.
const STARTING: Duration = Duration::from_secs(3);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disruption {
    /// SIGKILL, then a start.
    KillHost(usize),
    /// SIGSTOP, often for longer than its leases, then SIGCONT.
    PauseHost(usize),
    /// A stop in immediate mode, then a start.
    StopPostgres,
    /// The participant cannot be reached.
    CloseProxy(Participant),
    /// Faults in this percentage of the calls to the participant.
    FaultRate(Participant, u64),
    /// A fault of all connections of a service to its database.
    Database(DatabaseWeather),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    pub at: Duration,
    pub disruption: Disruption,
    pub lasting: Duration,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Schedule {
    pub lasting: Duration,
    pub entries: Vec<Entry>,
}

impl Schedule {
    pub fn of(seed: u64, lasting: Duration) -> Self {
        let mut random = Random::of(seed, SCHEDULE_STREAM, 0);
        let (mut at, mut entries) = (Duration::from_secs(1), Vec::<Entry>::new());
        // The last disruption is over before the end.
        while at + Duration::from_secs(6) < lasting {
            let entry = Entry {
                at,
                ..throw(&mut random)
            };
            if entries.iter().all(|earlier| !earlier.overlaps(&entry)) {
                entries.push(entry);
            }
            at += random.pause(300, 2_200);
        }
        Self { lasting, entries }
    }
}

impl Entry {
    /// Whether a later disruption would have the same target before this one is over.
    fn overlaps(&self, later: &Self) -> bool {
        let over = match self.disruption {
            Disruption::KillHost(_) | Disruption::StopPostgres => self.at + self.lasting + STARTING,
            _ => self.at + self.lasting,
        };
        over > later.at && target(self.disruption) == target(later.disruption)
    }
}

/// Disruptions of the same target never overlap.
fn target(disruption: Disruption) -> (u8, usize) {
    match disruption {
        Disruption::KillHost(host) | Disruption::PauseHost(host) => (0, host),
        Disruption::StopPostgres => (1, 0),
        Disruption::CloseProxy(participant) => (2, participant as usize),
        Disruption::FaultRate(participant, _) => (3, participant as usize),
        Disruption::Database(weather) => (4, weather.service as usize),
    }
}

fn throw(random: &mut Random) -> Entry {
    let host = usize::from(random.percent(50));
    let participant = *random
        .pick(&Participant::ALL)
        .unwrap_or(&Participant::Billing);
    let (disruption, lasting) = match random.below(100) {
        0..30 => (Disruption::KillHost(host), random.pause(100, 2_500)),
        30..38 => (Disruption::PauseHost(host), random.pause(500, 5_500)),
        38..46 => (Disruption::StopPostgres, random.pause(0, 1_500)),
        46..70 => (
            Disruption::Database(DatabaseWeather::any(random)),
            random.pause(500, 4_000),
        ),
        70..82 => (
            Disruption::CloseProxy(participant),
            random.pause(300, 4_000),
        ),
        _ => (
            Disruption::FaultRate(participant, 20 + random.below(50)),
            random.pause(1_500, 5_500),
        ),
    };
    Entry {
        at: Duration::ZERO,
        disruption,
        lasting,
    }
}

impl fmt::Display for Disruption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KillHost(host) => write!(f, "host {host} is killed"),
            Self::PauseHost(host) => write!(f, "host {host} is paused"),
            Self::StopPostgres => f.write_str("PostgreSQL is stopped"),
            Self::CloseProxy(participant) => write!(f, "{participant} is unreachable"),
            Self::FaultRate(participant, percent) => {
                write!(f, "{percent} % of the calls to {participant} have a fault")
            }
            Self::Database(weather) => weather.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_one_schedule_with_every_kind_of_disruption() {
        let minutes = Duration::from_secs(300);
        let schedule = Schedule::of(5, minutes);
        assert_eq!(schedule, Schedule::of(5, minutes));
        assert_ne!(schedule, Schedule::of(6, minutes));
        for kind in 0..5 {
            assert!(
                schedule
                    .entries
                    .iter()
                    .any(|entry| target(entry.disruption).0 == kind),
                "{kind}"
            );
        }
        assert!(
            schedule
                .entries
                .iter()
                .all(|entry| entry.at + entry.lasting < minutes)
        );
    }
}
