use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn the_database_knows_the_names_of_the_definition_and_no_others() {
    let database = database().await;
    let client = database.connect().await.unwrap();
    let statuses: Vec<_> = fulfilment::statuses().map(|status| status.code).collect();
    let codes: Vec<_> = fulfilment::reasons().map(|(code, _)| code).collect();
    for (domain, names) in [("order_status", statuses), ("cancellation_code", codes)] {
        let check = "
            select pg_get_constraintdef(c.oid)
            from pg_constraint as c
            join pg_type as t on t.oid = c.contypid
            where t.typname = $1";
        let row = client.query_one(check, &[&domain]).await.unwrap();
        let check: String = row.get(0);
        let known: Vec<&str> = check.split('\'').skip(1).step_by(2).collect();
        assert_eq!(known, names, "{domain}: {check}");
    }
}
