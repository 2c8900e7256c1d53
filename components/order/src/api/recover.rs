//! `POST /internal/orders/recover`.

use axum::{Json, extract::State};
use serde::Serialize;
use service::{Problem, identity::caller::ServiceOrOperator};

use crate::{recovery, state::Orders};

#[derive(Debug, Serialize)]
pub struct Resumed {
    /// How many sagas were taken up.
    pub resumed: usize,
}

/// Takes up every saga that is due and owned by nobody.
pub async fn recover(
    _: ServiceOrOperator,
    State(state): State<Orders>,
) -> Result<Json<Resumed>, Problem> {
    let resumed = recovery::recover(&state).await?;
    Ok(Json(Resumed { resumed }))
}
