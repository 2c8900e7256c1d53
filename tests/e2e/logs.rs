//! Log lines: one per request and one per transition of a saga, and no secrets.

use std::{fs, time::Duration};

use harness::{
    client::Client, environment::required, eventually::eventually, host_log::HostLog,
    purchase::Purchase, require, system::System, tokens, unique,
};
use serde_json::{Value, json};

/// The host's output is written to its file with a delay.
const PATIENCE: Duration = Duration::from_secs(10);

/// The lines that match, once there are `count` of them.
async fn lines(count: usize, is: impl Fn(&Value) -> bool) -> Vec<Value> {
    eventually("the lines come", PATIENCE, || async {
        let lines = HostLog::read().expect("read before").lines();
        let found: Vec<Value> = lines.into_iter().filter(|line| is(line)).collect();
        if found.len() >= count {
            Ok(found)
        } else {
            Err(format!("{found:#?}"))
        }
    })
    .await
}

#[tokio::test]
async fn each_request_has_one_line() {
    let system = System::connect();
    require!(HostLog::read());
    let customer = system.customer();
    let other = unique::id();
    for (path, status, shown) in [
        (
            "/api/orders/healthz".to_owned(),
            200,
            "/api/orders/healthz".to_owned(),
        ),
        (
            format!("/api/orders/{other}?secret=x"),
            404,
            format!("/api/orders/{other}"),
        ),
        (
            "/api/orders/anna".to_owned(),
            404,
            "/api/orders/{order_id}".to_owned(),
        ),
        (
            "/api/billing/wallet?q=x".to_owned(),
            200,
            "/api/billing/wallet".to_owned(),
        ),
        ("/api/nothing/of/ours".to_owned(), 404, "*".to_owned()),
    ] {
        let id = unique::name("line");
        customer
            .get(&path)
            .header("x-request-id", &id)
            .send()
            .await
            .status(status);
        let found = lines(1, |line| line["requestId"] == id).await;
        assert_eq!(found.len(), 1, "{found:#?}");
        let line = &found[0];
        assert_eq!(
            (
                &line["message"],
                &line["method"],
                &line["path"],
                &line["status"]
            ),
            (
                &json!("request"),
                &json!("GET"),
                &json!(shown),
                &json!(status)
            )
        );
        let order = path.contains(&other.to_string()).then(|| other.to_string());
        assert_eq!(line["orderId"].as_str(), order.as_deref());
    }
}

#[tokio::test]
async fn each_transition_has_one_line() {
    let system = System::connect();
    require!(HostLog::read());
    let purchase = Purchase::affordable(&system).await;
    let order = purchase.place_and_wait().await;
    purchase.customer.cancel(order.id).await.status(200);
    purchase.customer.wait_for_end(order.id).await;
    let journal = harness::databases::Database::open(harness::databases::Service::Order).await;
    let sql = "select seq, epoch, entry ->> 'type' as kind from saga_journal where order_id = $1 order by seq";
    let rows = journal.rows(sql, &[&order.id]).await;
    let of_order =
        |line: &Value| line["message"] == "saga" && line["orderId"] == order.id.to_string();
    let logged = lines(rows.len(), of_order).await;
    assert_eq!(logged.len(), rows.len());
    for row in rows {
        let (seq, epoch): (i32, i64) = (row.get("seq"), row.get("epoch"));
        let line = logged
            .iter()
            .find(|line| line["seq"] == seq)
            .expect("a line of each entry");
        assert_eq!(
            (&line["epoch"], &line["transition"]),
            (&json!(epoch), &json!(row.get::<_, String>("kind")))
        );
    }
}

#[tokio::test]
async fn no_secret_is_printed() {
    let system = System::connect();
    require!(HostLog::read());
    let secrets = everything_secret(&system).await;
    // When the line of the last request is there, those of all are.
    let id = unique::name("last");
    system
        .client
        .get("/api/auth/healthz")
        .header("x-request-id", &id)
        .send()
        .await
        .status(200);
    lines(1, |line| line["requestId"] == id).await;
    let log = HostLog::read().expect("read before");
    for secret in secrets {
        assert!(!log.text().contains(&secret), "the log has {secret:?}");
    }
}

