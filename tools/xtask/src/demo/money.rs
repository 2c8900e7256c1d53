/// Minor units as a person reads them: `1290000` → `12 900.00`.
pub fn shown(minor: i64, currency: &str) -> String {
    let (whole, rest) = (minor.unsigned_abs() / 100, minor.unsigned_abs() % 100);
    let digits = whole.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(' ');
        }
        grouped.push(digit);
    }
    format!(
        "{}{grouped}.{rest:02} {currency}",
        if minor < 0 { "-" } else { "" }
    )
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(shown(1_290_005, "RUB"), "12 900.05 RUB");
        assert_eq!(shown(100_000_000, "RUB"), "1 000 000.00 RUB");
        assert_eq!(shown(-99, "RUB"), "-0.99 RUB");
        assert_eq!(shown(0, "RUB"), "0.00 RUB");
    }
}
