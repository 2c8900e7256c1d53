use std::time::Duration;

/// A duration as a person reads it: `0.4 s`, `12 s`, `1 m 05 s`.
pub fn shown(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    match time.as_secs() {
        0..10 => format!("{seconds:.1} s"),
        10..60 => format!("{seconds:.0} s"),
        whole => format!("{} m {:02} s", whole / 60, whole % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_well() {
        let text = |millis| shown(Duration::from_millis(millis));
        assert_eq!(
            [text(0), text(449), text(12_300), text(65_900)],
            ["0.0 s", "0.4 s", "12 s", "1 m 05 s"]
        );
    }
}
