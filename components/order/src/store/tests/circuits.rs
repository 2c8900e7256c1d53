use std::collections::BTreeSet;

use super::*;
use crate::store::sagas::Claim;

/// How many failures in a row open a circuit.
const OPENS_AT: usize = 5;

/// A saga as its driver knows it.
struct Driven {
    order: Uuid,
    epoch: i64,
    seq: i32,
    transition: Transition,
}

impl Driven {
    async fn place(client: &Client) -> Self {
        let (order, transition) = placed(client).await;
        Self {
            order,
            epoch: 1,
            seq: 2,
            transition,
        }
    }

    /// Writes what the saga does with an input. How many rows that returned.
    async fn give(&mut self, client: &Client, input: &Input, now: i64) -> u64 {
        let next = given(&self.transition, input, now);
        let change =
            Change::of(&Policy::default(), &next, OrderUpdate::default(), now).after(input);
        let change = serde_json::to_value(change).unwrap();
        let statement = "select from record_transition($1, $2, $3, $4, $5)";
        let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 5] =
            [&self.order, &self.epoch, &self.seq, &change, &LEASE_MS];
        let rows = client.execute(statement, &parameters).await.unwrap();
        // A second run answers the same.
        assert_eq!(client.execute(statement, &parameters).await.unwrap(), rows);
        self.seq += i32::try_from(next.entries.len()).unwrap();
        self.transition = next;
        rows
    }

    /// The call under way has this outcome.
    async fn answer(&mut self, client: &Client, outcome: Outcome, now: i64) -> u64 {
        let Action::Call(call) = self.transition.action.clone() else {
            panic!("no call is under way: {:?}", self.transition.action)
        };
        self.give(client, &Input::CallFinished(call, outcome), now)
            .await
    }

    async fn silence(&mut self, client: &Client, now: i64) -> u64 {
        self.answer(client, Outcome::Unknown("no answer within 2s".into()), now)
            .await
    }

    /// Goes on as the driver that has claimed it.
    async fn claimed(&mut self, client: &Client, claim: &Claim, now: i64) {
        self.epoch = claim.epoch;
        let retry = Input::Claimed(Retry::Steps(claim.retry_steps.clone()));
        assert_eq!(self.give(client, &retry, now).await, 1);
    }
}

async fn claim_due(client: &Client, owner: Uuid, limit: i32) -> Vec<Claim> {
    let statement = "select claim_due_sagas($1, $2, $3, $4)";
    let rows = client
        .query(
            statement,
            &[&owner, &LEASE_MS, &FULFILMENT.version(), &limit],
        )
        .await
        .unwrap();
    let claims = rows.iter().map(|row| row.get::<_, Value>(0));
    claims
        .map(|claim| serde_json::from_value(claim).unwrap())
        .collect()
}

fn orders_of(claims: &[Claim]) -> BTreeSet<Uuid> {
    claims.iter().map(|claim| claim.contents.order_id).collect()
}

/// Sagas that wait for billing, whose circuit their failures have opened; in the order in which they failed.
async fn waiting(client: &Client, count: usize) -> Vec<Driven> {
    let mut sagas = Vec::new();
    for number in 0..count {
        let mut saga = Driven::place(client).await;
        let rows = saga.silence(client, 10).await;
        assert_eq!(rows, if number + 1 < OPENS_AT { 1 } else { 2 });
        sagas.push(saga);
    }
    // Those before the fifth fail once more.
    for saga in &mut sagas[..OPENS_AT - 1] {
        assert_eq!(saga.give(client, &Input::TimerFired, 1_000).await, 1);
        assert_eq!(saga.silence(client, 1_010).await, 2);
    }
    sagas.rotate_left(OPENS_AT - 1);
    sagas
}

