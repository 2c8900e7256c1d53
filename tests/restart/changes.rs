//! A change of each kind that a client can make: its call, the statement that makes it, and how to see that it was made.

use harness::{
    account::{self, Account, PASSWORD},
    call::Call,
    databases::{Database, Service},
    postgres_proxy::Statement,
    purchase::Purchase,
    system::System,
    unique,
};
use serde_json::json;

const NEW_PASSWORD: &str = "another horse, another staple";

/// A change that was not made yet.
pub struct Change {
    pub name: &'static str,
    pub service: Service,
    /// The statement that makes it.
    pub statement: Statement,
    pub call: Call,
    pub success: u16,
    /// How a repetition of a call that was carried out is answered; `None` where it would be another change.
    pub again: Option<u16>,
    /// The field that a repetition answers as the first time.
    pub same: Option<&'static str>,
    /// Counts what it has made.
    pub made: String,
}

/// A change of each kind.
pub async fn changes(system: &System) -> Vec<Change> {
    let mut changes = of_accounts(system).await;
    changes.extend(of_the_shop(system).await);
    changes.extend(of_a_customer(system).await);
    changes
}

async fn of_accounts(system: &System) -> Vec<Change> {
    let client = &system.client;
    let email = unique::email();
    let register = json!({"email": email, "password": PASSWORD});
    let (fresh, refreshing) = (
        Account::register(client).await,
        Account::register(client).await,
    );
    let (changing, leaving) = (
        Account::register(client).await,
        Account::register(client).await,
    );
    let token = refreshing.log_in().await.refresh;
    let change = json!({"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD});
    let access = changing.log_in().await.access;
    let leave = json!({"refreshToken": leaving.log_in().await.refresh});
    let sql = "select password_hash from users where id = $1";
    let auth = Database::open(Service::Auth).await;
    let hash = auth.texts(sql, &[&changing.id]).await.remove(0);
    let sessions = |account: &Account| {
        format!(
            "select count(*) from sessions where user_id = '{}'",
            account.id
        )
    };
    let of = |name, text| Change {
        name,
        service: Service::Auth,
        statement: Statement::Containing {
            text,
            parameter: "",
        },
        call: client.post("/api/auth/register").json(&register),
        success: 201,
        again: Some(409),
        same: None,
        made: format!("select count(*) from users where email = '{email}'"),
    };
    vec![
        of("register", "register_user("),
        Change {
            call: account::log_in_call(client, &fresh.email, PASSWORD),
            success: 200,
            again: None,
            made: sessions(&fresh),
            ..of("log in", "open_session(")
        },
        Change {
            call: account::refresh_call(client, &token).key(&unique::name("key")),
            success: 200,
            again: Some(200),
            same: Some("/refreshToken"),
            made: format!(
                "select count(*) from rotations where user_id = '{}'",
                refreshing.id
            ),
            ..of("refresh", "exchange_token(")
        },
        Change {
            call: client
                .put("/api/auth/password")
                .bearer(&access)
                .json(&change),
            success: 204,
            again: Some(401),
            made: format!(
                "select count(*) from users where id = '{}' and password_hash <> '{hash}'",
                changing.id
            ),
            ..of("change the password", "change_password(")
        },
        Change {
            call: client.post("/api/auth/logout").json(&leave),
            success: 204,
            again: Some(204),
            made: format!("select 1 - ({})", sessions(&leaving)),
            ..of("log out", "end_session(")
        },
    ]
}

async fn of_the_shop(system: &System) -> Vec<Change> {
    let admin = system.admin().await;
    let name = unique::name("made");
    let made = |table: &str| format!("select count(*) from {table} where name = '{name}'");
    let (product, courier) = (admin.product(100, 3).await, admin.courier().await);
    let of = |name, service, text, call| Change {
        name,
        service,
        statement: Statement::Containing {
            text,
            parameter: "",
        },
        call,
        success: 200,
        again: Some(200),
        same: None,
        made: String::new(),
    };
    let (products, couriers) = ("/api/warehouse/products", "/api/delivery/couriers");
    let add = admin
        .post(products)
        .json(&json!({"name": name, "price": 100, "quantity": 3}));
    let change = admin
        .patch(format!("{products}/{product}"))
        .json(&json!({"quantity": 8}));
    let hire = admin.post(couriers).json(&json!({"name": name}));
    let rename = admin
        .patch(format!("{couriers}/{courier}"))
        .json(&json!({"name": "Renamed"}));
    vec![
        Change {
            success: 201,
            again: None,
            made: made("products"),
            ..of("add a product", Service::Warehouse, "create_product(", add)
        },
        Change {
            made: format!("select count(*) from products where id = '{product}' and stocked = 8"),
            ..of(
                "change a product",
                Service::Warehouse,
                "update_product(",
                change,
            )
        },
        Change {
            success: 201,
            again: None,
            made: made("couriers"),
            ..of("add a courier", Service::Delivery, "create_courier(", hire)
        },
        Change {
            made: format!(
                "select count(*) from couriers where id = '{courier}' and name = 'Renamed'"
            ),
            ..of(
                "change a courier",
                Service::Delivery,
                "update_courier(",
                rename,
            )
        },
    ]
}

async fn of_a_customer(system: &System) -> Vec<Change> {
    let admin = system.admin().await;
    let (saver, buyer) = (system.customer(), Purchase::affordable(system).await);
    let mut cancelled = Vec::new();
    for _ in 0..2 {
        let purchase = Purchase::affordable(system).await;
        let order = purchase.place_and_wait().await;
        assert!(order.is_ready(), "{order:#?}");
        cancelled.push((purchase.customer, order.id));
    }
    let made = |order| {
        format!("select count(*) from orders where id = '{order}' and status = 'CANCELLED'")
    };
    let of = |name, text, call| Change {
        name,
        service: Service::Order,
        // The first call of the function asks what to decide on.
        statement: Statement::Containing {
            text,
            parameter: "CANCELLED",
        },
        call,
        success: 200,
        again: Some(409),
        same: None,
        made: String::new(),
    };
    let deposit = saver
        .post("/api/billing/wallet/deposits")
        .key(&unique::name("key"))
        .json(&json!({"amount": 7}));
    let place = buyer
        .customer
        .post("/api/orders")
        .key(&unique::name("key"))
        .json(&buyer.body());
    let by_customer = cancelled[0]
        .0
        .post(format!("/api/orders/{}/cancel", cancelled[0].1));
    let by_shop = admin
        .post(format!(
            "/api/orders/admin/orders/{}/cancel",
            cancelled[1].1
        ))
        .json(&json!({"reason": "a test"}));
    vec![
        Change {
            service: Service::Billing,
            statement: Statement::Containing {
                text: "deposit(",
                parameter: "",
            },
            success: 201,
            again: Some(201),
            same: Some("/id"),
            made: format!(
                "select count(*) from ledger
                 join wallets on wallets.id = wallet_id
                 where user_id = '{}'",
                saver.id
            ),
            ..of("deposit", "", deposit)
        },
        Change {
            statement: Statement::Containing {
                text: "place_order(",
                parameter: "",
            },
            success: 201,
            again: Some(201),
            same: Some("/id"),
            made: format!(
                "select count(*) from orders where user_id = '{}'",
                buyer.customer.id
            ),
            ..of("place an order", "", place)
        },
        Change {
            made: made(cancelled[0].1),
            ..of("cancel an order", "cancel_order(", by_customer)
        },
        Change {
            made: made(cancelled[1].1),
            ..of(
                "cancel an order for the shop",
                "cancel_order_by_shop(",
                by_shop,
            )
        },
    ]
}
