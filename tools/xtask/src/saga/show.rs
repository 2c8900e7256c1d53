//! The journal of one saga, read from the order's database.

use std::env;

use anyhow::{Context, Result, bail};
use tokio_postgres::{Client, Config, NoTls, Row};

use super::journal::{Entry, lines};
use crate::system::{Environment, runtime};
use crate::terminal::{Paint, line, title};
use stack::workspace;

pub fn run(order: &str) -> Result<()> {
    let config = config()?;
    let (head, entries) = runtime()?.block_on(read(&config, order))?;
    title(&format!("Order {order}"));
    show_head(&head);
    line("");
    for text in lines(&entries) {
        line(&text);
    }
    line("");
    Ok(())
}

/// The order's database: that of `ZAKAZ_ORDER_DB_URL`, else the one of `.local/env`.
fn config() -> Result<Config> {
    if let Ok(url) = env::var("ZAKAZ_ORDER_DB_URL") {
        return url
            .parse()
            .context("ZAKAZ_ORDER_DB_URL is no URL of a database");
    }
    let environment = Environment::open(&workspace::local().join("env"))?;
    let found = environment.expect("order_db_host").context(
        "which database? set ZAKAZ_ORDER_DB_URL, or run `cargo xtask up` for one of this machine",
    )?;
    let (host, port) = found
        .rsplit_once(':')
        .with_context(|| format!("order_db_host is `{found}` and not host:port"))?;
    let get = |name| environment.get(name).unwrap_or("zakaz_order");
    let mut config = Config::new();
    config
        .host(host)
        .port(port.parse().context("the port of order_db_host")?)
        .dbname(get("order_db_name"))
        .user(get("order_db_user"))
        .password(environment.expect("order_db_password")?);
    Ok(config)
}

async fn read(config: &Config, order: &str) -> Result<(Row, Vec<Entry>)> {
    let connected = config.connect(NoTls).await;
    let (client, connection) = connected.context("connecting to the order's database")?;
    tokio::spawn(connection);
    let head = head(&client, order).await?;
    let statement = "
        select seq, epoch, definition, entry::text
        from saga_journal
        where order_id = $1::text::uuid
        order by seq";
    let rows = client.query(statement, &[&order]).await;
    let rows = rows.context("reading the journal")?;
    let entries = rows.iter().map(|row| Entry {
        seq: row.get(0),
        epoch: row.get(1),
        definition: row.get(2),
        entry: row.get(3),
    });
    Ok((head, entries.collect()))
}

async fn head(client: &Client, order: &str) -> Result<Row> {
    if order.len() != 36
        || !order
            .bytes()
            .all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
    {
        bail!("`{order}` is no id of an order");
    }
    let statement = "
        select o.status, s.state, s.definition, o.cancellation_code, o.cancellation_detail,
            to_char(o.created_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.MS') as placed,
            o.delivery_date::text as delivery_date,
            o.total, o.currency,
            extract(epoch from s.due_at - now())::float8 as due_in,
            coalesce(s.lease_until > now(), false) as driven
        from orders as o
        join sagas as s on s.order_id = o.id
        where o.id = $1::text::uuid";
    let found = client.query_opt(statement, &[&order]).await;
    let found = found.context("reading the order")?;
    found.with_context(|| format!("there is no order {order}"))
}

fn show_head(head: &Row) {
    let text = |name: &str| head.get::<_, Option<&str>>(name).unwrap_or("");
    let (total, currency): (i64, _) = (head.get("total"), text("currency"));
    let fact = |name: &str, value: &str| {
        line(&format!(
            "  {} {value}",
            Paint::Quiet.on(&format!("{name:9}"))
        ));
    };
    let state = text("state");
    let paint = match state {
        "COMPLETED" | "COMPENSATED" => Paint::Good,
        "STUCK" => Paint::Bad,
        _ => Paint::Accent,
    };
    let reason = match (text("cancellation_code"), text("cancellation_detail")) {
        ("", _) => String::new(),
        (code, "") => format!(" — {code}"),
        (code, detail) => format!(" — {code}, {detail}"),
    };
    fact("status", &format!("{}{reason}", text("status")));
    fact("saga", &format!("{}{}", paint.on(state), next_action(head)));
    fact(
        "version",
        &format!("definition {}", head.get::<_, i32>("definition")),
    );
    fact("placed", &format!("{} UTC", text("placed")));
    fact("delivery", text("delivery_date"));
    fact("total", &crate::demo::money(total, currency));
}

/// When the saga goes on, unless it has ended.
fn next_action(head: &Row) -> String {
    let (due_in, driven): (Option<f64>, bool) = (head.get("due_in"), head.get("driven"));
    match due_in {
        None => String::new(),
        Some(seconds) if driven => format!(", being driven; the lease ends in {seconds:.1} s"),
        Some(seconds) if seconds > 0.0 => format!(", next attempt in {seconds:.1} s"),
        Some(_) => ", due now".to_owned(),
    }
}
