//! A build finishes what older ones left unfinished: recorded journals and states of every version of the
//! saga's definition, `recorded/definition_N.json`, each at every moment.
//!
//! A recording is written by the first build of its definition and never changes after that. To change
//! what the journal says or means, or the steps, raise the version of `FULFILMENT`; then this test writes
//! the next recording.

mod recording;

use std::{collections::BTreeSet, fs, path::PathBuf};

use order::fulfilment::{self, FULFILMENT};
use recording::{History, POLICY, histories, text};
use saga::{
    JournalEntry, Phase, Saga, Step, StepState,
    simulation::{Record, Simulation},
};

fn file(definition: i32) -> PathBuf {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/recorded");
    PathBuf::from(folder).join(format!("definition_{definition}.json"))
}

/// What the first build of a definition wrote.
fn recorded(definition: i32) -> Vec<History> {
    let file = file(definition);
    let text = fs::read_to_string(&file);
    let text = text.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    serde_json::from_str(&text).unwrap()
}

/// The state of a moment, as this build reads it.
fn read(history: &History, moment: usize) -> Saga {
    let moment = &history.moments[moment];
    fulfilment::read_saga(moment.saga().definition, moment.saga.clone()).unwrap()
}

/// Runs `check` on every moment of every recording.
fn at_every_moment(check: impl Fn(&History, usize)) {
    let mut moments = 0;
    for history in (1..=FULFILMENT.version()).flat_map(recorded) {
        for moment in 0..history.moments.len() {
            check(&history, moment);
            moments += 1;
        }
    }
    assert!(moments >= 200, "only {moments} moments are recorded");
}

#[test]
fn this_build_writes_what_is_recorded_of_its_definition() {
    let written = text(&histories());
    let file = file(FULFILMENT.version());
    if !file.exists() {
        fs::write(&file, written).unwrap();
        panic!("{} is recorded now; check it in", file.display());
    }
    assert!(
        fs::read_to_string(&file).unwrap() == written,
        "what this build writes differs from {}, which builds in use have written: raise the version of \
         `FULFILMENT`",
        file.display()
    );
}

#[test]
fn the_recordings_hold_every_entry_and_every_state_that_there_is() {
    for definition in 1..=FULFILMENT.version() {
        let (mut entries, mut steps, mut states) =
            (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for moment in recorded(definition).iter().flat_map(|it| &it.moments) {
            states.insert(format!("{:?}", moment.state));
            for entry in &moment.entries {
                entries.insert(entry["type"].as_str().unwrap().to_owned());
            }
            for step in moment.saga().steps {
                steps.insert(format!("{:?}", step.state));
            }
        }
        assert_eq!(
            (entries.len(), steps.len(), states.len()),
            (12, 7, 5),
            "{entries:?} {steps:?} {states:?}"
        );
    }
}

#[test]
fn a_recorded_journal_leads_to_its_state() {
    at_every_moment(|history, moment| {
        let saga = read(history, moment);
        let definition = fulfilment::definition_of(&saga).unwrap();
        let replayed = Saga::replay(definition, &history.journal(moment));
        assert_eq!(replayed, Ok(saga), "{} at moment {moment}", history.name);
    });
}

/// What the participant of a step may have recorded, by the journal.
fn possible_records(step: &Step, journal: &[JournalEntry]) -> Vec<Record> {
    let done = |entry: &JournalEntry| matches!(entry, JournalEntry::Done { step: it, .. } if *it == step.name);
    let was_done = journal.iter().any(done);
    let undone = step.undo.as_ref().is_some_and(|undo| undo.done);
    let undo_sent = step.undo.as_ref().is_some_and(|undo| undo.attempts > 0);
    match (was_done, undone) {
        _ if step.state == StepState::Waiting => vec![Record::None],
        (true, true) => vec![Record::Undone],
        (false, true) => vec![Record::Undone, Record::Void],
        (true, false) if undo_sent => vec![Record::Done, Record::Undone],
        (true, false) => vec![Record::Done],
        (false, false) if undo_sent => {
            vec![Record::None, Record::Done, Record::Undone, Record::Void]
        }
        (false, false) if step.state == StepState::Refused => vec![Record::None],
        (false, false) => vec![Record::None, Record::Done],
    }
}

/// Every combination of what the participants may have recorded.
fn combinations(steps: &[Step], journal: &[JournalEntry]) -> Vec<Vec<Record>> {
    let mut combinations = vec![Vec::new()];
    for step in steps {
        let possible = possible_records(step, journal);
        let longer = combinations.iter().flat_map(|records: &Vec<Record>| {
            possible.iter().map(|record| {
                let mut records = records.clone();
                records.push(*record);
                records
            })
        });
        combinations = longer.collect();
    }
    combinations
}

#[test]
fn what_an_older_build_left_unfinished_ends_as_it_should() {
    at_every_moment(|history, moment| {
        let journal = history.journal(moment);
        let saga = read(history, moment);
        let definition = fulfilment::definition_of(&saga).unwrap();
        for records in combinations(&saga.steps, &journal) {
            let at = history.moments[moment].at;
            for later in [0, 20_000, 400_000] {
                let mut simulation = Simulation::unfinished(
                    definition,
                    POLICY,
                    saga.clone(),
                    journal.clone(),
                    &records,
                    at + later,
                );
                simulation.run_to_end();
                simulation.check();
                // A step without an answer gets one more try after the deadline, unless the next one was due at the
                // deadline itself.
                let due_at = saga.step_under_way().and_then(|step| step.due_at);
                let expected = match saga.phase {
                    Phase::Completed => Phase::Completed,
                    Phase::Running if due_at.is_none_or(|due_at| due_at < saga.deadline) => {
                        Phase::Completed
                    }
                    _ => Phase::Compensated,
                };
                let case = format!("{} at moment {moment}, {records:?}", history.name);
                assert_eq!(simulation.saga.phase, expected, "{case}");
                let starts = simulation
                    .journal
                    .iter()
                    .filter(|entry| matches!(entry, JournalEntry::CompensationStarted { .. }));
                assert_eq!(
                    starts.count(),
                    usize::from(expected == Phase::Compensated),
                    "{case}"
                );
            }
        }
    });
}
