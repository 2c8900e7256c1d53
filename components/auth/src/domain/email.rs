//! E-mail addresses.

use serde_json::Value;
use service::web::rule;

const MAX_LENGTH: usize = 254;
const MAX_LOCAL_LENGTH: usize = 64;
const MAX_LABEL_LENGTH: usize = 63;

/// What two e-mails have in common when they are the same one.
pub fn key(email: &str) -> String {
    email.to_ascii_lowercase()
}

/// An e-mail address as it is commonly written, kept as it is: what a browser's e-mail field takes,
/// and what mail servers take of that (no dot at an end of the local part or beside another one), in a
/// domain of two labels at the least. ASCII only: an international domain in its `xn--` form.
pub fn address(value: &Value) -> Result<String, String> {
    let email = rule::string(value)?;
    if is_address(email) {
        Ok(email.to_owned())
    } else {
        Err("Must be an e-mail address, such as name@example.com.".into())
    }
}

fn is_address(email: &str) -> bool {
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
    use serde_json::json;

    use super::*;

    #[test]
    fn common_addresses_are_taken_as_they_are() {
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
            assert_eq!(address(&json!(good)).as_deref(), Ok(good));
        }
    }

    #[test]
    fn what_no_mail_would_reach_is_refused() {
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
            assert!(address(&json!(bad)).is_err(), "{bad}");
        }
        assert!(address(&json!(5)).is_err());
    }

    #[test]
    fn the_case_of_letters_makes_no_other_address() {
        assert_eq!(key("User@Example.COM"), key("uSER@example.com"));
        // The Kelvin sign is no K, whatever its lower case.
        assert_ne!(key("\u{212a}@b.c"), key("k@b.c"));
    }
}
