use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_placed_whole_and_once() {
    let database = database().await;
    let client = database.connect().await.unwrap();
    let request = Request::new(Uuid::now_v7());
    let id = Uuid::now_v7();
    // The second time stands for a first answer that was lost.
    for _ in 0..2 {
        assert_eq!(request.place(&client, id).await, ("PLACED".into(), id));
    }
    for (table, rows) in [
        ("orders", 1),
        ("order_items", 2),
        ("sagas", 1),
        ("saga_journal", 2),
        ("timeline", 2),
        ("outbox", 2),
    ] {
        let count = format!("select count(*) from {table}");
        assert_eq!(number(&client, &count).await, rows, "{table}");
    }
    assert_eq!(number(&client, "select total from orders").await, 1000);
    let status = text(&client, "select status from orders where id = $1", id).await;
    assert_eq!(status, "AWAITING_PAYMENT");
    let event: Value = client
        .query_one("select event from outbox order by position limit 1", &[])
        .await
        .unwrap()
        .get(0);
    assert_eq!(event["specversion"], "1.0");
    assert_eq!(event["id"], format!("{id}/1"));
    assert_eq!(event["sequence"], "1");
    assert_eq!(event["data"]["status"], "PENDING");
}

#[tokio::test(flavor = "multi_thread")]
async fn twins_with_one_key_make_one_order() {
    let database = database().await;
    let user = Uuid::now_v7();
    let mut twins = tokio::task::JoinSet::new();
    for _ in 0..12 {
        let client = database.connect().await.unwrap();
        twins.spawn(async move {
            let request = Request::keyed(user, "key", "body");
            request.place(&client, Uuid::now_v7()).await
        });
    }
    let outcomes = twins.join_all().await;
    let placed: Vec<_> = outcomes.iter().filter(|it| it.0 == "PLACED").collect();
    assert_eq!(placed.len(), 1);
    for (outcome, id) in &outcomes {
        assert!(outcome == "PLACED" || outcome == "REPLAYED", "{outcome}");
        assert_eq!(*id, placed[0].1);
    }
    let client = database.connect().await.unwrap();
    assert_eq!(number(&client, "select count(*) from orders").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_twin_waits_for_the_one_that_is_being_made() {
    let database = database().await;
    let mut first = database.connect().await.unwrap();
    let user = Uuid::now_v7();
    let request = Request::keyed(user, "key", "body");
    let making = first.transaction().await.unwrap();
    let (_, id) = request.place(making.client(), Uuid::now_v7()).await;
    let second = database.connect().await.unwrap();
    let twin = tokio::spawn(async move { request.place(&second, Uuid::now_v7()).await });
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    assert!(!twin.is_finished(), "the twin did not wait");
    making.commit().await.unwrap();
    assert_eq!(twin.await.unwrap(), ("REPLAYED".into(), id));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_belongs_to_one_customer_and_one_body() {
    let database = database().await;
    let client = database.connect().await.unwrap();
    let user = Uuid::now_v7();
    let outcome = async |user, fingerprint| {
        let request = Request::keyed(user, "key", fingerprint);
        request.place(&client, Uuid::now_v7()).await.0
    };
    assert_eq!(outcome(user, "body").await, "PLACED");
    assert_eq!(outcome(user, "another").await, "KEY_REUSED");
    assert_eq!(outcome(Uuid::now_v7(), "another").await, "PLACED");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_placed_for_a_date_from_today_to_a_year_ahead() {
    let database = database().await;
    let client = database.connect().await.unwrap();
    let user = Uuid::now_v7();
    for (days_ahead, outcome) in [
        (0, "PLACED"),
        (365, "PLACED"),
        (-1, "NOT_DELIVERABLE"),
        (366, "NOT_DELIVERABLE"),
    ] {
        let request = Request {
            days_ahead,
            ..Request::new(user)
        };
        assert_eq!(request.outcome(&client).await, outcome, "{days_ahead}");
    }
    assert_eq!(number(&client, "select count(*) from orders").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_placed_in_time_is_replayed_on_any_day() {
    let database = database().await;
    let client = database.connect().await.unwrap();
    let user = Uuid::now_v7();
    let mut request = Request::keyed(user, "key", "body");
    let (_, id) = request.place(&client, Uuid::now_v7()).await;
    request.days_ahead = -1;
    assert_eq!(request.place(&client, id).await, ("PLACED".into(), id));
    let other = request.place(&client, Uuid::now_v7()).await;
    assert_eq!(other, ("REPLAYED".into(), id));
    request.fingerprint = Some("another".into());
    assert_eq!(request.outcome(&client).await, "KEY_REUSED");
}
