//! Where the API is: at the gateway's address, or by `kubectl port-forward` where nothing gives it one that can be
//! reached, as in kind.

use std::net::{TcpStream, ToSocketAddrs};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::access::Access;
use crate::interrupt;

const CONNECT: Duration = Duration::from_secs(2);
const START: Duration = Duration::from_secs(20);
const TICK: Duration = Duration::from_millis(200);
/// The port on this machine that is forwarded.
const PORT: u16 = 8080;
/// The Services that Envoy Gateway makes: namespace, name and first port.
const SERVICE: &str = "jsonpath={.items[0].metadata.namespace} {.items[0].metadata.name} {.items[0].spec.ports[0].port}";
const OWNER: &str = "gateway.envoyproxy.io/owning-gateway-namespace";

/// A forwarded port, until it is dropped.
pub struct Forwarded {
    child: Child,
    pub base: String,
    /// How a person does the same.
    pub command: String,
}

/// Whether the gateway's own address can be reached.
pub fn is_reachable(access: &Access, namespace: &str) -> Result<bool> {
    let path = "jsonpath={.items[0].status.addresses[0].value}:{.items[0].spec.listeners[0].port}";
    let address = access.kubectl(&[
        "get",
        "gateways",
        "--namespace",
        namespace,
        "--output",
        path,
    ])?;
    let addresses = address.trim().to_socket_addrs().into_iter().flatten();
    Ok(addresses
        .into_iter()
        .any(|address| TcpStream::connect_timeout(&address, CONNECT).is_ok()))
}

/// Forwards the gateway's port to this machine.
pub fn forward(access: &Access, namespace: &str) -> Result<Forwarded> {
    let selector = format!("{OWNER}={namespace}");
    let all = [
        "get",
        "services",
        "--all-namespaces",
        "--selector",
        &selector,
        "--output",
        SERVICE,
    ];
    let found = access.kubectl(&all).context("the gateway has no Service")?;
    let [namespace, service, port] = found.split_whitespace().collect::<Vec<_>>()[..] else {
        bail!("the gateway has no Service");
    };
    let arguments = [
        "port-forward",
        "--namespace",
        namespace,
        &format!("service/{service}"),
        &format!("{PORT}:{port}"),
    ];
    let mut command = Command::new("kubectl");
    command.env("KUBECONFIG", &access.config).args(arguments);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut forwarded = Forwarded {
        child: command.spawn().context("running kubectl")?,
        base: format!("http://127.0.0.1:{PORT}"),
        command: format!("kubectl {}", arguments.join(" ")),
    };
    let began = Instant::now();
    while TcpStream::connect(("127.0.0.1", PORT)).is_err() {
        interrupt::check()?;
        if forwarded.child.try_wait()?.is_some() || began.elapsed() > START {
            bail!(
                "`{}` does not forward; is the port {PORT} in use?",
                forwarded.command
            );
        }
        thread::sleep(TICK);
    }
    Ok(forwarded)
}

impl Drop for Forwarded {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
