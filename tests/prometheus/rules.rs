//! The alerts that the charts ship, made to pass in seconds: their expressions and thresholds as they are, their times
//! divided by one factor.

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::objects::{Objects, list, text};

/// What every `for:` and every range (`[15m]`) is divided by: minutes become seconds.
pub const FACTOR: u64 = 60;

/// The rules of all PrometheusRules, as a file of rules has them.
pub fn scaled(objects: &Objects) -> Result<Value> {
    let mut groups = Vec::new();
    for object in objects.of_kind("PrometheusRule") {
        for group in list(&object["spec"]["groups"]) {
            let rules = list(&group["rules"]).iter().map(rule);
            let rules: Vec<Value> = rules.collect::<Result<_>>()?;
            groups.push(json!({"name": group["name"], "rules": rules}));
        }
    }
    if groups.is_empty() {
        bail!("the charts make no PrometheusRule");
    }
    Ok(json!({"groups": groups}))
}

fn rule(rule: &Value) -> Result<Value> {
    let mut rule = rule.clone();
    let expression = expression(text(&rule["expr"], "a rule's expression")?)?;
    rule["expr"] = json!(expression);
    for time in ["for", "keep_firing_for"] {
        if let Some(found) = rule[time].as_str() {
            rule[time] = json!(duration(found)?);
        }
    }
    Ok(rule)
}

/// The expression with its ranges divided. A bracket in a text, such as a label's pattern, is no range.
fn expression(text: &str) -> Result<String> {
    if text.contains("\\\"") {
        bail!("a text with a quote in it, which this check does not read: {text}");
    }
    let parts = text.split('"').enumerate().map(|(number, part)| {
        let quoted = number % 2 == 1;
        if quoted {
            Ok(part.to_owned())
        } else {
            ranges(part)
        }
    });
    Ok(parts.collect::<Result<Vec<String>>>()?.join("\""))
}

/// `text`, which has no quotes, with the ranges in its brackets divided.
fn ranges(text: &str) -> Result<String> {
    let mut scaled = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('[') {
        let (range, after) = behind
            .split_once(']')
            .with_context(|| format!("a range without its end: {text}"))?;
        // A subquery's range and step.
        let parts: Vec<String> = range.split(':').map(duration).collect::<Result<_>>()?;
        scaled += &format!("{before}[{}]", parts.join(":"));
        rest = after;
    }
    Ok(scaled + rest)
}

/// `1h30m` divided, in milliseconds.
fn duration(text: &str) -> Result<String> {
    let mut milliseconds = 0;
    let mut rest = text.trim();
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, behind) = rest.split_at(digits);
        let letters = behind.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (unit, after) = behind.split_at(letters);
        let unit = match unit {
            "ms" => 1,
            "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => bail!("`{text}` is no duration that this check knows"),
        };
        let number: u64 = number.parse().with_context(|| format!("in `{text}`"))?;
        milliseconds += number * unit;
        rest = after;
    }
    Ok(format!("{}ms", milliseconds / FACTOR))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_shrink_and_nothing_else_does() {
        let shipped =
            "rate(a_total{state=~\"[15m]|[a-z]\"}[15m]) > 20 and increase(b[1h30m:30s]) > 0.5";
        let scaled = "rate(a_total{state=~\"[15m]|[a-z]\"}[15000ms]) > 20 and increase(b[90000ms:500ms]) > 0.5";
        assert_eq!(expression(shipped).unwrap(), scaled);
        assert!(expression("rate(a[15])").is_err());
    }
}
