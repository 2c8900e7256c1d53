//! `/api/warehouse/products`.

use axum::{Json, extract::State, response::IntoResponse};
use contract::limits::MAX_AMOUNT;
use http::{StatusCode, header};
use service::{
    Currency, Problem, Service,
    identity::caller::Admin,
    web::{
        page::{Listing, Page, PageQuery},
        path::PathId,
        problem::ProblemDocument,
        query::Query,
        rule,
    },
};

use crate::{
    domain::{MAX_DESCRIPTION, MAX_STOCK, NewProduct, Product, ProductChange},
    store::{self, Filter},
};

/// Add a product
#[utoipa::path(
    post,
    path = "/api/warehouse/products",
    tag = "warehouse",
    operation_id = "createProduct",
    security(("accessToken" = [])),
    request_body = NewProduct,
    responses(
        (status = 201, description = "The product.", body = Product,
            headers(("Location" = String, description = "Where the product is."))),
        (status = 403, description = "Only the administrator may do this.",
            body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn create(
    _: Admin,
    State(service): State<Service>,
    State(currency): State<Currency>,
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
        Json(Product::new(product, currency)),
    ))
}

/// List the catalogue
///
/// The newest first.
#[utoipa::path(
    get,
    path = "/api/warehouse/products",
    tag = "warehouse",
    operation_id = "listProducts",
    params(
        ("available" = Option<bool>, Query,
            description = "`true`: only what can be bought now; `false` says the same as leaving it out."),
        ("q" = Option<String>, Query,
            description = "Only names that hold this text, whatever its case.", max_length = 200),
        PageQuery,
    ),
    responses((status = 200, description = "A page of the catalogue.", body = Listing<Product>))
)]
pub async fn list(
    State(service): State<Service>,
    State(currency): State<Currency>,
    query: Query,
    page: Page<i64>,
) -> Result<Json<Listing<Product>>, Problem> {
    let filter = Filter {
        available: query.optional("available", flag)?.unwrap_or(false),
        text: query.optional("q", search)?.filter(|text| !text.is_empty()),
    };
    let found = store::products(service.database(), &filter, &page).await?;
    let listing = page.listing(found, |product| product.number);
    Ok(Json(Listing {
        items: listing
            .items
            .into_iter()
            .map(|product| Product::new(product, currency.clone()))
            .collect(),
        next_cursor: listing.next_cursor,
    }))
}

/// Show a product
#[utoipa::path(
    get,
    path = "/api/warehouse/products/{id}",
    tag = "warehouse",
    operation_id = "showProduct",
    params(("id" = Uuid, Path, description = "The product's id.")),
    responses(
        (status = 200, description = "The product.", body = Product),
        (status = 404, description = "There is no such product.",
            body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn show(
    PathId(id): PathId,
    State(service): State<Service>,
    State(currency): State<Currency>,
) -> Result<Json<Product>, Problem> {
    let product = store::product(service.database(), id).await?;
    let product = product.ok_or_else(Problem::not_found)?;
    Ok(Json(Product::new(product, currency)))
}

/// Change a product
///
/// What is left out stays as it is.
#[utoipa::path(
    patch,
    path = "/api/warehouse/products/{id}",
    tag = "warehouse",
    operation_id = "changeProduct",
    security(("accessToken" = [])),
    params(("id" = Uuid, Path, description = "The product's id.")),
    request_body = ProductChange,
    responses(
        (status = 200, description = "The product as it is now.", body = Product),
        (status = 403, description = "Only the administrator may do this.",
            body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "There is no such product.",
            body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn change(
    _: Admin,
    PathId(id): PathId,
    State(service): State<Service>,
    State(currency): State<Currency>,
    body: service::Json,
) -> Result<Json<Product>, Problem> {
    let change = body.read(|form| ProductChange {
        name: form.changed("name", rule::text(1..=200)),
        description: form.cleared("description", rule::text(0..=MAX_DESCRIPTION)),
        price: form.changed("price", rule::integer(1..=MAX_AMOUNT)),
        quantity: form.changed("quantity", rule::integer(0..=MAX_STOCK)),
    })?;
    let product = store::change_product(service.database(), id, change).await?;
    let product = product.ok_or_else(Problem::not_found)?;
    Ok(Json(Product::new(product, currency)))
}

fn flag(text: &str) -> Result<bool, String> {
    text.parse()
        .map_err(|_| "Must be `true` or `false`.".into())
}

fn search(text: &str) -> Result<String, String> {
    if text.chars().count() > 200 {
        return Err("Must have 200 characters at the most.".into());
    }
    Ok(text.to_owned())
}
