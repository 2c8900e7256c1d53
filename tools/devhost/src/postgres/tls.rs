//! TLS to PostgreSQL, by the crates that Spin uses: `sslmode=require` verifies the server's certificate and
//! name, with the system's certificate authorities and those that the component gives.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use native_tls::{Certificate, TlsConnector};
use postgres_native_tls::MakeTlsConnector;

/// Certificate authorities that a component trusts beside the system's. Equal when their texts are.
#[derive(Clone)]
pub struct Authorities {
    pem: Arc<str>,
    certificates: Vec<Certificate>,
}

impl Authorities {
    /// All certificates of a PEM text.
    ///
    /// # Errors
    /// When there is none, or one of them is malformed.
    pub fn from_pem(pem: &str) -> Result<Self> {
        let certificates = Certificate::stack_from_pem(pem.as_bytes())?;
        ensure!(!certificates.is_empty(), "there is no certificate in it");
        Ok(Self {
            pem: pem.into(),
            certificates,
        })
    }

    pub fn count(&self) -> usize {
        self.certificates.len()
    }
}

impl PartialEq for Authorities {
    fn eq(&self, other: &Self) -> bool {
        self.pem == other.pem
    }
}

impl Eq for Authorities {}

impl Hash for Authorities {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.pem.hash(state);
    }
}

/// Makes encrypted connections.
pub fn connector(authorities: Option<&Authorities>) -> Result<MakeTlsConnector> {
    let mut builder = TlsConnector::builder();
    for certificate in authorities.iter().flat_map(|it| &it.certificates) {
        builder.add_root_certificate(certificate.clone());
    }
    let connector = builder.build().context("cannot set up TLS")?;
    Ok(MakeTlsConnector::new(connector))
}
