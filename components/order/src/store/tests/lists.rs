use tokio_postgres::types::ToSql;

use super::*;
use crate::{
    domain::OrderFilter,
    store::{orders::list_statement, sagas},
};

/// The values of a field in the order of a list: of the user's orders, and of all sagas.
async fn listed(client: &Client, user: Uuid) -> [Vec<String>; 2] {
    let (last, id, limit) = (253_402_300_800_000_i64, Uuid::nil(), 10_i64);
    let own = OrderFilter {
        user: Some(user),
        ..OrderFilter::default()
    };
    let of_user: [&(dyn ToSql + Sync); 4] = [&last, &id, &limit, &user];
    let of_all: [&(dyn ToSql + Sync); 3] = [&last, &id, &limit];
    let orders = client.query(&list_statement(&own), &of_user).await.unwrap();
    let sagas = client.query(sagas::LIST, &of_all).await.unwrap();
    let field = |rows: Vec<tokio_postgres::Row>, name: &str| {
        let values = rows.iter().map(|row| row.get::<_, Value>(0));
        let values = values.map(|value| value[name].as_str().unwrap().to_owned());
        values.collect::<Vec<_>>()
    };
    [field(orders, "id"), field(sagas, "orderId")]
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_in_the_order_of_creation_and_not_of_ids() {
    let database = database().await;
    let client = database.connect().await.unwrap();
    let request = Request::new(Uuid::now_v7());
    // The second host's clock is an hour late.
    let ids = [3_600_000_u128, 0, 7_200_000].map(|ahead| Uuid::from_u128(ahead << 80));
    for id in ids {
        request.place(&client, id).await;
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    let newest_first = ids.map(|id| id.to_string()).into_iter().rev();
    let expected: Vec<_> = newest_first.collect();
    assert_eq!(
        listed(&client, request.user).await,
        [expected.clone(), expected]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_ends_between_orders_of_one_millisecond() {
    let database = database().await;
    let client = database.connect().await.unwrap();
    let request = Request::new(Uuid::now_v7());
    let mut ids = [Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7()];
    for id in ids {
        request.place(&client, id).await;
    }
    ids.sort();
    let same = "update orders set created_at = '2026-12-01T09:30:00.123Z'";
    client.execute(same, &[]).await.unwrap();
    let (at, limit) = (1_796_117_400_123_i64, 10_i64);
    let statement = list_statement(&OrderFilter::default());
    let after = client
        .query(&statement, &[&at, &ids[1], &limit])
        .await
        .unwrap();
    let left: Vec<Value> = after.iter().map(|row| row.get(0)).collect();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0]["id"], ids[0].to_string());
    assert_eq!(left[0]["createdAt"], at);
}
