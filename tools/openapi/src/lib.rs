//! The API document: one for the whole public API, made from the annotations beside the handlers.
//!
//! The order component serves it at `GET /api/openapi.json` from the file that [`FILE`] names;
//! `cargo xtask openapi` writes that file, and a test fails when it is not what the handlers say.

mod every_service;

use std::path::{Path, PathBuf};

use service::web::openapi::{CommonProblems, SharedDoc};
use utoipa::{
    Modify, OpenApi,
    openapi::{InfoBuilder, LicenseBuilder, Server},
};

/// The document's place in the repository.
const FILE: &str = "../../components/order/openapi.json";

/// Where the document is kept.
pub fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE)
}

/// The document as the handlers have it now, as JSON that ends with a line break.
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
            "Order fulfilment: register, top up a wallet, place an order for a date, and watch it \
             become ready, or be cancelled with a reason and undone.\n\nMoney is in minor units. \
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
    fn the_kept_document_is_what_the_handlers_say() {
        let kept = std::fs::read_to_string(file()).unwrap();
        assert!(
            kept == document().unwrap(),
            "components/order/openapi.json is out of date; run `cargo xtask openapi`"
        );
    }
}
