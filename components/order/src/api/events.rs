//! `GET /api/orders/{id}/events`.

use axum::{
    Json,
    body::Body,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header};
use serde::Serialize;
use service::{
    Problem,
    identity::caller::User,
    web::{language::Language, path::PathId, problem::ProblemDocument},
};
use utoipa::ToSchema;

use super::event_stream::OrderSubscription;
use crate::{domain::TimelineEntry, driver::claim_and_drive, state::Orders, store::orders};

/// The whole timeline.
#[derive(Serialize, ToSchema)]
pub struct Timeline {
    pub items: Vec<TimelineEntry>,
}

/// Follow an order
///
/// As server-sent events when they are asked for: `status` for each entry of the timeline, with its
/// `seq` as the id, and `saga` with the saga whenever it changes. The stream ends after the saga does, or
/// after 5 minutes; come back with `Last-Event-ID`. Otherwise the timeline as it stands.
#[utoipa::path(
    get,
    path = "/api/orders/{id}/events",
    tag = "orders",
    operation_id = "followOrder",
    security(("accessToken" = [])),
    params(
        ("id" = uuid::Uuid, Path, description = "The order's id."),
        ("Last-Event-ID" = Option<String>, Header, example = "2",
            description = "The `seq` of the last entry that the client has; any other value counts as none."),
        ("Accept-Language" = Option<String>, Header, example = "en",
            description = "`ru` (default) or `en`: the language of labels and messages."),
    ),
    responses(
        (status = 200, description = "The timeline, or a stream of events.",
            content((Timeline = "application/json"), (String = "text/event-stream"))),
        (status = 204, description = "The saga has ended, and nothing is left after `Last-Event-ID`."),
        (status = 404, description = "There is no such order of yours.",
            body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn events(
    user: User,
    PathId(id): PathId,
    State(state): State<Orders>,
    language: Language,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let order = orders::read(state.service.database(), user.id, id).await?;
    let order = order.ok_or_else(Problem::not_found)?;
    if order.due {
        claim_and_drive(&state, id);
    }
    if !wants_stream(&headers) {
        let items = order.timeline(language);
        return Ok(([language.header()], Json(Timeline { items })).into_response());
    }
    let newest = order.timeline.last().map_or(0, |entry| entry.seq);
    let last_seq = last_event_id(&headers, newest);
    if order.has_ended() && last_seq == Some(newest) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let subscription = OrderSubscription {
        orders: state,
        user: user.id,
        order_id: id,
        language,
        last_seq: last_seq.unwrap_or(0),
    };
    let stream_headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_LANGUAGE, language.tag()),
    ];
    let body = Body::from_stream(subscription.events(order));
    Ok((stream_headers, body).into_response())
}

fn wants_stream(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT).iter();
    values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|range| {
            let mut parts = range.split(';').map(str::trim);
            parts
                .next()
                .is_some_and(|media_type| media_type.eq_ignore_ascii_case("text/event-stream"))
                && !parts.any(refuses)
        })
}

/// Whether a parameter of a media range is a weight of zero: such a type is not to be sent.
fn refuses(parameter: &str) -> bool {
    let weight = parameter
        .split_once('=')
        .filter(|(name, _)| name.trim_end().eq_ignore_ascii_case("q"));
    weight.is_some_and(|(_, value)| value.trim().parse::<f32>() == Ok(0.0))
}

/// The id that the client sends; one that is not the `seq` of an entry is passed over.
fn last_event_id(headers: &HeaderMap, newest: i32) -> Option<i32> {
    let value = headers.get("last-event-id")?.to_str().ok()?;
    let seq = value.trim().parse().ok()?;
    (1..=newest).contains(&seq).then_some(seq)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_sent_when_it_is_asked_for() {
        for (accept, expected) in [
            ("text/event-stream", true),
            ("application/json, Text/Event-Stream;q=0.5", true),
            ("text/event-stream; q=0.0", false),
            ("application/json, text/event-stream;q=0", false),
            ("*/*", false),
            ("text/*", false),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT, accept.parse().unwrap())]);
            assert_eq!(wants_stream(&headers), expected, "{accept}");
        }
        assert!(!wants_stream(&HeaderMap::new()));
    }

    #[test]
    fn the_last_event_is_one_that_there_is() {
        let of = |value: &str| {
            let name = http::HeaderName::from_static("last-event-id");
            last_event_id(&HeaderMap::from_iter([(name, value.parse().unwrap())]), 3)
        };
        assert_eq!(of("1"), Some(1));
        assert_eq!(of(" 3 "), Some(3));
        for other in ["0", "-1", "4", "99999999999", "x", ""] {
            assert_eq!(of(other), None, "{other}");
        }
    }
}
