//! `GET /`: a page that says what this is and where to go, until the storefront takes its place.

use axum::response::{Html, IntoResponse};
use http::header;
use service::web::language::Language;

use crate::fulfilment;

/// The page, with a `{name}` for each text.
const PAGE: &str = include_str!("home/page.html");
/// Nothing is loaded, framed or sent anywhere; the page's own style is all it needs.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'";
/// The `<name>` of each service in `/api/<name>/readyz`.
const SERVICES: [&str; 5] = ["auth", "billing", "warehouse", "delivery", "orders"];

pub async fn show(language: Language) -> impl IntoResponse {
    let headers = [
        (header::CONTENT_LANGUAGE, language.tag()),
        (header::VARY, "accept-language"),
        (header::CACHE_CONTROL, "no-cache"),
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (headers, Html(page(language)))
}

fn page(language: Language) -> String {
    let mut page = PAGE.replace("{lang}", language.tag());
    let texts = match language {
        Language::Russian => RUSSIAN,
        Language::English => ENGLISH,
    };
    for (name, text) in texts {
        page = page.replace(&format!("{{{name}}}"), text);
    }
    let cancelled = fulfilment::CANCELLED.code;
    let steps = fulfilment::statuses()
        .filter(|status| status.code != cancelled)
        .map(|status| format!("<li>{}</li>", status.label.in_language(language)));
    let health = SERVICES.map(|name| {
        let path = format!("/api/{name}/readyz");
        format!("<li><a href=\"{path}\">{path}</a></li>")
    });
    page.replace("{steps}", &steps.collect::<String>())
        .replace("{health}", &health.concat())
}

const RUSSIAN: [(&str, &str); 8] = [
    (
        "lead",
        "Исполнение заказов: оплата, резервирование товаров и курьера как одна распределённая транзакция. \
         Заказ либо готов, либо отменён с причиной, и всё сделанное отменено.",
    ),
    ("steps_title", "Путь заказа"),
    ("links_title", "Куда идти"),
    ("document", "Описание API, OpenAPI 3.1"),
    ("products", "Товары, которые можно заказать"),
    (
        "demo",
        "Полный путь заказа в терминале: успех, отказы и отмена",
    ),
    (
        "readme",
        "Запуск, проверки, устройство; по-русски — README.ru.md",
    ),
    ("health_title", "Готовность служб"),
];

const ENGLISH: [(&str, &str); 8] = [
    (
        "lead",
        "Order fulfilment: the payment, the items and the courier as one distributed transaction. An order \
         becomes ready, or is cancelled with a reason, and everything that was done is undone.",
    ),
    ("steps_title", "The way of an order"),
    ("links_title", "Where to go"),
    ("document", "The API document, OpenAPI 3.1"),
    ("products", "The products that can be ordered"),
    (
        "demo",
        "The whole way of an order in a terminal: success, refusals and a cancellation",
    ),
    ("readme", "How to run it, how to test it, where things are"),
    ("health_title", "Readiness of the services"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_filled_in() {
        for language in [Language::Russian, Language::English] {
            let page = page(language);
            let body = page.split("</style>").nth(1).unwrap();
            assert!(!body.contains('{'), "{body}");
            assert!(page.contains(&format!("lang=\"{}\"", language.tag())));
            assert!(body.contains(fulfilment::READY.label.in_language(language)));
        }
    }

    #[test]
    fn nothing_is_loaded_from_elsewhere() {
        assert!(!PAGE.contains("http") && !PAGE.contains("src="));
    }
}
