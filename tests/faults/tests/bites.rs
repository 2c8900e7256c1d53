//! The matrix can fail: rules of the protocol are broken on purpose, in the databases of a system of its
//! own, and the cells that are there for them find it.

use faults::matrix::{Cell, Column, Course, Matrix};
use faults::proxy::{Participant, Verb};
use harness::databases::{Database, Service};

#[tokio::test(flavor = "multi_thread")]
async fn broken_rules_are_found() {
    let mut matrix = Matrix::start().await.unwrap();

    // A refund of nothing leaves no tombstone, so that a late copy of the charge takes the money.
    let leaves_a_tombstone = "insert into charges (order_id, status) values (p_order, 'VOID')
    on conflict (order_id) do nothing;
    if found then";
    let leaves_nothing = "if not exists (select from charges where order_id = p_order) then";
    spoil(
        Service::Billing,
        "refund",
        leaves_a_tombstone,
        leaves_nothing,
    )
    .await;
    let later = |course, verb| Cell {
        course,
        participant: Participant::Billing,
        verb,
        column: Column::AgainLater,
        for_good: false,
    };
    let refused = later(Course::FailsAt(Participant::Billing), Verb::Put);
    matrix
        .try_cells(vec![refused, later(Course::Succeeds, Verb::Put)])
        .await
        .unwrap();

    // Whoever has lost a saga writes its journal all the same.
    let fence = "if held.epoch is distinct from p_epoch then
        return;
    end if;
    if held.seq = p_seq then";
    spoil(
        Service::Order,
        "record_saga",
        fence,
        "if held.order_id is not null then",
    )
    .await;
    matrix.try_kills(&[Column::Paused]).await.unwrap();

    println!("what fails below was broken on purpose, and must fail");
    let report = matrix.finish().unwrap();
    let found = |column: Column, what: &str| {
        let mut failed = report.failed().filter(|(cell, _)| cell.column == column);
        failed.any(|(_, wrong)| wrong.iter().any(|wrong| wrong.contains(what)))
    };
    assert!(found(Column::AgainLater, "its charge is still CHARGED"));
    assert!(found(Column::Paused, "of the journal is out of order"));
    let sound = report
        .failed()
        .all(|(cell, _)| cell.column == Column::Paused || cell.course != Course::Succeeds);
    assert!(sound, "what needs no tombstone is sound without one");
}

/// Changes a function of a service's database.
async fn spoil(service: Service, function: &str, from: &str, to: &str) {
    let database = Database::open(service).await;
    let sql = "select pg_get_functiondef(oid) from pg_proc where proname = $1";
    let rows = database.rows(sql, &[&function]).await;
    let definition: String = rows[0].get(0);
    assert!(
        definition.contains(from),
        "{function} is not what it was:\n{definition}"
    );
    database.change(&definition.replace(from, to), &[]).await;
}
