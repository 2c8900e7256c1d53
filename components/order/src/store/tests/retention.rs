use saga::{JournalEntry, Saga};

use super::*;

async fn journal(client: &Client, order: Uuid) -> Vec<JournalEntry> {
    let statement = "select entry from saga_journal where order_id = $1 order by seq";
    let rows = client.query(statement, &[&order]).await.unwrap();
    let entries = rows.iter().map(|row| row.get::<_, Value>(0));
    entries
        .map(|entry| serde_json::from_value(entry).unwrap())
        .collect()
}

async fn tally_everything(client: &Client) {
    let statement = "update tally_mark set until = now() + interval '1 hour'";
    client.execute(statement, &[]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_fails_without_end_keeps_a_short_journal_that_still_gives_the_state() {
    let database = database().await;
    let client = database.connect().await.unwrap();
    let (order, decision) = placed(&client).await;
    let mut transition = answered(&decision, Outcome::Done, 5);
    assert!(record(&client, order, (1, 2), &transition, true).await);
    let mut seq = 4;
    let (mut now, mut longest) = (10, 0);
    for failure in 0..400 {
        // The warehouse refuses, and neither undo is ever answered.
        let input = match transition.action.clone() {
            Action::Call(call) if failure == 0 => {
                Input::CallFinished(call, Outcome::Refused("OUT_OF_STOCK".into()))
            }
            Action::Call(call) => Input::CallFinished(call, Outcome::Unknown("HTTP 503".into())),
            Action::WaitUntil(due_at) if failure % 7 == 0 => {
                now = due_at;
                Input::Claimed(Retry::All)
            }
            Action::WaitUntil(due_at) => {
                now = due_at;
                Input::TimerFired
            }
            other => panic!("{other:?}"),
        };
        now += 5;
        transition = given(&transition, &input, now);
        assert!(record(&client, order, (1, seq), &transition, true).await);
        seq += i32::try_from(transition.entries.len()).unwrap();
        if failure == 200 {
            // Nothing has been tallied until now, so nothing was deleted.
            longest = journal(&client, order).await.len();
            assert_eq!(i32::try_from(longest).unwrap(), seq);
            tally_everything(&client).await;
        }
        let entries = journal(&client, order).await;
        let replayed = Saga::replay(&FULFILMENT, &entries).unwrap();
        assert_eq!(replayed, transition.saga, "failure {failure}");
    }
    let entries = journal(&client, order).await;
    let tries = |entry: &&JournalEntry| matches!(entry.kind(), "UNDO_SENT" | "UNDO_FAILED");
    let tries = entries.iter().filter(tries).count();
    assert!(tries <= 2 * 2 * 21, "{tries} of {longest}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_journal_of_an_ended_saga_leaves_after_its_time_and_of_no_other() {
    let database = database().await;
    let client = database.connect().await.unwrap();
    let (old, started) = placed(&client).await;
    let (transition, seq) = complete(&client, old, started).await;
    let (young, started) = placed(&client).await;
    complete(&client, young, started).await;
    let (running, _) = placed(&client).await;
    tally_everything(&client).await;
    let age = "
        update sagas
        set created_at = now() - interval '91 days',
            ended_at = case when ended_at is not null then now() - interval '91 days' end
        where order_id = any ($1)";
    client.execute(age, &[&vec![old, running]]).await.unwrap();
    // The entries' times cannot be changed, so the sagas' ends decide here; see the next statement for both.
    let delete = "select count(*) from delete_old_journals(0, 100)";
    let statement = "
        alter table saga_journal disable trigger saga_journal_entries_never_change;
        update saga_journal set at = now() - interval '91 days';
        alter table saga_journal enable trigger saga_journal_entries_never_change";
    client.batch_execute(statement).await.unwrap();
    let by_age = "select count(*) from delete_old_journals(90::bigint * 24 * 60 * 60 * 1000, 100)";
    assert_eq!(number(&client, by_age).await, 1);
    assert_eq!(number(&client, by_age).await, 0);
    assert!(journal(&client, old).await.is_empty());
    assert_eq!(
        journal(&client, young).await.len(),
        usize::try_from(seq).unwrap()
    );
    assert_eq!(journal(&client, running).await.len(), 2);

    // Its order is cancelled afterwards: the saga goes on, and the tallies know that it was complete.
    let cancel = cancelled(&transition);
    let change = change(&cancel, 9);
    let statement = "select cancel_order_by_shop($1, $2, $3, 1, $4, $5)";
    let mut shop = change.clone();
    shop["cancellation"] = json!({"code": "CANCELLED_BY_SHOP", "detail": "Out of tea"});
    let answer: Value = client
        .query_one(statement, &[&old, &Uuid::now_v7(), &LEASE_MS, &seq, &shop])
        .await
        .unwrap()
        .get(0);
    assert_eq!(answer["outcome"], "CANCELLED");
    let written = journal(&client, old).await;
    assert_eq!(written.len(), cancel.entries.len());
    assert_eq!(number(&client, delete).await, 1, "only the other ended one");
    assert_eq!(journal(&client, old).await.len(), written.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_unfinished_saga_needs_cannot_be_deleted() {
    let database = database().await;
    let client = database.connect().await.unwrap();
    let (order, _) = placed(&client).await;
    for seq in 1..=2 {
        let statement = format!("delete from saga_journal where seq = {seq}");
        let error = client.execute(&statement, &[]).await.unwrap_err();
        assert_eq!(error.code().unwrap().code(), "23001");
    }
    assert_eq!(journal(&client, order).await.len(), 2);
}
