//! The same commands for another namespace.

/// The namespace that the pages name.
pub const PRINTED: &str = "zakaz";
const BEFORE: [&str; 3] = ["namespace ", "namespace=", "-n "];

/// The text with `namespace` wherever the pages' own one is named to `kubectl` or `helm`.
pub fn replaced(text: &str, namespace: &str) -> String {
    let mut replaced = text.to_owned();
    for before in BEFORE {
        replaced = replaced_after(&replaced, before, namespace);
    }
    replaced
}

fn replaced_after(text: &str, before: &str, namespace: &str) -> String {
    let wanted = format!("{before}{PRINTED}");
    let mut parts = text.split(&wanted);
    let mut result = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        result.push_str(before);
        // A longer name, such as `zakaz-system`, is another one.
        let longer = part.starts_with(|next: char| next.is_ascii_alphanumeric() || next == '-');
        result.push_str(if longer { PRINTED } else { namespace });
        result.push_str(part);
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_name_is_replaced() {
        let text =
            "kubectl create namespace zakaz\nhelm list -n zakaz --namespace=zakaz-system zakaz";
        let wanted =
            "kubectl create namespace mine\nhelm list -n mine --namespace=zakaz-system zakaz";
        assert_eq!(replaced(text, "mine"), wanted);
    }
}
