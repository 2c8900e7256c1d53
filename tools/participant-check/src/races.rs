//! Messages that are sent together.

use std::sync::Barrier as StartingLine;
use std::thread;

use uuid::Uuid;

use crate::client::{Answer, Client, Message};

/// Parallel PUTs: exactly one does the step, the others get its answer.
pub(crate) fn parallel_puts(client: &Client<'_>) -> Result<String, String> {
    let order = Uuid::now_v7();
    let answers = together(client, order, &[Message::Put; 6]);
    let undone = client.send(Message::Delete, order);
    let answers = answers?;
    let made = answers.iter().filter(|answer| answer.status == 201).count();
    let repeated = answers.iter().filter(|answer| answer.status == 200).count();
    let same = answers.windows(2).all(|pair| pair[0].body == pair[1].body);
    if made != 1 || repeated != 5 || !same {
        return Err(format!(
            "expected one 201 and five 200 with the same body; the answers were {}",
            list(&answers)
        ));
    }
    expect(&undone?, 200, "DELETE afterwards")?;
    Ok("201 once".to_owned())
}

/// PUTs and DELETEs together: whichever comes first, the step is undone at the end.
pub(crate) fn put_and_delete(client: &Client<'_>) -> Result<String, String> {
    use Message::{Delete, Put};
    let order = Uuid::now_v7();
    let answers = together(client, order, &[Put, Delete, Put, Delete])?;
    let (puts, deletes): (Vec<_>, Vec<_>) = (
        answers.iter().step_by(2).collect(),
        answers.iter().skip(1).step_by(2).collect(),
    );
    let done = puts.iter().any(|put| put.status == 201);
    let wrong = puts.iter().any(|put| {
        let refused = put.status == 409 && put.text("code") == "ALREADY_COMPENSATED";
        !(refused || done && matches!(put.status, 200 | 201))
    });
    let void = deletes.iter().any(|delete| delete.text("status") == "VOID");
    let unlike = deletes
        .iter()
        .any(|delete| delete.status != 200 || delete.body != deletes[0].body);
    if wrong || unlike || void == done {
        return Err(format!(
            "expected the answers of some order of arrival to PUT, DELETE, PUT, DELETE; they were {}",
            list(&answers)
        ));
    }
    let late = client.send(Put, order)?;
    if late.status != 409 || late.text("code") != "ALREADY_COMPENSATED" {
        let _ = client.send(Delete, order);
        return Err(format!(
            "a later PUT: expected 409 ALREADY_COMPENSATED; the answer was {late}"
        ));
    }
    let again = client.send(Delete, order)?;
    if again.body != deletes[0].body {
        return Err(format!(
            "a later DELETE: expected {}; the answer was {again}",
            deletes[0]
        ));
    }
    Ok(if done { "done, undone" } else { "VOID" }.to_owned())
}

/// Parallel DELETEs of a step that was done: all get the same answer.
pub(crate) fn parallel_deletes(client: &Client<'_>) -> Result<String, String> {
    let order = Uuid::now_v7();
    expect(&client.send(Message::Put, order)?, 201, "PUT before")?;
    let answers = together(client, order, &[Message::Delete; 6])?;
    let same = |answer: &Answer| answer.status == 200 && answer.body == answers[0].body;
    if !answers.iter().all(same) || answers[0].text("status") == "VOID" {
        return Err(format!(
            "expected 200 with one body, not VOID; the answers were {}",
            list(&answers)
        ));
    }
    Ok("200, all alike".to_owned())
}

fn together(client: &Client<'_>, order: Uuid, messages: &[Message]) -> Result<Vec<Answer>, String> {
    let line = StartingLine::new(messages.len());
    thread::scope(|scope| {
        let sent: Vec<_> = messages
            .iter()
            .map(|message| {
                let line = &line;
                scope.spawn(move || {
                    line.wait();
                    client.send(*message, order)
                })
            })
            .collect();
        let joined = sent.into_iter().map(|thread| {
            let answer = thread.join();
            answer.unwrap_or_else(|_| Err("the thread of a request panicked".to_owned()))
        });
        joined.collect()
    })
}

fn expect(answer: &Answer, status: u16, request: &str) -> Result<(), String> {
    let expected = || format!("{request}: expected {status}; the answer was {answer}");
    (answer.status == status).then_some(()).ok_or_else(expected)
}

fn list(answers: &[Answer]) -> String {
    let texts: Vec<String> = answers.iter().map(ToString::to_string).collect();
    texts.join(" | ")
}
