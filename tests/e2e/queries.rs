//! Query parameters and path ids.

use harness::system::System;

#[tokio::test]
async fn a_limit_is_1_to_100_and_a_cursor_must_be_valid() {
    let system = System::connect();
    let (admin, customer) = (system.admin().await, system.customer());
    let lists = [
        customer.get("/api/billing/wallet/transactions"),
        customer.get("/api/orders"),
        system.client.get("/api/warehouse/products"),
        admin.get("/api/delivery/couriers"),
        admin.get("/api/orders/admin/sagas"),
        admin.get("/api/orders/admin/orders"),
    ];
    for list in lists {
        for good in ["limit=1", "limit=100"] {
            list.clone().with_query(good).send().await.status(200);
        }
        for bad in [
            "limit=0",
            "limit=101",
            "limit=-1",
            "limit=x",
            "limit=1.0",
            "limit=1e1",
            "limit=99999999999999999999",
            "cursor=x",
            "cursor=%00",
            "cursor=eyJhIjoxfQ",
            "cursor=%D0%B6",
            "cursor=%27%3B%20drop%20table%20orders--",
        ] {
            list.clone().with_query(bad).send().await.any_problem(422);
        }
    }
}

#[tokio::test]
async fn filters_take_only_their_values() {
    let system = System::connect();
    let (admin, customer) = (system.admin().await, system.customer());
    for word in [
        "PENDING",
        "AWAITING_PAYMENT",
        "AWAITING_ITEM_RESERVATION",
        "AWAITING_COURIER_RESERVATION",
        "READY",
        "CANCELLED",
    ] {
        customer
            .get(format!("/api/orders?status={word}"))
            .send()
            .await
            .status(200);
    }
    for word in ["ready", "RUNNING", "NEVER", "%00"] {
        customer
            .get(format!("/api/orders?status={word}"))
            .send()
            .await
            .any_problem(422);
    }
    for word in [
        "RUNNING",
        "COMPENSATING",
        "COMPLETED",
        "COMPENSATED",
        "STUCK",
    ] {
        admin
            .get(format!("/api/orders/admin/sagas?limit=1&state={word}"))
            .send()
            .await
            .status(200);
    }
    for word in ["running", "READY", "NEVER"] {
        admin
            .get(format!("/api/orders/admin/sagas?state={word}"))
            .send()
            .await
            .any_problem(422);
    }
    system
        .client
        .get("/api/warehouse/products?available=perhaps")
        .send()
        .await
        .any_problem(422);
    system
        .client
        .get("/api/warehouse/products?q=%00")
        .send()
        .await
        .any_problem(422);
    system
        .client
        .get("/api/warehouse/products?q=%FF")
        .send()
        .await
        .any_problem(422);
}

#[tokio::test]
async fn a_path_with_an_invalid_uuid_is_404() {
    let ids = [
        "1",
        "x",
        "00000000-0000-0000-0000-00000000000g",
        "..%2f",
        "%D0%B6",
        "%FF",
        "0000",
    ];
    for id in ids {
        nothing_has_the_id(id).await;
    }
}

/// A proxy in front may answer this itself: Envoy does, with 400.
#[tokio::test]
async fn a_path_with_a_zero_byte_is_404() {
    nothing_has_the_id("%00").await;
}

/// Every path with an id is 404 with this one.
async fn nothing_has_the_id(id: &str) {
    let system = System::connect();
    let (admin, customer) = (system.admin().await, system.customer());
    customer
        .get(format!("/api/orders/{id}"))
        .send()
        .await
        .any_problem(404);
    customer
        .get(format!("/api/orders/{id}/events"))
        .send()
        .await
        .any_problem(404);
    customer
        .post(format!("/api/orders/{id}/cancel"))
        .send()
        .await
        .any_problem(404);
    system
        .client
        .get(format!("/api/warehouse/products/{id}"))
        .send()
        .await
        .any_problem(404);
    admin
        .get(format!("/api/delivery/couriers/{id}"))
        .send()
        .await
        .any_problem(404);
    admin
        .post(format!("/api/orders/admin/sagas/{id}/retry"))
        .send()
        .await
        .any_problem(404);
}
