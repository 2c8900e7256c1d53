//! `POST /internal/orders/recover`.

use axum::{Json, extract::State};
use serde::Serialize;
use service::{Problem, identity::caller::ServiceOrOperator};

use crate::{recovery, state::Orders};

#[derive(Debug, Serialize)]
pub struct Resumed {
    /// How many sagas were claimed.
    pub resumed: usize,
}

/// Claims every saga that is due, and drives it.
pub async fn recover(
    _: ServiceOrOperator,
    State(state): State<Orders>,
) -> Result<Json<Resumed>, Problem> {
    let resumed = recovery::recover(&state).await?;
    Ok(Json(Resumed { resumed }))
}
