//! A request's path as it may be logged: without anything that a client can choose freely.

use axum::{
    extract::{MatchedPath, Request},
    middleware::Next,
    response::Response,
};
use uuid::Uuid;

use crate::telemetry::TaskContext;

/// The name of the path parameter that is an order's id.
const ORDER_ID: &str = "order_id";

/// Records the route of the request, and the order in its path, in the request's context.
pub(super) async fn record(route: MatchedPath, request: Request, next: Next) -> Response {
    if let Some(context) = TaskContext::current() {
        let (path, order_id) = loggable(route.as_str(), request.uri().path());
        context.set_path(path);
        if let Some(order_id) = order_id {
            context.set_order_id(order_id);
        }
    }
    next.run(request).await
}

/// The path with its ids, and the order's id. A parameter that is no UUID stays a name: `{id}`.
fn loggable(route: &str, path: &str) -> (String, Option<Uuid>) {
    let mut order_id = None;
    let segments = route.split('/').zip(path.split('/'));
    let segments = segments.map(|(declared, given)| {
        let Some(name) = declared
            .strip_prefix('{')
            .and_then(|it| it.strip_suffix('}'))
        else {
            return declared;
        };
        match Uuid::try_parse(given) {
            Ok(id) if given.len() == 36 => {
                if name == ORDER_ID {
                    order_id = Some(id);
                }
                given
            }
            _ => declared,
        }
    });
    (segments.collect::<Vec<_>>().join("/"), order_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

    #[test]
    fn of_the_parameters_only_uuids_are_logged() {
        let id = Uuid::parse_str(ID).ok();
        for (route, path, expected, order_id) in [
            ("/api/orders", "/api/orders", "/api/orders".to_owned(), None),
            (
                "/api/orders/{order_id}/cancel",
                &format!("/api/orders/{ID}/cancel"),
                format!("/api/orders/{ID}/cancel"),
                id,
            ),
            (
                "/api/products/{id}",
                &format!("/api/products/{ID}"),
                format!("/api/products/{ID}"),
                None,
            ),
            (
                "/api/orders/{order_id}",
                "/api/orders/anna@example.org",
                "/api/orders/{order_id}".into(),
                None,
            ),
        ] {
            assert_eq!(loggable(route, path), (expected, order_id));
        }
    }
}
