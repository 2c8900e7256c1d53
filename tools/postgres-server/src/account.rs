//! PostgreSQL refuses to run as root, so root runs it as another user.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

/// Who the server runs as, when that is not the current user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    pub name: String,
    uid: u32,
    gid: u32,
}

impl Account {
    /// The account for the server: `None` when the current user may run it, otherwise `postgres` or `nobody`.
    pub fn for_server() -> Result<Option<Self>> {
        if !rustix::process::geteuid().is_root() {
            return Ok(None);
        }
        let passwd = fs::read_to_string("/etc/passwd")
            .context("reading /etc/passwd to find an unprivileged user")?;
        match ["postgres", "nobody"]
            .iter()
            .find_map(|name| Self::in_passwd(&passwd, name))
        {
            Some(account) => Ok(Some(account)),
            None => bail!(
                "PostgreSQL refuses to run as root, and there is no user `postgres` or `nobody` to run it as; \
                 add one (`useradd --system postgres`) or run this as another user"
            ),
        }
    }

    fn in_passwd(passwd: &str, name: &str) -> Option<Self> {
        passwd.lines().find_map(|line| {
            let fields: Vec<&str> = line.split(':').collect();
            match fields.as_slice() {
                [login, _, uid, gid, ..] if *login == name => Some(Self {
                    name: name.to_owned(),
                    uid: uid.parse().ok()?,
                    gid: gid.parse().ok()?,
                }),
                _ => None,
            }
        })
    }

    /// Runs the command as this account, with none of the caller's groups.
    pub fn apply(&self, command: &mut Command) {
        command.uid(self.uid).gid(self.gid);
    }

    pub fn own(&self, path: &Path) -> Result<()> {
        chown(path, Some(self.uid), Some(self.gid))
            .with_context(|| format!("giving {} to the user `{}`", path.display(), self.name))
    }

    /// Whether this account may pass through `folder` and all its parents.
    pub fn can_reach(&self, folder: &Path) -> bool {
        let Ok(folder) = folder.canonicalize() else {
            return false;
        };
        folder.ancestors().all(|part| {
            fs::metadata(part).is_ok_and(|meta| {
                let needed = if meta.uid() == self.uid {
                    0o100
                } else if meta.gid() == self.gid {
                    0o010
                } else {
                    0o001
                };
                meta.mode() & needed != 0
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn accounts_are_read_from_passwd() {
        let passwd = "root:x:0:0:root:/root:/bin/bash\n# comment\nnobody:*:65534:65533:nobody:/:/bin/false\n";
        let nobody = Account {
            name: "nobody".into(),
            uid: 65534,
            gid: 65533,
        };
        assert_eq!(Account::in_passwd(passwd, "nobody"), Some(nobody));
        assert_eq!(Account::in_passwd(passwd, "postgres"), None);
    }

    #[test]
    fn a_closed_parent_is_out_of_reach() {
        let stranger = Account {
            name: "stranger".into(),
            uid: 54_321,
            gid: 54_321,
        };
        let parent = std::env::temp_dir().join(format!("zakaz-reach-{}", std::process::id()));
        let folder = parent.join("inner");
        fs::create_dir_all(&folder).unwrap();
        fs::set_permissions(&parent, fs::Permissions::from_mode(0o755)).unwrap();
        let open = stranger.can_reach(&folder);
        fs::set_permissions(&parent, fs::Permissions::from_mode(0o700)).unwrap();
        let closed = stranger.can_reach(&folder);
        fs::remove_dir_all(&parent).unwrap();
        assert!(open);
        assert!(!closed);
    }
}
