//! What if a function runs a second time?

use sql_tests::repeats::{Repeat, assert_complete, check};

use super::*;

/// What other tests show: `circuits`, `leases`, `metrics`, `outbox` and `retention` beside this file.
const ELSEWHERE: [&str; 5] = [
    "claim_due_sagas",
    "record_transition",
    "tally_journal",
    "delete_old_events",
    "delete_old_journals",
];

/// The parts of the table that are made of transitions, in SQL.
struct Parts {
    /// Places the order #1 of the user #2 under the lease of #3.
    place: String,
    /// The same, as a statement.
    placed: String,
    /// The same; then the saga waits for its next attempt.
    due: String,
    /// The saga is at a call, and kept for ten minutes.
    recorded: String,
    cancel: String,
    cancel_by_shop: String,
    claim: String,
    retry: String,
}

impl Parts {
    fn new() -> Self {
        let date = Utc::now().date_naive() + TimeDelta::days(7);
        let first = started();
        let facts = format!(
            "jsonb_build_object(
                'items', jsonb_build_array(jsonb_build_object(
                    'productId', #4, 'name', 'Чай', 'unitPrice', 250, 'quantity', 2
                )),
                'currency', 'RUB', 'deliveryDate', '{date}', 'courierId', null
            )"
        );
        let place = format!(
            "place_order(#1, #2, 'key', 'body', {facts}, '{}', #3, {LEASE_MS})",
            change(&first, 0)
        );
        let placed = format!("select {place};");
        let due = format!(
            "{placed}
            update sagas set lease_owner = null, lease_until = null, due_at = now() - interval '1 s';"
        );
        let done = answered(&first, Outcome::Done, 5);
        let recorded = format!(
            "select record_transition(#1, 2, 2, '{}', 600000);",
            change(&done, 0)
        );
        let by_shop = cancelled_by_shop(&first, Some("Склад закрыт"));
        let version = FULFILMENT.version();
        Self {
            placed,
            due,
            recorded,
            cancel: format!(
                "cancel_order(#1, #2, #5, {LEASE_MS}, 1, 2, '{}')",
                change(&cancelled(&first), 0)
            ),
            cancel_by_shop: format!(
                "cancel_order_by_shop(#1, #5, {LEASE_MS}, 1, 2, '{}')",
                change(&by_shop, 0)
            ),
            claim: format!("claim_saga(#1, #5, {LEASE_MS}, {version})"),
            retry: format!("request_retry(#1, {version}, 1)"),
            place,
        }
    }

    fn table(&self) -> Vec<Repeat<'_>> {
        let claimed_by_another = "
            update sagas set lease_until = now() - interval '1 s', due_at = now() - interval '1 s';
            select claim_saga(#1, #6, 600000, 1000)";
        let placed = |function, call| Repeat {
            given: &self.placed,
            ..Repeat::of(function, call)
        };
        vec![
            Repeat {
                meanwhile: claimed_by_another,
                ..Repeat::of("place_order", &self.place)
            },
            // The answer to decide on.
            placed(
                "cancel_order",
                "cancel_order(#1, #2, #5, 15000, 0, 0, null)",
            ),
            Repeat {
                meanwhile: claimed_by_another,
                later: Some("ALREADY_CANCELLED"),
                why: "another drives the saga of the cancelled order",
                ..placed("cancel_order", &self.cancel)
            },
            Repeat {
                meanwhile: claimed_by_another,
                later: Some("ALREADY_CANCELLED"),
                why: "another drives the saga of the cancelled order",
                ..placed("cancel_order_by_shop", &self.cancel_by_shop)
            },
            Repeat {
                given: &self.due,
                meanwhile: &self.recorded,
                later: Some(r#""epoch": 2"#),
                why: "the saga is where its driver has brought it",
                ..Repeat::of("claim_saga", &self.claim)
            },
            Repeat {
                given: &self.due,
                changes: &["sagas.epoch", "sagas.lease_until", "sagas.due_at"],
                later: Some(r#""epoch": 3"#),
                why: "the lease has run out, so that this is a new claim; without a driver it runs out as well",
                ..Repeat::of("claim_saga", &self.claim)
            },
            Repeat {
                given: &self.due,
                again: Some("nothing"),
                why: "the answer counts the sagas that this run has made due",
                ..Repeat::of("request_retry", &self.retry)
            },
            Repeat {
                later: Some(r#""due": true"#),
                why: "the lease has run out",
                ..placed(
                    "order_record",
                    "(select order_record(o, s) as answer from orders as o, sagas as s)",
                )
            },
            placed(
                "saga_record",
                "(select saga_record(s) as answer from sagas as s)",
            ),
            placed("saga_metrics", "saga_metrics(1000)"),
            Repeat::of("today", "today()"),
            Repeat::of("record_currency", "record_currency('RUB')"),
            Repeat::of("instant", "instant(1000)"),
            Repeat {
                changes: &["outbox_lanes.until"],
                together: Some(r#""busy": true"#),
                why: "the lease begins anew; and at the same time nobody waits for a lane",
                ..placed("claim_events", "claim_events(#5, '[]', 8000, 100)")
            },
            Repeat {
                changes: &["outbox_lanes.until"],
                together: Some(r#""events": []"#),
                why: "the lease begins anew",
                ..placed("claim_events", "claim_events(#5, '[1, 2]', 8000, 100)")
            },
            placed("mark_published", "mark_published('[1]')"),
            placed("pause_lane", "pause_lane(#5, '[]', 200, 5000)"),
        ]
    }
}

const SOURCES: [&str; 5] = [
    include_str!("../../../../../crates/service/src/web/confirmed_currency.rs"),
    include_str!("../metrics.rs"),
    include_str!("../orders.rs"),
    include_str!("../outbox.rs"),
    include_str!("../sagas.rs"),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_function_can_run_again() {
    for line in Parts::new().table() {
        check("order", &line).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_that_runs_again_ends_no_failures_and_a_pause_is_not_doubled() {
    let Parts { placed, .. } = Parts::new();
    let failed = format!("{placed} update outbox_lanes set failures = 3;");
    let claimed = format!("{failed} select claim_events(#5, '[]', 8000, 100);");
    let claim = Repeat {
        given: &failed,
        changes: &["outbox_lanes.until"],
        together: Some(r#""busy": true"#),
        why: "the lease begins anew; and at the same time nobody waits for a lane",
        ..Repeat::of("claim_events", "claim_events(#5, '[]', 8000, 100)")
    };
    check("order", &claim).await;
    let pause = Repeat {
        given: &claimed,
        again: Some("nothing"),
        why: "the lane is not the publisher's any more, who then waits as without a database",
        ..Repeat::of("pause_lane", "pause_lane(#5, '[]', 200, 5000)")
    };
    check("order", &pause).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_function_that_the_service_calls_is_in_the_table() {
    let parts = Parts::new();
    assert_complete("order", &parts.table(), &ELSEWHERE, &SOURCES).await;
}
