//! What the databases say: the invariants, and whether all that was acknowledged is there.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use harness::databases::{Database, Databases, Service};
use harness::invariants;

use crate::installation::Installation;
use crate::reach::Reached;
use crate::wait::{self, Seen};

/// How long sagas may take to end when all is well again: a lease, some retries, a pause of recovery.
const SAGAS: Duration = Duration::from_secs(180);

/// The databases, open while this lives.
pub struct Books {
    pub databases: Databases,
    _reached: Vec<Reached>,
}

/// Where a database is, and how its owner logs in.
pub struct Place {
    pub reached: Reached,
    /// As the owner.
    pub url: String,
}

impl Place {
    pub async fn of(installation: &Installation, service: Service) -> Result<Self> {
        let service = service.to_string();
        let host = installation
            .variable(&service, &format!("{service}_db_host"))
            .await?;
        let (host, port) = host
            .rsplit_once(':')
            .with_context(|| format!("{host} has no port"))?;
        let host = host.split('.').next().unwrap_or(host);
        // Of CloudNativePG: the Service of the primary, and the Secret of the owner.
        let cluster = host.trim_end_matches("-rw");
        let kubectl = &installation.kubectl;
        let secret = format!("{cluster}-app");
        let (user, password, name) = (
            kubectl.secret(&secret, "username").await?,
            kubectl.secret(&secret, "password").await?,
            kubectl.secret(&secret, "dbname").await?,
        );
        let reached = Reached::service(kubectl, host, port.parse()?).await?;
        let url = format!("postgres://{user}:{password}@{}/{name}", reached.address);
        Ok(Self { reached, url })
    }
}

impl Books {
    pub async fn open(installation: &Installation) -> Result<Self> {
        let (mut opened, mut reached) = (Vec::new(), Vec::new());
        for service in Service::ALL {
            let place = Place::of(installation, service).await?;
            let database = Database::at(service, &place.url).await;
            opened.push(database.with_context(|| format!("opening the database of {service}"))?);
            reached.push(place.reached);
        }
        let Ok([auth, billing, warehouse, delivery, order]) = <[Database; 5]>::try_from(opened)
        else {
            bail!("there are five databases");
        };
        let databases = Databases {
            auth,
            billing,
            warehouse,
            delivery,
            order,
        };
        Ok(Self {
            databases,
            _reached: reached,
        })
    }

    /// Waits until every saga has ended; returns how long that took.
    pub async fn settled(&self) -> Result<Duration> {
        let ended = wait::until("every saga to end", SAGAS, async || {
            Ok(match self.databases.unfinished().await {
                0 => Seen::Done(()),
                left => Seen::Missing(format!("{left} have not ended")),
            })
        });
        Ok(ended.await?.1)
    }

    /// Fails when an invariant is broken.
    pub async fn balance(&self) -> Result<()> {
        let broken = invariants::violations(&self.databases).await;
        if !broken.is_empty() {
            bail!("{} violations:\n{}", broken.len(), first_of(&broken));
        }
        Ok(())
    }

    /// How many orders are READY, each with its charge when the books balance.
    pub async fn ready_orders(&self) -> i64 {
        let sql = "select count(*) from orders where status = 'READY'";
        self.databases.order.number(sql, &[]).await
    }
}

/// The first of many lines.
pub fn first_of(lines: &[String]) -> String {
    lines
        .iter()
        .take(10)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join("\n")
}