/// Sends secrets wherever a client can put them, and returns them.
async fn everything_secret(system: &System) -> Vec<String> {
    let client = Client::from_another_address().unwrap_or_else(|_| Client::new());
    let (email, password, wrong) = (
        unique::email(),
        unique::name("password"),
        unique::name("wrong"),
    );
    let post = |path: &str, body: Value| client.post(path).json(&body).send();
    post(
        "/api/auth/register",
        json!({"email": email, "password": password, "name": "Anna"}),
    )
    .await
    .status(201);
    post(
        "/api/auth/register",
        json!({"email": email, "password": password}),
    )
    .await
    .status(409);
    post(
        "/api/auth/login",
        json!({"email": email, "password": wrong}),
    )
    .await
    .status(401);
    let unknown = unique::email();
    post(
        "/api/auth/login",
        json!({"email": unknown, "password": wrong}),
    )
    .await
    .status(401);
    let pair = post(
        "/api/auth/login",
        json!({"email": email, "password": password}),
    )
    .await
    .expect(200);
    let text = |pair: &Value, name: &str| pair[name].as_str().expect("a token").to_owned();
    let (access, refresh) = (text(&pair, "accessToken"), text(&pair, "refreshToken"));
    let second = post("/api/auth/refresh", json!({"refreshToken": refresh}))
        .await
        .expect(200);
    // A used token ends its session, which is logged.
    post("/api/auth/refresh", json!({"refreshToken": refresh}))
        .await
        .status(401);
    let refreshed = text(&second, "refreshToken");
    post("/api/auth/logout", json!({"refreshToken": refreshed}))
        .await
        .status(204);
    client
        .get("/api/auth/me")
        .bearer(&access)
        .send()
        .await
        .status(200);

    let forged = format!("{access}forged");
    client
        .get("/api/auth/me")
        .bearer(&forged)
        .send()
        .await
        .status(401);
    let service = tokens::service("order", "billing");
    for (path, token) in [
        ("/api/orders", &service),
        ("/internal/orders/metrics", &access),
        ("/internal/billing/metrics", &forged),
    ] {
        client.get(path).bearer(token).send().await;
    }
    client
        .get("/internal/orders/metrics")
        .bearer(system.operator_token())
        .send()
        .await
        .status(200);
    system.admin().await.courier().await;
    // In a path, a query, a header and an invalid body.
    let key = unique::name("key");
    client
        .get(format!("/api/orders/{email}"))
        .bearer(&access)
        .send()
        .await
        .status(404);
    client
        .get(format!("/api/{password}"))
        .bearer(&access)
        .send()
        .await
        .status(404);
    client
        .get(format!("/api/orders?cursor={refresh}"))
        .bearer(&access)
        .send()
        .await;
    let odd = client
        .post("/api/orders")
        .bearer(&access)
        .key(&key)
        .header("x-request-id", &email);
    odd.json(&json!({"items": email, "deliveryDate": password}))
        .send()
        .await
        .status(422);
    post(
        "/api/auth/login",
        json!({"email": email, "password": [password]}),
    )
    .await
    .status(422);

    let mut secrets = vec![
        email, password, wrong, unknown, access, refresh, refreshed, forged, service, key,
    ];
    let variables = fs::read_to_string(required("ZAKAZ_ENV_FILE")).expect("the variables");
    for line in variables.lines() {
        let Some((name, value)) = line.split_once('=') else {
            continue;
        };
        let secret = ["SECRET", "TOKEN", "PASSWORD", "EMAIL", "PRIVATE"];
        let usual = ["TOKEN_ISSUER", "TOKEN_AUDIENCE"]
            .iter()
            .any(|it| name.ends_with(it));
        if secret.iter().any(|it| name.contains(it)) && !usual {
            let value = value.trim_matches(['"', '\'']);
            secrets.extend(
                value
                    .split("\\n")
                    .filter(|it| it.len() > 5)
                    .map(str::to_owned),
            );
        }
    }
    assert!(secrets.len() > 17, "the secrets of the variables are there");
    secrets
}
