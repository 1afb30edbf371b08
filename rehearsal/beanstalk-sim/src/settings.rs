//! The settings of a simulator.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use axum::http::Uri;
use axum::http::uri::Authority;
use jiff::Timestamp;

use crate::error::Error;
use crate::host_name::is_host_label;

/// The number of digits of an account.
const DIGITS: usize = 12;
/// The schemes that an endpoint may have.
const PLAIN: [&str; 1] = ["http"];
const ANY: [&str; 2] = ["http", "https"];

/// The settings of a [`Simulator`](crate::Simulator).
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The address of the API and of the control API. Port 0 selects a free port. Default: `127.0.0.1:0`.
    pub listen: SocketAddr,
    /// The port on which every environment serves its site. `None` (the default) or 0 selects a free port and
    /// reserves it.
    pub data_port: Option<u16>,
    /// The address of the first environment; the others get the next free addresses. Default: `127.0.1.1`.
    pub first_address: Ipv4Addr,
    /// The region in names, ARNs and host names. Default: `us-east-1`.
    pub region: String,
    /// The twelve-digit account in ARNs. Default: `000000000000`.
    pub account: String,
    /// The quota of applications. Default: 75, as in a new account of AWS.
    pub application_quota: usize,
    /// The quota of environments. Default: 200, as in a new account of AWS.
    pub environment_quota: usize,
    /// The speed of time: how many times as fast as the real service. Default: 1, which is real time.
    ///
    /// Only waiting is shorter. Dates on the wire are those of the wall clock, unless `start_time` is set.
    pub time_scale: f64,
    /// The duration of a successful deployment, in simulated seconds. Default: 42.
    ///
    /// All operations that contain a deployment (creation, failures, time-outs) are scaled in proportion.
    pub deploy_seconds: f64,
    /// The seconds of real time that a process gets at least to listen on its port, with any time scale. Default: 60.
    ///
    /// The command timeout of the environment applies to processes too, and may be longer.
    pub process_seconds: f64,
    /// The S3 endpoint of the source bundles. Requests use path-style addresses and dummy credentials.
    ///
    /// With `None` (the default), endpoint and credentials come from the usual variables of the AWS SDKs.
    pub s3_endpoint: Option<String>,
    /// Whether time is stopped and moved by the control API. Default: no.
    ///
    /// Dates on the wire then start at `start_time`, or at the wall clock's time.
    pub manual_time: bool,
    /// The start of dates on the wire, which then count simulated seconds. With `None` (the default), they are those
    /// of the wall clock.
    pub start_time: Option<Timestamp>,
    /// The seed of generated names. The same seed and the same calls give the same names, dates and events. Default:
    /// random.
    pub seed: Option<u64>,
    /// The file that keeps the state between runs. With `None` (the default), the state is not kept.
    pub state: Option<PathBuf>,
    /// The EventBridge endpoint that receives the events of environments, such as an emulator's. Default: none.
    pub events_endpoint: Option<String>,
}

impl Settings {
    /// Refuses invalid values, except those that only the operating system can reject.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let complaints = [
            ("region", region(&self.region)),
            ("account", account(&self.account)),
            ("first_address", first_address(self.first_address)),
            ("time_scale", positive(self.time_scale)),
            ("deploy_seconds", positive(self.deploy_seconds)),
            ("process_seconds", positive(self.process_seconds)),
            ("s3_endpoint", self.s3_endpoint.as_deref().and_then(|url| endpoint(url, &ANY).err())),
        ];
        match complaints.into_iter().find_map(|(name, complaint)| Some((name, complaint?))) {
            Some((name, problem)) => Err(Error::Setting { name, problem }),
            None => self.events().map(drop),
        }
    }

    /// The EventBridge endpoint, if any.
    pub(crate) fn events(&self) -> Result<Option<Uri>, Error> {
        let url = self.events_endpoint.as_deref();
        let named = |problem| Error::Setting { name: "events_endpoint", problem };
        url.map(|url| endpoint(url, &PLAIN)).transpose().map_err(named)
    }

    /// The start of simulated dates; `None` if dates are those of the wall clock.
    pub(crate) fn epoch(&self) -> Option<Timestamp> {
        self.start_time.or_else(|| self.manual_time.then(Timestamp::now))
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            data_port: None,
            first_address: Ipv4Addr::new(127, 0, 1, 1),
            region: "us-east-1".to_owned(),
            account: "000000000000".to_owned(),
            application_quota: 75,
            environment_quota: 200,
            time_scale: 1.0,
            deploy_seconds: 42.0,
            process_seconds: 60.0,
            s3_endpoint: None,
            manual_time: false,
            start_time: None,
            seed: None,
            state: None,
            events_endpoint: None,
        }
    }
}

