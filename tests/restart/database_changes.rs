//! Each change that a client can make, with each fault of its database at that moment: the client has its answer or a
//! problem with `Retry-After` within 5 s, and the change is made once.

use std::time::{Duration, Instant};

use harness::{
    account::{self, Account, PASSWORD},
    answer::Answer,
    call::Call,
    control::Control,
    databases::{Database, Service},
    eventually::eventually,
    invariants,
    order::Order,
    postgres_proxy::{Fault, PostgresProxy, Statement, StatementFault},
    purchase::Purchase,
    require,
    system::System,
    unique,
};
use serde_json::{Value, json};

use crate::proxied_databases::ProxiedDatabases;

/// How long a client waits.
const QUICKLY: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(60);
const NEW_PASSWORD: &str = "another horse, another staple";

/// A change that was not made yet.
struct Change {
    name: &'static str,
    service: Service,
    /// The statement that makes it.
    statement: Statement,
    call: Call,
    success: u16,
    /// How a repetition of a call that was carried out is answered; `None` where it would be another change.
    again: Option<u16>,
    /// The field that a repetition answers as the first time.
    same: Option<&'static str>,
    /// Counts what it has made.
    made: String,
}

/// What happens to the database.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Trouble {
    /// The first result of the statement is lost.
    Lost,
    /// The second as well.
    LostTwice,
    /// It is carried out, and the connection is silent.
    Silent,
    /// All that happens to connections.
    All(Fault),
    /// The statement fails.
    Fails(&'static str),
}

/// The last five are in other tests as well (`database_faults`, the matrix), and take longer: they run when
/// `ZAKAZ_TROUBLES` is `all`.
const TROUBLES: [Trouble; 9] = [
    Trouble::Lost,
    Trouble::LostTwice,
    Trouble::All(Fault::Refused("53300")),
    Trouble::Fails("53100"),
    Trouble::Silent,
    Trouble::All(Fault::HalfOpen),
    Trouble::All(Fault::Refused("57P03")),
    Trouble::All(Fault::ReadOnly),
    Trouble::Fails("25006"),
];
const ALWAYS: usize = 4;

/// A change of each kind.
async fn changes(system: &System) -> Vec<Change> {
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

impl Change {
    /// Makes it while the database is in trouble, and again when it is not.
    async fn attempt(self, proxy: &PostgresProxy, trouble: Trouble) {
        let case = format!("{}, {trouble:?}", self.name);
        let database = Database::open(self.service).await;
        assert_eq!(database.number(&self.made, &[]).await, 0, "{case}");
        let set = |times, fault| proxy.trap(self.statement.clone(), times, fault);
        let (times, sprung) = match trouble {
            Trouble::Lost => (1, Some(set(1, StatementFault::ResultLost))),
            Trouble::LostTwice => (2, Some(set(2, StatementFault::ResultLost))),
            Trouble::Silent => (1, Some(set(1, StatementFault::Silent))),
            Trouble::Fails(code) => (2, Some(set(2, StatementFault::Fails(code)))),
            Trouble::All(fault) => {
                proxy.inject(fault);
                (0, None)
            }
        };
        let answer = self.soon(&case).await;
        proxy.inject(Fault::None);
        if let Some(sprung) = sprung {
            assert_eq!(sprung.count(), times, "{case}: {answer}");
        }
        let is_made = matches!(
            trouble,
            Trouble::Lost | Trouble::LostTwice | Trouble::Silent
        );
        let is_answered = match trouble {
            Trouble::Lost => true,
            // Whether there is time for another attempt depends on when the silence is noticed.
            Trouble::Silent => answer.status == self.success,
            _ => false,
        };
        let expected = if is_answered { self.success } else { 503 };
        assert_eq!(answer.status, expected, "{case}: {answer}");
        let made = database.number(&self.made, &[]).await;
        assert_eq!(made, i64::from(is_made), "{case}");

        let repeated = match self.again {
            _ if !is_made => Some(self.success),
            again => again,
        };
        if let Some(status) = repeated {
            let repeated = self.after_the_trouble(&case).await;
            assert_eq!(repeated.status, status, "{case}: {repeated}");
            if let Some(field) = self.same.filter(|_| is_answered) {
                let field = |answer: &Answer| answer.read::<Value>().pointer(field).cloned();
                assert_eq!(field(&repeated), field(&answer), "{case}");
            }
        }
        assert_eq!(database.number(&self.made, &[]).await, 1, "{case}");
    }

    /// The first answer that is no 503, which comes once the connections of the time of trouble are gone.
    async fn after_the_trouble(&self, case: &str) -> Answer {
        eventually(case, PATIENCE, || async {
            match self.soon(case).await {
                answer if answer.status == 503 => Err(answer.to_string()),
                answer => Ok(answer),
            }
        })
        .await
    }

    /// The answer, which comes soon, and says when to try again if it is a 503.
    async fn soon(&self, case: &str) -> Answer {
        let began = Instant::now();
        let answer = self.call.clone().send().await;
        let took = began.elapsed();
        assert!(took < QUICKLY, "{case}: it took {took:?} to say\n{answer}");
        if answer.status == 503 {
            assert!(answer.header("retry-after").is_some(), "{case}: {answer}");
        }
        answer
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_change_is_made_once_whatever_happens_to_its_database() {
    let control = require!(Control::get());
    let system = System::connect();
    let databases = ProxiedDatabases::start(&control, &system).await;
    let all = std::env::var("ZAKAZ_TROUBLES").is_ok_and(|given| given == "all");
    for trouble in TROUBLES
        .into_iter()
        .take(if all { TROUBLES.len() } else { ALWAYS })
    {
        let began = Instant::now();
        for change in changes(&system).await {
            let proxy = databases.of(change.service);
            change.attempt(proxy, trouble).await;
        }
        println!("{trouble:?}: {:.1} s", began.elapsed().as_secs_f32());
    }
    databases.end().await;
    invariants::assert_hold(&system, PATIENCE).await;
}

/// A request of several statements, each of which is slow: together they do not take longer than a client waits.
#[tokio::test(flavor = "multi_thread")]
async fn the_statements_of_a_request_share_its_time() {
    let control = require!(Control::get());
    let system = System::connect();
    let databases = ProxiedDatabases::start(&control, &system).await;
    let buyer = Purchase::affordable(&system).await;
    let place = buyer
        .customer
        .post("/api/orders")
        .key(&unique::name("key"))
        .json(&buyer.body());
    // The connections are open, and each statement takes twice as long.
    buyer.customer.get("/api/orders").send().await.status(200);
    databases.inject(Fault::Slow(Duration::from_millis(850)));
    let began = Instant::now();
    let answer = place.clone().send().await;
    let took = began.elapsed();
    databases.inject(Fault::None);
    assert!(took < QUICKLY, "it took {took:?} to say\n{answer}");
    println!("{} after {took:?}", answer.status);
    assert!([201, 503].contains(&answer.status), "{answer}");
    let placed: Order = eventually("the order is placed", PATIENCE, || async {
        match place.clone().send().await {
            answer if answer.status == 201 => Ok(answer.read()),
            answer => Err(answer.to_string()),
        }
    })
    .await;
    let ended = buyer.customer.wait_for_end(placed.id).await;
    assert!(ended.is_ready(), "{ended:#?}");
    databases.end().await;
    invariants::assert_hold(&system, PATIENCE).await;
}
