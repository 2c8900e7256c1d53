//! Why an order was cancelled, as customers see it.

use saga::ReasonCode;
use serde::Serialize;
use service::web::language::Language;
use utoipa::ToSchema;

use super::schema;
use crate::fulfilment;

#[derive(Debug, Serialize, ToSchema)]
pub struct Cancellation {
    #[schema(value_type = schema::CancellationCode)]
    pub code: ReasonCode,
    /// In the language of the answer.
    #[schema(example = "Could not charge the wallet")]
    pub message: String,
    /// Which participant refused and its code, or the shop's reason; null when the customer cancelled.
    #[schema(required = true, example = "billing: INSUFFICIENT_FUNDS")]
    pub detail: Option<String>,
}

impl Cancellation {
    /// The message of a code that this build does not know is the code.
    pub fn new(code: ReasonCode, detail: Option<String>, language: Language) -> Self {
        let message = fulfilment::reason_message(code.as_str());
        Self {
            message: message.map_or_else(
                || code.to_string(),
                |message| message.in_language(language).to_owned(),
            ),
            code,
            detail,
        }
    }
}
