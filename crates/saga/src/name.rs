//! Names that a definition gives: strings, cheap to copy as long as they come from the definition.

use std::{borrow::Cow, fmt};

use serde::{Deserialize, Serialize};

/// A string that is a constant of the program, or was read from the journal.
macro_rules! name {
    ($(#[$docs:meta])* $name:ident) => {
        $(#[$docs])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Cow<'static, str>);

        impl $name {
            pub const fn new(name: &'static str) -> Self {
                Self(Cow::Borrowed(name))
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.0 == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.0 == *other
            }
        }
    };
}

name! {
    /// The name of a step, such as `CHARGE`: unique within its definition.
    StepName
}

name! {
    /// The code of a [`Reason`](crate::Reason), such as `PAYMENT_FAILED`. A refused step's comes from its
    /// definition, a cancellation's from the one who cancels.
    ReasonCode
}
