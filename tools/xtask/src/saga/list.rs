use anyhow::Result;
use serde_json::Value;

use super::admin::Admin;
use crate::terminal::{Paint, Table, line};

pub const STATES: [&str; 5] = [
    "STUCK",
    "COMPENSATING",
    "RUNNING",
    "COMPLETED",
    "COMPENSATED",
];
/// The states of those that have not ended.
const UNFINISHED: &[&str] = &["STUCK", "COMPENSATING", "RUNNING"];
/// The API's largest page.
const PAGE: usize = 100;

pub fn run(admin: &Admin, state: Option<&str>, limit: usize) -> Result<()> {
    let wanted = state.map(str::to_uppercase);
    let states = match &wanted {
        Some(state) => vec![state.as_str()],
        None => UNFINISHED.to_vec(),
    };
    let mut table = Table::new([
        "order",
        "state",
        "step",
        "attempt",
        "next (UTC)",
        "last error",
    ]);
    let (mut shown, mut more) = (0, false);
    for state in states {
        let mut cursor = None;
        loop {
            let (items, next) = page(admin, state, cursor.as_deref())?;
            for item in &items {
                if shown == limit {
                    more = true;
                    break;
                }
                table.row(row(item));
                shown += 1;
            }
            cursor = next;
            if more || cursor.is_none() {
                break;
            }
        }
    }
    line("");
    match shown {
        0 => line(&format!("  {} no such saga", Paint::Good.on("✓"))),
        _ => table.print(),
    }
    if more {
        let text = format!("      … more than {limit}; --limit shows more");
        line(&Paint::Quiet.on(&text));
    }
    line("");
    Ok(())
}

/// One page, and the cursor of the next.
fn page(admin: &Admin, state: &str, cursor: Option<&str>) -> Result<(Vec<Value>, Option<String>)> {
    let cursor = cursor.map_or_else(String::new, |cursor| format!("&cursor={cursor}"));
    let path = format!("/api/orders/admin/sagas?state={state}&limit={PAGE}{cursor}");
    let answer = admin.client.get(&path, Some(&admin.token))?;
    let body = answer.expect(&[200])?;
    let next = body.text("nextCursor").ok();
    Ok((body.list("items")?.clone(), next))
}

fn row(item: &Value) -> [String; 6] {
    let text = |name: &str| item.get(name).and_then(Value::as_str).unwrap_or("");
    // Of an RFC 3339 time in UTC, the time of day: an attempt is never more than a minute away.
    let next = text("nextAttemptAt").get(11..19).unwrap_or("");
    let attempt = item.get("attempt").and_then(Value::as_u64).unwrap_or(0);
    [
        text("orderId").to_owned(),
        text("state").to_owned(),
        text("step").to_owned(),
        match attempt {
            0 => String::new(),
            attempt => attempt.to_string(),
        },
        next.to_owned(),
        text("lastError").to_owned(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_shows_what_is_there() {
        let item = serde_json::json!({
            "orderId": "1", "state": "STUCK", "step": "CHARGE", "attempt": 11,
            "nextAttemptAt": "2026-11-22T21:15:02.123Z", "lastError": "HTTP 503", "updatedAt": "",
        });
        let expected = ["1", "STUCK", "CHARGE", "11", "21:15:02", "HTTP 503"];
        assert_eq!(row(&item), expected.map(str::to_owned));
        let ended = serde_json::json!({
            "orderId": "1", "state": "COMPLETED", "step": null, "attempt": 0,
            "nextAttemptAt": null, "lastError": null,
        });
        let expected = ["1", "COMPLETED", "", "", "", ""];
        assert_eq!(row(&ended), expected.map(str::to_owned));
    }
}
