use std::collections::BTreeSet;

use super::*;
use crate::store::outbox::Batch;

const LEASE: i32 = 8_000;

/// Hands in what was acknowledged and takes the next events.
async fn take(client: &Client, owner: Uuid, acknowledged: &[i64]) -> Batch {
    take_for(client, owner, acknowledged, LEASE).await
}

async fn take_for(client: &Client, owner: Uuid, acknowledged: &[i64], lease_ms: i32) -> Batch {
    let statement = "select claim_events($1, $2, $3, 100)";
    let acknowledged = json!(acknowledged);
    let row = client
        .query_one(statement, &[&owner, &acknowledged, &lease_ms])
        .await;
    serde_json::from_value(row.unwrap().get(0)).unwrap()
}

/// Lets the owner's lane rest; for how long.
async fn rest(client: &Client, owner: Uuid, acknowledged: &[i64]) -> Option<i64> {
    let statement = "select pause_lane($1, $2, 200, 5000)";
    let acknowledged = json!(acknowledged);
    let row = client.query_one(statement, &[&owner, &acknowledged]).await;
    row.unwrap().get(0)
}

fn positions(taken: &Batch) -> Vec<i64> {
    taken.events.iter().map(|event| event.position).collect()
}

fn orders(taken: &Batch) -> BTreeSet<Uuid> {
    taken.events.iter().map(|event| event.order_id).collect()
}

async fn unpublished(client: &Client) -> i64 {
    let statement = "select count(*) from outbox where published_at is null";
    number(client, statement).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publisher_gets_everything_in_order_and_marks_it() {
    let database = database().await;
    let client = database.connect().await.unwrap();
    for _ in 0..30 {
        let (order, decision) = placed(&client).await;
        complete(&client, order, decision).await;
    }
    // An order that is fulfilled has every status but CANCELLED.
    let expected: Vec<_> = (1..fulfilment::statuses().count())
        .map(|sequence| sequence.to_string())
        .collect();
    let owner = Uuid::now_v7();
    let (mut acknowledged, mut lanes, mut seen) = (Vec::new(), Vec::new(), 0);
    loop {
        let taken = take(&client, owner, &acknowledged).await;
        acknowledged = positions(&taken);
        seen += acknowledged.len();
        assert!(acknowledged.is_sorted());
        for order in orders(&taken) {
            let numbers = taken.events.iter().filter(|event| event.order_id == order);
            let numbers: Vec<_> = numbers
                .map(|event| event.event["sequence"].clone())
                .collect();
            assert_eq!(numbers, expected, "an order is in one lane");
        }
        if taken.events.is_empty() {
            assert!(!taken.busy);
            assert_eq!(taken.retry_in_ms, None);
            break;
        }
        lanes.push(orders(&taken));
    }
    assert!(lanes.len() > 1, "30 orders are in more than one of 8 lanes");
    assert_eq!((seen, unpublished(&client).await), (30 * expected.len(), 0));
    let held = "select count(*) from outbox_lanes where owner is not null";
    assert_eq!(number(&client, held).await, 0, "nothing is held");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_has_taken_no_other_gets_until_the_lease_is_over() {
    let database = database().await;
    let client = database.connect().await.unwrap();
    let (order, _) = placed(&client).await;
    let (first, second) = (Uuid::now_v7(), Uuid::now_v7());
    assert_eq!(
        orders(&take_for(&client, first, &[], 300).await),
        [order].into()
    );
    let other = take(&client, second, &[]).await;
    assert!(other.events.is_empty() && other.busy && other.retry_in_ms.is_none());
    // The first asks again, as when its answer was lost.
    let again = take_for(&client, first, &[], 300).await;
    assert_eq!(again.events.len(), 2);

    tokio::time::sleep(std::time::Duration::from_millis(350)).await;
    let taken = take(&client, second, &[]).await;
    assert_eq!(positions(&taken), positions(&again));
    // An event is published, whichever publisher reports its acknowledgement.
    let late = take(&client, first, &positions(&again)[..1]).await;
    assert!(late.events.is_empty() && late.busy);
    assert_eq!(rest(&client, first, &[]).await, None, "it has no lane");
    assert_eq!(unpublished(&client).await, 1);
    assert!(
        take(&client, second, &positions(&taken))
            .await
            .events
            .is_empty()
    );
    assert_eq!(unpublished(&client).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lane_that_fails_rests_longer_each_time() {
    let database = database().await;
    let client = database.connect().await.unwrap();
    placed(&client).await;
    let owner = Uuid::now_v7();
    let over = "update outbox_lanes set until = '-infinity'";
    for expected in [200, 400, 800, 1_600, 3_200, 5_000, 5_000] {
        assert_eq!(take(&client, owner, &[]).await.events.len(), 2);
        assert_eq!(rest(&client, owner, &[]).await, Some(expected));
        let resting = take(&client, Uuid::now_v7(), &[]).await;
        assert!(resting.events.is_empty() && !resting.busy);
        let retry_in_ms = i64::try_from(resting.retry_in_ms.unwrap()).unwrap();
        assert!((1..=expected).contains(&retry_in_ms), "{retry_in_ms}");
        client.batch_execute(over).await.unwrap();
    }
    // An acknowledgement in between shows that the broker is there.
    let taken = take(&client, owner, &[]).await;
    assert_eq!(
        rest(&client, owner, &positions(&taken)[..1]).await,
        Some(200)
    );
    assert_eq!(unpublished(&client).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lane_whose_events_have_waited_longest_comes_first() {
    let database = database().await;
    let client = database.connect().await.unwrap();
    let (first, _) = placed(&client).await;
    let last_byte = |order: Uuid| order.as_bytes()[15] % 8;
    let second = loop {
        let (order, _) = placed(&client).await;
        if last_byte(order) != last_byte(first) {
            break order;
        }
    };
    let owner = Uuid::now_v7();
    let taken = take(&client, owner, &[]).await;
    assert!(orders(&taken).contains(&first));
    // Its own lane has more, and the other's have waited for longer.
    let acknowledged = positions(&taken);
    let again = Request::new(Uuid::now_v7());
    let mut newer = Uuid::now_v7().into_bytes();
    newer[15] = first.as_bytes()[15];
    again.place(&client, Uuid::from_bytes(newer)).await;
    let taken = take(&client, owner, &acknowledged).await;
    assert!(orders(&taken).contains(&second));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_published_long_ago_is_deleted_and_nothing_else() {
    let database = database().await;
    let client = database.connect().await.unwrap();
    for _ in 0..4 {
        placed(&client).await;
    }
    let age = "
        update outbox
        set created_at = now() - interval '2 days',
            published_at = case when position <> 2 then now() - interval '2 days' end
        where position <= 4;
        update outbox
        set published_at = now()
        where position between 5 and 6";
    client.batch_execute(age).await.unwrap();
    let delete = "select count(*) from delete_old_events(86400000, 100, false)";
    assert_eq!(number(&client, delete).await, 3);
    assert_eq!(number(&client, delete).await, 0);
    let left = "select array_agg(position order by position) from outbox";
    let left: Vec<i64> = client.query_one(left, &[]).await.unwrap().get(0);
    assert_eq!(left, [2, 5, 6, 7, 8]);
    // Without a broker nobody will ever publish it.
    let delete = "select count(*) from delete_old_events(86400000, 100, true)";
    assert_eq!(number(&client, delete).await, 1);
    assert_eq!(number(&client, "select min(position) from outbox").await, 5);
}
