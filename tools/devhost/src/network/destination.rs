//! An address that a component connects to.

use std::fmt;

/// The domain below which each component of the application has a host.
const CHAINING_DOMAIN: &str = "spin.internal";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    pub scheme: String,
    /// A domain or an address; IPv6 in brackets.
    pub host: String,
    /// `None` is the scheme's own port.
    pub port: Option<u16>,
}

/// The component that a host such as `billing.spin.internal` names.
pub fn chained_component(host: &str) -> Option<&str> {
    let (component, domain) = host.split_once('.')?;
    (domain == CHAINING_DOMAIN).then_some(component)
}

/// As an entry of `allowed_outbound_hosts` is written.
impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.host)?;
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_shown_as_an_entry() {
        let destination = Destination {
            scheme: "postgres".into(),
            host: "db".into(),
            port: Some(5433),
        };
        assert_eq!(destination.to_string(), "postgres://db:5433");
    }

    #[test]
    fn only_hosts_right_below_the_domain_are_components() {
        assert_eq!(chained_component("billing.spin.internal"), Some("billing"));
        for host in [
            "spin.internal",
            "a.b.spin.internal",
            "billing.spin.internal.org",
            "billing",
            "",
        ] {
            assert_eq!(chained_component(host), None, "{host}");
        }
    }
}
