//! The address of a database, and whether what is sent there is encrypted.

use std::{net::IpAddr, str::FromStr, sync::Arc, time::Duration};

use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};
use tokio_postgres::{
    Config,
    config::{Host, SslMode, TargetSessionAttrs},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::PostgresOptions;
use crate::engine::EngineError;

/// Whether a text is the address of a database: it begins with `postgres://` or `postgresql://`. Where a
/// program takes either, everything else is the path of a ledger's file.
#[must_use]
pub fn is_database_url(text: &str) -> bool {
    text.starts_with("postgres://") || text.starts_with("postgresql://")
}

/// Where to connect to, and how.
pub(super) struct Target {
    /// One for each host.
    pub(super) hosts: Vec<Config>,
    /// None where all hosts are this machine itself.
    pub(super) tls: Option<MakeRustlsConnect>,
}

pub(super) fn read(options: &PostgresOptions) -> Result<Target, EngineError> {
    let refused = |why: String| EngineError::Refused(why);
    let mut config = Config::from_str(&options.url)
        .map_err(|error| refused(format!("the database's address can't be read: {error}")))?;
    if config.get_hosts().is_empty() {
        return Err(refused("the database's address names no host".into()));
    }
    let wants_tls = config.get_ssl_mode() == SslMode::Require || options.certificates.is_some();
    // Where an address is given too, it is the address that is connected to, not the name.
    let is_here = config.get_hosts().iter().all(is_this_machine)
        && config.get_hostaddrs().iter().all(IpAddr::is_loopback);
    if is_here && !wants_tls {
        config.ssl_mode(SslMode::Disable);
        return Ok(Target { hosts: each_host(&config, options.deadline), tls: None });
    }
    // The default of this mode would go on in plain text where the server offers nothing else.
    config.ssl_mode(SslMode::Require);
    let Some(path) = &options.certificates else {
        return Err(refused(
            "another machine is reached through TLS alone: name a file with the certificates (PEM) \
             that the database's has to be signed by"
                .into(),
        ));
    };
    let told = |error: String| refused(format!("{}: {error}", path.display()));
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|e| told(e.to_string()))? {
        let certificate = certificate.map_err(|error| told(error.to_string()))?;
        roots.add(certificate).map_err(|error| told(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(told("there is no certificate in it".into()));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let client = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| refused(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Target {
        hosts: each_host(&config, options.deadline),
        tls: Some(MakeRustlsConnect::new(client)),
    })
}

/// The same address for each host alone, so that they can be tried at the same time.
fn each_host(all: &Config, deadline: Duration) -> Vec<Config> {
    let one = |(place, host): (usize, &Host)| {
        let mut one = Config::new();
        match host {
            Host::Tcp(name) => one.host(name),
            #[cfg(unix)]
            Host::Unix(path) => one.host_path(path),
        };
        if let Some(address) = all.get_hostaddrs().get(place) {
            one.hostaddr(*address);
        }
        if let Some(port) = all.get_ports().get(place).or(all.get_ports().first()) {
            one.port(*port);
        }
        if let Some(user) = all.get_user() {
            one.user(user);
        }
        if let Some(password) = all.get_password() {
            one.password(password);
        }
        if let Some(database) = all.get_dbname() {
            one.dbname(database);
        }
        if let Some(options) = all.get_options() {
            one.options(options);
        }
        one.ssl_mode(all.get_ssl_mode())
            .ssl_negotiation(all.get_ssl_negotiation())
            .channel_binding(all.get_channel_binding())
            .application_name("refundry")
            .target_session_attrs(TargetSessionAttrs::ReadWrite)
            .connect_timeout(deadline)
            .keepalives_idle(deadline)
            .tcp_user_timeout(deadline);
        one
    };
    all.get_hosts().iter().enumerate().map(one).collect()
}

fn is_this_machine(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(url: &str) -> String {
        read(&PostgresOptions::at(url)).err().map_or_else(String::new, |error| error.to_string())
    }

    #[test]
    fn plain_text_goes_to_this_machine_alone() {
        for url in [
            "postgres://u@localhost/d",
            "postgres://u@127.0.0.1/d",
            "postgres://u@[::1]/d",
            "host=/run/x user=u",
            "host=localhost hostaddr=127.0.0.1 user=u",
        ] {
            assert_eq!(refused(url), "", "{url}");
        }
        for url in [
            "postgres://u@db.example/d",
            "postgres://u@db.example/d?sslmode=disable",
            "postgres://u@127.0.0.1,db.example/d",
            "postgres://u@localhost.example/d",
            "postgres://u@127.0.0.1/d?sslmode=require",
            "host=localhost hostaddr=192.0.2.1 user=u",
            "host=localhost,localhost hostaddr=127.0.0.1,192.0.2.1 user=u",
        ] {
            assert!(refused(url).contains("through TLS alone"), "{url}: {}", refused(url));
        }
    }

    #[test]
    fn an_address_is_not_repeated_with_its_password() {
        let said = refused("postgres://u:secret@/?nonsense=1");
        assert!(said.contains("can't be read") && !said.contains("secret"), "{said}");
        assert!(
            !format!("{:?}", PostgresOptions::at("postgres://u:secret@h/d")).contains("secret")
        );
    }
}
