//! The peer's certificate, and its side of TLS.

use std::{fs, net::SocketAddr, path::Path, sync::Arc};

use axum::serve::Listener;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivatePkcs8KeyDer},
};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use crate::error::Result;

/// The files of trusted certificates by system; Lambda has the second.
const SYSTEM_ROOTS: [&str; 2] =
    ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"];

/// A certificate, its key, and the authority that signed it.
#[derive(Debug)]
pub(crate) struct Identity {
    authority: String,
    certificate: CertificateDer<'static>,
    key: PrivatePkcs8KeyDer<'static>,
}

impl Identity {
    /// A new certificate for `names`, signed by an authority of its own.
    pub(crate) fn new(names: &[&str]) -> Result<Self> {
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority_key = KeyPair::generate()?;
        let pem = authority.self_signed(&authority_key)?.pem();
        let issuer = Issuer::new(authority, authority_key);
        let key = KeyPair::generate()?;
        let names: Vec<_> = names.iter().map(|&name| name.to_owned()).collect();
        let certificate = CertificateParams::new(names)?.signed_by(&key, &issuer)?;
        Ok(Self {
            authority: pem,
            certificate: certificate.der().clone(),
            key: PrivatePkcs8KeyDer::from(key.serialize_der()),
        })
    }

    /// Writes a file with the certificates that this machine trusts and that of the authority; returns their number.
    // Every start reads the system's hundreds of certificates, so the file must have them.
    pub(crate) fn write_roots(&self, path: &Path) -> Result<usize> {
        let system = SYSTEM_ROOTS.iter().find_map(|path| fs::read_to_string(path).ok());
        let roots = system.unwrap_or_default() + &self.authority;
        fs::write(path, &roots)?;
        Ok(roots.matches("-----BEGIN CERTIFICATE-----").count())
    }
}

/// Accepts connections over TLS.
pub(crate) struct TlsListener {
    listener: TcpListener,
    acceptor: TlsAcceptor,
}

impl TlsListener {
    /// The listener with this identity.
    pub(crate) fn new(listener: TcpListener, identity: Identity) -> Result<Self> {
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![identity.certificate], identity.key.into())?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { listener, acceptor: TlsAcceptor::from(Arc::new(config)) })
    }

    async fn try_to_accept(&self) -> std::io::Result<(TlsStream<TcpStream>, SocketAddr)> {
        let (stream, address) = self.listener.accept().await?;
        stream.set_nodelay(true)?;
        Ok((self.acceptor.accept(stream).await?, address))
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            // A connection without TLS gets no answer; the function then reports the error.
            if let Ok(accepted) = self.try_to_accept().await {
                return accepted;
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}
