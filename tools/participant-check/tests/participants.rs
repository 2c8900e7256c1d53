//! The check passes a participant that keeps the protocol, and finds each promise that another breaks.

use std::collections::HashMap;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use harness::raw_http::{ReceivedRequest, respond};
use participant_check::{Report, SetupError, Target, check};

/// The promise that a participant breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    RepeatIsNew,
    AnyBodyMatches,
    NoTombstone,
    StepAfterUndo,
    SecondUndoIsVoid,
    RefusalIsKept,
    RefusalWithoutCode,
    RacingPuts,
    NoToken,
    AnyId,
}

#[derive(Clone)]
struct Step {
    status: &'static str,
    body: String,
}

type Steps = Mutex<HashMap<String, Step>>;

fn answer(fault: Fault, steps: &Steps, request: &ReceivedRequest) -> (u16, String) {
    let (method, path) = request.method_and_path();
    let id = path.rsplit('/').next().unwrap_or_default();
    let problem = |status, code: &str| (status, format!(r#"{{"code":"{code}"}}"#));
    let success =
        |code, status: &str| (code, format!(r#"{{"orderId":"{id}","status":"{status}"}}"#));
    if fault != Fault::NoToken && request.header("authorization") != Some("Bearer token") {
        return problem(401, "UNAUTHENTICATED");
    }
    if fault != Fault::AnyId && id.len() != 36 {
        return problem(404, "NOT_FOUND");
    }
    let body = String::from_utf8_lossy(&request.body).into_owned();
    let known = steps.lock().unwrap().get(id).cloned();
    let write = |status, body: String| {
        steps
            .lock()
            .unwrap()
            .insert(id.to_owned(), Step { status, body });
    };
    if fault == Fault::RacingPuts && method == "PUT" && known.is_none() {
        // Between reading and writing, other requests read the same.
        thread::sleep(Duration::from_millis(30));
        write("DONE", body);
        return success(201, "DONE");
    }
    // Nothing comes between reading and writing but in the branch above: the server holds a lock.
    match (method, known.as_ref().map(|step| step.status)) {
        ("PUT", None) if body.contains("too much") => {
            if fault == Fault::RefusalIsKept {
                write("VOID", String::new());
            }
            match fault {
                Fault::RefusalWithoutCode => (409, "{}".to_owned()),
                _ => problem(409, "REFUSED"),
            }
        }
        ("PUT", None) => {
            write("DONE", body);
            success(201, "DONE")
        }
        ("PUT", Some("DONE")) => {
            let same = known.is_some_and(|step| step.body == body);
            match fault {
                Fault::RepeatIsNew => success(201, "DONE"),
                _ if same || fault == Fault::AnyBodyMatches => success(200, "DONE"),
                _ => problem(409, "STEP_MISMATCH"),
            }
        }
        ("PUT", Some("UNDONE")) if fault == Fault::StepAfterUndo => {
            write("DONE", body);
            success(201, "DONE")
        }
        ("PUT", Some(_)) => problem(409, "ALREADY_COMPENSATED"),
        ("DELETE", None) => {
            if fault != Fault::NoTombstone {
                write("VOID", String::new());
            }
            success(200, "VOID")
        }
        ("DELETE", Some("DONE")) => {
            write("UNDONE", String::new());
            success(200, "UNDONE")
        }
        ("DELETE", Some("UNDONE")) if fault == Fault::SecondUndoIsVoid => success(200, "VOID"),
        ("DELETE", Some(status)) => success(200, status),
        _ => problem(405, "METHOD_NOT_ALLOWED"),
    }
}

/// Starts a participant and returns what checks it.
fn participant(fault: Fault) -> Target {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (steps, order) = (Arc::new(Steps::default()), Arc::new(Mutex::new(())));
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (steps, order, mut stream) = (steps.clone(), order.clone(), stream.unwrap());
            thread::spawn(move || {
                while let Ok(Some(request)) = ReceivedRequest::read(&mut stream) {
                    let one_at_a_time = (fault != Fault::RacingPuts).then(|| order.lock());
                    let (status, body) = answer(fault, &steps, &request);
                    drop(one_at_a_time);
                    if respond(&mut stream, status, &body).is_err() {
                        return;
                    }
                }
            });
        }
    });
    Target {
        url: format!("http://{address}/steps/{{orderId}}"),
        token: "token".to_owned(),
        body: r#"{"amount": 1}"#.to_owned(),
        other_body: r#"{"amount": 2}"#.to_owned(),
        refused_body: Some(r#"{"amount": "too much"}"#.to_owned()),
        rounds: 3,
    }
}

fn failed(report: &Report) -> Vec<&str> {
    report.failed().map(|row| row.promise.as_str()).collect()
}

#[test]
fn a_right_participant_passes() {
    let report = check(&participant(Fault::None)).unwrap();
    assert!(failed(&report).is_empty(), "{report}");
    assert_eq!(report.rows.len(), 14 + 3 + 3 + 3 + 3);
}

#[test]
fn each_broken_promise_is_found() {
    for (fault, promise) in [
        (Fault::RepeatIsNew, "any order of arrival"),
        (Fault::AnyBodyMatches, "another body does not match"),
        (Fault::NoTombstone, "any order of arrival"),
        (Fault::StepAfterUndo, "any order of arrival"),
        (Fault::SecondUndoIsVoid, "any order of arrival"),
        (Fault::RefusalIsKept, "a definite no changes nothing"),
        (Fault::RefusalWithoutCode, "a definite no is repeated"),
        (Fault::RacingPuts, "parallel PUTs do the step once"),
        (Fault::NoToken, "no token: 401, nothing changed"),
        (Fault::AnyId, "an id that is no UUID: 404"),
    ] {
        let report = check(&participant(fault)).unwrap();
        assert!(failed(&report).contains(&promise), "{fault:?}\n{report}");
    }
}

#[test]
fn a_failure_shows_the_request_and_the_answer() {
    let report = check(&participant(Fault::AnyBodyMatches))
        .unwrap()
        .to_string();
    assert!(report.contains("request 2, PUT other of "), "{report}");
    assert!(
        report.contains("expected 409 with a code that ends with _MISMATCH"),
        "{report}"
    );
    assert!(report.contains("the answer was 200 {"), "{report}");
}

#[test]
fn a_wrong_setup_is_no_failure_of_the_participant() {
    let right = participant(Fault::None);
    let with = |change: fn(&mut Target)| {
        let mut target = right.clone();
        change(&mut target);
        check(&target).unwrap_err()
    };
    let error = with(|target| target.token = "wrong".to_owned());
    assert!(matches!(error, SetupError::TokenRefused(_)), "{error}");
    let error = with(|target| target.body = r#""too much""#.to_owned());
    assert!(matches!(error, SetupError::BodyRefused(_)), "{error}");
    let error = with(|target| target.url = "http://127.0.0.1:1/{orderId}".to_owned());
    assert!(matches!(error, SetupError::Unreachable(_)), "{error}");
    let error = with(|target| target.url = "http://127.0.0.1:1/".to_owned());
    assert!(matches!(error, SetupError::NoPlaceholder(_)), "{error}");
}
