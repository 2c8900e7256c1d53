//! A certificate authority of a test, and a server's certificate by it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use local_resources::{TemporaryFolder, random_hex};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;

pub struct Certified {
    /// The settings of a server with the certificate.
    pub config: Arc<ServerConfig>,
    /// The authority's certificate, in PEM.
    pub authority: String,
}

impl Certified {
    /// A certificate for a server of this name.
    pub fn new(name: &str) -> Self {
        let mut authority = CertificateParams::new([]).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        // OpenSSL finds an issuer by its name.
        let authority_name = format!("authority {}", random_hex(8).unwrap());
        let names = &mut authority.distinguished_name;
        names.push(DnType::CommonName, authority_name);
        let authority =
            CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let mut certificate = CertificateParams::new([name.to_owned()]).unwrap();
        let names = &mut certificate.distinguished_name;
        names.push(DnType::CommonName, name);
        let certificate = certificate.signed_by(&key, &authority).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        Self {
            config: Arc::new(config),
            authority: authority.pem(),
        }
    }
}

/// A file of certificate authorities, which `SSL_CERT_FILE` can make the system's.
pub struct AuthorityFile {
    path: PathBuf,
    _folder: TemporaryFolder,
}

impl AuthorityFile {
    pub fn new(pem: &str) -> Self {
        let folder = TemporaryFolder::new().unwrap();
        let path = folder.path().join("authorities.pem");
        std::fs::write(&path, pem).unwrap();
        Self {
            path,
            _folder: folder,
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}
