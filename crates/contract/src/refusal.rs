//! Refusals: definite answers of a participant that changed nothing.

use serde::{Deserialize, Serialize};

/// The part of a 409 problem that a caller decides by. `C` is the `Refusal` of the participant.
///
/// A code that `C` does not have fails to decode. It is a refusal all the same: decode it as
/// `Refused<String>` to show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused<C> {
    pub code: C,
}

/// Defines the refusals of a participant, each with its code.
macro_rules! refusals {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $($(#[$variant_meta:meta])* $variant:ident = $code:literal,)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$variant_meta])* #[serde(rename = $code)] $variant,)+
        }

        impl $name {
            /// The code in the problem.
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)+
                }
            }
        }
    };
}

pub(crate) use refusals;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::billing::Refusal;

    #[test]
    fn a_refusal_is_decoded_from_a_problem() {
        let body = serde_json::json!({ "title": "No", "status": 409, "code": "CHARGE_MISMATCH" });
        let refused: Refused<Refusal> = serde_json::from_value(body).unwrap();
        assert_eq!(refused.code, Refusal::ChargeMismatch);
        assert_eq!(refused.code.code(), "CHARGE_MISMATCH");
    }

    #[test]
    fn an_unknown_code_is_not_decoded() {
        let body = serde_json::json!({ "code": "SOMETHING_NEW" });
        assert!(serde_json::from_value::<Refused<Refusal>>(body).is_err());
    }
}
