//! Mutation tests: rules of the protocol are broken on purpose in the databases of a separate system, and the matrix
//! must find the violations.

use faults::matrix::{InjectedFault, Matrix, TestCase};
use faults::proxy::{Participant, Verb};
use faults::scenario::Scenario;
use harness::databases::{Database, Service};

#[tokio::test(flavor = "multi_thread")]
async fn the_matrix_finds_broken_rules() {
    let mut matrix = Matrix::start().await.unwrap();

    // A refund without a charge leaves no tombstone, so a late copy of the charge takes the money.
    let with_tombstone = "insert into charges (order_id, status) values (p_order, 'VOID')
    on conflict (order_id) do nothing;
    if found then";
    let without_tombstone = "if not exists (select from charges where order_id = p_order) then";
    mutate(
        Service::Billing,
        "refund",
        with_tombstone,
        without_tombstone,
    )
    .await;
    let later = |scenario, verb| TestCase {
        scenario,
        participant: Participant::Billing,
        verb,
        fault: InjectedFault::AgainLater,
        permanent: false,
    };
    let refused = later(Scenario::FailsAt(Participant::Billing), Verb::Put);
    matrix
        .try_cases(vec![refused, later(Scenario::Succeeds, Verb::Put)])
        .await
        .unwrap();

    // A driver that has lost its lease can still write the journal.
    let fence = "if held.epoch is distinct from p_epoch then
        return;
    end if;
    if held.seq = p_seq then";
    mutate(
        Service::Order,
        "record_transition",
        fence,
        "if held.order_id is not null then",
    )
    .await;
    matrix.try_kills(&[InjectedFault::Paused]).await.unwrap();

    println!("the failures below are expected: the rules were broken on purpose");
    let report = matrix.finish().unwrap();
    let found = |fault: InjectedFault, what: &str| {
        let mut failed = report.failed().filter(|(case, _)| case.fault == fault);
        failed.any(|(_, wrong)| wrong.iter().any(|wrong| wrong.contains(what)))
    };
    assert!(found(
        InjectedFault::AgainLater,
        "its charge is still CHARGED"
    ));
    assert!(found(
        InjectedFault::Paused,
        "of the journal is out of order"
    ));
    let others_passed = report.failed().all(|(case, _)| {
        case.fault == InjectedFault::Paused || case.scenario != Scenario::Succeeds
    });
    assert!(
        others_passed,
        "cases that need no tombstone pass without one"
    );
}

/// Changes a function of a service's database.
async fn mutate(service: Service, function: &str, from: &str, to: &str) {
    let database = Database::open(service).await;
    let sql = "select pg_get_functiondef(oid) from pg_proc where proname = $1";
    let rows = database.rows(sql, &[&function]).await;
    let definition: String = rows[0].get(0);
    assert!(
        definition.contains(from),
        "{function} has changed, so this mutation must be adapted:\n{definition}"
    );
    database.change(&definition.replace(from, to), &[]).await;
}
