//! The numbered files that a database has, against those of a folder.

use anyhow::{Result, bail};

/// The versions that the database has and the folder has not, when they are all newer than the folder's: then the
/// folder is that of an earlier release. None when the database has nothing newer; `sqlx` compares them in that case.
///
/// # Errors
/// When the database has newer versions, and differs from the folder below them as well.
pub(crate) fn newer(applied: &[i64], known: &[i64]) -> Result<Vec<i64>> {
    let newest = known.iter().max().copied().unwrap_or(0);
    let newer: Vec<i64> = applied.iter().copied().filter(|it| *it > newest).collect();
    if newer.is_empty() {
        return Ok(newer);
    }
    let listed = |versions: &[i64]| {
        let versions: Vec<String> = versions.iter().map(i64::to_string).collect();
        versions.join(", ")
    };
    let unapplied = known.iter().filter(|it| !applied.contains(it));
    let missing = applied
        .iter()
        .filter(|it| **it < newest && !known.contains(it));
    let differing: Vec<i64> = unapplied.chain(missing).copied().collect();
    if !differing.is_empty() {
        bail!(
            "the database has newer migrations ({}), and older ones differ: {} is only there or only in the files",
            listed(&newer),
            listed(&differing)
        );
    }
    Ok(newer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_follows_all_files_is_newer() {
        for (applied, known, expected) in [
            (&[][..], &[1, 2][..], &[][..]),
            (&[1], &[1, 2], &[]),
            (&[1, 2], &[1, 2], &[]),
            (&[1, 2, 3, 4], &[1, 2], &[3, 4]),
            // A file is missing: `sqlx` says so.
            (&[1, 2, 3], &[1, 3], &[]),
        ] {
            let found = newer(applied, known).unwrap();
            assert_eq!(found, expected, "{applied:?} {known:?}");
        }
    }

    #[test]
    fn two_lines_of_development_are_no_earlier_release() {
        for (applied, known) in [(&[1, 3][..], &[1, 2][..]), (&[1, 2, 3, 4], &[1, 3])] {
            let error = newer(applied, known).unwrap_err().to_string();
            assert!(error.contains(": 2 is only"), "{error}");
        }
    }
}
