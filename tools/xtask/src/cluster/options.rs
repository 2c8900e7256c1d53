use std::path::PathBuf;

use clap::Args;

#[derive(Args)]
pub struct Options {
    /// An existing cluster, instead of one that kind makes; what is there already is left as it is
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// End it: the cluster of kind; with --kubeconfig the releases, while databases and secrets stay
    #[arg(long)]
    pub delete: bool,
    /// The namespace
    #[arg(long, default_value = "zakaz")]
    pub namespace: String,
    /// With --kubeconfig: where the images are pushed already; without it REGISTRY
    #[arg(long, requires = "kubeconfig")]
    pub registry: Option<String>,
    /// With --kubeconfig: their tag; without it TAG
    #[arg(long, requires = "kubeconfig")]
    pub tag: Option<String>,
    /// More values for the services, such as those of a mirror of all images
    #[arg(long, value_name = "FILE")]
    pub values: Option<PathBuf>,
    /// More values for `metrics`
    #[arg(long, value_name = "FILE")]
    pub metrics_values: Option<PathBuf>,
}
