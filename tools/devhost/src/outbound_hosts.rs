//! `allowed_outbound_hosts`: where a component may connect to.

use std::fmt;

use thiserror::Error;

/// The hosts that one component may connect to.
#[derive(Debug, Default)]
pub struct AllowedHosts(Vec<AllowedHost>);

/// One entry: `scheme://host[:port]`, each of which may be `*`; a host may be `*.domain`, a port `from..below`.
#[derive(Debug, PartialEq, Eq)]
struct AllowedHost {
    scheme: Option<String>,
    host: Host,
    port: Port,
}

#[derive(Debug, PartialEq, Eq)]
enum Host {
    Any,
    /// Any host that ends so, with the dot.
    Below(String),
    Exactly(String),
}

#[derive(Debug, PartialEq, Eq)]
enum Port {
    Any,
    /// From the first up to and without the second.
    Range(u16, u16),
    Exactly(u16),
}

/// Where a component wants to connect to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    pub scheme: String,
    pub host: String,
    /// The port, if the address names one: otherwise the scheme's own counts.
    pub port: Option<u16>,
}

#[derive(Debug, Error, PartialEq, Eq)]
#[error("allowed_outbound_hosts has {entry:?}: {reason}")]
pub struct InvalidHost {
    entry: String,
    reason: &'static str,
}

impl AllowedHosts {
    /// Reads the entries; their templates have been filled in already.
    pub fn parse(entries: impl IntoIterator<Item = String>) -> Result<Self, InvalidHost> {
        let parse = |entry: String| {
            AllowedHost::parse(&entry).map_err(|reason| InvalidHost { entry, reason })
        };
        entries
            .into_iter()
            .map(parse)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    pub fn allows(&self, destination: &Destination) -> bool {
        self.0.iter().any(|allowed| allowed.allows(destination))
    }
}

impl AllowedHost {
    fn parse(entry: &str) -> Result<Self, &'static str> {
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
            host: Host::parse(host)?,
            port: match port {
                Some(port) => Port::parse(port)?,
                None => Port::Exactly(
                    well_known_port(scheme)
                        .ok_or("it has no port, and its scheme has none of its own")?,
                ),
            },
        })
    }

    fn allows(&self, destination: &Destination) -> bool {
        let host = match &self.host {
            Host::Any => true,
            Host::Below(suffix) => destination.host.ends_with(suffix.as_str()),
            Host::Exactly(host) => *host == destination.host,
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
    fn parse(host: &str) -> Result<Self, &'static str> {
        match host {
            "" => Err("it has no host"),
            "*" => Ok(Self::Any),
            "self" | "self.alt" => {
                Err("devhost does not do requests to the application itself; use `spin up`")
            }
            _ => match host.strip_prefix('*') {
                Some(suffix) if suffix.starts_with('.') && !suffix.contains('*') => {
                    Ok(Self::Below(suffix.to_owned()))
                }
                _ if host.contains('*') => {
                    Err("a `*` stands for a whole host, or for what is before its domain")
                }
                _ => Ok(Self::Exactly(host.to_owned())),
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

/// As it would stand in `allowed_outbound_hosts`.
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

    fn allows(entry: &str, scheme: &str, host: &str, port: Option<u16>) -> bool {
        let destination = Destination {
            scheme: scheme.into(),
            host: host.into(),
            port,
        };
        AllowedHosts::parse([entry.to_owned()])
            .unwrap()
            .allows(&destination)
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
            "http://*.spin.internal",
            "http",
            "a.spin.internal",
            None
        ));
        assert!(!allows(
            "http://*.spin.internal",
            "http",
            "spin.internal",
            None
        ));
        assert!(!allows(
            "http://*.spin.internal",
            "http",
            "a.spin.internal.evil",
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
            let error = AllowedHosts::parse([entry.to_owned()]).expect_err(entry);
            assert!(error.to_string().contains(&format!("{entry:?}")), "{error}");
        }
    }

    #[test]
    fn a_destination_is_shown_as_an_entry() {
        let destination = Destination {
            scheme: "postgres".into(),
            host: "db".into(),
            port: Some(5433),
        };
        assert_eq!(destination.to_string(), "postgres://db:5433");
    }
}
