//! Requests of clients: routes, headers, answers, failures.

mod host;

use harness::raw_http::{connect, exchange};
use harness::require;
use host::{APPLICATION, Host, is_spin, only_devhost};

fn manifest() -> String {
    format!(
        r#"{APPLICATION}
[[trigger.http]]
route = "/api/..."
component = "one"
[[trigger.http]]
route = "/api/exact/hello"
component = "two"
[[trigger.http]]
route = {{ private = true }}
component = "hidden"

[variables]
given = {{ required = true, secret = true }}
defaulted = {{ default = "default" }}

[component.one]
source = "GUEST"
environment = {{ PLACE = "manifest" }}
[component.one.variables]
own = "<{{{{ given }}}}|{{{{ defaulted }}}}>"
[component.two]
source = "GUEST"
[component.hidden]
source = "GUEST"
"#
    )
}

fn host() -> Host {
    Host::start_with(
        &manifest(),
        &["--env", "EXTRA=command line"],
        &[("SPIN_VARIABLE_GIVEN", "value")],
    )
}

#[test]
fn a_request_reaches_the_component_of_its_route_with_its_headers() {
    let host = host();
    assert_eq!(host.get("/api/hello").ok(), "hello");
    assert_eq!(host.get("/api/exact/hello").ok(), "hello");

    let seen = host
        .request(
            "PUT",
            "/api/echo?a=b",
            &[
                ("x-own", "yes"),
                ("spin-client-addr", "1.2.3.4:5"),
                ("keep-alive", "timeout=5"),
                ("proxy-authorization", "Basic eA=="),
                ("upgrade", "h2c"),
                ("te", "trailers"),
            ],
            "body",
        )
        .json();
    assert_eq!(seen["method"], "PUT");
    assert_eq!(seen["body"], "body");
    assert_eq!(
        seen["uri"],
        format!("http://{}/api/echo?a=b", host.address())
    );
    let headers = |name: &str| -> Vec<String> {
        let all = seen["headers"].as_array().unwrap().iter();
        all.filter(|pair| pair[0] == name)
            .map(|pair| pair[1].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(headers("x-own"), ["yes"]);
    // Headers that a component may not send reach it all the same, except `connection`.
    assert_eq!(headers("host"), [host.address()]);
    assert_eq!(headers("keep-alive"), ["timeout=5"]);
    assert_eq!(headers("proxy-authorization"), ["Basic eA=="]);
    assert_eq!(headers("upgrade"), ["h2c"]);
    assert_eq!(headers("te"), ["trailers"]);
    assert_eq!(headers("connection"), [""; 0]);
    assert_eq!(headers("spin-path-info"), ["/echo"]);
    assert_eq!(
        headers("spin-full-url"),
        [format!("http://{}/api/echo?a=b", host.address())]
    );
    assert_eq!(headers("spin-matched-route"), ["/api/..."]);
    assert_eq!(headers("spin-component-route"), ["/api"]);
    // The client's own comes first: a component takes the last.
    let clients = headers("spin-client-addr");
    assert_eq!(clients[0], "1.2.3.4:5");
    assert!(clients[1].starts_with("127.0.0.1:"), "{clients:?}");
}

#[test]
fn a_path_without_a_route_is_404_with_an_empty_body() {
    let host = host();
    for path in ["/", "/other", "/apis", "/.well-known/spin/other", "/hidden"] {
        let answer = host.get(path);
        assert_eq!((answer.status, answer.body.as_str()), (404, ""), "{path}");
        assert_eq!(answer.header("content-length"), Some("0"), "{path}");
    }
    assert_eq!(host.get("/.well-known/spin/health").ok(), "OK");
    let info = host.get("/.well-known/spin/info").json();
    assert_eq!(
        (&info["name"], &info["version"]),
        (&"test".into(), &"1.2.3".into())
    );
}

#[test]
fn a_component_that_fails_is_500_with_an_empty_body_and_a_line_with_its_name() {
    let host = host();
    for (path, line) in [
        ("/api/trap", "trapped"),
        ("/api/error", "no answer on purpose"),
    ] {
        let answer = host.get(path);
        assert_eq!((answer.status, answer.body.as_str()), (500, ""), "{path}");
        let line = host.wait_for_note(line);
        assert!(
            is_spin()
                || (line.starts_with("[one] devhost: ") && line.contains("the component's fault")),
            "{line}"
        );
    }
    host.output
        .wait_for("wasm trap: wasm `unreachable` instruction executed");
    assert_eq!(host.get("/api/hello").ok(), "hello");
}

#[test]
fn a_header_that_is_no_utf8_does_not_reach_a_component() {
    let host = host();
    let answer = exchange(
        host.address(),
        b"GET /api/echo HTTP/1.1\r\nhost: a\r\nx-odd: \xff\r\nconnection: close\r\n\r\n",
    );
    assert!(answer.starts_with(b"HTTP/1.1 500 "), "{answer:?}");
    host.wait_for_note("x-odd is not UTF-8");
}

#[test]
fn a_component_sees_its_variables_its_environment_and_nothing_else() {
    let host = host();
    assert_eq!(host.get("/api/variable?own").ok(), "<value|default>");
    assert!(
        host.get("/api/variable?given")
            .body
            .starts_with("Error::Undefined(")
    );
    assert!(
        host.get("/api/variable?Own")
            .body
            .starts_with("Error::InvalidName(")
    );
    assert_eq!(host.get("/api/environment?PLACE").ok(), "manifest");
    assert_eq!(host.get("/api/environment?EXTRA").ok(), "command line");
    assert_eq!(host.get("/api/environment?PATH").ok(), "");
    assert!(host.get("/api/file").ok().starts_with("Err("));
}

#[test]
fn lines_of_a_component_are_whole_and_have_its_name() {
    require!(only_devhost(
        "which part of a line has the component's name"
    ));
    let host = host();
    host.get("/api/print").ok();
    assert_eq!(
        host.output.wait_for("one line"),
        "[one] one line in two parts"
    );
    assert_eq!(host.output.wait_for("an error"), "[one] an error");
    // It has no newline: it is shown when the instance ends.
    assert_eq!(host.output.wait_for("rest"), "[one] rest without a newline");
}

#[test]
fn both_versions_of_http_are_spoken() {
    use std::io::{Read as _, Write as _};
    let host = host();
    let mut stream = connect(host.address());
    // The preface of HTTP/2 and an empty SETTINGS frame; the server's own SETTINGS (type 4) is its answer.
    stream
        .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0")
        .unwrap();
    let mut frame = [0; 9];
    stream.read_exact(&mut frame).unwrap();
    assert_eq!(frame[3], 4);
}
