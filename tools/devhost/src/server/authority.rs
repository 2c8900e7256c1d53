//! The authority that a client sent its request to.

use http::Uri;
use http::header::{CONNECTION, HOST};
use http::uri::{Authority, Scheme};
use thiserror::Error;

use crate::http::Request;
use crate::network::chained_component;

/// The request names no authority, or not one alone.
#[derive(Debug, Error)]
pub enum BadAuthority {
    #[error("it has no Host header")]
    Missing,
    #[error("its Host header is no authority")]
    Invalid,
    #[error("its Host header and its URI name different authorities")]
    Contradiction,
}

/// Removes what a component must not see, as Spin does: a host that looks like another component's, and
/// `connection`, which concerns the transport alone. All other headers reach the component.
pub fn strip_headers(request: &mut Request) {
    let headers = request.headers_mut();
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let host = host.map(|host| host.rsplit_once(':').map_or(host, |(name, _)| name));
    if host.is_some_and(|host| chained_component(host).is_some()) {
        headers.remove(HOST);
    }
    headers.remove(CONNECTION);
}

/// Makes the request's URI absolute.
///
/// # Errors
/// When the authority is missing, malformed or contradictory.
pub fn set_authority(request: &mut Request) -> Result<(), BadAuthority> {
    let named = match request.headers().get(HOST) {
        Some(host) => {
            Some(Authority::try_from(host.as_bytes()).map_err(|_| BadAuthority::Invalid)?)
        }
        None => None,
    };
    let mut uri = std::mem::take(request.uri_mut()).into_parts();
    let authority = match (named, uri.authority) {
        (None, None) => return Err(BadAuthority::Missing),
        (Some(one), Some(other)) if one != other => return Err(BadAuthority::Contradiction),
        (Some(authority), _) | (None, Some(authority)) => authority,
    };
    uri.authority = Some(authority);
    uri.scheme = Some(Scheme::HTTP);
    // `OPTIONS *` and `CONNECT` have no path.
    *request.uri_mut() = Uri::from_parts(uri).map_err(|_| BadAuthority::Invalid)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::message::body;

    fn request(uri: &str, host: Option<&str>) -> Request {
        let mut builder = http::Request::get(uri);
        if let Some(host) = host {
            builder = builder.header(HOST, host);
        }
        builder.body(body("")).unwrap()
    }

    fn authority(uri: &str, host: Option<&str>) -> Result<String, BadAuthority> {
        let mut request = request(uri, host);
        set_authority(&mut request)?;
        Ok(request.uri().to_string())
    }

    #[test]
    fn the_authority_is_the_hosts_or_the_uris() {
        assert_eq!(authority("/a?b", Some("x:1")).unwrap(), "http://x:1/a?b");
        assert_eq!(authority("http://x:1/a", None).unwrap(), "http://x:1/a");
        assert_eq!(
            authority("http://x:1/a", Some("x:1")).unwrap(),
            "http://x:1/a"
        );
        assert!(matches!(authority("/a", None), Err(BadAuthority::Missing)));
        assert!(matches!(
            authority("/a", Some("a b")),
            Err(BadAuthority::Invalid)
        ));
        assert!(matches!(
            authority("http://x/a", Some("y")),
            Err(BadAuthority::Contradiction)
        ));
    }

    #[test]
    fn the_host_of_a_component_is_removed_from_a_clients_request() {
        for host in ["order.spin.internal", "order.spin.internal:80"] {
            let mut request = request("/", Some(host));
            strip_headers(&mut request);
            assert!(request.headers().get(HOST).is_none(), "{host}");
        }
        let mut request = request("/", Some("shop"));
        strip_headers(&mut request);
        assert!(request.headers().get(HOST).is_some());
    }
}
