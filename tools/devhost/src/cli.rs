//! The command line: Spin's options, under Spin's names, and what tests change.

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;

use crate::reuse::Reuse;

/// Runs a Spin application locally, as `spin up` would.
#[derive(Debug, Parser)]
#[command(name = "devhost", version, args_override_self = true)]
pub struct Options {
    /// The application's manifest
    #[arg(short, long, default_value = "spin.toml", value_name = "FILE")]
    pub from: PathBuf,

    /// Address to serve on; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:3000", value_name = "HOST:PORT", value_parser = listen_address)]
    pub listen: SocketAddr,

    /// Environment variable of every component
    #[arg(short, long, value_name = "NAME=VALUE", value_parser = pair)]
    pub env: Vec<(String, String)>,

    /// Application variable; otherwise SPIN_VARIABLE_NAME or its default counts
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    pub variable: Vec<(String, String)>,

    /// Do not show what components print
    #[arg(short, long)]
    pub quiet: bool,

    /// Keep what components print in a file each
    #[arg(short = 'L', long, value_name = "FOLDER")]
    pub log_dir: Option<PathBuf>,

    /// Keep compiled components here [default: .local/cache beside the manifest]
    #[arg(long, value_name = "FOLDER")]
    pub cache_dir: Option<PathBuf>,

    /// Requests that one instance serves before it ends
    #[arg(long, default_value_t = 128, value_name = "N")]
    pub max_instance_reuse_count: usize,

    /// Requests that one instance serves at the same time
    #[arg(long, default_value_t = 16, value_name = "N")]
    pub max_instance_concurrent_reuse_count: usize,

    /// How long an instance without work is kept, such as 1s or 500ms
    #[arg(long, default_value = "1s", value_name = "TIME", value_parser = duration)]
    pub idle_instance_timeout: Duration,

    /// How long a request may take [default: no limit]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub request_timeout: Option<Duration>,

    /// Connections of a component to one address at most, as `max_connections` of `outbound_pg` in Spin's runtime configuration
    #[arg(long, default_value_t = 64, value_name = "N")]
    pub database_pool: usize,

    /// Seconds by which the components' wall clock is ahead of this machine's, or behind it when negative; for tests
    #[arg(
        long,
        default_value_t = 0,
        allow_negative_numbers = true,
        value_name = "SECONDS"
    )]
    pub clock_offset: i64,
}

impl Options {
    pub fn reuse(&self) -> Reuse {
        Reuse {
            count: self.max_instance_reuse_count,
            concurrent_count: self.max_instance_concurrent_reuse_count,
            idle_timeout: self.idle_instance_timeout,
            request_timeout: self.request_timeout,
        }
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("it has to be NAME=VALUE (devhost reads no files of values)".to_owned()),
    }
}

fn listen_address(text: &str) -> Result<SocketAddr, String> {
    let addresses: Vec<_> = text
        .to_socket_addrs()
        .map_err(|error| error.to_string())?
        .collect();
    let preferred = addresses
        .iter()
        .find(|address| address.is_ipv4())
        .or(addresses.first());
    preferred
        .copied()
        .ok_or_else(|| "it has no address".to_owned())
}

/// A number of seconds, or one with `s`, `ms`, `us` or `ns` after it.
fn duration(text: &str) -> Result<Duration, String> {
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: u64 = number
        .parse()
        .map_err(|_| format!("{text:?} is no time such as 1s or 500ms"))?;
    match unit {
        "" | "s" => Ok(Duration::from_secs(number)),
        "ms" => Ok(Duration::from_millis(number)),
        "us" | "μs" => Ok(Duration::from_micros(number)),
        "ns" => Ok(Duration::from_nanos(number)),
        _ => Err(format!(
            "{text:?} has an unknown unit: use s, ms, us or ns (devhost does no ranges)"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        assert_eq!(duration("2"), Ok(Duration::from_secs(2)));
        assert_eq!(duration("2s"), Ok(Duration::from_secs(2)));
        assert_eq!(duration("250ms"), Ok(Duration::from_millis(250)));
        for text in ["", "s", "1h", "1..2s", "-1s"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_value_may_hold_an_equals_sign() {
        assert_eq!(pair("a=b=c"), Ok(("a".into(), "b=c".into())));
        assert!(pair("a").is_err() && pair("=b").is_err());
    }

    #[test]
    fn the_defaults_are_spins() {
        let options = Options::parse_from(["devhost"]);
        assert_eq!(options.listen.to_string(), "127.0.0.1:3000");
        let reuse = options.reuse();
        assert_eq!((reuse.count, reuse.concurrent_count), (128, 16));
        assert_eq!((options.database_pool, options.clock_offset), (64, 0));
        assert_eq!(
            (reuse.idle_timeout, reuse.request_timeout),
            (Duration::from_secs(1), None)
        );
    }
}
