//! Requests of components: to each other, to other servers, and to hosts that are not allowed.

mod certificate;
mod encrypted;
mod host;

use std::net::TcpListener;

use certificate::{AuthorityFile, Certified};
use harness::raw_http::{ReceivedRequest, exchange, respond};
use host::{APPLICATION, Host, is_spin};

fn start(hosts: &str) -> Host {
    Host::start(&manifest(hosts), &[])
}

fn manifest(hosts: &str) -> String {
    format!(
        r#"{APPLICATION}
[[trigger.http]]
route = "/caller/..."
component = "caller"
[[trigger.http]]
route = {{ private = true }}
component = "callee"
[variables]
peer = {{ default = "http://callee.spin.internal" }}
unknown = {{ default = "http://nobody.spin.internal" }}
[component.caller]
source = "GUEST"
allowed_outbound_hosts = [{hosts}]
[component.callee]
source = "GUEST"
"#
    )
}

#[test]
fn a_component_calls_another_without_a_route() {
    let host = start(r#""{{ peer }}""#);
    assert_eq!(
        host.get("/caller/fetch?http://callee.spin.internal/hello")
            .ok(),
        "hello"
    );
    let seen = host
        .get("/caller/fetch?http://callee.spin.internal/some/echo?x")
        .json();
    let headers = seen["headers"].to_string();
    assert!(
        headers.contains(r#"["spin-path-info","/some/echo"]"#),
        "{headers}"
    );
    assert!(
        headers.contains(r#"["spin-component-route",""]"#),
        "{headers}"
    );
    assert!(
        headers.contains(r#"["spin-client-addr","0.0.0.0:0"]"#),
        "{headers}"
    );
}

#[test]
fn the_called_components_failure_is_an_answer() {
    let host = start(r#""http://*.spin.internal""#);
    let answer = host.get("/caller/fetch?http://callee.spin.internal/trap");
    assert_eq!((answer.status, answer.body.as_str()), (500, ""));
    host.wait_for_note("[callee] devhost: callee trapped");
}

#[test]
fn a_star_below_the_internal_domain_stands_for_the_applications_components() {
    let host = start(r#""http://*.spin.internal""#);
    assert_eq!(
        host.get("/caller/fetch?http://callee.spin.internal/hello")
            .ok(),
        "hello"
    );
    assert_eq!(
        host.get("/caller/fetch?http://nobody.spin.internal/").body,
        "ErrorCode::HttpRequestDenied"
    );
}

#[test]
fn an_unknown_component_that_a_variable_names_ends_the_callers_instance() {
    let host = start(r#""{{ unknown }}""#);
    let answer = host.get("/caller/fetch?http://nobody.spin.internal/");
    assert_eq!((answer.status, answer.body.as_str()), (500, ""));
    host.wait_for_note("] devhost: trap: ");
    assert_eq!(host.get("/caller/hello").ok(), "hello");
}

#[test]
fn only_allowed_hosts_are_reached() {
    let host = start(r#""http://127.0.0.1:1""#);
    for url in [
        "http://callee.spin.internal/hello",
        "http://127.0.0.1:2/",
        "https://127.0.0.1:1/",
        "http://localhost:1/",
    ] {
        assert_eq!(
            host.get(&format!("/caller/fetch?{url}")).body,
            "ErrorCode::HttpRequestDenied",
            "{url}"
        );
    }
    let line = host.wait_for_note("127.0.0.1:2");
    assert!(
        is_spin() || (line.starts_with("[caller] ") && line.contains("allowed_outbound_hosts")),
        "{line}"
    );
    assert_eq!(
        host.get("/caller/fetch?http://127.0.0.1:1/").body,
        "ErrorCode::ConnectionRefused"
    );
}

#[test]
fn the_host_of_a_component_is_no_route_for_a_client() {
    let host = start("");
    assert_eq!(host.get("/caller/hello").ok(), "hello");
    let answer = exchange(
        host.address(),
        b"GET /hello HTTP/1.1\r\nhost: callee.spin.internal\r\nconnection: close\r\n\r\n",
    );
    assert!(answer.starts_with(b"HTTP/1.1 404 "), "{answer:?}");
}

#[test]
fn connections_to_servers_are_used_again() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = server.local_addr().unwrap();
    let host = start(&format!("\"http://{address}\""));
    // Answers two requests on one connection, then closes it, and answers a third on another.
    let server = std::thread::spawn(move || {
        for requests in [2, 1] {
            let (mut stream, _) = server.accept().unwrap();
            for number in 1..=requests {
                let request = ReceivedRequest::read(&mut stream).unwrap().unwrap();
                assert_eq!(request.method_and_path(), ("GET", "/path"));
                assert_eq!(request.header("host"), Some(&*address.to_string()));
                respond(&mut stream, 200, &number.to_string()).unwrap();
            }
        }
    });
    for number in ["1", "2", "1"] {
        assert_eq!(
            host.get(&format!("/caller/fetch?http://{address}/path"))
                .ok(),
            number
        );
        // The connection goes back when its answer has been read, which the host may notice a moment later.
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    server.join().unwrap();
}

// Elsewhere no variable names the system's authorities.
#[cfg(target_os = "linux")]
#[test]
fn a_servers_certificate_is_verified_with_the_systems_authorities() {
    let server = Certified::new("localhost");
    let address = encrypted::start(server.config);
    let url = format!("https://localhost:{}", address.port());
    let fetch = |authority: &str| {
        let file = AuthorityFile::new(authority);
        let host = Host::start_with(
            &manifest(&format!("\"{url}\"")),
            &[],
            &[("SSL_CERT_FILE", file.path().to_str().unwrap())],
        );
        host.get(&format!("/caller/fetch?{url}/path"))
    };
    assert_eq!(fetch(&server.authority).ok(), "/path");
    assert_eq!(
        fetch(&Certified::new("localhost").authority).body,
        "ErrorCode::TlsProtocolError"
    );
}