async fn pause_is_over(client: &Client) {
    let statement = "update step_circuits set next_try_at = now() - interval '1 s' where next_try_at is not null";
    client.execute(statement, &[]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn sagas_wait_for_a_participant_that_does_not_answer() {
    let database = database().await;
    let client = database.connect().await.unwrap();
    let sagas = waiting(&client, 8).await;
    let states = "
        select format('%s %s', lease_owner is null, due_at between now() + '4 min' and now() + '5 min')
        from sagas
        where order_id = $1";
    for saga in &sagas {
        assert_eq!(
            text(&client, states, saga.order).await,
            "t t",
            "they are given up at the deadline"
        );
    }
    assert!(claim_due(&client, Uuid::now_v7(), 100).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_at_a_time_tries_each_in_its_turn() {
    let database = database().await;
    let client = database.connect().await.unwrap();
    let mut sagas = waiting(&client, 7).await;
    for round in 0..2 {
        for saga in &mut sagas {
            pause_is_over(&client).await;
            let claims = claim_due(&client, Uuid::now_v7(), 100).await;
            assert_eq!(orders_of(&claims), [saga.order].into(), "round {round}");
            pause_is_over(&client).await;
            let claim = &claims[0];
            assert_eq!(claim.retry_steps, ["CHARGE"].map(saga::StepName::new));
            saga.claimed(&client, claim, 2_000).await;
            assert!(matches!(&saga.transition.action, Action::Call(call) if call.step == "CHARGE"));
            assert_eq!(saga.silence(&client, 2_010).await, 2);
        }
    }
    // Whoever tries, keeps the others from it for as long as its lease.
    pause_is_over(&client).await;
    assert_eq!(claim_due(&client, Uuid::now_v7(), 100).await.len(), 1);
    assert!(claim_due(&client, Uuid::now_v7(), 100).await.is_empty());
    let next = "
        select extract(epoch from next_try_at - now())::bigint
        from step_circuits";
    assert!((10..=15).contains(&number(&client, next).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn at_an_answer_all_go_on_those_that_have_waited_for_longest_first() {
    let database = database().await;
    let client = database.connect().await.unwrap();
    for outcome in [Outcome::Done, Outcome::Refused("INSUFFICIENT_FUNDS".into())] {
        let mut sagas = waiting(&client, 9).await;
        pause_is_over(&client).await;
        let claims = claim_due(&client, Uuid::now_v7(), 4).await;
        let mut first = sagas.remove(0);
        assert_eq!(orders_of(&claims), [first.order].into());
        first.claimed(&client, &claims[0], 2_000).await;
        assert_eq!(first.answer(&client, outcome, 2_010).await, 1);

        // At most half of a claim, so that those that are due come to their turn.
        let orders: Vec<Uuid> = sagas.iter().map(|saga| saga.order).collect();
        for expected in orders.chunks(2) {
            let claims = claim_due(&client, Uuid::now_v7(), 4).await;
            assert_eq!(orders_of(&claims), expected.iter().copied().collect());
            for claim in &claims {
                let saga = sagas
                    .iter_mut()
                    .find(|saga| saga.order == claim.contents.order_id);
                let saga = saga.unwrap();
                saga.claimed(&client, claim, 3_000).await;
                assert_eq!(saga.answer(&client, Outcome::Done, 3_010).await, 1);
            }
        }
        assert_eq!(
            number(&client, "select count(*) from waiting_sagas").await,
            0
        );
        let reset = "update sagas set due_at = now() + interval '1 h', lease_until = now() + interval '1 h' where ended_at is null";
        client.execute(reset, &[]).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undo_waits_without_end_and_one_of_another_step_does_not_wait_for_it() {
    let database = database().await;
    let client = database.connect().await.unwrap();
    // Both the refused reservation and the charge are to be undone.
    let mut saga = Driven::place(&client).await;
    saga.answer(&client, Outcome::Done, 5).await;
    saga.answer(&client, Outcome::Refused("OUT_OF_STOCK".into()), 10)
        .await;
    waiting(&client, OPENS_AT).await;
    saga.silence(&client, 15).await;
    assert_eq!(
        saga.silence(&client, 20).await,
        1,
        "its driver keeps it for the reservation"
    );
    // The warehouse answers, so only the charge is left, for which there is no deadline.
    let mut now = 1_000;
    loop {
        if matches!(saga.transition.action, Action::WaitUntil(_)) {
            saga.give(&client, &Input::TimerFired, now).await;
        }
        let rows = match &saga.transition.action {
            Action::Call(call) if call.step == "CHARGE" => saga.silence(&client, now + 5).await,
            _ => saga.answer(&client, Outcome::Done, now + 5).await,
        };
        if rows == 2 {
            break;
        }
        now += 1_000;
        assert!(now < 10_000, "{:?}", saga.transition);
    }
    let dues =
        "select format('%s', due_at > now() + interval '1 h') from sagas where order_id = $1";
    assert_eq!(text(&client, dues, saga.order).await, "t");
    // A retry that an administrator requests is made all the same.
    let retry = "select from request_retry($1, $2, 1)";
    let requested = client
        .execute(retry, &[&saga.order, &FULFILMENT.version()])
        .await;
    assert_eq!(requested.unwrap(), 1);
    let claims = claim_due(&client, Uuid::now_v7(), 1).await;
    assert!(claims[0].retry_requested && claims[0].contents.order_id == saga.order);
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_of_some_sagas_among_answers_to_others_open_no_circuit() {
    let database = database().await;
    let client = database.connect().await.unwrap();
    for _ in 0..6 {
        for failure in 1..OPENS_AT {
            let mut saga = Driven::place(&client).await;
            assert_eq!(saga.silence(&client, 10).await, 1, "failure {failure}");
        }
        let mut saga = Driven::place(&client).await;
        saga.answer(&client, Outcome::Done, 10).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_that_runs_again_returns_what_it_has_claimed() {
    let database = database().await;
    let client = database.connect().await.unwrap();
    for _ in 0..6 {
        placed(&client).await;
    }
    let lapse = "update sagas set due_at = now(), lease_until = now()";
    client.execute(lapse, &[]).await.unwrap();
    let owner = Uuid::now_v7();
    let first = claim_due(&client, owner, 4).await;
    assert_eq!(first.len(), 4);
    let again = claim_due(&client, owner, 4).await;
    assert_eq!(orders_of(&again), orders_of(&first));
    let epochs: BTreeSet<i64> = again.iter().map(|claim| claim.epoch).collect();
    assert_eq!(epochs, [2].into());
    assert_eq!(claim_due(&client, Uuid::now_v7(), 4).await.len(), 2);

    // At the same time: the second waits for the first.
    client.execute(lapse, &[]).await.unwrap();
    let owner = Uuid::now_v7();
    let mut runs = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let client = database.connect().await.unwrap();
        runs.spawn(async move { orders_of(&claim_due(&client, owner, 4).await) });
    }
    let runs: BTreeSet<BTreeSet<Uuid>> = runs.join_all().await.into_iter().collect();
    assert_eq!(runs.len(), 1);
    assert_eq!(runs.first().map(BTreeSet::len), Some(4));
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_that_wait_cost_a_claim_nothing() {
    let database = database().await;
    let client = database.connect().await.unwrap();
    waiting(&client, OPENS_AT).await;
    let open = "update step_circuits set next_try_at = now() + interval '1 hour'";
    client.execute(open, &[]).await.unwrap();
    let fill = "
        insert into orders (
            id, user_id, status, total, currency, delivery_date, created_at, updated_at
        )
        select gen_random_uuid(), gen_random_uuid(), 'AWAITING_PAYMENT', 1, 'RUB', current_date, now(), now()
        from generate_series(1, 10000);

        insert into order_items (order_id, line, product_id, name, unit_price, quantity)
        select id, 1, gen_random_uuid(), 'Tea', 1, 1
        from orders
        on conflict do nothing;

        insert into sagas (order_id, state, definition, saga, epoch, seq, due_at, created_at, updated_at)
        select id, 'RUNNING', 2, (select saga from sagas limit 1), 1, 3, now() + interval '4 min', now(), now()
        from orders
        on conflict do nothing;

        insert into waiting_sagas (order_id, step, since)
        select order_id, 'CHARGE', now()
        from sagas
        on conflict do nothing;

        analyze";
    client.batch_execute(fill).await.unwrap();
    let start = std::time::Instant::now();
    for _ in 0..200 {
        assert!(claim_due(&client, Uuid::now_v7(), 100).await.is_empty());
    }
    println!(
        "a claim beside 10,000 sagas that wait took {:?}",
        start.elapsed() / 200
    );
    let rows = "
        explain (analyze, format json)
        select choose_waiting_sagas(15000, 2, 50)";
    client.query_one(rows, &[]).await.unwrap();
    // Rows that were read: the waiting ones are passed over without being looked at.
    let read = "
        select coalesce(sum(idx_tup_read), 0)::bigint
        from pg_stat_user_indexes
        where indexrelname = 'waiting_sagas_by_step'";
    client
        .execute("select pg_stat_clear_snapshot()", &[])
        .await
        .unwrap();
    assert!(number(&client, read).await < 100);

    let start = std::time::Instant::now();
    client
        .execute(
            "update step_circuits set failures = 0, next_try_at = null",
            &[],
        )
        .await
        .unwrap();
    let mut claimed = 0;
    loop {
        let claims = claim_due(&client, Uuid::now_v7(), 100).await;
        if claims.is_empty() {
            break;
        }
        claimed += claims.len();
    }
    let took = start.elapsed();
    println!("{claimed} sagas that had waited were claimed within {took:?}");
    assert!(claimed >= 10_000);
    assert!(took.as_secs() < 30, "{took:?}");
}
