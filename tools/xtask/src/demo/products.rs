//! The products of the demo.

use anyhow::Result;
use serde_json::json;

use super::data::Product;
use super::money;
use crate::client::Client;
use crate::terminal::Table;

/// Adds a product of which there is one; returns it and the currency of its price.
pub fn add_product(
    client: &Client,
    admin_token: &str,
    name: &str,
    price: i64,
) -> Result<(Product, String)> {
    let body = client.post(
        "/api/warehouse/products",
        Some(admin_token),
        &json!({"name": name, "price": price}),
    )?;
    let product = body.expect(&[201])?;
    let currency = product.text("currency")?;
    Ok((
        Product {
            id: product.text("id")?,
            name: name.to_owned(),
            price,
        },
        currency,
    ))
}

/// Prints the first products that can be bought.
pub fn print_catalogue(client: &Client, currency: &str) -> Result<()> {
    let page = client
        .get("/api/warehouse/products?available=true&limit=5", None)?
        .expect(&[200])?;
    let mut table = Table::new(["name", "price", "quantity"]);
    for item in page.list("items")? {
        let name = item["name"].as_str().unwrap_or_default();
        let price = money::shown(item["price"].as_i64().unwrap_or_default(), currency);
        table.row([name.to_owned(), price, item["quantity"].to_string()]);
    }
    table.print();
    Ok(())
}
