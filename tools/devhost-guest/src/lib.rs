//! A component for the host's tests: each path uses one thing that a host provides.

mod answer;
mod broker;
mod database;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode};
use http_body_util::{BodyExt as _, Full};
use serde_json::json;
use spin_sdk::http::{Error, Request, send};
use spin_sdk::http_service;
use spin_sdk::time::sleep;

use answer::{Answer, text};

/// Requests that this instance has served.
static SERVED: AtomicUsize = AtomicUsize::new(0);

#[http_service]
async fn handle(request: Request) -> Answer {
    let served = SERVED.fetch_add(1, Ordering::Relaxed) + 1;
    let path = request.uri().path().to_owned();
    let query = request.uri().query().unwrap_or_default().to_owned();
    let action = path.rsplit('/').next().unwrap_or_default();
    match action {
        "hello" => text(StatusCode::OK, "hello"),
        "echo" => echo(request).await,
        "count" => text(StatusCode::OK, served.to_string()),
        "slow" => {
            sleep(Duration::from_millis(query.parse().unwrap_or(0))).await;
            text(StatusCode::OK, served.to_string())
        }
        "trap" => {
            println!("about to trap");
            std::process::abort()
        }
        "error" => Err(Error::other("no answer on purpose")),
        "print" => {
            print!("one line in ");
            println!("two parts");
            eprint!("an error\nrest without a newline");
            text(StatusCode::OK, "")
        }
        "spawn" => {
            spin_sdk::wasip3::spawn(async {
                sleep(Duration::from_millis(1500)).await;
                println!("work after the answer is done");
            });
            text(StatusCode::OK, "")
        }
        "spawn-trap" => {
            spin_sdk::wasip3::spawn(async {
                sleep(Duration::from_millis(200)).await;
                std::process::abort();
            });
            text(StatusCode::OK, "")
        }
        "fetch" => fetch(&query, request.headers().get("traceparent")).await,
        "variable" => match spin_sdk::variables::get(&query).await {
            Ok(value) => text(StatusCode::OK, value),
            Err(error) => text(StatusCode::NOT_FOUND, format!("{error:?}")),
        },
        "environment" => text(StatusCode::OK, std::env::var(&query).unwrap_or_default()),
        "file" => text(
            StatusCode::OK,
            format!("{:?}", std::fs::read("/etc/hostname")),
        ),
        "publish" => broker::run(request).await,
        "statement" => database::run(request).await,
        _ => text(StatusCode::NOT_FOUND, "no such action"),
    }
}

/// Answers with the request as the component sees it.
async fn echo(request: Request) -> Answer {
    let (parts, body) = request.into_parts();
    let headers: Vec<_> = parts
        .headers
        .iter()
        .map(|(name, value)| json!([name.as_str(), String::from_utf8_lossy(value.as_bytes())]))
        .collect();
    let body = body.collect().await?.to_bytes();
    let seen = json!({
        "method": parts.method.as_str(),
        "uri": parts.uri.to_string(),
        "headers": headers,
        "body": String::from_utf8_lossy(&body),
    });
    text(StatusCode::OK, seen.to_string())
}

/// Gets a URL, in the trace of the request, and answers with its response.
async fn fetch(url: &str, traceparent: Option<&HeaderValue>) -> Answer {
    let mut request = http::Request::get(url).body(Full::<Bytes>::default())?;
    let headers = request.headers_mut();
    headers.extend(traceparent.map(|it| (HeaderName::from_static("traceparent"), it.clone())));
    match send(request).await {
        Ok(response) => {
            let status = response.status();
            match response.into_body().collect().await {
                Ok(body) => text(status, String::from_utf8_lossy(&body.to_bytes())),
                Err(error) => text(StatusCode::BAD_GATEWAY, format!("body: {error:?}")),
            }
        }
        Err(error) => text(StatusCode::BAD_GATEWAY, format!("{error:?}")),
    }
}
