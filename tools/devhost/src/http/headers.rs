//! The headers that say how a component was reached.

use std::net::SocketAddr;

use http::header::HOST;
use http::{HeaderMap, HeaderName, HeaderValue, Request};
use thiserror::Error;

use super::routes::Match;

/// A header of the client whose value is no UTF-8: Spin refuses to hand it to a component.
#[derive(Debug, Error)]
#[error("the request header {0} is not UTF-8")]
pub struct NotUtf8(HeaderName);

/// Adds the `spin-*` headers. What a client sends under such a name stays, and comes first.
pub fn add_spin_headers<B>(
    request: &mut Request<B>,
    route: &Match<'_>,
    client: SocketAddr,
) -> Result<(), NotUtf8> {
    for (name, value) in request.headers() {
        if std::str::from_utf8(value.as_bytes()).is_err() {
            return Err(NotUtf8(name.clone()));
        }
    }
    let added = spin_headers(request, route, client);
    let headers: &mut HeaderMap = request.headers_mut();
    for (name, value) in added {
        // A path or host that is no header value is left out, as in Spin.
        let value = HeaderValue::from_bytes(value.as_bytes());
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), value) {
            headers.append(name, value);
        }
    }
    Ok(())
}

fn spin_headers<B>(
    request: &Request<B>,
    route: &Match<'_>,
    client: SocketAddr,
) -> Vec<(String, String)> {
    let uri = request.uri();
    let scheme = uri.scheme_str().unwrap_or("http");
    let host = request
        .headers()
        .get(HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or("localhost");
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let fixed = [
        ("spin-path-info", route.path_info.clone()),
        ("spin-full-url", format!("{scheme}://{host}{path}")),
        ("spin-matched-route", route.matched_route().to_owned()),
        ("spin-base-path", "/".to_owned()),
        ("spin-raw-component-route", route.raw_route.to_owned()),
        ("spin-component-route", route.component_route().to_owned()),
        ("spin-client-addr", client.to_string()),
    ];
    let placeholders = route.placeholders.iter().map(|(name, value)| {
        let name = format!("spin-path-match-{}", name.to_ascii_lowercase());
        (name, value.clone())
    });
    fixed
        .map(|(name, value)| (name.to_owned(), value))
        .into_iter()
        .chain(placeholders)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLIENT: &str = "10.0.0.1:7000";

    fn with_headers(request: http::request::Builder) -> Result<HeaderMap, NotUtf8> {
        let mut request = request.body(()).unwrap();
        let route = Match {
            component: "order",
            raw_route: "/api/orders/...",
            chained: false,
            path_info: "/1".to_owned(),
            placeholders: vec![("Id".to_owned(), "7".to_owned())],
        };
        add_spin_headers(&mut request, &route, CLIENT.parse().unwrap())?;
        Ok(request.headers().clone())
    }

    #[test]
    fn all_of_them_are_set() {
        let headers = with_headers(
            Request::get("http://shop:3000/api/orders/1?a=b").header("host", "shop:3000"),
        )
        .unwrap();
        for (name, value) in [
            ("spin-path-info", "/1"),
            ("spin-full-url", "http://shop:3000/api/orders/1?a=b"),
            ("spin-matched-route", "/api/orders/..."),
            ("spin-base-path", "/"),
            ("spin-raw-component-route", "/api/orders/..."),
            ("spin-component-route", "/api/orders"),
            ("spin-client-addr", CLIENT),
            ("spin-path-match-id", "7"),
            ("host", "shop:3000"),
        ] {
            assert_eq!(headers[name], value, "{name}");
        }
    }

    #[test]
    fn a_clients_own_comes_before_the_hosts() {
        let headers =
            with_headers(Request::get("http://a/").header("spin-client-addr", "1.1.1.1:1"))
                .unwrap();
        let values: Vec<_> = headers.get_all("spin-client-addr").iter().collect();
        assert_eq!(values, ["1.1.1.1:1", CLIENT]);
    }

    #[test]
    fn a_value_that_is_no_utf8_is_refused() {
        let value = HeaderValue::from_bytes(b"\xff").unwrap();
        let refusal = with_headers(Request::get("http://a/").header("x-odd", value)).unwrap_err();
        assert!(refusal.to_string().contains("x-odd"));
    }
}
