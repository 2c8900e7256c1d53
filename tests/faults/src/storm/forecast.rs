//! What will be done to the system, and when: made from the seed before anything begins.

use std::fmt;
use std::time::Duration;

use super::dice::Dice;
use crate::proxy::Participant;

const FORECASTER: u64 = 1;
/// A host that is started serves again well within this; until then nothing else is done to it.
const STARTING: Duration = Duration::from_secs(3);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// SIGKILL, and a new start.
    KillHost(usize),
    /// SIGSTOP, often for longer than its leases, and SIGCONT.
    PauseHost(usize),
    /// Immediate mode, and a new start.
    CutPostgres,
    /// Nobody can connect to the participant.
    CloseProxy(Participant),
    /// So many of a hundred calls to the participant meet a fault.
    Storm(Participant, u64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    pub at: Duration,
    pub deed: Deed,
    pub lasting: Duration,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Forecast {
    pub lasting: Duration,
    pub entries: Vec<Entry>,
}

impl Forecast {
    pub fn of(seed: u64, lasting: Duration) -> Self {
        let mut dice = Dice::of(seed, FORECASTER, 0);
        let (mut at, mut entries) = (Duration::from_secs(1), Vec::<Entry>::new());
        // The last deeds are over before the end.
        while at + Duration::from_secs(6) < lasting {
            let entry = Entry {
                at,
                ..throw(&mut dice)
            };
            if entries.iter().all(|earlier| !earlier.disturbs(&entry)) {
                entries.push(entry);
            }
            at += dice.pause(300, 2_200);
        }
        Self { lasting, entries }
    }
}

impl Entry {
    /// Whether a later deed would meet the same thing before this one is over.
    fn disturbs(&self, later: &Self) -> bool {
        let over = match self.deed {
            Deed::KillHost(_) | Deed::CutPostgres => self.at + self.lasting + STARTING,
            _ => self.at + self.lasting,
        };
        over > later.at && thing(self.deed) == thing(later.deed)
    }
}

/// Deeds to the same thing never overlap.
fn thing(deed: Deed) -> (u8, usize) {
    match deed {
        Deed::KillHost(host) | Deed::PauseHost(host) => (0, host),
        Deed::CutPostgres => (1, 0),
        Deed::CloseProxy(participant) => (2, participant as usize),
        Deed::Storm(participant, _) => (3, participant as usize),
    }
}

fn throw(dice: &mut Dice) -> Entry {
    let host = usize::from(dice.percent(50));
    let participant = *dice
        .pick(&Participant::ALL)
        .unwrap_or(&Participant::Billing);
    let (deed, lasting) = match dice.below(100) {
        0..40 => (Deed::KillHost(host), dice.pause(100, 2_500)),
        40..50 => (Deed::PauseHost(host), dice.pause(500, 5_500)),
        50..60 => (Deed::CutPostgres, dice.pause(0, 1_500)),
        60..75 => (Deed::CloseProxy(participant), dice.pause(300, 4_000)),
        _ => (
            Deed::Storm(participant, 20 + dice.below(50)),
            dice.pause(1_500, 5_500),
        ),
    };
    Entry {
        at: Duration::ZERO,
        deed,
        lasting,
    }
}

impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KillHost(host) => write!(f, "host {host} is killed"),
            Self::PauseHost(host) => write!(f, "host {host} stands still"),
            Self::CutPostgres => f.write_str("PostgreSQL is cut off"),
            Self::CloseProxy(participant) => write!(f, "{participant} cannot be reached"),
            Self::Storm(participant, percent) => {
                write!(f, "{percent} % of the calls to {participant} meet a fault")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_has_one_forecast_in_which_everything_happens() {
        let minutes = Duration::from_secs(300);
        let forecast = Forecast::of(5, minutes);
        assert_eq!(forecast, Forecast::of(5, minutes));
        assert_ne!(forecast, Forecast::of(6, minutes));
        for kind in 0..4 {
            assert!(
                forecast
                    .entries
                    .iter()
                    .any(|entry| thing(entry.deed).0 == kind),
                "{kind}"
            );
        }
        assert!(
            forecast
                .entries
                .iter()
                .all(|entry| entry.at + entry.lasting < minutes)
        );
    }
}
