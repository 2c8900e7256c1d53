//! The schemas of what the saga's definition lists, for the API document.

use std::borrow::Cow;

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr,
        schema::{ArrayBuilder, ObjectBuilder, Ref, Schema, Type},
    },
};

use super::OrderStatus;
use crate::fulfilment;

/// The name of a step.
pub struct StepName;

/// The code of a cancellation.
pub struct CancellationCode;

fn one_of(description: &str, codes: impl Iterator<Item = &'static str>) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(description))
        .enum_values(Some(codes))
        .into()
}

impl PartialSchema for StepName {
    fn schema() -> RefOr<Schema> {
        let steps = fulfilment::FULFILMENT.steps().iter();
        one_of(
            "A step, in the order in which they are done.",
            steps.map(|step| step.name),
        )
    }
}

impl ToSchema for StepName {
    fn name() -> Cow<'static, str> {
        "StepName".into()
    }
}

impl PartialSchema for CancellationCode {
    fn schema() -> RefOr<Schema> {
        one_of(
            "Why an order was cancelled.",
            fulfilment::reasons().map(|(code, _)| code),
        )
    }
}

impl ToSchema for CancellationCode {
    fn name() -> Cow<'static, str> {
        "CancellationCode".into()
    }
}

impl PartialSchema for OrderStatus {
    fn schema() -> RefOr<Schema> {
        one_of(
            "The status of an order.",
            fulfilment::statuses().map(|status| status.code),
        )
    }
}

impl ToSchema for OrderStatus {
    fn name() -> Cow<'static, str> {
        "OrderStatus".into()
    }
}

/// One entry for each step of the definition.
pub fn steps() -> RefOr<Schema> {
    let steps = fulfilment::FULFILMENT.steps().len();
    ArrayBuilder::new()
        .items(Ref::from_schema_name("StepView"))
        .description(Some(
            "One for each step, in the order in which they are done.",
        ))
        .min_items(Some(steps))
        .max_items(Some(steps))
        .into()
}
