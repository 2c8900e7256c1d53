//! `allowed_outbound_hosts`: where a component may connect to.

use std::collections::BTreeSet;

use thiserror::Error;
use url::Host as Address;

use super::destination::{Destination, chained_component};

/// The hosts that one component may connect to.
#[derive(Debug, Default)]
pub struct AllowedHosts(Vec<AllowedHost>);

/// An entry of the manifest.
#[derive(Debug)]
pub struct Entry {
    /// With its variables filled in.
    pub text: String,
    /// Whether it had no variables.
    pub literal: bool,
}

/// An entry: `scheme://host[:port]`, each of which may be `*`; a host may be `*.domain`, a port `from..below`.
#[derive(Debug, PartialEq, Eq)]
struct AllowedHost {
    scheme: Option<String>,
    host: Host,
    port: Port,
}

#[derive(Debug, PartialEq, Eq)]
enum Host {
    Any,
    /// The components of the application: `*.spin.internal`.
    Components(BTreeSet<String>),
    /// Any host that ends so, with the dot.
    Below(String),
    Exactly(Address),
}

#[derive(Debug, PartialEq, Eq)]
enum Port {
    Any,
    /// From the first up to and without the second.
    Range(u16, u16),
    Exactly(u16),
}

#[derive(Debug, Error, PartialEq, Eq)]
#[error("allowed_outbound_hosts has {entry:?}: {reason}")]
pub struct InvalidHost {
    entry: String,
    reason: &'static str,
}

impl AllowedHosts {
    /// Reads the entries of a component; `components` are all of the application. As in Spin, an entry whose
    /// variables are empty counts as none.
    ///
    /// # Errors
    /// When an entry is malformed, or names a component that the application does not have.
    pub fn parse(
        entries: impl IntoIterator<Item = Entry>,
        components: &BTreeSet<String>,
    ) -> Result<Self, InvalidHost> {
        let given = |entry: &Entry| {
            entry.literal || !matches!(entry.text.as_str(), "" | "http://" | "https://")
        };
        let parse = |entry: Entry| {
            let parsed = AllowedHost::parse(&entry.text, components);
            let parsed = parsed.and_then(|host| match entry.literal {
                true => host.known(components),
                false => Ok(host),
            });
            parsed.map_err(|reason| InvalidHost {
                entry: entry.text,
                reason,
            })
        };
        entries
            .into_iter()
            .filter(given)
            .map(parse)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    pub fn allows(&self, destination: &Destination) -> bool {
        // The same host in another spelling: `LOCALHOST`, `127.1`.
        let Ok(host) = Address::parse(&destination.host) else {
            return false;
        };
        self.0
            .iter()
            .any(|allowed| allowed.allows(destination, &host))
    }
}

impl AllowedHost {
    fn parse(entry: &str, components: &BTreeSet<String>) -> Result<Self, &'static str> {
        let Some((scheme, rest)) = entry.trim().split_once("://") else {
            return Err("it has no scheme; write scheme://host:port");
        };
        if scheme != "*" && !scheme.chars().all(char::is_alphabetic) {
            return Err("its scheme has a character that is no letter");
        }
        // `[::1]:80` has colons of its own.
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, Some(port)),
            _ => (rest, None),
        };
        let (host, port) = match port {
            Some(port) => (host, Some(port.strip_suffix('/').unwrap_or(port))),
            None => (host.strip_suffix('/').unwrap_or(host), None),
        };
        if host.contains('/') || port.is_some_and(|port| port.contains('/')) {
            return Err("a host may carry no path (nor does devhost do networks)");
        }
        Ok(Self {
            scheme: (scheme != "*").then(|| scheme.to_owned()),
            host: Host::parse(host, components)?,
            port: match port {
                Some(port) => Port::parse(port)?,
                None => Port::Exactly(
                    well_known_port(scheme)
                        .ok_or("it has no port, and its scheme has none of its own")?,
                ),
            },
        })
    }

    /// Itself, unless it names a component that is not there.
    fn known(self, components: &BTreeSet<String>) -> Result<Self, &'static str> {
        match &self.host {
            Host::Exactly(Address::Domain(domain))
                if chained_component(domain).is_some_and(|id| !components.contains(id)) =>
            {
                Err("the application has no such component")
            }
            _ => Ok(self),
        }
    }

    fn allows(&self, destination: &Destination, host: &Address) -> bool {
        let host = match (&self.host, host) {
            (Host::Any, _) => true,
            (Host::Components(components), Address::Domain(domain)) => {
                chained_component(domain).is_some_and(|id| components.contains(id))
            }
            (Host::Below(suffix), Address::Domain(domain)) => domain.ends_with(suffix.as_str()),
            (Host::Exactly(allowed), host) => allowed == host,
            (Host::Components(_) | Host::Below(_), _) => false,
        };
        let port = destination
            .port
            .or_else(|| well_known_port(&destination.scheme));
        let port = match (&self.port, port) {
            (Port::Any, _) => true,
            (_, None) => false,
            (Port::Range(from, below), Some(port)) => (*from..*below).contains(&port),
            (Port::Exactly(allowed), Some(port)) => *allowed == port,
        };
        host && port
            && self
                .scheme
                .as_ref()
                .is_none_or(|scheme| *scheme == destination.scheme)
    }
}

