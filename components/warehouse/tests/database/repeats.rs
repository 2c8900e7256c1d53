//! What if a function runs a second time?

use sql_tests::repeats::{Repeat, assert_complete, check};

const PRODUCT: &str = "select create_product(#1, 'Tea', 'tea', null, 100, 5);";
const RESERVED: &str = "
    select create_product(#1, 'Tea', 'tea', null, 100, 5);
    select reserve(#9, jsonb_build_array(jsonb_build_object('productId', #1, 'quantity', 2)));";

const RESERVE: &str =
    "reserve(#9, jsonb_build_array(jsonb_build_object('productId', #1, 'quantity', 2)))";

const TABLE: &[Repeat<'static>] = &[
    Repeat::of("record_currency", "record_currency('RUB')"),
    Repeat {
        meanwhile: "select update_product(#2, #1, 'Coffee', 'coffee', false, null, null, null, false)",
        ..Repeat::of(
            "create_product",
            "create_product(#1, 'Tea', 'tea', null, 100, 5)",
        )
    },
    // The pieces that are reserved meanwhile stay reserved.
    Repeat {
        given: PRODUCT,
        meanwhile: "
            select reserve(#9, jsonb_build_array(jsonb_build_object('productId', #1, 'quantity', 3)));
            select update_product(#3, #1, 'Coffee', 'coffee', false, null, 7, null, null)",
        ..Repeat::of(
            "update_product",
            "update_product(#2, #1, 'Green tea', 'green tea', true, 'Fresh.', 200, 8, true)",
        )
    },
    Repeat {
        given: PRODUCT,
        ..Repeat::of(
            "product_document",
            "(select product_document(product) from products product where id = #1)",
        )
    },
    Repeat {
        given: PRODUCT,
        ..Repeat::of("search_products", "search_products('tea', true, true, 100, 20)")
    },
    Repeat {
        given: PRODUCT,
        ..Repeat::of("prices", "prices(jsonb_build_array(#1))")
    },
    Repeat {
        given: PRODUCT,
        again: Some("REPEATED"),
        why: "the order's saga takes both for done",
        ..Repeat::of("reserve", RESERVE)
    },
    Repeat {
        given: PRODUCT,
        meanwhile: "select release(#9)",
        again: Some("REPEATED"),
        later: Some("ALREADY_COMPENSATED"),
        why: "the reservation was undone meanwhile",
        ..Repeat::of("reserve", RESERVE)
    },
    // A refusal is followed by a release; until then a copy may reserve what has come into stock since.
    Repeat {
        given: PRODUCT,
        meanwhile: "
            select release(#9);
            select update_product(#3, #1, null, null, false, null, null, 50, null)",
        later: Some("ALREADY_COMPENSATED"),
        why: "what was refused is undone as well",
        ..Repeat::of(
            "reserve",
            "reserve(#9, jsonb_build_array(jsonb_build_object('productId', #1, 'quantity', 6)))",
        )
    },
    Repeat {
        given: RESERVED,
        meanwhile: "select reserve(#10, jsonb_build_array(jsonb_build_object('productId', #1, 'quantity', 5)))",
        ..Repeat::of("release", "release(#9)")
    },
    Repeat {
        given: PRODUCT,
        ..Repeat::of("release", "release(#9)")
    },
];

#[tokio::test]
async fn every_function_can_run_again() {
    for line in TABLE {
        check("warehouse", line).await;
    }
}

#[tokio::test]
async fn every_function_that_the_service_calls_is_in_the_table() {
    assert_complete(
        "warehouse",
        TABLE,
        &[],
        &[
            include_str!("../../src/store.rs"),
            include_str!("../../../../crates/service/src/web/confirmed_currency.rs"),
        ],
    )
    .await;
}
