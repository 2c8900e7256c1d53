//! Every fault at every call of a saga: the saga ends as expected, and no invariant is violated.

use faults::matrix;

#[tokio::test(flavor = "multi_thread")]
async fn every_saga_ends_as_expected_with_every_fault_at_every_call() {
    let report = matrix::run().await.expect("the matrix can be run");
    assert!(
        report.cases() > 700,
        "only {} cases were run",
        report.cases()
    );
    assert_eq!(report.failures(), 0, "cases failed; each is printed above");
}