impl Host {
    fn parse(host: &str, components: &BTreeSet<String>) -> Result<Self, &'static str> {
        match host {
            "" => Err("it has no host"),
            "*" => Ok(Self::Any),
            "self" | "self.alt" => {
                Err("devhost does not do requests to the application itself; use `spin up`")
            }
            "*.spin.internal" => Ok(Self::Components(components.clone())),
            _ => match host.strip_prefix('*') {
                Some(suffix) if suffix.starts_with('.') && !suffix.contains('*') => {
                    Ok(Self::Below(suffix.to_owned()))
                }
                _ if host.contains('*') => {
                    Err("a `*` stands for a whole host, or for what is before its domain")
                }
                _ => Address::parse(host)
                    .map(Self::Exactly)
                    .map_err(|_| "it has no valid host"),
            },
        }
    }
}

impl Port {
    fn parse(port: &str) -> Result<Self, &'static str> {
        let number = |text: &str| text.parse().map_err(|_| "its port is not a number");
        match port.split_once("..") {
            _ if port == "*" => Ok(Self::Any),
            Some((from, below)) => Ok(Self::Range(number(from)?, number(below)?)),
            None => Ok(Self::Exactly(number(port)?)),
        }
    }
}

fn well_known_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        "postgres" => Some(5432),
        "mqtt" => Some(1883),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str, literal: bool) -> Result<AllowedHosts, InvalidHost> {
        let components = ["billing", "order"].map(str::to_owned).into();
        let text = text.to_owned();
        AllowedHosts::parse([Entry { text, literal }], &components)
    }

    fn allows(entry: &str, scheme: &str, host: &str, port: Option<u16>) -> bool {
        let destination = Destination {
            scheme: scheme.into(),
            host: host.into(),
            port,
        };
        parse(entry, true).unwrap().allows(&destination)
    }

    #[test]
    fn scheme_host_and_port_must_all_agree() {
        let entry = "postgres://127.0.0.1:5433";
        assert!(allows(entry, "postgres", "127.0.0.1", Some(5433)));
        assert!(!allows(entry, "postgres", "127.0.0.1", None));
        assert!(!allows(entry, "postgres", "127.0.0.2", Some(5433)));
        assert!(!allows(entry, "http", "127.0.0.1", Some(5433)));
        assert!(!allows(entry, "postgres", "127.0.0.1", Some(5434)));
    }

    #[test]
    fn a_scheme_has_its_own_port() {
        for entry in [
            "http://billing.spin.internal",
            "http://billing.spin.internal/",
            "http://billing.spin.internal:80",
        ] {
            assert!(
                allows(entry, "http", "billing.spin.internal", None),
                "{entry}"
            );
            assert!(
                allows(entry, "http", "billing.spin.internal", Some(80)),
                "{entry}"
            );
            assert!(
                !allows(entry, "http", "billing.spin.internal", Some(8080)),
                "{entry}"
            );
            assert!(
                !allows(entry, "https", "billing.spin.internal", None),
                "{entry}"
            );
            assert!(
                !allows(entry, "http", "order.spin.internal", None),
                "{entry}"
            );
        }
        assert!(allows("postgres://db", "postgres", "db", Some(5432)));
    }

    #[test]
    fn stars_and_ranges() {
        assert!(allows("*://*:*", "mqtt", "anything", Some(1)));
        assert!(allows(
            "http://*.shop.example",
            "http",
            "a.shop.example",
            None
        ));
        assert!(!allows(
            "http://*.shop.example",
            "http",
            "shop.example",
            None
        ));
        assert!(!allows(
            "http://*.shop.example",
            "http",
            "a.shop.example.evil",
            None
        ));
        assert!(allows("http://a:80..90", "http", "a", Some(89)));
        assert!(!allows("http://a:80..90", "http", "a", Some(90)));
        assert!(allows("http://[::1]:8080", "http", "[::1]", Some(8080)));
        assert!(allows("http://[::1]", "http", "[::1]", None));
    }

    #[test]
    fn nothing_is_allowed_by_nothing() {
        let destination = Destination {
            scheme: "http".into(),
            host: "a".into(),
            port: None,
        };
        assert!(!AllowedHosts::default().allows(&destination));
    }

    #[test]
    fn what_is_no_host_is_refused_with_a_reason() {
        for entry in [
            "",
            "*",
            "a:80",
            "ht2p://a",
            "http://",
            "http://a/b",
            "http://a:80/b",
            "http://a*b",
            "http://*.a.*",
            "http://a:x",
            "ftp://a",
            "http://self",
            "http://10.0.0.0/8",
        ] {
            let error = parse(entry, true).expect_err(entry);
            assert!(error.to_string().contains(&format!("{entry:?}")), "{error}");
        }
    }

    #[test]
    fn a_star_below_the_internal_domain_stands_for_the_components() {
        for (host, allowed) in [
            ("order.spin.internal", true),
            ("nobody.spin.internal", false),
            ("a.order.spin.internal", false),
            ("spin.internal", false),
        ] {
            let entry = "http://*.spin.internal";
            assert_eq!(allows(entry, "http", host, None), allowed, "{host}");
        }
    }

    #[test]
    fn an_unknown_component_is_refused_when_it_is_named_literally() {
        let entry = "http://nobody.spin.internal";
        let error = parse(entry, true).expect_err(entry).to_string();
        assert!(error.contains("no such component"), "{error}");
        assert!(parse(entry, false).is_ok(), "from a variable");
    }

    #[test]
    fn an_empty_variable_is_no_entry() {
        for entry in ["", "http://", "https://"] {
            assert!(parse(entry, false).unwrap().0.is_empty(), "{entry:?}");
        }
        assert!(parse("mqtt://", false).is_err());
    }

    #[test]
    fn hosts_are_compared_and_not_their_spellings() {
        assert!(allows("http://Shop.Example", "http", "SHOP.example", None));
        assert!(allows("http://127.0.0.1", "http", "127.1", None));
    }
}
