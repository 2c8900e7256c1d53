//! The five domains and their names.

/// A domain: a service with its own database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Domain {
    Auth,
    Billing,
    Warehouse,
    Delivery,
    Order,
}

impl Domain {
    /// The service's name: of its component, its migrations, and in `aud` and `iss` of service tokens.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::Billing => "billing",
            Self::Warehouse => "warehouse",
            Self::Delivery => "delivery",
            Self::Order => "order",
        }
    }

    /// The services whose tokens its internal calls take: the ones that may call it.
    pub const fn callers(self) -> &'static [Self] {
        match self {
            Self::Auth => &[],
            Self::Billing | Self::Warehouse | Self::Delivery => &[Self::Order],
            // Its one internal call, recovery, is anyone's: it does what order would do by itself.
            Self::Order => &[
                Self::Auth,
                Self::Billing,
                Self::Warehouse,
                Self::Delivery,
                Self::Order,
            ],
        }
    }

    /// The `<name>` in its paths, `/api/<name>/…` and `/internal/<name>/…`.
    pub const fn path_segment(self) -> &'static str {
        match self {
            Self::Order => "orders",
            other => other.name(),
        }
    }
}
