/// A bar of `width` characters, `done` of `total` of it filled.
pub fn bar(done: u64, total: u64, width: u64) -> String {
    let filled = (done.min(total) * width).checked_div(total).unwrap_or(0);
    let filled = usize::try_from(filled).unwrap_or(0);
    let rest = usize::try_from(width).unwrap_or(0).saturating_sub(filled);
    format!("{}{}", "━".repeat(filled), "┈".repeat(rest))
}

#[cfg(test)]
mod tests {
    use super::bar;

    #[test]
    fn a_bar_is_as_full_as_the_work_is_done() {
        assert_eq!(bar(0, 10, 4), "┈┈┈┈");
        assert_eq!(bar(5, 10, 4), "━━┈┈");
        assert_eq!(bar(12, 10, 4), "━━━━");
        assert_eq!(bar(0, 0, 4), "┈┈┈┈");
    }
}
