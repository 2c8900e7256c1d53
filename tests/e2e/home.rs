//! The page at `/`.

use harness::{environment::Environment, raw_http, system::System};

#[tokio::test]
async fn a_browser_gets_a_page_in_its_language() {
    let system = System::connect();
    for (wanted, language, text) in [
        (None, "ru", "Путь заказа"),
        (Some("en-GB,en;q=0.9,ru;q=0.5"), "en", "The way of an order"),
        (Some("ru"), "ru", "Путь заказа"),
    ] {
        let call = system.client.get("/");
        let call = match wanted {
            Some(wanted) => call.header("accept-language", wanted),
            None => call,
        };
        let answer = call.send().await.status(200);
        assert_eq!(
            answer.header("content-type"),
            Some("text/html; charset=utf-8")
        );
        assert_eq!(answer.header("content-language"), Some(language));
        assert_eq!(answer.header("vary"), Some("accept-language"));
        let length = answer.text().len().to_string();
        assert_eq!(answer.header("content-length"), Some(length.as_str()));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        let policy = answer.header("content-security-policy").unwrap_or_default();
        assert!(policy.starts_with("default-src 'none';"), "{policy}");
        assert!(answer.text().contains(text), "{}", answer.text());
    }
}

#[tokio::test]
async fn its_links_lead_somewhere() {
    let system = System::connect();
    let page = system.client.get("/").send().await.status(200);
    let links: Vec<&str> = page.text().split("href=\"").skip(1).collect();
    assert!(links.len() >= 7, "{links:?}");
    for link in links {
        let path = link.split('"').next().unwrap_or_default();
        system.client.get(path).send().await.status(200);
    }
}

#[tokio::test]
async fn other_paths_stay_unknown() {
    let system = System::connect();
    system
        .client
        .get("/api/nothing")
        .send()
        .await
        .problem(404, "NOT_FOUND");
    // No component has this path, so the host answers: without a problem, without a request id.
    let address = Environment::get()
        .base_url
        .trim_start_matches("http://")
        .to_owned();
    let outside = tokio::task::spawn_blocking(move || {
        raw_http::request(&address, "GET", "/index.html", &[], "")
    });
    assert_eq!(outside.await.expect("an answer").status, 404);
}
