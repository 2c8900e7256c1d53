//! A request's path as it may be logged: what a client can make up is left out.

use axum::{extract::MatchedPath, extract::Request, middleware::Next, response::Response};
use uuid::Uuid;

use crate::telemetry::work::Work;

/// The name of every path's segment that is an order's id.
const ORDER_ID: &str = "order_id";

/// Notes which route takes the request, and the order that its path names.
pub async fn note(route: MatchedPath, request: Request, next: Next) -> Response {
    if let Some(work) = Work::current() {
        let (path, order_id) = shown(route.as_str(), request.uri().path());
        work.set_path(path);
        if let Some(order_id) = order_id {
            work.set_order_id(order_id);
        }
    }
    next.run(request).await
}

/// The path with the ids in it, and the order's; a segment that is none stays a name, `{id}`.
fn shown(route: &str, path: &str) -> (String, Option<Uuid>) {
    let mut order_id = None;
    let segments = route.split('/').zip(path.split('/'));
    let shown = segments.map(|(declared, given)| {
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
    (shown.collect::<Vec<_>>().join("/"), order_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

    #[test]
    fn ids_are_shown_and_nothing_else_that_a_client_makes_up() {
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
            assert_eq!(shown(route, path), (expected, order_id));
        }
    }
}
