//! TLS to the outside: the usual certificate authorities, and those that a component trusts as well.

use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

/// Trusts the public authorities and `additional` ones.
pub fn config(additional: &[CertificateDer<'static>]) -> ClientConfig {
    let mut roots = RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    roots.add_parsable_certificates(additional.iter().cloned());
    ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap_or_else(|_| unreachable!("ring does every protocol version that is on by default"))
        .with_root_certificates(roots)
        .with_no_client_auth()
}

/// The certificates of a PEM text, each of which can be an authority.
pub fn certificates(pem: &str) -> Result<Vec<CertificateDer<'static>>> {
    let certificates = CertificateDer::pem_slice_iter(pem.as_bytes())
        .collect::<Result<Vec<_>, _>>()
        .context("not a PEM text")?;
    if certificates.is_empty() {
        bail!("there is no certificate in it");
    }
    for certificate in &certificates {
        RootCertStore::empty()
            .add(certificate.clone())
            .context("not an authority's certificate")?;
    }
    Ok(certificates)
}
