//! What was written past the functions is found: by the entries that follow, and by the audit.

use serde_json::Value;
use sql_tests::open;
use sql_tests::totals::add_up_all;
use uuid::Uuid;

use super::Billing;

impl Billing {
    async fn audit(&self, limit: i32) {
        self.0.execute("select audit($1)", &[&limit]).await;
    }

    /// Writes without the triggers, as no function could.
    async fn tamper(&self, statement: &str) {
        let statements = format!(
            "set session_replication_role = replica; {statement}; set session_replication_role = origin"
        );
        self.0.run(&statements).await;
    }

    /// How many wallets and charges were found, and how much more the balance is than the ledger's.
    async fn findings(&self) -> (i64, i64, i64) {
        let totals: Value = self.0.value("select totals()", &[]).await;
        let number = |pointer: &str| totals.pointer(pointer).and_then(Value::as_i64).unwrap();
        let ledger =
            number("/ledger/DEPOSIT") - number("/ledger/CHARGE") + number("/ledger/REFUND");
        (
            number("/findings/WALLET"),
            number("/findings/CHARGE"),
            number("/balance") - ledger,
        )
    }

    /// A customer with 500 who paid 100 for one order, and got 50 back for another. Returns the first order.
    async fn with_orders(&self) -> (Uuid, Uuid) {
        let (user, order, refunded) = (self.customer(500).await, Uuid::now_v7(), Uuid::now_v7());
        self.charge(order, user, 100).await;
        self.charge(refunded, user, 50).await;
        self.refund(refunded).await;
        self.refund(Uuid::now_v7()).await;
        (user, order)
    }
}

const NOTHING: (i64, i64, i64) = (0, 0, 0);

#[tokio::test]
async fn an_audit_of_what_the_functions_write_finds_nothing() {
    let db: Billing = open().await;
    for _ in 0..5 {
        db.with_orders().await;
    }
    for limit in [1, 2, 3, 3, 3, 3, 3, 3, 3, 3, 100, 100] {
        db.audit(limit).await;
        assert_eq!(db.findings().await, NOTHING);
    }
    add_up_all(&db.0).await;
    assert_eq!(db.findings().await, NOTHING);
}

#[tokio::test]
async fn money_without_an_entry_is_found_and_its_repair_too() {
    let db: Billing = open().await;
    db.with_orders().await;
    add_up_all(&db.0).await;
    db.tamper("update wallets set deposited = deposited + 700")
        .await;
    db.audit(100).await;
    assert_eq!(db.findings().await, (1, 0, 700));
    db.tamper("update wallets set deposited = deposited - 600")
        .await;
    db.audit(100).await;
    assert_eq!(db.findings().await, (1, 0, 100));
    db.tamper("update wallets set deposited = deposited - 100")
        .await;
    db.audit(100).await;
    assert_eq!(db.findings().await, NOTHING);
}

/// The next entry takes the wrong balance over, so that the wallet agrees with its newest entry.
#[tokio::test]
async fn money_without_an_entry_is_found_when_more_entries_followed() {
    let db: Billing = open().await;
    let (user, _) = db.with_orders().await;
    add_up_all(&db.0).await;
    db.tamper("update wallets set deposited = deposited + 700")
        .await;
    db.charge(Uuid::now_v7(), user, 1_000).await;
    assert_eq!(db.findings().await, NOTHING);
    add_up_all(&db.0).await;
    assert_eq!(db.findings().await, (1, 0, 700));

    // It is repaired by an entry.
    db.tamper(
        "insert into ledger (wallet_id, number, id, type, amount, balance_after)
        select id, entries + 1, gen_random_uuid(), 'DEPOSIT', 700, balance from wallets;
        update wallets set entries = entries + 1",
    )
    .await;
    db.audit(100).await;
    assert_eq!(db.findings().await, NOTHING);
}

#[tokio::test]
async fn every_kind_of_damage_is_found() {
    for (damage, found) in [
        (
            "update ledger set amount = 90 where type = 'CHARGE' and amount = 100",
            (1, 1),
        ),
        ("delete from ledger where type = 'REFUND'", (1, 1)),
        ("delete from ledger where type = 'DEPOSIT'", (1, 0)),
        ("update wallets set entries = entries + 1", (1, 0)),
        ("update wallets set charged = charged + 1", (1, 0)),
        (
            "update charges set amount = 101 where status = 'CHARGED'",
            (0, 1),
        ),
        (
            "update charges set status = 'REFUNDED' where status = 'CHARGED'",
            (0, 1),
        ),
        ("delete from charges where status = 'CHARGED'", (0, 1)),
        (
            "insert into charges (order_id, status, wallet_id, user_id, amount)
            select gen_random_uuid(), 'CHARGED', id, user_id, 1 from wallets",
            (0, 1),
        ),
    ] {
        let db: Billing = open().await;
        db.with_orders().await;
        add_up_all(&db.0).await;
        db.tamper(damage).await;
        for _ in 0..2 {
            db.audit(100).await;
            let (wallets, charges, _) = db.findings().await;
            assert_eq!((wallets, charges), found, "{damage}");
        }
    }
}

/// A few at each scrape, in turn, and then from the beginning again.
#[tokio::test]
async fn the_audit_comes_to_every_wallet_entry_and_charge() {
    let db: Billing = open().await;
    for _ in 0..10 {
        db.with_orders().await;
    }
    for round in 1..=2 {
        // 10 wallets, 40 entries, 30 charges; three a step.
        for _ in 0..25 {
            db.audit(3).await;
        }
        assert_eq!(db.findings().await, NOTHING);
        let (wallets, charges) = [(10, 0), (0, 10)][round - 1];
        db.tamper(
            [
                "update wallets set deposited = deposited + 1",
                "update charges set amount = 101 where status = 'CHARGED'",
            ][round - 1],
        )
        .await;
        for _ in 0..25 {
            db.audit(3).await;
        }
        let (found_wallets, found_charges, _) = db.findings().await;
        assert_eq!((found_wallets, found_charges), (wallets, charges));
        if round == 1 {
            db.tamper("update wallets set deposited = deposited - 1")
                .await;
            db.audit(100).await;
        }
    }
}

#[tokio::test]
async fn an_audit_beside_charges_and_scrapes_finds_nothing() {
    let connections: [Billing; 4] = sql_tests::open_several().await;
    let [one, two, three, four] = &connections;
    let user = one.customer(10_000).await;
    let write = async |db: &Billing| {
        for _ in 0..60 {
            let order = Uuid::now_v7();
            db.charge(order, user, 7).await;
            db.refund(order).await;
        }
    };
    let scrape = async |db: &Billing| {
        for _ in 0..60 {
            db.audit(50).await;
            db.0.execute("select add_up(5)", &[]).await;
            assert_eq!(db.findings().await, NOTHING);
        }
    };
    futures::join!(write(one), write(two), scrape(three), scrape(four));
}
