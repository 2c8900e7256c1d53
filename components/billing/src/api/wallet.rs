//! `/api/billing/wallet`.

use axum::{Json, extract::State, response::IntoResponse};
use http::{StatusCode, header};
use service::{Currency, Problem, Service, identity::caller::User};

use crate::{domain::Wallet, store};

const PATH: &str = "/api/billing/wallet";

/// Open the wallet
///
/// Any other call about the wallet opens it as well when it is missing.
#[utoipa::path(
    post,
    path = "/api/billing/wallet",
    tag = "billing",
    operation_id = "openWallet",
    security(("accessToken" = [])),
    responses(
        (status = 201, description = "The wallet, just opened.", body = Wallet,
            headers(("Location" = String, description = "Where the wallet is."))),
        (status = 200, description = "The wallet, which was there before.", body = Wallet),
    )
)]
pub async fn open(
    user: User,
    State(service): State<Service>,
    State(currency): State<Currency>,
) -> Result<impl IntoResponse, Problem> {
    let wallet = store::wallet(service.database(), user.id).await?;
    let opened = wallet.opened;
    let body = Json(Wallet::new(wallet, currency));
    Ok(if opened {
        (StatusCode::CREATED, [(header::LOCATION, PATH)], body).into_response()
    } else {
        body.into_response()
    })
}

/// Show the wallet
#[utoipa::path(
    get,
    path = "/api/billing/wallet",
    tag = "billing",
    operation_id = "showWallet",
    security(("accessToken" = [])),
    responses((status = 200, description = "The wallet.", body = Wallet))
)]
pub async fn show(
    user: User,
    State(service): State<Service>,
    State(currency): State<Currency>,
) -> Result<Json<Wallet>, Problem> {
    let wallet = store::wallet(service.database(), user.id).await?;
    Ok(Json(Wallet::new(wallet, currency)))
}
