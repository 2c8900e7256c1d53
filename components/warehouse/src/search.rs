//! The form in which names are searched. It is made here for names and for queries alike, because case folding in a
//! database depends on how its cluster was made.

use caseless::Caseless;
use unicode_normalization::UnicodeNormalization;

/// The most characters of a query, folded or not.
const MAX_QUERY: usize = 200;

/// Folds a text: NFKC, Unicode case folding, ё as е, and one space between words.
pub fn fold(text: &str) -> String {
    let folded: String = text.nfkc().default_case_fold().nfkc().collect();
    let folded = folded.replace('ё', "е");
    let words: Vec<_> = folded.split_whitespace().collect();
    words.join(" ")
}

/// Reads a query and folds it; empty when it has no words. Few characters can be many when they are folded, and the
/// work of a search grows with them.
pub fn query(text: &str) -> Result<String, String> {
    let folded = fold(text);
    if text.chars().count() > MAX_QUERY || folded.chars().count() > MAX_QUERY {
        return Err(format!("Must have at most {MAX_QUERY} characters."));
    }
    Ok(folded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_people_take_for_the_same_are_folded_to_the_same() {
        for (one, other) in [
            ("ЁЛКА", "елка"),
            ("Е\u{308}лка", "елка"),
            ("чай  И\u{306}ерба", "ЧАЙ йерба"),
            (" Чай\t\n чёрный\u{a0}", "чай черный"),
            ("Straße", "STRASSE"),
            ("STRAẞE", "strasse"),
            ("ΟΔΟΣ", "οδος"),
            ("ﬁne ＴＥＡ №１", "FINE tea no1"),
            ("Чай™", "чайtm"),
            ("ÅB", "A\u{30a}b"),
        ] {
            assert_eq!(fold(one), fold(other), "{one} and {other}");
        }
    }

    #[test]
    fn other_letters_stay_apart() {
        for (one, other) in [("й", "и"), ("е", "э"), ("ı", "i"), ("a b", "ab")] {
            assert_ne!(fold(one), fold(other), "{one} and {other}");
        }
    }

    #[test]
    fn a_folded_text_stays_as_it_is() {
        for text in ["Ёлка И\u{306}", "ﷺ ẞ ŉ ǰ", "ᾳ Ω ™ ㎏ İ"] {
            let folded = fold(text);
            assert_eq!(fold(&folded), folded, "{text}");
        }
    }

    #[test]
    fn a_query_is_short_when_it_is_folded_as_well() {
        assert_eq!(query(" \u{3000} ").as_deref(), Ok(""));
        assert!(query(&"ж".repeat(200)).is_ok());
        assert!(query(&"ж".repeat(201)).is_err());
        assert!(query(&"ﷺ".repeat(100)).is_err());
    }
}
