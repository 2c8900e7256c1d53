//! A build finishes what older ones left half done: recorded journals and states of every version of the
//! definition, `recorded/definition_N.json`, each at every moment.
//!
//! A recording is written by the first build of its definition and never changes after that. To change
//! what the journal says or means, raise [`saga::DEFINITION`]; then this test writes the next recording.

mod recording;
mod world;

use std::{collections::BTreeSet, fs, path::PathBuf};

use recording::{History, POLICY, histories, text};
use saga::{DEFINITION, Event, Phase, Saga, Step, StepName, StepState};
use world::{Row, World};

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

/// Runs `check` on every moment of every recording.
fn at_every_moment(check: impl Fn(&History, usize)) {
    let mut moments = 0;
    for history in (1..=DEFINITION).flat_map(recorded) {
        for moment in 0..history.moments.len() {
            check(&history, moment);
            moments += 1;
        }
    }
    assert!(moments >= 100, "only {moments} moments are recorded");
}

#[test]
fn this_build_writes_what_is_recorded_of_its_definition() {
    let told = text(&histories());
    let file = file(DEFINITION);
    if !file.exists() {
        fs::write(&file, told).unwrap();
        panic!("{} is recorded now; check it in", file.display());
    }
    assert!(
        fs::read_to_string(&file).unwrap() == told,
        "what this build writes differs from {}, which builds in use have written: raise `saga::DEFINITION`",
        file.display()
    );
}

#[test]
fn the_recordings_hold_every_entry_and_every_state_that_there_is() {
    for definition in 1..=DEFINITION {
        let (mut entries, mut states, mut shown) =
            (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for moment in recorded(definition).iter().flat_map(|it| &it.moments) {
            shown.insert(format!("{:?}", moment.state));
            for event in &moment.events {
                entries.insert(event["type"].as_str().unwrap().to_owned());
            }
            for step in moment.saga().steps {
                states.insert(format!("{:?}", step.state));
            }
        }
        assert_eq!(
            (entries.len(), states.len(), shown.len()),
            (12, 7, 5),
            "{entries:?} {states:?} {shown:?}"
        );
    }
}

#[test]
fn a_recorded_journal_still_tells_its_state() {
    at_every_moment(|history, moment| {
        let told = Saga::replay(&history.journal(moment));
        let state = history.moments[moment].saga();
        assert_eq!(told, Some(state), "{} at moment {moment}", history.name);
    });
}

/// Where the participant of a step may stand, by what the journal says.
fn possible_rows(step: &Step, journal: &[Event]) -> Vec<Row> {
    let done = |event: &Event| matches!(event, Event::Done { step: it, .. } if *it == step.name);
    let was_done = journal.iter().any(done);
    let undone = step.undo.as_ref().is_some_and(|undo| undo.done);
    let told_to_undo = step.undo.as_ref().is_some_and(|undo| undo.attempts > 0);
    match (was_done, undone) {
        _ if step.state == StepState::Waiting => vec![Row::None],
        (true, true) => vec![Row::Undone],
        (false, true) => vec![Row::Undone, Row::Void],
        (true, false) if told_to_undo => vec![Row::Done, Row::Undone],
        (true, false) => vec![Row::Done],
        (false, false) if told_to_undo => vec![Row::None, Row::Done, Row::Undone, Row::Void],
        (false, false) if step.state == StepState::Refused => vec![Row::None],
        (false, false) => vec![Row::None, Row::Done],
    }
}

#[test]
fn what_an_older_build_left_half_done_ends_as_it_should() {
    at_every_moment(|history, moment| {
        let journal = history.journal(moment);
        let saga = history.moments[moment].saga();
        let [charge, items, courier] =
            StepName::ALL.map(|name| possible_rows(saga.step(name), &journal));
        let rows = charge.iter().flat_map(|charge| {
            let items = items.iter();
            items.flat_map(|items| courier.iter().map(|courier| [*charge, *items, *courier]))
        });
        for rows in rows {
            let at = history.moments[moment].at;
            for later in [0, 20_000, 400_000] {
                let mut world =
                    World::left_half_done(POLICY, saga.clone(), journal.clone(), rows, at + later);
                world.heal();
                world.check_always();
                let turned_back = |event: &Event| matches!(event, Event::TurnedBack { .. });
                // The next try of a step whose last one had no answer may be the deadline itself.
                let tried_at = saga.current().and_then(|step| step.due_at).unwrap_or(0);
                let expected = match saga.phase {
                    Phase::Completed => Phase::Completed,
                    Phase::Running if tried_at.max(at + later) < saga.deadline => Phase::Completed,
                    _ => Phase::Compensated,
                };
                let story = format!("{} at moment {moment}, {rows:?}", history.name);
                assert_eq!(world.saga.phase, expected, "{story}");
                let turned_back = world.journal.iter().filter(|it| turned_back(it)).count();
                assert_eq!(
                    turned_back,
                    usize::from(expected == Phase::Compensated),
                    "{story}"
                );
            }
        }
    });
}
