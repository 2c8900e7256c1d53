//! The trace that a request or a saga belongs to: W3C Trace Context, level 1.
//!
//! A component exports no spans, so it passes on the parent that it received: a span id of its own would be
//! missing in every trace. The host creates the spans and writes them into the headers.

use http::{HeaderMap, HeaderName};
use uuid::Uuid;

/// The header with the trace id and the parent span id, in requests and in calls.
pub const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// The header with vendor-specific entries.
pub const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// A `traceparent` of version 00: version, trace id, span id, flags.
const LENGTH: usize = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".len();
/// A longer `tracestate` is dropped. The standard asks every service to pass on this much.
const MAX_STATE_LENGTH: usize = 512;
/// The most entries that a `tracestate` may have.
const MAX_STATE_ENTRIES: usize = 32;
/// The flag of a sampled (recorded) trace.
const SAMPLED: u8 = 1;

/// A trace id, a parent span id and their flags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceContext {
    /// Always a well-formed header value of version 00.
    parent: String,
    state: Option<String>,
    sampled: bool,
}

impl TraceContext {
    /// The context of a request's headers; a new, unsampled trace if they have none or an invalid one.
    pub fn from_headers(headers: &HeaderMap) -> Self {
        let mut parents = headers.get_all(TRACEPARENT).iter();
        let parent = match (parents.next(), parents.next()) {
            (Some(parent), None) => parent.to_str().ok(),
            _ => None,
        };
        let states: Vec<_> = headers.get_all(TRACESTATE).iter().collect();
        let states: Option<Vec<&str>> = states.iter().map(|it| it.to_str().ok()).collect();
        let state = states.filter(|it| !it.is_empty()).map(|it| it.join(","));
        parent
            .and_then(|parent| Self::parse(parent, state.as_deref()))
            .unwrap_or_else(Self::new_unsampled)
    }

    /// The context of these header values; `None` when `parent` is malformed. A malformed `state` is dropped.
    pub fn parse(parent: &str, state: Option<&str>) -> Option<Self> {
        let (version, ids) = (parent.get(..2)?, parent.get(3..52)?);
        let flags = parent.get(53..LENGTH)?;
        let (trace, span) = (ids.get(..32)?, ids.get(33..)?);
        let dashes = [2, 35, 52];
        let well_formed = dashes.iter().all(|at| parent.as_bytes().get(*at) == Some(&b'-'))
            && [version, trace, span, flags].into_iter().all(is_lower_hex)
            && [trace, span].into_iter().all(|id| id.bytes().any(|byte| byte != b'0'))
            && version != "ff"
            // A newer version may append fields.
            && match parent.as_bytes().get(LENGTH) {
                None => true,
                Some(next) => version != "00" && *next == b'-',
            };
        if !well_formed {
            return None;
        }
        let bits = u8::from_str_radix(flags, 16).ok()?;
        // Of a newer version's flags only this one is defined here.
        let flags = match version {
            "00" => bits,
            _ => bits & SAMPLED,
        };
        Some(Self {
            parent: format!("00-{trace}-{span}-{flags:02x}"),
            state: state
                .filter(|state| is_valid_state(state))
                .map(str::to_owned),
            sampled: bits & SAMPLED != 0,
        })
    }

    /// A new trace that is not sampled.
    pub fn new_unsampled() -> Self {
        let trace = Uuid::new_v4().simple();
        // Never zero: the bits include the UUID's version.
        let (span, _) = Uuid::new_v4().as_u64_pair();
        Self {
            parent: format!("00-{trace}-{span:016x}-00"),
            state: None,
            sampled: false,
        }
    }

    /// The value of `traceparent`.
    pub fn parent(&self) -> &str {
        &self.parent
    }

    /// The value of `tracestate`, if any.
    pub fn state(&self) -> Option<&str> {
        self.state.as_deref()
    }

    /// The trace id: 32 hexadecimal digits.
    pub fn trace_id(&self) -> &str {
        self.parent.get(3..35).unwrap_or_default()
    }

    /// Whether this trace is recorded.
    pub const fn sampled(&self) -> bool {
        self.sampled
    }
}

fn is_lower_hex(text: &str) -> bool {
    text.bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Whether this is a list of `key=value` that must be passed on unchanged.
fn is_valid_state(state: &str) -> bool {
    let members: Vec<&str> = state
        .split(',')
        .map(|member| member.trim_matches([' ', '\t']))
        .filter(|member| !member.is_empty())
        .collect();
    state.len() <= MAX_STATE_LENGTH
        && (1..=MAX_STATE_ENTRIES).contains(&members.len())
        && members.iter().all(|member| {
            member
                .split_once('=')
                .is_some_and(|(key, value)| is_key(key) && is_value(value))
        })
}

fn is_key(key: &str) -> bool {
    let mut bytes = key.bytes();
    bytes
        .next()
        .is_some_and(|first| first.is_ascii_lowercase() || first.is_ascii_digit())
        && bytes.all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-*/@".contains(&byte)
        })
}

