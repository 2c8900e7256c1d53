//! Who is calling. A handler that takes one of these as an argument lets only such callers in; the
//! extractors are in [`crate::web::authorization`].

use uuid::Uuid;

use crate::identity::token::Role;

/// A user with an access token, whatever the role.
#[derive(Clone, Copy, Debug)]
pub struct User {
    pub id: Uuid,
    pub role: Role,
    /// The id of the access token.
    pub access_id: Uuid,
}

/// The administrator.
#[derive(Clone, Copy, Debug)]
pub struct Admin {
    pub id: Uuid,
}

/// One of the other services.
#[derive(Clone, Copy, Debug)]
pub struct ServiceCaller;

/// An operator's machine, such as Prometheus or a CronJob.
#[derive(Clone, Copy, Debug)]
pub struct Operator;

/// One of the other services, or an operator's machine.
#[derive(Clone, Copy, Debug)]
pub struct ServiceOrOperator;
