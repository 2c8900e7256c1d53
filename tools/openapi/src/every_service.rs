//! The operations that every service has, and the document itself.

use service::Domain;
use utoipa::openapi::{
    ContentBuilder, HttpMethod, Object, ObjectBuilder, OpenApi, PathItem, Ref, Response,
    ResponseBuilder, Tag, Type,
    path::{Operation, OperationBuilder},
};

const DOMAINS: [Domain; 5] = [
    Domain::Auth,
    Domain::Billing,
    Domain::Warehouse,
    Domain::Delivery,
    Domain::Order,
];

/// Adds health, readiness and the path of the document itself.
pub fn add(document: &mut OpenApi) {
    for domain in DOMAINS {
        let name = domain.path_segment();
        let healthz = operation(name, "Healthz", "Check whether the service is alive")
            .response("200", text("It is alive."));
        let readyz = operation(name, "Readyz", "Check whether the service is ready")
            .response("200", text("Its database answers and has every migration."))
            .response(
                "503",
                problem("The database does not answer, lacks a migration, or has amounts in another currency or another time."),
            );
        get(document, format!("/api/{name}/healthz"), healthz);
        get(document, format!("/api/{name}/readyz"), readyz);
    }
    let itself = OperationBuilder::new()
        .tag("document")
        .operation_id(Some("showDocument"))
        .summary(Some("Read this document"))
        .response("200", json("The document, OpenAPI 3.1."));
    get(document, "/api/openapi.json".to_owned(), itself);
    document.tags.get_or_insert_default().extend([
        Tag::builder()
            .name("health")
            .description(Some("Health of the services."))
            .build(),
        Tag::builder()
            .name("document")
            .description(Some("This document."))
            .build(),
    ]);
}

fn get(document: &mut OpenApi, path: String, operation: OperationBuilder) {
    let operation: Operation = operation.build();
    let item = PathItem::new(HttpMethod::Get, operation);
    document.paths.paths.insert(path, item);
}

fn operation(name: &str, verb: &str, summary: &str) -> OperationBuilder {
    OperationBuilder::new()
        .tag("health")
        .operation_id(Some(format!("{name}{verb}")))
        .summary(Some(summary))
}

fn text(description: &str) -> Response {
    let text = ObjectBuilder::new().schema_type(Type::String).build();
    let content = ContentBuilder::new().schema(Some(text)).build();
    ResponseBuilder::new()
        .description(description)
        .content("text/plain", content)
        .build()
}

fn json(description: &str) -> Response {
    let content = ContentBuilder::new().schema(Some(Object::new())).build();
    ResponseBuilder::new()
        .description(description)
        .content("application/json", content)
        .build()
}

fn problem(description: &str) -> Response {
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("Problem")))
        .build();
    ResponseBuilder::new()
        .description(description)
        .content("application/problem+json", content)
        .build()
}
