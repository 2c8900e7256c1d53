use super::*;

const CLAIM_DUE: &str = "select claim_due_sagas($1, $2, $3, $4)";

/// The orders that were claimed.
async fn claim_due(client: &Client, limit: i32) -> Vec<Uuid> {
    let owner = Uuid::now_v7();
    let rows = client
        .query(
            CLAIM_DUE,
            &[&owner, &LEASE_MS, &FULFILMENT.version(), &limit],
        )
        .await
        .unwrap();
    let claims = rows.iter().map(|row| row.get::<_, Value>(0));
    let claims = claims.map(|claim| serde_json::from_value(claim).unwrap());
    claims
        .map(|claim: crate::store::sagas::Claim| claim.contents.order_id)
        .collect()
}

async fn claim(client: &Client, order: Uuid, owner: Uuid) -> Option<Value> {
    let statement = "select claim_saga($1, $2, $3, $4)";
    let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 4] =
        [&order, &owner, &LEASE_MS, &FULFILMENT.version()];
    let row = client.query_opt(statement, &parameters).await.unwrap();
    row.map(|row| row.get(0))
}

async fn orphan_all(client: &Client) {
    let statement = "
        update sagas
        set due_at = now() - interval '1 s', lease_owner = null, lease_until = null
        where ended_at is null";
    client.execute(statement, &[]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_writer_of_an_older_epoch_changes_nothing() {
    let database = database().await;
    let client = database.connect().await.unwrap();
    let (order, decision) = placed(&client).await;
    assert!(
        claim(&client, order, Uuid::now_v7()).await.is_none(),
        "it is leased"
    );
    orphan_all(&client).await;
    let taken = claim(&client, order, Uuid::now_v7()).await.unwrap();
    assert_eq!(taken["epoch"], 2);

    let whole = "
        select jsonb_build_array(
            (select jsonb_agg(s) from sagas as s),
            (select jsonb_agg(o) from orders as o),
            (select jsonb_agg(e) from saga_journal as e),
            (select jsonb_agg(t) from timeline as t),
            (select jsonb_agg(b) from outbox as b)
        )::text";
    let before: String = client.query_one(whole, &[]).await.unwrap().get(0);
    let done = answered(&decision, Outcome::Done, 5);
    assert!(!record(&client, order, (1, 2), &done, true).await);
    let after: String = client.query_one(whole, &[]).await.unwrap().get(0);
    assert_eq!(before, after);
    assert!(record(&client, order, (2, 2), &done, true).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transition_is_written_once_however_often_it_is_sent() {
    let database = database().await;
    let client = database.connect().await.unwrap();
    let (order, decision) = placed(&client).await;
    let done = answered(&decision, Outcome::Done, 5);
    for _ in 0..3 {
        assert!(record(&client, order, (1, 2), &done, true).await);
    }
    assert_eq!(
        number(&client, "select count(*) from saga_journal").await,
        4
    );
    assert_eq!(number(&client, "select count(*) from timeline").await, 3);
    // A transition that is based on an older state is not written.
    let refused = answered(&decision, Outcome::Refused("NO".into()), 5);
    assert!(!record(&client, order, (1, 1), &refused, true).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saga_that_is_not_kept_can_be_claimed_when_it_is_due() {
    let database = database().await;
    let client = database.connect().await.unwrap();
    let (order, decision) = placed(&client).await;
    let unknown = answered(&decision, Outcome::Unknown("silence".into()), 0);
    assert!(record(&client, order, (1, 2), &unknown, false).await);
    assert!(
        claim(&client, order, Uuid::now_v7()).await.is_none(),
        "it is not due"
    );
    tokio::time::sleep(std::time::Duration::from_millis(250)).await;
    let owner = Uuid::now_v7();
    let taken = claim(&client, order, owner).await.unwrap();
    // The answer was lost, and the same claim is made again.
    let again = claim(&client, order, owner).await.unwrap();
    assert_eq!((&taken["epoch"], &again["epoch"]), (&json!(2), &json!(2)));
    assert!(claim(&client, order, Uuid::now_v7()).await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn claims_in_batches_never_take_the_same_saga_twice() {
    let database = database().await;
    let client = database.connect().await.unwrap();
    for _ in 0..60 {
        placed(&client).await;
    }
    assert!(claim_due(&client, 100).await.is_empty(), "they are leased");
    orphan_all(&client).await;
    let mut claimers = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let client = database.connect().await.unwrap();
        claimers.spawn(async move {
            let mut taken = Vec::new();
            loop {
                let batch = claim_due(&client, 7).await;
                if batch.is_empty() {
                    return taken;
                }
                taken.extend(batch);
            }
        });
    }
    let mut taken: Vec<Uuid> = claimers.join_all().await.into_iter().flatten().collect();
    assert_eq!(taken.len(), 60);
    taken.sort();
    taken.dedup();
    assert_eq!(taken.len(), 60);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_passes_over_sagas_that_are_locked_or_of_a_newer_build() {
    let database = database().await;
    let mut other = database.connect().await.unwrap();
    let client = database.connect().await.unwrap();
    let (locked, _) = placed(&client).await;
    let (newer, _) = placed(&client).await;
    let (free, _) = placed(&client).await;
    orphan_all(&client).await;
    let statement = "update sagas set definition = $2 where order_id = $1";
    client
        .execute(statement, &[&newer, &(FULFILMENT.version() + 1)])
        .await
        .unwrap();
    let busy = other.transaction().await.unwrap();
    let lock = "select from sagas where order_id = $1 for update";
    busy.execute(lock, &[&locked]).await.unwrap();
    assert_eq!(claim_due(&client, 10).await, [free]);
    busy.rollback().await.unwrap();
    assert_eq!(claim_due(&client, 10).await, [locked]);
    assert!(claim(&client, newer, Uuid::now_v7()).await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_is_requested_of_what_waits_and_not_of_what_is_driven() {
    let database = database().await;
    let client = database.connect().await.unwrap();
    let (driven, _) = placed(&client).await;
    let (waiting, decision) = placed(&client).await;
    let unknown = answered(&decision, Outcome::Unknown("silence".into()), 0);
    assert!(record(&client, waiting, (1, 2), &unknown, false).await);
    let statement = "update sagas set due_at = now() + interval '1 hour' where order_id = $1";
    client.execute(statement, &[&waiting]).await.unwrap();

    let retry = "select from request_retry(null, $1, 10)";
    let requested = client
        .execute(retry, &[&FULFILMENT.version()])
        .await
        .unwrap();
    assert_eq!(requested, 1);
    let again = client
        .execute(retry, &[&FULFILMENT.version()])
        .await
        .unwrap();
    assert_eq!(again, 0);
    let taken = claim(&client, waiting, Uuid::now_v7()).await.unwrap();
    assert_eq!(taken["retryRequested"], true);
    assert!(claim(&client, driven, Uuid::now_v7()).await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_ready_exactly_when_its_saga_is_complete() {
    let database = database().await;
    let client = database.connect().await.unwrap();
    let (order, decision) = placed(&client).await;
    let mut wrong = change(&answered(&decision, Outcome::Done, 5), 5);
    wrong["state"] = "COMPLETED".into();
    let statement = "select from record_transition($1, 1, 2, $2, 1000)";
    let error = client
        .execute(statement, &[&order, &wrong])
        .await
        .unwrap_err();
    assert_eq!(error.code().unwrap().code(), "23514");

    let (_, seq) = complete(&client, order, decision).await;
    let states = "
        select o.status || ' ' || s.state || ' ' || s.seq
        from orders as o
        join sagas as s on s.order_id = o.id
        where o.id = $1";
    let states = text(&client, states, order).await;
    assert_eq!(states, format!("READY COMPLETED {seq}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn journal_and_timeline_are_append_only() {
    let database = database().await;
    let client = database.connect().await.unwrap();
    placed(&client).await;
    for statement in [
        "delete from saga_journal",
        "update saga_journal set epoch = 9",
        "delete from timeline",
        "update timeline set note = 'x'",
        "truncate timeline",
    ] {
        let error = client.execute(statement, &[]).await.unwrap_err();
        assert_eq!(error.code().unwrap().code(), "23001", "{statement}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_orphans_are_claimed_in_ten_statements_the_oldest_first() {
    let database = database().await;
    let client = database.connect().await.unwrap();
    let mut orders = Vec::new();
    for _ in 0..1_000 {
        orders.push(placed(&client).await.0);
    }
    // The newest order has been due for longest.
    let statement = "
        update sagas
        set lease_owner = null, lease_until = null,
            due_at = now() - place * interval '1 s'
        from unnest($1::uuid[]) with ordinality as given (id, place)
        where order_id = id";
    client.execute(statement, &[&orders]).await.unwrap();
    orders.reverse();
    let start = std::time::Instant::now();
    for expected in orders.chunks(100) {
        let mut taken = claim_due(&client, 100).await;
        let mut expected = expected.to_vec();
        taken.sort();
        expected.sort();
        assert_eq!(taken, expected);
    }
    assert!(claim_due(&client, 100).await.is_empty());
    let took = start.elapsed();
    println!("1000 orphans were claimed within {took:?}");
    assert!(took.as_secs() < 5, "{took:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_fences_a_driver_whose_lease_is_over() {
    let database = database().await;
    let client = database.connect().await.unwrap();
    let (order, decision) = placed(&client).await;
    let retry = "select from request_retry($1, $2, 1)";
    let requested = client
        .execute(retry, &[&order, &FULFILMENT.version()])
        .await;
    assert_eq!(requested.unwrap(), 0, "it is being driven");
    // Its driver has written nothing until its lease was over, and goes on.
    let lapse = "
        update sagas
        set lease_until = now() - interval '1 s', due_at = now() - interval '1 s'
        where order_id = $1";
    client.execute(lapse, &[&order]).await.unwrap();
    let requested = client
        .execute(retry, &[&order, &FULFILMENT.version()])
        .await;
    assert_eq!(requested.unwrap(), 1);
    let done = answered(&decision, Outcome::Done, 5);
    assert!(!record(&client, order, (1, 2), &done, true).await);
    let taken = claim(&client, order, Uuid::now_v7()).await.unwrap();
    assert_eq!(
        (&taken["epoch"], &taken["retryRequested"]),
        (&json!(3), &json!(true))
    );

    assert!(!record(&client, order, (1, 2), &done, true).await);
    let input = Input::Claimed(Retry::All);
    let claimed = given(&decision, &input, 5);
    assert!(record(&client, order, (3, 2), &claimed, true).await);
    let flag = number(
        &client,
        "select count(*) from sagas where retry_requested or lease_until < now()",
    );
    assert_eq!(flag.await, 0, "a retry is requested once");
}
