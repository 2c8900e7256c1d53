use super::*;

struct Customer<'a> {
    client: &'a Client,
    user: Uuid,
    order: Uuid,
}

impl Customer<'_> {
    async fn cancel(&self, owner: Uuid, based: Option<(i64, i32, &Transition)>) -> Value {
        let (epoch, seq, decided) = match based {
            Some((epoch, seq, decision)) => (epoch, seq, Some(change(decision, 0))),
            None => (0, 0, None),
        };
        let statement = "select cancel_order($1, $2, $3, $4, $5, $6, $7)";
        let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 7] = [
            &self.order,
            &self.user,
            &owner,
            &LEASE_MS,
            &epoch,
            &seq,
            &decided,
        ];
        let row = self.client.query_one(statement, &parameters).await;
        row.unwrap().get(0)
    }
}

async fn customer(client: &Client, days_ahead: i64) -> Customer<'_> {
    let request = Request {
        days_ahead,
        ..Request::new(Uuid::now_v7())
    };
    let (_, order) = request.place(client, Uuid::now_v7()).await;
    Customer {
        client,
        user: request.user,
        order,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancellation_fences_the_driver_and_takes_the_saga() {
    let database = database().await;
    let client = database.connect().await.unwrap();
    let customer = customer(&client, 7).await;
    let placed = started();
    let owner = Uuid::now_v7();
    let asked = customer.cancel(owner, None).await;
    assert_eq!(asked["outcome"], "DECIDE");
    assert_eq!((&asked["epoch"], &asked["seq"]), (&json!(1), &json!(2)));

    // The driver is a step ahead, so that the decision is based on too little.
    let done = answered(&placed, Outcome::Done, 5);
    assert!(record(&client, customer.order, (1, 2), &done, true).await);
    let late = cancelled(&placed);
    let again = customer.cancel(owner, Some((1, 2, &late))).await;
    assert_eq!(
        (&again["outcome"], &again["seq"]),
        (&json!("DECIDE"), &json!(4))
    );

    let decision = cancelled(&done);
    // The second time stands for a first answer that was lost.
    for _ in 0..2 {
        let answer = customer.cancel(owner, Some((1, 4, &decision))).await;
        assert_eq!(answer["outcome"], "CANCELLED");
        assert_eq!(answer["order"]["status"], "CANCELLED");
        assert_eq!(answer["order"]["cancellationCode"], "CANCELLED_BY_USER");
        assert_eq!(answer["order"]["state"], "COMPENSATING");
        assert_eq!(answer["claim"]["epoch"], 2);
    }
    let step_further = answered(&done, Outcome::Done, 6);
    assert!(!record(&client, customer.order, (1, 4), &step_further, true).await);
    let other = customer.cancel(Uuid::now_v7(), None).await;
    assert_eq!(other["outcome"], "ALREADY_CANCELLED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ready_order_can_be_cancelled_until_the_day_before() {
    let database = database().await;
    let client = database.connect().await.unwrap();
    let placed = started();
    let early = customer(&client, 1).await;
    let (ready, seq) = complete(&client, early.order, placed.clone()).await;
    let decision = cancelled(&ready);
    let answer = early
        .cancel(Uuid::now_v7(), Some((1, seq, &decision)))
        .await;
    assert_eq!(answer["outcome"], "CANCELLED");

    let late = customer(&client, 0).await;
    assert_eq!(
        late.cancel(Uuid::now_v7(), None).await["outcome"],
        "TOO_LATE"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn other_peoples_orders_are_not_there() {
    let database = database().await;
    let client = database.connect().await.unwrap();
    let mut customer = customer(&client, 7).await;
    customer.user = Uuid::now_v7();
    let answer = customer.cancel(Uuid::now_v7(), None).await;
    assert_eq!(answer["outcome"], "NOT_FOUND");
}

/// The shop's cancellation of an order.
async fn cancel_by_shop(
    client: &Client,
    order: Uuid,
    owner: Uuid,
    based: Option<(i64, i32, &Transition)>,
) -> Result<Value, tokio_postgres::Error> {
    let (epoch, seq, decided) = match based {
        Some((epoch, seq, decision)) => (epoch, seq, Some(change(decision, 0))),
        None => (0, 0, None),
    };
    let statement = "select cancel_order_by_shop($1, $2, $3, $4, $5, $6)";
    let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 6] =
        [&order, &owner, &LEASE_MS, &epoch, &seq, &decided];
    let row = client.query_one(statement, &parameters).await?;
    Ok(row.get(0))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shop_cancels_on_the_delivery_date_and_after_it() {
    let database = database().await;
    let client = database.connect().await.unwrap();
    for age in ["0 d", "30 d"] {
        let customer = customer(&client, 0).await;
        let (ready, seq) = complete(&client, customer.order, started()).await;
        let later =
            "update orders set delivery_date = delivery_date - $1::text::interval where id = $2";
        client
            .execute(later, &[&age, &customer.order])
            .await
            .unwrap();
        let (order, owner) = (customer.order, Uuid::now_v7());
        let asked = cancel_by_shop(&client, order, owner, None).await.unwrap();
        assert_eq!(
            (&asked["outcome"], &asked["seq"]),
            (&json!("DECIDE"), &json!(seq))
        );

        let decision = cancelled_by_shop(&ready, Some("Склад закрыт"));
        // The second time stands for a first answer that was lost.
        for _ in 0..2 {
            let based = Some((1, seq, &decision));
            let answer = cancel_by_shop(&client, order, owner, based).await.unwrap();
            assert_eq!(answer["outcome"], "CANCELLED");
            assert_eq!(answer["order"]["cancellationCode"], "CANCELLED_BY_SHOP");
            assert_eq!(answer["order"]["cancellationDetail"], "Склад закрыт");
            assert_eq!(answer["order"]["timeline"][5]["note"], "Склад закрыт");
            assert_eq!(answer["order"]["userId"], customer.user.to_string());
            assert_eq!(answer["claim"]["epoch"], 2);
        }
        let again = cancel_by_shop(&client, order, Uuid::now_v7(), None).await;
        assert_eq!(again.unwrap()["outcome"], "ALREADY_CANCELLED");
        let late = customer.cancel(Uuid::now_v7(), None).await;
        assert_eq!(late["outcome"], "ALREADY_CANCELLED");
    }
    let unknown = cancel_by_shop(&client, Uuid::now_v7(), Uuid::now_v7(), None).await;
    assert_eq!(unknown.unwrap()["outcome"], "NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shop_gives_a_reason() {
    let database = database().await;
    let client = database.connect().await.unwrap();
    let (order, placed) = placed(&client).await;
    let long = "ж".repeat(201);
    for reason in [None, Some(""), Some(long.as_str())] {
        let decision = cancelled_by_shop(&placed, reason);
        let based = Some((1, 2, &decision));
        let refused = cancel_by_shop(&client, order, Uuid::now_v7(), based).await;
        let error = refused.unwrap_err();
        assert_eq!(error.code().map(|it| it.code()), Some("23514"), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_order_has_no_courier() {
    let database = database().await;
    let client = database.connect().await.unwrap();
    let customer = customer(&client, 7).await;
    let (ready, seq) = complete(&client, customer.order, started()).await;
    let wanted = "update orders set wanted_courier_id = id, courier_id = id";
    client.execute(wanted, &[]).await.unwrap();
    let decision = cancelled(&ready);
    let based = Some((1, seq, &decision));
    let answer = customer.cancel(Uuid::now_v7(), based).await;
    assert_eq!(answer["order"]["courierId"], Value::Null);
}
