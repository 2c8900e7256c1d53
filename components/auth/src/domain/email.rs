//! E-mail addresses.

const MAX_LENGTH: usize = 254;
const MAX_LOCAL_LENGTH: usize = 64;
const MAX_LABEL_LENGTH: usize = 63;

/// The form of an e-mail that is compared: two e-mails with the same key are the same.
pub fn key(email: &str) -> String {
    email.to_ascii_lowercase()
}

/// Whether this is an e-mail address as browsers accept it in an e-mail field, without dots at either end of
/// the local part or next to each other, and in a domain of at least two labels. ASCII only: an international
/// domain must be in its `xn--` form.
pub fn is_address(email: &str) -> bool {
    email.len() <= MAX_LENGTH
        && email
            .split_once('@')
            .is_some_and(|(local, domain)| is_local_part(local) && is_domain(domain))
}

fn is_local_part(local: &str) -> bool {
    let is_atom = |atom: &str| {
        let allowed =
            |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~-".contains(&byte);
        !atom.is_empty() && atom.bytes().all(allowed)
    };
    local.len() <= MAX_LOCAL_LENGTH && local.split('.').all(is_atom)
}

fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        (1..=MAX_LABEL_LENGTH).contains(&label.len())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    domain.contains('.') && domain.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_addresses_are_accepted() {
        let longest_local = format!("{}@example.com", "a".repeat(64));
        let longest = format!("a@{}cdef", "b.".repeat(124));
        assert_eq!(longest.len(), 254);
        for good in [
            "a@b.c",
            "User.Name+tag@Example.COM",
            "o'neil@mail.example.co.uk",
            "x@xn--e1afmkfd.xn--p1ai",
            "1_2-3@4-5.example",
            &longest_local,
            &longest,
        ] {
            assert!(is_address(good), "{good}");
        }
    }

    #[test]
    fn undeliverable_addresses_are_refused() {
        let local_too_long = format!("{}@example.com", "a".repeat(65));
        let too_long = format!("a@{}cdefg", "b.".repeat(124));
        let label_too_long = format!("a@{}.com", "b".repeat(64));
        for bad in [
            "",
            "a",
            "@",
            "a@",
            "@b.c",
            "a@b",
            "a@localhost",
            "a@b@c.d",
            "a b@c.d",
            " a@b.c",
            "a@b.c ",
            "a@b.c\n",
            ".a@b.c",
            "a.@b.c",
            "a..b@c.d",
            "a@.b.c",
            "a@b..c",
            "a@b.c.",
            "a@-b.c",
            "a@b-.c",
            "a@b_c.d",
            "a@[127.0.0.1]",
            "\"a b\"@c.d",
            "a<b@c.d",
            "ё@b.c",
            "a@ё.рф",
            "a\0@b.c",
            &local_too_long,
            &too_long,
            &label_too_long,
        ] {
            assert!(!is_address(bad), "{bad}");
        }
    }

    #[test]
    fn case_is_ignored_in_ascii_only() {
        assert_eq!(key("User@Example.COM"), key("uSER@example.com"));
        // The Kelvin sign is not a K, although its lower case is k.
        assert_ne!(key("\u{212a}@b.c"), key("k@b.c"));
    }
}
