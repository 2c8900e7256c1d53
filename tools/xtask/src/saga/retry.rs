use anyhow::Result;

use super::admin::Admin;
use crate::terminal::{Paint, line};

/// Asks for a retry of the order's saga, or of all that wait.
pub fn run(admin: &Admin, order: Option<&str>) -> Result<()> {
    let path = match order {
        Some(order) => format!("/api/orders/admin/sagas/{order}/retry"),
        None => "/api/orders/admin/sagas/retry".to_owned(),
    };
    let answer = admin.client.press(&path, Some(&admin.token))?;
    let resumed = answer.expect(&[202])?.number("resumed")?;
    let (mark, text) = match (order, resumed) {
        (Some(_), 0) => (
            Paint::Quiet.on("–"),
            "nothing to retry: it is being driven, has ended, or is of a newer build".to_owned(),
        ),
        (Some(_), _) => (Paint::Good.on("✓"), "it is tried now".to_owned()),
        (None, 0) => (Paint::Quiet.on("–"), "no saga waits".to_owned()),
        (None, count) => (Paint::Good.on("✓"), format!("{count} are tried now")),
    };
    line(&format!("\n  {mark} {text}\n"));
    Ok(())
}
