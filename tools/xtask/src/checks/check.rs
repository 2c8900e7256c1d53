use clap::ValueEnum;

/// One check. They run in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Check {
    /// The format of the code
    Fmt,
    /// No circle of imports between files, folders or packages
    Structure,
    /// Clippy, for this machine and for WebAssembly; warnings are errors
    Clippy,
    /// The components, their host and all test programs are built
    Build,
    /// Unit and property tests, and tests of the SQL on a real PostgreSQL
    Unit,
    /// The charts in deploy/, without a cluster
    Charts,
    /// The charts' databases on a real PostgreSQL: the operator's roles, a failover, migrations and their rollback
    Databases,
    /// Every fault at every call of a saga, and a thousand sagas that lose their driver
    Faults,
    /// A minute of random kills, outages and faults under load
    Storm,
    /// Orders' events from a real RabbitMQ that is killed, slow or absent
    Events,
    /// The charts on a real Prometheus and the gateway's own Envoy: every panel has data, alerts fire and end
    Prometheus,
    /// The HTTP contract, against a running system
    E2e,
    /// The demo, with the results that it must have
    Demo,
    /// The host is killed and PostgreSQL is stopped while sagas run; then all invariants are checked
    Restart,
    /// Every operation of the API document against what the services answer. The last, since its guesses at
    /// passwords use up the administrator's attempts
    Api,
    /// The charts on the cluster of KUBECONFIG, by the quickstart's commands: installed, upgraded, broken, restored
    Cluster,
}

impl Check {
    pub fn name(self) -> String {
        self.to_possible_value()
            .map(|value| value.get_name().to_owned())
            .unwrap_or_default()
    }

    /// Whether it runs the components.
    pub fn needs_components(self) -> bool {
        self >= Self::Faults && self != Self::Cluster
    }
}
