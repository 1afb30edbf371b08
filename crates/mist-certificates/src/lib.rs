//! The certificate that an environment presents for a stack's domain.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use rustls::{CertificateError, ClientConfig, pki_types::ServerName};
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use x509_parser::parse_x509_certificate;

/// The time limit for a TLS handshake.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A check of certificates, like that of a browser: with the root certificates of this system.
#[derive(Clone)]
pub struct Certificates {
    config: Arc<ClientConfig>,
}

/// The result of a check.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Certificate {
    /// The certificate is valid for the domain.
    Valid {
        /// The time when it expires.
        until: Timestamp,
    },
    /// Browsers refuse the certificate; the reason.
    Invalid(String),
    /// There was no handshake; the reason.
    Unavailable(String),
}

impl Certificates {
    /// Trusts the root certificates of this system. The error says why they cannot be read.
    pub fn of_system() -> Result<Self, String> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(BuilderVerifierExt::with_platform_verifier)
            .map_err(|error| error.to_string())?;
        Ok(Self::new(config.with_no_client_auth()))
    }

    /// Trusts the root certificates of `config`.
    pub fn new(config: ClientConfig) -> Self {
        Self { config: Arc::new(config) }
    }

    /// Checks the certificate that `address` presents at `port` for `domain`.
    pub async fn check(&self, address: &str, port: u16, domain: &str) -> Certificate {
        match tokio::time::timeout(TIMEOUT, self.handshake(address, port, domain)).await {
            Ok(shown) => shown,
            Err(_) => Certificate::Unavailable(format!("no answer within {} s", TIMEOUT.as_secs())),
        }
    }

    async fn handshake(&self, address: &str, port: u16, domain: &str) -> Certificate {
        let Ok(name) = ServerName::try_from(domain.to_owned()) else {
            return Certificate::Unavailable(format!("`{domain}` is not a DNS name"));
        };
        let stream = match TcpStream::connect((address, port)).await {
            Ok(stream) => stream,
            Err(error) => return Certificate::Unavailable(error.to_string()),
        };
        let stream = match TlsConnector::from(Arc::clone(&self.config)).connect(name, stream).await
        {
            Ok(stream) => stream,
            Err(error) => return refused(&error, domain),
        };
        let (_, session) = stream.get_ref();
        let first = session.peer_certificates().and_then(|chain| chain.first());
        let parsed = first.and_then(|first| parse_x509_certificate(first).ok());
        let until = parsed.map(|(_, shown)| shown.validity().not_after.timestamp());
        match until.and_then(|until| Timestamp::from_second(until).ok()) {
            Some(until) => Certificate::Valid { until },
            None => Certificate::Invalid("its dates cannot be read".to_owned()),
        }
    }
}

impl std::fmt::Debug for Certificates {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Certificates").finish_non_exhaustive()
    }
}

fn refused(error: &std::io::Error, domain: &str) -> Certificate {
    let reason = error.get_ref().and_then(|error| error.downcast_ref::<rustls::Error>());
    let Some(rustls::Error::InvalidCertificate(problem)) = reason else {
        return Certificate::Unavailable(error.to_string());
    };
    Certificate::Invalid(match problem {
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            format!("it does not cover `{domain}`")
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "it has expired".to_owned()
        }
        CertificateError::UnknownIssuer => "its issuer is not trusted".to_owned(),
        other => other.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
    use rustls::{
        RootCertStore, ServerConfig,
        pki_types::{CertificateDer, PrivatePkcs8KeyDer},
    };
    use tokio::net::TcpListener;
    use tokio_rustls::TlsAcceptor;

    use super::*;

    const DOMAIN: &str = "qa.mist.test";

    /// The port of a server whose certificate is for `names` until `year`, and a check that trusts its issuer.
    async fn server(names: &[&str], year: i32) -> (u16, Certificates) {
        let key = KeyPair::generate().unwrap();
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = authority.self_signed(&key).unwrap().der().clone();
        let issuer = Issuer::new(authority, key);
        let key = KeyPair::generate().unwrap();
        let names: Vec<_> = names.iter().map(ToString::to_string).collect();
        let mut certificate = CertificateParams::new(names).unwrap();
        certificate.not_after = date_time_ymd(year, 1, 2);
        let certificate = certificate.signed_by(&key, &issuer).unwrap();
        let port = serve(certificate.der().clone(), &key).await;
        (port, trusting(&root))
    }

    fn ring() -> Arc<rustls::crypto::CryptoProvider> {
        Arc::new(rustls::crypto::ring::default_provider())
    }

    async fn serve(certificate: CertificateDer<'static>, key: &KeyPair) -> u16 {
        let key = PrivatePkcs8KeyDer::from(key.serialize_der());
        let config = ServerConfig::builder_with_provider(ring())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key.into())
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                drop(acceptor.accept(stream).await);
            }
        });
        port
    }

    fn trusting(root: &CertificateDer<'static>) -> Certificates {
        let mut roots = RootCertStore::empty();
        roots.add(root.clone()).unwrap();
        let config = ClientConfig::builder_with_provider(ring())
            .with_safe_default_protocol_versions()
            .unwrap();
        Certificates::new(config.with_root_certificates(roots).with_no_client_auth())
    }

    #[tokio::test]
    async fn a_valid_certificate_has_an_end() {
        let (port, certificates) = server(&[DOMAIN], 2075).await;
        let shown = certificates.check("127.0.0.1", port, DOMAIN).await;
        let until = "2075-01-02T00:00:00Z".parse().unwrap();
        assert_eq!(shown, Certificate::Valid { until });
    }

    #[tokio::test]
    async fn a_certificate_for_another_name_is_invalid() {
        let (port, certificates) = server(&["www.mist.test"], 2075).await;
        let shown = certificates.check("127.0.0.1", port, DOMAIN).await;
        assert_eq!(shown, Certificate::Invalid("it does not cover `qa.mist.test`".to_owned()));
    }

    #[tokio::test]
    async fn an_expired_certificate_is_invalid() {
        let (port, certificates) = server(&[DOMAIN], 2001).await;
        let shown = certificates.check("127.0.0.1", port, DOMAIN).await;
        assert_eq!(shown, Certificate::Invalid("it has expired".to_owned()));
    }

    #[tokio::test]
    async fn a_certificate_of_an_untrusted_issuer_is_invalid() {
        let (port, _) = server(&[DOMAIN], 2075).await;
        let (_, others) = server(&[DOMAIN], 2075).await;
        let shown = others.check("127.0.0.1", port, DOMAIN).await;
        assert!(matches!(shown, Certificate::Invalid(_)), "{shown:?}");
    }

    #[tokio::test]
    async fn without_a_server_there_is_no_certificate() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let (_, certificates) = server(&[DOMAIN], 2075).await;
        let shown = certificates.check("127.0.0.1", port, DOMAIN).await;
        assert!(matches!(shown, Certificate::Unavailable(_)), "{shown:?}");
    }

    #[test]
    fn the_system_has_root_certificates() {
        Certificates::of_system().unwrap();
    }
}
