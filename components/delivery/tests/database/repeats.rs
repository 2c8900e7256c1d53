//! What if a function runs a second time?

use sql_tests::repeats::{Repeat, assert_complete, check};

const COURIER: &str = "select create_courier(#1, 'Ann');";
const RESERVED: &str = "
    select create_courier(#1, 'Ann');
    select reserve(#9, '2026-12-10', null);";

const TABLE: &[Repeat<'static>] = &[
    Repeat {
        meanwhile: "select update_courier(#2, #1, 'Bob', false)",
        ..Repeat::of("create_courier", "create_courier(#1, 'Ann')")
    },
    Repeat {
        given: COURIER,
        meanwhile: "
            select reserve(#9, '2026-12-10', #1);
            select update_courier(#3, #1, 'Cleo', true)",
        ..Repeat::of("update_courier", "update_courier(#2, #1, 'Bob', true)")
    },
    Repeat {
        given: RESERVED,
        ..Repeat::of(
            "courier_document",
            "(select courier_document(courier) from couriers courier where id = #1)",
        )
    },
    Repeat::of("today", "today()"),
    Repeat {
        given: RESERVED,
        ..Repeat::of("availability", "availability('2026-12-09', '2026-12-11')")
    },
    // Others become free meanwhile.
    Repeat {
        given: COURIER,
        meanwhile: "select create_courier(#2, 'Bob')",
        again: Some("REPEATED"),
        why: "the order's saga takes both for done",
        ..Repeat::of("reserve", "reserve(#9, '2026-12-10', null)")
    },
    Repeat {
        given: COURIER,
        meanwhile: "select release(#9)",
        again: Some("REPEATED"),
        later: Some("ALREADY_COMPENSATED"),
        why: "the reservation was undone meanwhile",
        ..Repeat::of("reserve", "reserve(#9, '2026-12-10', #1)")
    },
    // A refusal is followed by a release; until then a copy may reserve a courier who has become free since.
    Repeat {
        given: RESERVED,
        meanwhile: "select release(#10); select release(#9)",
        later: Some("ALREADY_COMPENSATED"),
        why: "what was refused is undone as well",
        ..Repeat::of("reserve", "reserve(#10, '2026-12-10', null)")
    },
    Repeat {
        given: RESERVED,
        meanwhile: "select reserve(#10, '2026-12-10', null)",
        ..Repeat::of("release", "release(#9)")
    },
    Repeat {
        given: COURIER,
        ..Repeat::of("release", "release(#9)")
    },
];

#[tokio::test]
async fn every_function_can_run_again() {
    for line in TABLE {
        check("delivery", line).await;
    }
}

#[tokio::test]
async fn every_function_that_the_service_calls_is_in_the_table() {
    assert_complete(
        "delivery",
        TABLE,
        &[],
        &[include_str!("../../src/store.rs")],
    )
    .await;
}
