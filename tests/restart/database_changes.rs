//! Each change that a client can make, with each fault of its database at that moment: the client has its answer or a
//! problem with `Retry-After` within 5 s, and the change is made once.

use std::time::{Duration, Instant};

use harness::{
    answer::Answer,
    control::Control,
    databases::Database,
    eventually::eventually,
    invariants,
    order::Order,
    postgres_proxy::{Fault, PostgresProxy, StatementFault},
    purchase::Purchase,
    require,
    system::System,
    unique,
};
use serde_json::Value;

use crate::{
    changes::{Change, changes},
    proxied_databases::ProxiedDatabases,
};

/// How long a client waits.
const QUICKLY: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(60);

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