fn region(name: &str) -> Option<String> {
    let good = !name.is_empty() && is_host_label(name) && name.to_lowercase() == name;
    (!good).then(|| format!("must be the name of a region such as `us-east-1`, not `{name}`"))
}

fn account(id: &str) -> Option<String> {
    let good = id.len() == DIGITS && id.bytes().all(|byte| byte.is_ascii_digit());
    (!good).then(|| format!("must be {DIGITS} digits, not `{id}`"))
}

fn first_address(address: Ipv4Addr) -> Option<String> {
    let bad = address.is_unspecified() || address.is_multicast() || address.is_broadcast();
    bad.then(|| format!("must be an address of this machine such as `127.0.1.1`, not `{address}`"))
}

fn positive(number: f64) -> Option<String> {
    let good = number.is_finite() && number > 0.0;
    (!good).then(|| format!("must be a positive number, not `{number}`"))
}

/// Parses an endpoint. It may have a path, as those of some emulators do.
fn endpoint(text: &str, schemes: &[&str]) -> Result<Uri, String> {
    let is_good = |uri: &Uri| {
        uri.scheme_str().is_some_and(|scheme| schemes.contains(&scheme))
            && uri.authority().is_some_and(is_place)
            && uri.query().is_none()
    };
    text.parse().ok().filter(is_good).ok_or_else(|| {
        let known = schemes.join(" or ");
        format!("must be a URL with {known}, such as `http://127.0.0.1:4566`, not `{text}`")
    })
}

/// Whether an authority is a host with an optional, valid port.
fn is_place(authority: &Authority) -> bool {
    let (host, all) = (authority.host(), authority.as_str());
    !host.is_empty() && (all == host || authority.port_u16().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(settings: &Settings) -> String {
        settings.check().unwrap_err().to_string()
    }

    #[test]
    fn invalid_settings_are_refused_by_name() {
        let usual = Settings::default;
        let events = |url: &str| Settings { events_endpoint: Some(url.to_owned()), ..usual() };
        let s3 = |url: &str| Settings { s3_endpoint: Some(url.to_owned()), ..usual() };
        let complaints = [
            Settings { account: "12".to_owned(), ..usual() },
            Settings { account: "12345678901x".to_owned(), ..usual() },
            Settings { region: String::new(), ..usual() },
            Settings { region: "US East".to_owned(), ..usual() },
            Settings { first_address: Ipv4Addr::UNSPECIFIED, ..usual() },
            Settings { time_scale: 0.0, ..usual() },
            Settings { deploy_seconds: f64::NAN, ..usual() },
            Settings { process_seconds: -1.0, ..usual() },
            s3("127.0.0.1:4566"),
            s3("ftp://127.0.0.1"),
            s3("http://127.0.0.1:99999"),
            s3("http://"),
            events("https://127.0.0.1:4566"),
        ]
        .map(|settings| complaint(&settings));
        insta::assert_snapshot!(complaints.join("\n"));
        for url in
            ["http://127.0.0.1:4566", "https://s3.example.com/", "http://[::1]", "http://[::1]:80"]
        {
            assert!(s3(url).check().is_ok(), "{url}");
        }
        assert!(usual().check().is_ok());
    }
}
