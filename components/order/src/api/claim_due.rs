//! Lets the requests about orders recover the sagas that nobody drives.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};

use crate::{recovery, state::Orders};

/// Claims some due sagas after a request. The request does not wait for it.
pub async fn claim_due_after_request(
    State(orders): State<Orders>,
    request: Request,
    next: Next,
) -> Response {
    let response = next.run(request).await;
    recovery::claim_some(&orders);
    response
}
