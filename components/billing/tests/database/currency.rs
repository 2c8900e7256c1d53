//! The currency of the database's amounts.

#[tokio::test]
async fn several_first_starts_agree_on_one_currency() {
    sql_tests::currency::first_starts_agree("billing").await;
}
