//! Addresses of databases: `host=… port=…` or `postgres://…`.

use tokio_postgres::Config;
use tokio_postgres::config::Host;

use crate::network::Destination;

/// An address that a component wants to connect to.
pub struct Address {
    pub config: Config,
    /// Every server that it names; all must be allowed.
    pub destinations: Vec<Destination>,
}

impl Address {
    /// Reads an address.
    ///
    /// # Errors
    /// The reason why it is malformed.
    pub fn parse(text: &str) -> Result<Self, String> {
        let config: Config = text
            .parse()
            .map_err(|error: tokio_postgres::Error| explain(&error))?;
        if !config.get_hostaddrs().is_empty() {
            // The driver would connect to it without a check of its destination.
            return Err("devhost does not do hostaddr; name the server with host".to_owned());
        }
        let ports = config.get_ports();
        let mut destinations = Vec::new();
        for (index, host) in config.get_hosts().iter().enumerate() {
            let host = match host {
                Host::Tcp(host) => host.clone(),
                Host::Unix(_) => {
                    return Err("a component has no Unix sockets".to_owned());
                }
            };
            // A single port is that of all hosts; otherwise each host has its own.
            let port = if ports.len() == 1 {
                ports.first()
            } else {
                ports.get(index)
            };
            destinations.push(Destination {
                scheme: "postgres".to_owned(),
                host,
                port: port.copied(),
            });
        }
        Ok(Self {
            config,
            destinations,
        })
    }
}

/// The error with its causes, which say what is wrong.
fn explain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn destinations(address: &str) -> Vec<String> {
        let address =
            Address::parse(address).unwrap_or_else(|error| panic!("{address}: {error:?}"));
        address
            .destinations
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn every_server_is_a_destination() {
        assert_eq!(
            destinations("host=db port=5433 user=u dbname=d"),
            ["postgres://db:5433"]
        );
        assert_eq!(destinations("host='db' user=u"), ["postgres://db"]);
        assert_eq!(
            destinations("postgres://u:p@db:5433/d?sslmode=disable"),
            ["postgres://db:5433"]
        );
        assert_eq!(
            destinations("host=a,b port=1,2"),
            ["postgres://a:1", "postgres://b:2"]
        );
        assert_eq!(
            destinations("host=a,b port=1"),
            ["postgres://a:1", "postgres://b:1"]
        );
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for address in ["host", "host=/tmp", "port=x", "hostaddr=127.0.0.1 user=u"] {
            assert!(Address::parse(address).is_err(), "{address}");
        }
    }
}
