//! Requests of components: to each other, to servers, and to where they may not.

mod host;

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use host::{APPLICATION, Host};

fn start(hosts: &str) -> Host {
    Host::start(
        &format!(
            r#"{APPLICATION}
[[trigger.http]]
route = "/caller/..."
component = "caller"
[[trigger.http]]
route = {{ private = true }}
component = "callee"
[variables]
peer = {{ default = "http://callee.spin.internal" }}
[component.caller]
source = "GUEST"
allowed_outbound_hosts = [{hosts}]
[component.callee]
source = "GUEST"
"#
        ),
        &[],
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
    let told = host
        .get("/caller/fetch?http://callee.spin.internal/some/echo?x")
        .json();
    let headers = told["headers"].to_string();
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
    host.output.wait_for("[callee] devhost: callee trapped");
    let answer = host.get("/caller/fetch?http://nobody.spin.internal/");
    assert!(
        answer.body.contains("no component") && answer.body.contains("nobody"),
        "{answer:?}"
    );
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
    let line = host.output.wait_for("127.0.0.1:2");
    assert!(
        line.starts_with("[caller] ") && line.contains("allowed_outbound_hosts"),
        "{line}"
    );
    assert_eq!(
        host.get("/caller/fetch?http://127.0.0.1:1/").body,
        "ErrorCode::ConnectionRefused"
    );
}

#[test]
fn a_client_cannot_pose_as_a_component() {
    let host = start("");
    let answer = host.request("GET", "/caller/hello", &[], "");
    assert_eq!(answer.ok(), "hello");
    let mut stream = std::net::TcpStream::connect(host.address()).unwrap();
    stream
        .write_all(
            b"GET /hello HTTP/1.1\r\nhost: callee.spin.internal\r\nconnection: close\r\n\r\n",
        )
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
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
                let mut request = Vec::new();
                while !request.ends_with(b"\r\n\r\n") {
                    let mut byte = [0];
                    stream.read_exact(&mut byte).unwrap();
                    request.push(byte[0]);
                }
                let request = String::from_utf8(request).unwrap();
                assert!(request.starts_with("GET /path HTTP/1.1\r\n"), "{request}");
                assert!(
                    request.contains(&format!("host: {address}\r\n")),
                    "{request}"
                );
                let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n{number}");
                stream.write_all(answer.as_bytes()).unwrap();
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
