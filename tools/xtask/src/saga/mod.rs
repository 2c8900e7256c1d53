//! `cargo xtask saga`: a person's eyes and hands for the sagas of a running system.

mod journal;
mod list;
mod retry;
mod show;

use anyhow::{Result, bail};
use clap::Subcommand;

use crate::client::Client;
use crate::demo::{self, USUAL_URL};

#[derive(Subcommand)]
pub enum Task {
    /// List the sagas that have not ended, the stuck ones first
    List {
        /// Those of one state instead
        #[arg(long, value_parser = list::STATES, ignore_case = true)]
        state: Option<String>,
        /// How many at the most, the newest orders first
        #[arg(long, default_value_t = 50)]
        limit: usize,
        /// Where the system listens; the admin is of ADMIN_EMAIL and ADMIN_PASSWORD, else of .local/env
        #[arg(long, default_value = USUAL_URL)]
        url: String,
    },
    /// Tell the journal of an order's saga, entry by entry
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
        #[arg(long, default_value = USUAL_URL)]
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

/// The administrator of a running system.
struct Admin {
    client: Client,
    token: String,
}

impl Admin {
    fn log_in(url: &str) -> Result<Self> {
        let client = Client::new(url, "en");
        if !client.is_there() {
            bail!(
                "nothing answers at {url}/api/orders/healthz; where is Zakaz running? --url says it"
            );
        }
        let admin = demo::credentials()?;
        let token = client.log_in(&admin.email, &admin.password)?;
        Ok(Self { client, token })
    }
}