fn is_value(value: &str) -> bool {
    !value.is_empty()
        && value
            .bytes()
            .all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b',' | b'='))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
    const SPAN: &str = "b7ad6b7169203331";

    fn from(headers: &[(HeaderName, &str)]) -> TraceContext {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.clone(), value.parse().unwrap()));
        TraceContext::from_headers(&headers.collect())
    }

    #[test]
    fn a_valid_parent_is_kept() {
        for flags in ["00", "01", "03", "fe"] {
            let parent = format!("00-{TRACE}-{SPAN}-{flags}");
            let context = from(&[(TRACEPARENT, &parent)]);
            assert_eq!(
                (context.parent(), context.trace_id()),
                (parent.as_str(), TRACE)
            );
            assert_eq!(context.sampled(), flags == "01" || flags == "03");
        }
    }

    #[test]
    fn of_a_newer_version_the_known_fields_are_read() {
        for tail in ["", "-", "-anything at all"] {
            let parent = format!("cc-{TRACE}-{SPAN}-ff{tail}");
            let context = TraceContext::parse(&parent, None).unwrap();
            assert_eq!(context.parent(), format!("00-{TRACE}-{SPAN}-01"));
        }
        assert_eq!(
            TraceContext::parse(&format!("cc-{TRACE}-{SPAN}-01.x"), None),
            None
        );
    }

    #[test]
    fn an_invalid_parent_starts_a_new_unsampled_trace() {
        let zeros = "0".repeat(32);
        for bad in [
            String::new(),
            "-".into(),
            "ä".repeat(40),
            format!("ff-{TRACE}-{SPAN}-01"),
            format!("0-{TRACE}-{SPAN}-01"),
            format!("00-{zeros}-{SPAN}-01"),
            format!("00-{TRACE}-0000000000000000-01"),
            format!("00-{}-{SPAN}-01", TRACE.to_uppercase()),
            format!("00-{TRACE}-{SPAN}"),
            format!("00-{TRACE}-{SPAN}-1"),
            format!("00-{TRACE}-{SPAN}-01-"),
            format!("00-{TRACE}-{SPAN}-0g"),
            format!("00_{TRACE}_{SPAN}_01"),
            format!("00-{TRACE}-{SPAN}-01 "),
        ] {
            assert_eq!(TraceContext::parse(&bad, None), None, "{bad}");
        }
        let parent = format!("00-{TRACE}-{SPAN}-01");
        let two = HeaderMap::from_iter([(TRACEPARENT, parent.parse().unwrap())]);
        let mut twice = two.clone();
        twice.append(TRACEPARENT, parent.parse().unwrap());
        for headers in [HeaderMap::new(), twice] {
            let new = TraceContext::from_headers(&headers);
            assert!(!new.sampled() && new.trace_id() != TRACE);
            assert_eq!(TraceContext::parse(new.parent(), None), Some(new));
        }
    }

    #[test]
    fn a_valid_short_state_is_kept() {
        let parent = format!("00-{TRACE}-{SPAN}-01");
        let with = |state: &str| from(&[(TRACEPARENT, &parent), (TRACESTATE, state)]);
        for good in ["a=1", "vendor@sys=x y, b=;:2", "a=1,,b=2"] {
            assert_eq!(with(good).state(), Some(good));
        }
        for bad in [
            "",
            "a",
            "A=1",
            "a=",
            "=1",
            "a=b=c",
            &format!("a={}", "x".repeat(511)),
        ] {
            let context = with(bad);
            assert_eq!(
                (context.state(), context.parent()),
                (None, parent.as_str()),
                "{bad}"
            );
        }
        let many = vec!["a=1"; 33].join(",");
        assert_eq!(with(&many).state(), None);
        // Without a parent it has no meaning.
        assert_eq!(from(&[(TRACESTATE, "a=1")]).state(), None);
    }

    #[test]
    fn several_state_headers_are_joined() {
        let parent = format!("00-{TRACE}-{SPAN}-00");
        let mut headers = HeaderMap::from_iter([(TRACEPARENT, parent.parse().unwrap())]);
        headers.append(TRACESTATE, "a=1".parse().unwrap());
        headers.append(TRACESTATE, "b=2".parse().unwrap());
        assert_eq!(
            TraceContext::from_headers(&headers).state(),
            Some("a=1,b=2")
        );
    }

    proptest::proptest! {
        #[test]
        fn what_is_passed_on_is_always_well_formed(parent in "[0-9a-f-]{0,60}|.{0,60}", state in ".{0,40}") {
            if let Some(context) = TraceContext::parse(&parent, Some(&state)) {
                proptest::prop_assert_eq!(Some(context.trace_id()), parent.get(3..35));
                let again = TraceContext::parse(context.parent(), context.state());
                proptest::prop_assert_eq!(again, Some(context));
            }
        }

        #[test]
        fn every_well_formed_parent_is_read(trace in "[1-9a-f][0-9a-f]{31}", span in "[0-9a-f]{15}[1-9a-f]", flags in 0..=255_u8) {
            let parent = format!("00-{trace}-{span}-{flags:02x}");
            let context = TraceContext::parse(&parent, None).expect("well-formed");
            proptest::prop_assert_eq!(context.parent(), parent.as_str());
            proptest::prop_assert_eq!(context.sampled(), flags & 1 == 1);
        }
    }
}
