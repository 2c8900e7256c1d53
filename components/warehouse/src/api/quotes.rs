//! `/internal/warehouse/quotes`: the current prices of items.

use axum::{Json, extract::State};
use contract::warehouse::{Quote, QuotedItem};
use service::{
    Problem, Service, identity::caller::ServiceCaller, web::confirmed_currency::ConfirmedCurrency,
};

use crate::{api::items, domain::total, store};

pub async fn quote(
    _: ServiceCaller,
    State(service): State<Service>,
    _: ConfirmedCurrency,
    body: service::Json,
) -> Result<Json<Quote>, Problem> {
    let request = items::read(&body)?;
    let prices = store::prices(service.database(), &request.items).await?;
    let missing: Vec<_> = request
        .items
        .iter()
        .enumerate()
        .filter(|(_, item)| !prices.contains_key(&item.product_id))
        .collect();
    if !missing.is_empty() {
        return Err(items::not_found(missing));
    }
    let priced = request.items.iter().filter_map(|item| {
        let price = prices.get(&item.product_id)?;
        Some(QuotedItem {
            product_id: item.product_id,
            name: price.name.clone(),
            unit_price: price.price,
            quantity: item.quantity,
        })
    });
    let items: Vec<_> = priced.collect();
    let total = total(&items);
    Ok(Json(Quote { items, total }))
}
