//! How an order must end. No I/O: it compares what the API showed.

use serde_json::Value;

/// What an order must be when it has ended.
#[derive(Clone, Copy, Debug)]
pub struct ExpectedOrder {
    pub timeline: &'static [&'static str],
    pub saga: &'static str,
    pub steps: [&'static str; 3],
    /// The code of the cancellation and what its detail says; `None` for an order that succeeds.
    pub cancellation: Option<(&'static str, &'static str)>,
}

pub const READY: ExpectedOrder = ExpectedOrder {
    timeline: &[
        "PENDING",
        "AWAITING_PAYMENT",
        "AWAITING_ITEM_RESERVATION",
        "AWAITING_COURIER_RESERVATION",
        "READY",
    ],
    saga: "COMPLETED",
    steps: ["DONE", "DONE", "DONE"],
    cancellation: None,
};

pub const TOO_LITTLE_MONEY: ExpectedOrder = ExpectedOrder {
    timeline: &["PENDING", "AWAITING_PAYMENT", "CANCELLED"],
    saga: "COMPENSATED",
    steps: ["REFUSED", "WAITING", "WAITING"],
    cancellation: Some(("PAYMENT_FAILED", "billing: INSUFFICIENT_FUNDS")),
};

pub const PRODUCT_RESERVED: ExpectedOrder = ExpectedOrder {
    timeline: &[
        "PENDING",
        "AWAITING_PAYMENT",
        "AWAITING_ITEM_RESERVATION",
        "CANCELLED",
    ],
    saga: "COMPENSATED",
    steps: ["UNDONE", "REFUSED", "WAITING"],
    cancellation: Some(("ITEM_RESERVATION_FAILED", "warehouse: OUT_OF_STOCK")),
};

pub const COURIER_TAKEN: ExpectedOrder = ExpectedOrder {
    timeline: &[
        "PENDING",
        "AWAITING_PAYMENT",
        "AWAITING_ITEM_RESERVATION",
        "AWAITING_COURIER_RESERVATION",
        "CANCELLED",
    ],
    saga: "COMPENSATED",
    steps: ["UNDONE", "UNDONE", "REFUSED"],
    cancellation: Some((
        "COURIER_RESERVATION_FAILED",
        "delivery: NO_COURIER_AVAILABLE",
    )),
};

impl ExpectedOrder {
    /// The differences, a line each; none when the order is as expected.
    pub fn differences(&self, order: &Value) -> Vec<String> {
        let text = |value: &Value| value.as_str().unwrap_or("nothing").to_owned();
        let texts = |list: &Value, name: &str| -> Vec<String> {
            list.as_array()
                .into_iter()
                .flatten()
                .map(|entry| text(&entry[name]))
                .collect()
        };
        let mut differences = Vec::new();
        let mut compare = |what: &str, found: String, expected: String| {
            if found != expected {
                differences.push(format!("{what} is {found}, and must be {expected}"));
            }
        };
        compare(
            "status",
            text(&order["status"]),
            self.timeline.last().copied().unwrap_or_default().to_owned(),
        );
        compare(
            "timeline",
            texts(&order["timeline"], "status").join(" → "),
            self.timeline.join(" → "),
        );
        compare(
            "saga.state",
            text(&order["saga"]["state"]),
            self.saga.to_owned(),
        );
        compare(
            "saga.steps",
            texts(&order["saga"]["steps"], "state").join(", "),
            self.steps.join(", "),
        );
        let (code, detail) = self.cancellation.unwrap_or(("nothing", "nothing"));
        compare(
            "cancellation.code",
            text(&order["cancellation"]["code"]),
            code.to_owned(),
        );
        compare(
            "cancellation.detail",
            text(&order["cancellation"]["detail"]),
            detail.to_owned(),
        );
        let numbers = order["timeline"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|entry| entry["seq"].as_u64());
        if !numbers.eq((1..=self.timeline.len() as u64).map(Some)) {
            differences.push("timeline is not numbered from 1".to_owned());
        }
        differences
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn order(expected: &ExpectedOrder) -> Value {
        let timeline: Vec<Value> = expected
            .timeline
            .iter()
            .enumerate()
            .map(|(i, status)| json!({"seq": i + 1, "status": status}))
            .collect();
        let steps: Vec<Value> = expected
            .steps
            .iter()
            .map(|state| json!({"state": state}))
            .collect();
        let cancellation = expected
            .cancellation
            .map(|(code, detail)| json!({"code": code, "detail": detail}));
        json!({
            "status": expected.timeline.last(),
            "timeline": timeline,
            "saga": {"state": expected.saga, "steps": steps},
            "cancellation": cancellation,
        })
    }

    const ALL: [ExpectedOrder; 4] = [READY, TOO_LITTLE_MONEY, PRODUCT_RESERVED, COURIER_TAKEN];

    #[test]
    fn each_expectation_is_met_by_its_own_order_alone() {
        for (i, expected) in ALL.iter().enumerate() {
            for (j, other) in ALL.iter().enumerate() {
                assert_eq!(
                    expected.differences(&order(other)).is_empty(),
                    i == j,
                    "{i} {j}"
                );
            }
        }
    }

    #[test]
    fn a_wrong_reason_a_gap_and_a_running_saga_are_differences() {
        let changed = |path: &str, value: Value| {
            let mut order = order(&COURIER_TAKEN);
            *order.pointer_mut(path).unwrap() = value;
            COURIER_TAKEN.differences(&order)
        };
        assert_eq!(
            changed("/cancellation/code", json!("CANCELLED_BY_USER")).len(),
            1
        );
        assert_eq!(
            changed("/timeline/1/seq", json!(7)),
            ["timeline is not numbered from 1"]
        );
        assert!(changed("/saga/state", json!("COMPENSATING"))[0].contains("COMPENSATED"));
        assert_eq!(READY.differences(&Value::Null).len(), 5);
    }
}
