//! Every fault at every call of a saga: the saga ends as it must, and the databases agree.

use faults::matrix;

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_at_every_call_ends_well() {
    let report = matrix::run().await.expect("the matrix can be run");
    assert!(
        report.cells() > 300,
        "only {} cells were run",
        report.cells()
    );
    assert_eq!(
        report.failures(),
        0,
        "cells failed; what is wrong with each stands above"
    );
}
