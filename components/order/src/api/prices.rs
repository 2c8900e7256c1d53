//! The problems of a client that asks for prices.

use contract::limits::MAX_AMOUNT;
use service::Problem;

use crate::catalogue::PriceError;

impl From<PriceError> for Problem {
    fn from(error: PriceError) -> Self {
        match error {
            PriceError::ProductNotFound(errors) => Self::unprocessable(
                "PRODUCT_NOT_FOUND",
                "At least one product does not exist or is no longer sold.",
            )
            .with_errors(errors),
            PriceError::TotalTooLarge => Self::unprocessable(
                "TOTAL_TOO_LARGE",
                format!("An order may cost at most {MAX_AMOUNT}."),
            ),
            PriceError::Unavailable => Self::unavailable(
                "CATALOGUE_UNAVAILABLE",
                "There are no prices at the moment, so nothing was ordered; try again soon.",
                2,
            ),
        }
    }
}
