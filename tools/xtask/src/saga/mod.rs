//! `cargo xtask saga`: lists, shows and retries the sagas of a running system.

mod admin;
mod journal;
mod list;
mod retry;
mod show;

use anyhow::Result;
use clap::Subcommand;

use crate::demo::DEFAULT_URL;
use admin::Admin;

#[derive(Subcommand)]
pub enum Task {
    /// List the sagas that have not ended, the stuck ones first
    List {
        /// Those of one state instead
        #[arg(long, value_parser = list::STATES, ignore_case = true)]
        state: Option<String>,
        /// How many at most, the newest orders first
        #[arg(long, default_value_t = 50)]
        limit: usize,
        /// Where the system listens; the admin is of ADMIN_EMAIL and ADMIN_PASSWORD, else of .local/env
        #[arg(long, default_value = DEFAULT_URL)]
        url: String,
    },
    /// Show the journal of an order's saga, entry by entry
    ///
    /// It is read from the order's database: ZAKAZ_ORDER_DB_URL, else the one of .local/env.
    Show {
        /// The order's id
        order: String,
    },
    /// Try a saga now that waits for its next attempt, or all of them
    Retry {
        /// The order's id
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        order: Option<String>,
        /// Every waiting and stuck one
        #[arg(long)]
        all: bool,
        /// Where the system listens; the admin is of ADMIN_EMAIL and ADMIN_PASSWORD, else of .local/env
        #[arg(long, default_value = DEFAULT_URL)]
        url: String,
    },
}

pub fn run(task: &Task) -> Result<()> {
    match task {
        Task::List { state, limit, url } => {
            list::run(&Admin::log_in(url)?, state.as_deref(), *limit)
        }
        Task::Show { order } => show::run(order),
        Task::Retry { order, url, .. } => retry::run(&Admin::log_in(url)?, order.as_deref()),
    }
}
