//! A service is locked out of its database: its role may not log in. Everything else works.

use std::thread;

use tokio::runtime::Builder;

use crate::{
    databases::{Database, Service},
    environment::Environment,
};

/// A service that cannot reach its database, until [`DatabaseLockout::end`]. Dropping it in a failing test ends it too.
#[must_use]
pub struct DatabaseLockout {
    service: Service,
    over: bool,
}

impl DatabaseLockout {
    /// Ends the service's connections and refuses new ones.
    pub async fn begin(service: Service) -> Self {
        let role = role(service);
        let database = Database::open(service).await;
        database
            .change(&format!("alter role {role} nologin"), &[])
            .await;
        let sql = "select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = $1";
        database.rows(sql, &[&role]).await;
        Self {
            service,
            over: false,
        }
    }

    /// Allows connections again.
    pub async fn end(mut self) {
        self.over = true;
        restore(self.service).await;
    }
}

impl Drop for DatabaseLockout {
    fn drop(&mut self) {
        if !self.over {
            let service = self.service;
            let restoring = thread::spawn(move || {
                let runtime = Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .expect("a runtime");
                runtime.block_on(restore(service));
            });
            eprintln!(
                "{service} may connect again after a failure: {:?}",
                restoring.join().is_ok()
            );
        }
    }
}

async fn restore(service: Service) {
    let sql = format!("alter role {} login", role(service));
    Database::open(service).await.change(&sql, &[]).await;
}

/// The role that the service logs in as.
fn role(service: Service) -> String {
    let (variable, usual) = match service {
        Service::Auth => ("auth_db_user", "zakaz_auth"),
        Service::Billing => ("billing_db_user", "zakaz_billing"),
        Service::Warehouse => ("warehouse_db_user", "zakaz_warehouse"),
        Service::Delivery => ("delivery_db_user", "zakaz_delivery"),
        Service::Order => ("order_db_user", "zakaz_order"),
    };
    Environment::get().variable_or(variable, usual).to_owned()
}
