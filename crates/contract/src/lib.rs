//! What crosses between components: the bodies, answers and refusal codes of the internal routes,
//! and where those routes are. Both ends use these types; there is no I/O and no validation here.
//!
//! Every participant of the saga answers in one of three ways: done (2xx, with the answer type),
//! a definite no that changed nothing (409, with one of the `Refusal` codes in [`Refused`]; or 422),
//! and anything else, whose outcome is unknown.

pub mod billing;
pub mod delivery;
pub mod limits;
pub mod warehouse;

use serde::{Deserialize, Serialize};

/// The part of a 409 problem by which a caller decides: `C` is the `Refusal` of the participant.
///
/// A code that `C` does not know fails to decode. It is a definite no all the same; read it as
/// `Refused<String>` to show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused<C> {
    pub code: C,
}

#[cfg(test)]
mod tests {
    use serde::Serialize;

    use super::*;

    fn agree<C: Serialize + for<'de> Deserialize<'de> + PartialEq + std::fmt::Debug + Copy>(
        codes: &[C],
        code: fn(C) -> &'static str,
    ) {
        for &refusal in codes {
            let body = serde_json::json!({ "title": "No", "status": 409, "code": code(refusal) });
            assert_eq!(
                serde_json::from_value::<Refused<C>>(body).unwrap().code,
                refusal
            );
            assert_eq!(serde_json::to_value(refusal).unwrap(), code(refusal));
        }
    }

    #[test]
    fn a_code_reads_the_same_in_rust_and_on_the_wire() {
        agree(&billing::Refusal::ALL, billing::Refusal::code);
        agree(&warehouse::Refusal::ALL, warehouse::Refusal::code);
        agree(&delivery::Refusal::ALL, delivery::Refusal::code);
    }

    #[test]
    fn an_unknown_code_is_not_taken_for_another() {
        let body = serde_json::json!({ "code": "SOMETHING_NEW" });
        assert!(serde_json::from_value::<Refused<billing::Refusal>>(body).is_err());
    }
}
