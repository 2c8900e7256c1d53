//! TLS of outbound HTTP: as Spin, it trusts the system's certificate authorities and the public ones.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use rustls::ClientConfig;
use rustls_platform_verifier::Verifier;

/// The settings of every encrypted HTTP connection.
///
/// # Errors
/// When the system's authorities cannot be read.
pub fn client_config() -> Result<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let public = webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().cloned();
    let verifier = Verifier::new_with_extra_roots(public, Arc::clone(&provider))
        .context("cannot read the system's certificate authorities")?;
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth())
}
