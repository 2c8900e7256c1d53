//! The trace that a request or a saga belongs to: W3C Trace Context, level 1.
//!
//! A component exports no spans, so it hands on the parent that it was given: a span that it made up
//! would be missing in every trace. The host makes the spans, and puts its own into the headers.

use http::{HeaderMap, HeaderName};
use uuid::Uuid;

/// The header that names the trace and the span above, both ways.
pub const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// The header with what vendors add to it.
pub const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// A `traceparent` of version 00: version, trace id, span id, flags.
const LENGTH: usize = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".len();
/// A longer `tracestate` is left out: every service must hand on this much.
const LONGEST_STATE: usize = 512;
/// The entries that a `tracestate` may have.
const MOST_MEMBERS: usize = 32;
/// The flag of a trace that is recorded.
const SAMPLED: u8 = 1;

/// Which trace something belongs to, and the span above it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceContext {
    /// Always a well-formed header value of version 00.
    parent: String,
    state: Option<String>,
    sampled: bool,
}

impl TraceContext {
    /// What a request's headers say; a new trace that nobody records when they say nothing, or
    /// something that must not be believed.
    pub fn of(headers: &HeaderMap) -> Self {
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
            .unwrap_or_else(Self::fresh)
    }

    /// The context that these header values say; `None` when `parent` is not well-formed. A `state`
    /// that is not is left out.
    pub fn parse(parent: &str, state: Option<&str>) -> Option<Self> {
        let (version, ids) = (parent.get(..2)?, parent.get(3..52)?);
        let flags = parent.get(53..LENGTH)?;
        let (trace, span) = (ids.get(..32)?, ids.get(33..)?);
        let dashes = [2, 35, 52];
        let well_formed = dashes.iter().all(|at| parent.as_bytes().get(*at) == Some(&b'-'))
            && [version, trace, span, flags].into_iter().all(is_lower_hex)
            && [trace, span].into_iter().all(|id| id.bytes().any(|byte| byte != b'0'))
            && version != "ff"
            // A newer version may say more behind what this one knows.
            && match parent.as_bytes().get(LENGTH) {
                None => true,
                Some(next) => version != "00" && *next == b'-',
            };
        if !well_formed {
            return None;
        }
        let bits = u8::from_str_radix(flags, 16).ok()?;
        // What the flags of a newer version mean is known of this one only.
        let flags = match version {
            "00" => bits,
            _ => bits & SAMPLED,
        };
        Some(Self {
            parent: format!("00-{trace}-{span}-{flags:02x}"),
            state: state.filter(|state| is_state(state)).map(str::to_owned),
            sampled: bits & SAMPLED != 0,
        })
    }

    /// A trace of its own, which nobody records.
    pub fn fresh() -> Self {
        let trace = Uuid::new_v4().simple();
        // Never zero: a version is among the bits.
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

    /// The value of `tracestate`, if there is one.
    pub fn state(&self) -> Option<&str> {
        self.state.as_deref()
    }

    /// 32 hexadecimal digits.
    pub fn trace_id(&self) -> &str {
        self.parent.get(3..35).unwrap_or_default()
    }

    /// Somebody records this trace.
    pub const fn sampled(&self) -> bool {
        self.sampled
    }
}

fn is_lower_hex(text: &str) -> bool {
    text.bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// A list of `key=value` that every service must hand on as it is.
fn is_state(state: &str) -> bool {
    let members: Vec<&str> = state
        .split(',')
        .map(|member| member.trim_matches([' ', '\t']))
        .filter(|member| !member.is_empty())
        .collect();
    state.len() <= LONGEST_STATE
        && (1..=MOST_MEMBERS).contains(&members.len())
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

    fn of(headers: &[(HeaderName, &str)]) -> TraceContext {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.clone(), value.parse().unwrap()));
        TraceContext::of(&headers.collect())
    }

    #[test]
    fn a_good_parent_is_kept() {
        for flags in ["00", "01", "03", "fe"] {
            let parent = format!("00-{TRACE}-{SPAN}-{flags}");
            let context = of(&[(TRACEPARENT, &parent)]);
            assert_eq!(
                (context.parent(), context.trace_id()),
                (parent.as_str(), TRACE)
            );
            assert_eq!(context.sampled(), flags == "01" || flags == "03");
        }
    }

    #[test]
    fn a_newer_version_is_read_by_what_is_known_of_it() {
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
    fn a_bad_parent_makes_a_new_trace_that_is_not_recorded() {
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
            let fresh = TraceContext::of(&headers);
            assert!(!fresh.sampled() && fresh.trace_id() != TRACE);
            assert_eq!(TraceContext::parse(fresh.parent(), None), Some(fresh));
        }
    }

    #[test]
    fn a_state_goes_along_when_it_is_one_and_short() {
        let parent = format!("00-{TRACE}-{SPAN}-01");
        let with = |state: &str| of(&[(TRACEPARENT, &parent), (TRACESTATE, state)]);
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
        // It says nothing without a parent.
        assert_eq!(of(&[(TRACESTATE, "a=1")]).state(), None);
    }

    #[test]
    fn several_states_are_one_list() {
        let parent = format!("00-{TRACE}-{SPAN}-00");
        let mut headers = HeaderMap::from_iter([(TRACEPARENT, parent.parse().unwrap())]);
        headers.append(TRACESTATE, "a=1".parse().unwrap());
        headers.append(TRACESTATE, "b=2".parse().unwrap());
        assert_eq!(TraceContext::of(&headers).state(), Some("a=1,b=2"));
    }

    proptest::proptest! {
        #[test]
        fn whatever_comes_what_goes_on_is_well_formed(parent in "[0-9a-f-]{0,60}|.{0,60}", state in ".{0,40}") {
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
