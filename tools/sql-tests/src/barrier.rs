//! The barrier of a participant of the saga: a step and its compensation, in any order of arrival and at the
//! same time. `docs/participant.md` describes the rules.

use futures::future::join_all;
use uuid::Uuid;

use crate::connection::{Service, count, open, open_several};

const ALREADY_COMPENSATED: &str = "ALREADY_COMPENSATED";

/// A participant's functions.
pub trait Participant: Service + Send + 'static {
    /// What a step takes, such as a customer and an amount of money.
    type Content: Copy + Send;

    /// The outcome of a step that was done, such as `CHARGED`.
    const DONE: &str;
    /// The outcome of the compensation of such a step, such as `REFUNDED`.
    const UNDONE: &str;

    /// Adds what is needed for exactly one step.
    fn content(&self) -> impl Future<Output = Self::Content> + Send;

    /// Runs the step of an order.
    fn perform(&self, order: Uuid, content: Self::Content) -> impl Future<Output = String> + Send;

    /// Runs the compensation of an order's step.
    fn undo(&self, order: Uuid) -> impl Future<Output = String> + Send;

    /// Checks whether the content is used by a step, and that the rules of the database hold.
    fn assert_used(&self, content: Self::Content, used: bool) -> impl Future<Output = ()> + Send;
}

/// A repeated step has an effect once, and so has a repeated compensation; then the step is refused.
pub async fn repeats_have_no_effect<P: Participant>() {
    let db: P = open().await;
    let (order, content) = (Uuid::now_v7(), db.content().await);
    assert_eq!(db.perform(order, content).await, P::DONE);
    assert_eq!(db.perform(order, content).await, "REPEATED");
    db.assert_used(content, true).await;
    assert_eq!(db.undo(order).await, P::UNDONE);
    assert_eq!(db.undo(order).await, P::UNDONE);
    db.assert_used(content, false).await;
    let other = db.content().await;
    assert_eq!(db.perform(order, content).await, ALREADY_COMPENSATED);
    assert_eq!(db.perform(order, other).await, ALREADY_COMPENSATED);
    assert_eq!(db.undo(order).await, P::UNDONE);
    db.assert_used(content, false).await;
    db.assert_used(other, false).await;
}

/// A compensation that arrives before its step leaves a tombstone, which refuses the step.
pub async fn an_early_compensation_leaves_a_tombstone<P: Participant>() {
    let db: P = open().await;
    let (order, contents) = (Uuid::now_v7(), [db.content().await, db.content().await]);
    assert_eq!(db.undo(order).await, "VOID");
    for content in contents {
        assert_eq!(db.perform(order, content).await, ALREADY_COMPENSATED);
    }
    assert_eq!(db.undo(order).await, "VOID");
    for content in contents {
        db.assert_used(content, false).await;
    }
}

/// Steps and compensations of one order at the same time: nothing stays used.
pub async fn concurrent_steps_and_compensations_leave_nothing_used<P: Participant>() {
    let connections: [P; 8] = open_several().await;
    let [db, ..] = &connections;
    let content = db.content().await;
    for round in 0..100 {
        let order = Uuid::now_v7();
        let outcomes = join_all(connections.iter().enumerate().map(async |(place, db)| {
            // Each connection begins with either in some rounds.
            if (place + round) % 2 == 0 {
                db.perform(order, content).await
            } else {
                db.undo(order).await
            }
        }))
        .await;
        let (done, undone) = (count(&outcomes, P::DONE), count(&outcomes, P::UNDONE));
        let void = count(&outcomes, "VOID");
        assert!(
            (done, undone, void) == (1, 4, 0) || (done, undone, void) == (0, 0, 4),
            "{outcomes:?}"
        );
        assert_eq!(db.perform(order, content).await, ALREADY_COMPENSATED);
        db.assert_used(content, false).await;
    }
}

/// A compensation waits for a step in an open transaction.
pub async fn a_compensation_waits_for_a_step_in_progress<P: Participant>() {
    for (end, outcome) in [("commit", P::UNDONE), ("rollback", "VOID")] {
        let [db, observer, other]: [P; 3] = open_several().await;
        let (order, content) = (Uuid::now_v7(), db.content().await);
        db.connection().run("begin").await;
        assert_eq!(db.perform(order, content).await, P::DONE);
        let undo = tokio::spawn(async move { other.undo(order).await });
        observer.connection().assert_one_waits().await;
        db.connection().run(end).await;
        assert_eq!(undo.await.expect("an outcome"), outcome, "{end}");
        assert_eq!(db.perform(order, content).await, ALREADY_COMPENSATED);
        db.assert_used(content, false).await;
    }
}

/// A step waits for a tombstone in an open transaction.
pub async fn a_step_waits_for_a_tombstone_in_progress<P: Participant>() {
    for (end, outcome) in [("commit", ALREADY_COMPENSATED), ("rollback", P::DONE)] {
        let [db, observer, other]: [P; 3] = open_several().await;
        let (order, content) = (Uuid::now_v7(), db.content().await);
        db.connection().run("begin").await;
        assert_eq!(db.undo(order).await, "VOID");
        let step = tokio::spawn(async move { other.perform(order, content).await });
        observer.connection().assert_one_waits().await;
        db.connection().run(end).await;
        assert_eq!(step.await.expect("an outcome"), outcome, "{end}");
        db.assert_used(content, outcome == P::DONE).await;
    }
}

/// A step for what another step uses waits for that one's transaction, and is refused only if it commits.
pub async fn a_refusal_waits_for_the_other_step<P: Participant>(refusal: &str) {
    for (end, outcome) in [("commit", refusal), ("rollback", P::DONE)] {
        let [db, observer, other]: [P; 3] = open_several().await;
        let content = db.content().await;
        db.connection().run("begin").await;
        assert_eq!(db.perform(Uuid::now_v7(), content).await, P::DONE);
        let second = tokio::spawn(async move { other.perform(Uuid::now_v7(), content).await });
        observer.connection().assert_one_waits().await;
        db.connection().run(end).await;
        assert_eq!(second.await.expect("an outcome"), outcome, "{end}");
        db.assert_used(content, true).await;
    }
}
