//! A small catalogue and some couriers, so that a new system is not empty. What exists under its name stays as it is.

use anyhow::{Context, Result};
use serde_json::{Value, json};
use stack::Environment;

use crate::client::Client;
use crate::terminal::Step;

struct Product {
    name: &'static str,
    description: &'static str,
    /// In kopecks.
    price: i64,
    quantity: i64,
}

/// The newest comes first in the catalogue, and that is the last one here.
const PRODUCTS: [Product; 12] = [
    product(
        "Самовар тульский, 3 л",
        "Латунь, жаровой, с трубой",
        1_290_000,
        1,
    ),
    product("Балалайка прима", "Ель и клён, ручная работа", 1_450_000, 1),
    product(
        "Orenburg down shawl",
        "Passes through a ring, 120 × 120 cm",
        870_000,
        1,
    ),
    product(
        "Chess set, birch",
        "Board 40 cm, weighted pieces",
        520_000,
        1,
    ),
    product("Чайник «Гжель»", "Фарфор, кобальт, 1 л", 456_000, 1),
    product("Подстаканники, 2 шт.", "Мельхиор, как в поезде", 390_000, 1),
    product(
        "Валенки серые, 42",
        "Овечья шерсть, на резиновом ходу",
        349_000,
        1,
    ),
    product(
        "Matryoshka, 7 dolls",
        "Lime wood, signed by the painter",
        289_000,
        1,
    ),
    product(
        "Палехская шкатулка",
        "Папье-маше, лаковая миниатюра",
        275_000,
        2,
    ),
    product("Мёд липовый, 1 кг", "Урожай этого года", 95_000, 20),
    product("Ivan tea, 100 g", "Fermented willowherb", 42_000, 50),
    product("Пряник тульский", "С яблочным повидлом, 350 г", 32_000, 100),
];

const COURIERS: [&str; 5] = [
    "Анна Кузнецова",
    "Борис Волков",
    "Vera Smirnova",
    "Григорий Орлов",
    "Dmitry Sokolov",
];

const fn product(
    name: &'static str,
    description: &'static str,
    price: i64,
    quantity: i64,
) -> Product {
    Product {
        name,
        description,
        price,
        quantity,
    }
}

/// Logs the admin in, which creates the account, and adds what is missing. Returns what was added, in a few words.
pub fn seed(client: &Client, environment: &Environment, step: &Step) -> Result<String> {
    step.note("logging in the admin");
    let token = client.log_in(
        environment.expect("admin_email")?,
        environment.expect("admin_password")?,
    )?;
    let mut products = 0;
    for product in &PRODUCTS {
        step.note(product.name);
        products += usize::from(add_product(client, &token, product).context("adding products")?);
    }
    let known = names(client, "/api/delivery/couriers?limit=100", Some(&token))?;
    let mut couriers = 0;
    for name in COURIERS
        .into_iter()
        .filter(|name| !known.iter().any(|known| known == name))
    {
        step.note(name);
        client
            .post(
                "/api/delivery/couriers",
                Some(&token),
                &json!({"name": name}),
            )?
            .expect(&[201])?;
        couriers += 1;
    }
    Ok(if products + couriers == 0 {
        "already there".to_owned()
    } else {
        format!("{products} products and {couriers} couriers added")
    })
}

/// Adds the product unless there is one of its name, sold or retired; returns whether it was added.
fn add_product(client: &Client, token: &str, product: &Product) -> Result<bool> {
    for active in [true, false] {
        let path = format!(
            "/api/warehouse/products?limit=100&active={active}&q={}",
            encoded(product.name)
        );
        let found = names(client, &path, Some(token))?;
        if found.iter().any(|name| name == product.name) {
            return Ok(false);
        }
    }
    let Product {
        name,
        description,
        price,
        quantity,
    } = product;
    let body =
        json!({"name": name, "description": description, "price": price, "quantity": quantity});
    client
        .post("/api/warehouse/products", Some(token), &body)?
        .expect(&[201])?;
    Ok(true)
}

/// The names of everything in a list, all its pages.
fn names(client: &Client, path: &str, token: Option<&str>) -> Result<Vec<String>> {
    let (mut names, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = client
            .get(&format!("{path}{cursor}"), token)?
            .expect(&[200])?;
        let items = page.list("items")?;
        names.extend(
            items
                .iter()
                .filter_map(|item| item.get("name").and_then(Value::as_str))
                .map(str::to_owned),
        );
        match page.value.get("nextCursor").and_then(Value::as_str) {
            Some(next) => cursor = format!("&cursor={}", encoded(next)),
            None => return Ok(names),
        }
    }
}

/// A text as a query's value.
fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_unique() {
        let mut names: Vec<&str> = PRODUCTS
            .iter()
            .map(|product| product.name)
            .chain(COURIERS)
            .collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), PRODUCTS.len() + COURIERS.len());
    }

    #[test]
    fn query_values_are_escaped() {
        assert_eq!(encoded("a b&ж"), "a%20b%26%D0%B6");
    }
}
