//! `/api/billing/wallet`.

use axum::{Json, extract::State, response::IntoResponse};
use http::{StatusCode, header};
use serde::Serialize;
use service::{
    Currency, Problem, Service, identity::caller::User, web::confirmed_currency::ConfirmedCurrency,
};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{domain::Wallet, store};

const PATH: &str = "/api/billing/wallet";

/// A user's wallet.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Wallet)]
pub struct WalletView {
    pub id: Uuid,
    /// Minor units; never negative.
    #[schema(minimum = 0)]
    pub balance: i64,
    pub currency: Currency,
    #[schema(format = DateTime)]
    pub created_at: String,
}

impl WalletView {
    fn new(wallet: Wallet, currency: Currency) -> Self {
        Self {
            id: wallet.id,
            balance: wallet.balance,
            currency,
            created_at: wallet.created_at,
        }
    }
}

/// Open the wallet
///
/// Any other call about the wallet opens it as well if it does not exist.
#[utoipa::path(
    post,
    path = "/api/billing/wallet",
    tag = "billing",
    operation_id = "openWallet",
    security(("accessToken" = [])),
    responses(
        (status = 201, description = "The wallet, just opened.", body = WalletView,
            headers(("Location" = String, description = "The wallet's path."))),
        (status = 200, description = "The wallet, which was there before.", body = WalletView),
    )
)]
pub async fn open(
    user: User,
    State(service): State<Service>,
    ConfirmedCurrency(currency): ConfirmedCurrency,
) -> Result<impl IntoResponse, Problem> {
    let wallet = store::wallet(service.database(), user.id).await?;
    let opened = wallet.opened;
    let body = Json(WalletView::new(wallet, currency));
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
    responses((status = 200, description = "The wallet.", body = WalletView))
)]
pub async fn show(
    user: User,
    State(service): State<Service>,
    ConfirmedCurrency(currency): ConfirmedCurrency,
) -> Result<Json<WalletView>, Problem> {
    let wallet = store::wallet(service.database(), user.id).await?;
    Ok(Json(WalletView::new(wallet, currency)))
}
