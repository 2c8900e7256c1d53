//! `/api/warehouse/products`.

use axum::{Json, extract::State, response::IntoResponse};
use contract::limits::MAX_AMOUNT;
use http::{StatusCode, header};
use serde::Serialize;
use service::{
    Currency, Problem, Service,
    identity::caller::Admin,
    web::{
        confirmed_currency::ConfirmedCurrency,
        openapi::{AdminOnly, NotFound},
        page::{Listing, Page, PageQuery},
        path::PathId,
        problem::ProblemDocument,
        query::Query,
        rule,
    },
};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    domain::{MAX_DESCRIPTION, MAX_STOCK, NewProduct, Product, ProductChange, ProductFilter},
    search, store,
};

/// A product of the catalogue.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Product)]
pub struct ProductView {
    pub id: Uuid,
    pub name: String,
    #[schema(required = true)]
    pub description: Option<String>,
    /// Minor units, for one piece.
    pub price: i64,
    pub currency: Currency,
    /// How many can be bought now.
    #[schema(minimum = 0)]
    pub quantity: i64,
    /// False when it is retired and can no longer be ordered.
    pub active: bool,
    #[schema(format = DateTime)]
    pub created_at: String,
}

impl ProductView {
    fn new(product: Product, currency: Currency) -> Self {
        Self {
            id: product.id,
            name: product.name,
            description: product.description,
            price: product.price,
            currency,
            quantity: product.quantity,
            active: product.active,
            created_at: product.created_at,
        }
    }
}

/// Add a product
#[utoipa::path(
    post,
    path = "/api/warehouse/products",
    tag = "warehouse",
    operation_id = "createProduct",
    security(("accessToken" = [])),
    request_body = NewProduct,
    responses(
        (status = 201, description = "The product.", body = ProductView,
            headers(("Location" = String, description = "The product's path."))),
        AdminOnly,
    )
)]
pub async fn create(
    _: Admin,
    State(service): State<Service>,
    ConfirmedCurrency(currency): ConfirmedCurrency,
    body: service::Json,
) -> Result<impl IntoResponse, Problem> {
    let new = body.read(|form| NewProduct {
        name: form.required("name", rule::text(1..=200)),
        description: form.optional("description", rule::text(0..=MAX_DESCRIPTION)),
        price: form.required("price", rule::integer(1..=MAX_AMOUNT)),
        quantity: form
            .optional("quantity", rule::integer(0..=MAX_STOCK))
            .unwrap_or(1),
    })?;
    let product = store::create_product(service.database(), new).await?;
    let location = format!("/api/warehouse/products/{}", product.id);
    Ok((
        StatusCode::CREATED,
        [(header::LOCATION, location)],
        Json(ProductView::new(product, currency)),
    ))
}

/// List the catalogue
///
/// Newest first. Retired products are not in it.
#[utoipa::path(
    get,
    path = "/api/warehouse/products",
    tag = "warehouse",
    operation_id = "listProducts",
    params(
        ("available" = Option<bool>, Query,
            description = "`true`: only products that can be bought now; `false` means the same as no value."),
        ("active" = Option<bool>, Query,
            description = "`false`: the retired products, for the administrator; `true` means the same as no value."),
        ("q" = Option<String>, Query,
            description = "Only products whose name has every word of this text, wherever. Compared are NFKC and \
                Unicode case folding, ё as е, and blanks by number do not count.", max_length = 200),
        PageQuery,
    ),
    responses(
        (status = 200, description = "A page of the catalogue.", body = Listing<ProductView>),
        (status = 401, description = "Retired products are shown to the administrator.",
            body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, description = "Not the administrator.",
            body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn list(
    admin: Result<Admin, Problem>,
    State(service): State<Service>,
    ConfirmedCurrency(currency): ConfirmedCurrency,
    query: Query,
    page: Page<i64>,
) -> Result<Json<Listing<ProductView>>, Problem> {
    let filter = ProductFilter {
        active: query.optional("active", flag)?.unwrap_or(true),
        available: query.optional("available", flag)?.unwrap_or(false),
        text: query
            .optional("q", search::query)?
            .filter(|text| !text.is_empty()),
    };
    if !filter.active {
        admin?;
    }
    let found = store::products(service.database(), &filter, &page).await?;
    let listing = page.listing(found, |product| product.number);
    Ok(Json(listing.map(|product| {
        ProductView::new(product, currency.clone())
    })))
}

/// Show a product
#[utoipa::path(
    get,
    path = "/api/warehouse/products/{id}",
    tag = "warehouse",
    operation_id = "showProduct",
    params(("id" = Uuid, Path, description = "The product's id.")),
    responses(
        (status = 200, description = "The product.", body = ProductView),
        NotFound,
    )
)]
pub async fn show(
    PathId(id): PathId,
    State(service): State<Service>,
    ConfirmedCurrency(currency): ConfirmedCurrency,
) -> Result<Json<ProductView>, Problem> {
    let product = store::product(service.database(), id).await?;
    let product = product.ok_or_else(Problem::not_found)?;
    Ok(Json(ProductView::new(product, currency)))
}

/// Change a product
///
/// Missing fields stay as they are.
#[utoipa::path(
    patch,
    path = "/api/warehouse/products/{id}",
    tag = "warehouse",
    operation_id = "changeProduct",
    security(("accessToken" = [])),
    params(("id" = Uuid, Path, description = "The product's id.")),
    request_body = ProductChange,
    responses(
        (status = 200, description = "The product as it is now.", body = ProductView),
        AdminOnly,
        NotFound,
    )
)]
pub async fn change(
    _: Admin,
    PathId(id): PathId,
    State(service): State<Service>,
    ConfirmedCurrency(currency): ConfirmedCurrency,
    body: service::Json,
) -> Result<Json<ProductView>, Problem> {
    let change = body.read(|form| ProductChange {
        name: form.patch("name", rule::text(1..=200)),
        description: form.patch_nullable("description", rule::text(0..=MAX_DESCRIPTION)),
        price: form.patch("price", rule::integer(1..=MAX_AMOUNT)),
        quantity: form.patch("quantity", rule::integer(0..=MAX_STOCK)),
        active: form.patch("active", rule::boolean),
    })?;
    let product = store::change_product(service.database(), id, change).await?;
    let product = product.ok_or_else(Problem::not_found)?;
    Ok(Json(ProductView::new(product, currency)))
}

fn flag(text: &str) -> Result<bool, String> {
    text.parse()
        .map_err(|_| "Must be `true` or `false`.".into())
}
