//! Ids in paths.

use axum::extract::{FromRequestParts, Path};
use http::request::Parts;
use uuid::Uuid;

use crate::web::problem::Problem;

/// The only id in the path. Fails with 404 when it is no UUID, as for an unknown id.
#[derive(Clone, Copy, Debug)]
pub struct PathId(pub Uuid);

impl<S: Send + Sync> FromRequestParts<S> for PathId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path(text) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|_| Problem::not_found())?;
        match Uuid::try_parse(&text) {
            // Only the hyphenated form: the library also accepts braces, URNs and plain digits.
            Ok(id) if text.len() == 36 => Ok(Self(id)),
            _ => Err(Problem::not_found()),
        }
    }
}
