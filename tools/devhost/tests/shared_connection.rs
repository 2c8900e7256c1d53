//! Requests of one instance that need its database connection at the same time.

mod host;

use std::io::copy;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::thread;
use std::time::Duration;

use host::{APPLICATION, Answer, Host, is_spin};
use postgres_server::PostgresServer;

/// Requests that an instance serves at the same time.
const REQUESTS: usize = 16;
/// How long the database takes to accept a connection, so that all requests find none.
const SLOW_START: Duration = Duration::from_millis(500);

/// A public key for access tokens, which these requests do not have.
const KEYS: &str = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","alg":"EdDSA","use":"sig","kid":"k","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

/// The delivery component, with a database behind `port`.
fn start(server: &PostgresServer, port: u16) -> Host {
    let component = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../target/wasm32-wasip2/release/delivery.wasm");
    let administrator = url::Url::parse(&server.url()).expect("a URL");
    let variables = [
        ("auth_public_keys", KEYS),
        ("token_issuer", "zakaz"),
        ("token_audience", "zakaz"),
        ("service_secret", "0123456789abcdef0123456789abcdef"),
        ("accepted_service_secret", ""),
        ("operator_token", "0123456789abcdef0123456789abcdef"),
        ("db_host", &format!("127.0.0.1:{port}")),
        ("db_name", administrator.path().trim_start_matches('/')),
        ("db_user", administrator.username()),
        ("db_password", administrator.password().unwrap_or_default()),
        ("db_sslmode", "disable"),
        ("db_ca", ""),
    ]
    .map(|(name, value)| format!("{name} = '{value}'\n"))
    .concat();
    let manifest = format!(
        "{APPLICATION}[[trigger.http]]\nroute = \"/...\"\ncomponent = \"delivery\"\n\
         [component.delivery]\nsource = '{}'\n\
         allowed_outbound_hosts = [\"postgres://127.0.0.1:{port}\"]\n\
         [component.delivery.variables]\n{variables}",
        component.display()
    );
    Host::start(&manifest, &[])
}

/// A port that passes each connection on to the server after a while.
fn slow_front(server: u16) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("its address").port();
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            thread::spawn(move || pass_on(client, server));
        }
    });
    port
}

fn pass_on(mut client: TcpStream, server: u16) -> std::io::Result<u64> {
    thread::sleep(SLOW_START);
    let mut server = TcpStream::connect(("127.0.0.1", server))?;
    let (mut answers, mut back) = (server.try_clone()?, client.try_clone()?);
    thread::spawn(move || copy(&mut answers, &mut back));
    copy(&mut client, &mut server)
}

#[test]
fn all_are_answered() {
    let server = PostgresServer::temporary().expect("starting PostgreSQL");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(&server.url(), tokio_postgres::NoTls)
            .await
            .expect("connecting");
        tokio::spawn(connection);
        client
            .batch_execute(
                "create table _sqlx_migrations (version bigint, success bool);
                 insert into _sqlx_migrations values (9999, true)",
            )
            .await
            .expect("a newest migration");
    });
    let host = start(&server, slow_front(server.port()));
    // Starts the instance, without its connection.
    host.get("/api/delivery/healthz").ok();
    let answers: Vec<Answer> = thread::scope(|scope| {
        let requests: Vec<_> = (0..REQUESTS)
            .map(|_| scope.spawn(|| host.get("/api/delivery/readyz")))
            .collect();
        let answers = requests.into_iter().map(|request| request.join());
        answers.map(|answer| answer.expect("an answer")).collect()
    });
    for answer in answers {
        assert_eq!(answer.ok(), "ready\n");
    }
    let trapped = if is_spin() {
        "worker failed: "
    } else {
        "devhost: trap: "
    };
    let printed = host.output.text();
    assert!(!printed.contains(trapped), "{printed}");
}
