use super::*;
use crate::{
    domain::OrderFilter,
    store::{orders::list_statement, sagas},
};

/// Fills the tables with ended orders of a few customers, made by SQL alone for speed.
async fn fill(client: &Client) {
    let statements = "
        insert into orders (
            id, user_id, status, total, currency, delivery_date, created_at, updated_at
        )
        select gen_random_uuid(), ('00000000-0000-0000-0000-00000000000' || n % 10)::uuid,
            case n % 49 when 0 then 'PENDING' else 'READY' end, 1, 'RUB', current_date, now(), now()
        from generate_series(1, 20000) as n;

        insert into sagas (
            order_id, state, definition, saga, epoch, seq, created_at, updated_at, ended_at
        )
        select id, 'COMPLETED', 1, '{}', 1, 1, now(), now(), now()
        from orders
        on conflict do nothing;

        insert into saga_journal (order_id, seq, epoch, definition, entry, at)
        select id, n, 1, 1,
            jsonb_build_object('type', case n when 4 then 'COMPLETED' else 'DONE' end),
            now() - interval '1 hour'
        from orders, generate_series(1, 4) as n
        on conflict do nothing;

        insert into outbox (order_id, seq, event, created_at, published_at)
        select id, 1, '{}', now(), now()
        from orders
        on conflict do nothing;

        analyze";
    client.batch_execute(statements).await.unwrap();
}

/// The plan of a statement whose parameters are known, as they are when a component runs it.
async fn plan(client: &Client, statement: &str, parameters: &[&str]) -> String {
    let mut statement = statement.to_owned();
    for (index, parameter) in parameters.iter().enumerate() {
        statement = statement.replace(&format!("${}", index + 1), parameter);
    }
    let explain = format!("explain (costs off) {statement}");
    let rows = client.query(&explain, &[]).await.unwrap();
    let lines = rows.iter().map(|row| row.get::<_, String>(0));
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_list_and_claim_goes_by_an_index() {
    let database = database().await;
    let client = database.connect().await.unwrap();
    fill(&client).await;
    let user = "'00000000-0000-0000-0000-000000000003'::uuid";
    let (time, id) = (
        "253402300800000",
        "'00000000-0000-0000-0000-000000000000'::uuid",
    );
    let due = "
        select order_id
        from sagas
        where due_at <= now() and definition <= 1
        order by due_at
        limit 100
        for update skip locked";
    let unpublished = "
        select event
        from outbox
        where published_at is null and lane = 3
        order by position
        limit 10";
    let oldest = "
        select position from outbox order by position limit 10";
    let by_key = "
        select id from orders where user_id = $1 and idempotency_key = 'key'";
    let tallied = "
        select at
        from saga_journal
        where tallied and at > now() - interval '1 minute'
        order by at
        limit 100";
    for (statement, parameters, index) in [
        (sagas::LIST, vec![time, id, "21"], "orders_by_creation"),
        (
            sagas::LIST_BY_STATE,
            vec![time, id, "21", "'STUCK'"],
            "sagas_by_state",
        ),
        (due, vec![], "sagas_due"),
        (unpublished, vec![], "outbox_unpublished_by_lane"),
        (oldest, vec![], "outbox_pkey"),
        (by_key, vec![user], "orders_user_id_idempotency_key_key"),
        (tallied, vec![], "saga_journal_tallied"),
    ] {
        let plan = plan(&client, statement, &parameters).await;
        assert!(plan.contains(index), "{index} is not used:\n{plan}");
        assert!(!plan.contains("Seq Scan"), "{plan}");
        assert!(!plan.contains("Sort"), "{plan}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_filter_of_orders_has_an_index_in_the_order_of_the_list() {
    let database = database().await;
    let client = database.connect().await.unwrap();
    fill(&client).await;
    let user = Uuid::from_u128(3);
    let (quoted, status) = (format!("'{user}'"), "'PENDING'");
    let (last, id, from) = (
        "253402300800000",
        "'00000000-0000-0000-0000-000000000000'",
        "0",
    );
    for (by_user, by_status, index) in [
        (false, false, "orders_by_creation"),
        (true, false, "orders_by_user"),
        (false, true, "orders_by_status"),
        (true, true, "orders_by_user_and_status"),
    ] {
        for by_date in [false, true] {
            let filter = OrderFilter {
                user: by_user.then_some(user),
                status: by_status.then(|| (&fulfilment::PENDING).into()),
                created_from: by_date.then_some(0),
                created_before: None,
            };
            let mut parameters = vec![last, id, "21"];
            parameters.extend(by_user.then_some(quoted.as_str()));
            parameters.extend(by_status.then_some(status));
            parameters.extend(by_date.then_some(from));
            let plan = plan(&client, &list_statement(&filter), &parameters).await;
            let scan = format!("Index Scan Backward using {index} on");
            assert!(plan.contains(&scan), "{index} is not used:\n{plan}");
            for other in ["Seq Scan", "Sort", "Filter"] {
                assert!(!plan.contains(other), "{index}:\n{plan}");
            }
        }
    }
}

/// Everything often enough that the session keeps a plan for any values.
async fn use_everything(client: &Client) {
    for _ in 0..8 {
        let (order, decision) = placed(client).await;
        let done = answered(&decision, Outcome::Done, 5);
        assert!(record(client, order, (1, 2), &done, true).await);
        for statement in [
            "select claim_saga($1, gen_random_uuid(), 15000, 1)",
            "select cancel_order($1, gen_random_uuid(), gen_random_uuid(), 15000, 1, 2, null)",
            "select cancel_order_by_shop($1, gen_random_uuid(), 15000, 1, 2, null)",
            "select request_retry($1, 1, 10)",
        ] {
            client.query(statement, &[&order]).await.unwrap();
        }
        for statement in [
            "select claim_due_sagas(gen_random_uuid(), 15000, 1, 10)",
            "select request_retry(null, 1, 10)",
            "select tally_journal(10)",
            "select claim_events('00000000-0000-0000-0000-000000000001', '[1, 2]', 8000, 10)",
            "select pause_lane('00000000-0000-0000-0000-000000000001', '[3]', 0, 0)",
            "select delete_old_events(0, 10, false)",
            "select delete_old_journals(3600000, 10)",
        ] {
            client.query(statement, &[]).await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_plan_from_a_time_of_small_tables_reads_whole_ones() {
    let database = database().await;
    let filler = database.connect().await.unwrap();
    let client = database.connect().await.unwrap();
    placed(&filler).await;
    filler.batch_execute("analyze").await.unwrap();
    use_everything(&client).await;
    fill(&filler).await;
    client.batch_execute("begin").await.unwrap();
    use_everything(&client).await;
    let read = "
        select relname::text, seq_scan
        from pg_stat_xact_user_tables
        where relname in ('orders', 'order_items', 'sagas', 'saga_journal', 'timeline', 'outbox')";
    let tables = client.query(read, &[]).await.unwrap();
    assert_eq!(tables.len(), 6);
    for table in tables {
        let (name, whole): (String, i64) = (table.get(0), table.get(1));
        assert_eq!(whole, 0, "{name} was read as a whole");
    }
}
