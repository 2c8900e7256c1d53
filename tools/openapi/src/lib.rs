//! The API document: one for the whole public API, generated from the annotations of the handlers.
//!
//! The order component serves it at `GET /api/openapi.json` from the file at [`FILE`]. `cargo xtask openapi`
//! writes that file, and a test fails when it is out of date.

mod every_service;

use std::path::{Path, PathBuf};

use service::web::openapi::{CommonProblems, SharedDoc};
use utoipa::{
    Modify, OpenApi,
    openapi::{InfoBuilder, LicenseBuilder, Server},
};

/// The document's path, relative to this package.
const FILE: &str = "../../components/order/openapi.json";

/// The document's path.
pub fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE)
}

/// The generated document: JSON with a line break at the end.
pub fn document() -> anyhow::Result<String> {
    let mut document = SharedDoc::openapi();
    for part in [
        auth::ApiDoc::openapi(),
        billing::ApiDoc::openapi(),
        warehouse::ApiDoc::openapi(),
        delivery::ApiDoc::openapi(),
        order::ApiDoc::openapi(),
    ] {
        document.merge(part);
    }
    CommonProblems.modify(&mut document);
    every_service::add(&mut document);
    document.info = InfoBuilder::new()
        .title("Zakaz")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Order fulfilment: register, put money into a wallet, place an order for a date, and follow it \
             until it is ready, or is cancelled with a reason and undone.\n\nMoney is in minor units. \
             Times are RFC 3339 in UTC. Every failure is `application/problem+json` with a stable \
             `code`.",
        ))
        .license(Some(
            LicenseBuilder::new()
                .name("Apache-2.0")
                .identifier(Some("Apache-2.0"))
                .build(),
        ))
        .build();
    document.servers = Some(vec![Server::new("/")]);
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_is_up_to_date() {
        let current = std::fs::read_to_string(file()).unwrap();
        assert!(
            current == document().unwrap(),
            "components/order/openapi.json is out of date; run `cargo xtask openapi`"
        );
    }
}
