//! `/api/billing/wallet/transactions`.

use axum::{Json, extract::State};
use service::{
    Problem, Service,
    identity::caller::User,
    web::page::{Listing, Page, PageQuery},
};

use crate::{domain::Transaction, store};

/// List the wallet's transactions
///
/// Newest first, in the wallet's own order.
#[utoipa::path(
    get,
    path = "/api/billing/wallet/transactions",
    tag = "billing",
    operation_id = "listTransactions",
    security(("accessToken" = [])),
    params(PageQuery),
    responses((status = 200, description = "A page of the ledger.", body = Listing<Transaction>))
)]
pub async fn list(
    user: User,
    State(service): State<Service>,
    page: Page<i64>,
) -> Result<Json<Listing<Transaction>>, Problem> {
    let entries = store::transactions(service.database(), user.id, &page).await?;
    Ok(Json(page.listing(entries, |entry| entry.number)))
}
