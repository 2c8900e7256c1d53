use anyhow::Result;

use super::Admin;
use crate::terminal::{Paint, line};

/// Has the saga of `order` tried now, or all that wait.
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
            "it is being driven just now, has ended, or is a newer build's".to_owned(),
        ),
        (Some(_), _) => (Paint::Good.on("✓"), "it is being tried now".to_owned()),
        (None, 0) => (Paint::Quiet.on("–"), "none waits".to_owned()),
        (None, count) => (Paint::Good.on("✓"), format!("{count} are being tried now")),
    };
    line(&format!("\n  {mark} {text}\n"));
    Ok(())
}
