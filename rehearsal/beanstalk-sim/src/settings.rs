//! What a simulator can be told at its start.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use axum::http::Uri;
use axum::http::uri::Authority;
use jiff::Timestamp;

use crate::error::Error;
use crate::host_name::is_host_label;

/// The digits of an account.
const DIGITS: usize = 12;
/// The schemes of endpoints.
const PLAIN: [&str; 1] = ["http"];
const ANY: [&str; 2] = ["http", "https"];

/// How to start a [`Simulator`](crate::Simulator).
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Where the API and the control API listen; port 0 picks a free one.
    pub listen: SocketAddr,
    /// The port on which every environment serves its site; `None` or 0 picks a free one and keeps it reserved.
    pub data_port: Option<u16>,
    /// The address of the first environment; the others follow, and addresses in use are skipped.
    pub first_address: Ipv4Addr,
    /// The region that names, ARNs and host names carry.
    pub region: String,
    /// The twelve-digit account that ARNs carry.
    pub account: String,
    /// How many applications the account may have, which AWS raises for those who ask.
    pub application_quota: usize,
    /// How many environments the account may have, which AWS raises as well.
    pub environment_quota: usize,
    /// How many times faster than the real service everything runs; 1 is real time.
    ///
    /// Only waiting shrinks: dates on the wire are those of the wall clock, unless there is a `start_time`.
    pub time_scale: f64,
    /// How long a successful deployment takes, in seconds before scaling.
    ///
    /// Every stream that contains a deployment (create, failures, time-outs) keeps its proportion to it.
    pub deploy_seconds: f64,
    /// The S3 endpoint that holds the source bundles, spoken to with path-style addresses and dummy credentials.
    ///
    /// `None` leaves endpoint and credentials to the usual variables of the AWS SDKs.
    pub s3_endpoint: Option<String>,
    /// Time stands still until the control API moves it.
    ///
    /// Dates on the wire then count from `start_time`, or from the wall clock's time at the start.
    pub manual_time: bool,
    /// Dates on the wire count simulated seconds from here, instead of being those of the wall clock.
    pub start_time: Option<Timestamp>,
    /// What all names that the service makes up follow from; the same seed and the same calls make the same story.
    pub seed: Option<u64>,
    /// The file that keeps what the service knows from one run to the next; without one, everything is forgotten.
    pub state: Option<PathBuf>,
    /// The EventBridge endpoint that is told what happens to environments, such as an emulator's.
    pub events_endpoint: Option<String>,
}

impl Settings {
    /// Refuses values that make no sense, but for those that only the operating system can judge.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let complaints = [
            ("region", region(&self.region)),
            ("account", account(&self.account)),
            ("first_address", first_address(self.first_address)),
            ("time_scale", positive(self.time_scale)),
            ("deploy_seconds", positive(self.deploy_seconds)),
            ("s3_endpoint", self.s3_endpoint.as_deref().and_then(|url| endpoint(url, &ANY).err())),
        ];
        match complaints.into_iter().find_map(|(name, complaint)| Some((name, complaint?))) {
            Some((name, problem)) => Err(Error::Setting { name, problem }),
            None => self.events().map(drop),
        }
    }

    /// The EventBridge that is told, if any.
    pub(crate) fn events(&self) -> Result<Option<Uri>, Error> {
        let url = self.events_endpoint.as_deref();
        let named = |problem| Error::Setting { name: "events_endpoint", problem };
        url.map(|url| endpoint(url, &PLAIN)).transpose().map_err(named)
    }

    /// What dates count from, unless they are those of the wall clock.
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

/// Paths are fine, as some emulators have one.
fn endpoint(text: &str, schemes: &[&str]) -> Result<Uri, String> {
    let is_good = |uri: &Uri| {
        uri.scheme_str().is_some_and(|scheme| schemes.contains(&scheme))
            && uri.authority().is_some_and(is_place)
            && uri.query().is_none()
    };
    text.parse().ok().filter(is_good).ok_or_else(|| {
        let known = schemes.join(" or ");
        format!("must be an address with {known}, such as `http://127.0.0.1:4566`, not `{text}`")
    })
}

/// A host, and a port that is one if there is any.
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
    fn what_makes_no_sense_is_refused_by_name() {
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
