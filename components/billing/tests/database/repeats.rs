//! What if a function runs a second time?

use sql_tests::repeats::{Repeat, assert_complete, check};

/// The wallet #2 of the user #1.
const WALLET: &str = "select deposit(#1, #2, #3, 500, null, null);";
const CHARGED: &str = "
    select deposit(#1, #2, #3, 500, null, null);
    select charge(#9, #1, 400, #4);";

const TABLE: &[Repeat<'static>] = &[
    Repeat::of("record_currency", "record_currency('RUB')"),
    Repeat {
        meanwhile: "select deposit(#1, #5, #6, 100, null, null)",
        later: Some(r#""opened": true, "balance": 100"#),
        why: "the balance is that of now",
        ..Repeat::of("wallet", "wallet(#1, #2)")
    },
    Repeat {
        meanwhile: "select deposit(#1, #5, #6, 100, null, null)",
        ..Repeat::of("deposit", "deposit(#1, #2, #3, 500, null, null)")
    },
    Repeat {
        meanwhile: "select deposit(#1, #5, #6, 500, 'key', 'body')",
        ..Repeat::of("deposit", "deposit(#1, #2, #3, 500, 'key', 'body')")
    },
    Repeat {
        given: WALLET,
        ..Repeat::of(
            "deposit",
            "deposit(#1, #2, #7, 9000000000000000, null, null)",
        )
    },
    Repeat {
        given: CHARGED,
        ..Repeat::of("transactions", "transactions(#1, #5, 100, 20)")
    },
    Repeat {
        given: WALLET,
        meanwhile: "select deposit(#1, #5, #6, 1, null, null)",
        again: Some("REPEATED"),
        why: "the order's saga takes both for done",
        ..Repeat::of("charge", "charge(#9, #1, 400, #4)")
    },
    Repeat {
        given: WALLET,
        meanwhile: "select refund(#9, #5)",
        again: Some("REPEATED"),
        later: Some("ALREADY_COMPENSATED"),
        why: "the charge was undone meanwhile",
        ..Repeat::of("charge", "charge(#9, #1, 400, #4)")
    },
    // A refusal is followed by a refund; until then a copy may charge what has been put into the wallet since.
    Repeat {
        given: WALLET,
        meanwhile: "select refund(#9, #5); select deposit(#1, #5, #6, 500, null, null)",
        later: Some("ALREADY_COMPENSATED"),
        why: "what was refused is undone as well",
        ..Repeat::of("charge", "charge(#9, #1, 501, #4)")
    },
    Repeat {
        given: CHARGED,
        meanwhile: "select charge(#9, #1, 400, #6)",
        ..Repeat::of("refund", "refund(#9, #5)")
    },
    Repeat {
        given: WALLET,
        meanwhile: "select charge(#9, #1, 400, #6)",
        ..Repeat::of("refund", "refund(#9, #5)")
    },
    Repeat {
        given: CHARGED,
        ..Repeat::of("audit", "audit(100)")
    },
];

#[tokio::test]
async fn every_function_can_run_again() {
    for line in TABLE {
        check("billing", line).await;
    }
}

#[tokio::test]
async fn every_function_that_the_service_calls_is_in_the_table() {
    assert_complete(
        "billing",
        TABLE,
        &[],
        &[
            include_str!("../../src/store.rs"),
            include_str!("../../../../crates/service/src/web/confirmed_currency.rs"),
        ],
    )
    .await;
}
