//! A stack: two environments, and a DNS record that points to one of them.

use super::beanstalk;
use super::bundle::{BUNDLES, bundle};
use super::dns::{Record, ZONE};
use crate::cloud::Cloud;
use crate::error::Error;

/// The specification of a stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackSpec {
    /// The name of the stack, such as `QA`.
    pub name: String,
    /// The application of Elastic Beanstalk, which is created unless it exists.
    pub application: String,
    /// The DNS name of the stack, within [`ZONE`].
    pub domain: String,
    /// The names of the environments of sides A and B, which are also their CNAME prefixes.
    pub environments: [String; 2],
    /// The version of side A, which the record points to.
    pub live: Version,
    /// The version of side B; `None` leaves the sample application there.
    pub idle: Option<Version>,
    /// The type of the record.
    pub record: Record,
    /// The names and values of secrets in Secrets Manager.
    pub secrets: Vec<(String, String)>,
}

/// A version with its source bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// The label.
    pub label: String,
    /// The zip.
    pub bundle: Vec<u8>,
}

/// A stack that was built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stack {
    /// The specification that it was built from.
    pub spec: StackSpec,
    /// The identifier of the hosted zone, such as `Z0123456789ABC`.
    pub zone: String,
    /// The CNAMEs of the environments of sides A and B.
    pub cnames: [String; 2],
    /// The URL of the stack for clients of the cloud's DNS, such as `http://qa.mist.test:20080/`.
    pub url: String,
}

impl StackSpec {
    /// A stack of the application `shop` with environments `<name>-a` and `<name>-b`, the site
    /// `<name>.mist.test` (both in lower case) with a TTL of 60 s, version `1` on side A and nothing on side B.
    pub fn new(name: &str) -> Self {
        let lower = name.to_lowercase();
        Self {
            name: name.to_owned(),
            application: "shop".to_owned(),
            domain: format!("{lower}.{ZONE}"),
            environments: [format!("{lower}-a"), format!("{lower}-b")],
            live: Version::page("1"),
            idle: None,
            record: Record::Cname { ttl: 60 },
            secrets: Vec::new(),
        }
    }
}

impl Version {
    /// A version whose only page shows its label.
    pub fn page(label: &str) -> Self {
        Self { label: label.to_owned(), bundle: bundle(&[("index.html", label)]) }
    }
}

/// Builds the stack and waits until it is ready.
pub(crate) async fn build(cloud: &Cloud, spec: StackSpec) -> Result<Stack, Error> {
    cloud.application(&spec.application).await?;
    let [side_a, side_b] = &spec.environments;
    let (zone, secrets, cname_a, cname_b) = tokio::join!(
        cloud.zone(),
        store_secrets(cloud, &spec.secrets),
        side(cloud, &spec.application, side_a, Some(&spec.live)),
        side(cloud, &spec.application, side_b, spec.idle.as_ref()),
    );
    secrets?;
    let (zone, cnames) = (zone?, [cname_a?, cname_b?]);
    cloud.point(&spec.domain, &cnames[0], spec.record).await?;
    let url = format!("http://{}:{}/", spec.domain, cloud.data_port());
    Ok(Stack { spec, zone, cnames, url })
}

async fn side(
    cloud: &Cloud,
    application: &str,
    environment: &str,
    version: Option<&Version>,
) -> Result<String, Error> {
    if let Some(version) = version {
        let key = format!("{application}/{}.zip", version.label);
        cloud.upload(BUNDLES, &key, version.bundle.clone()).await?;
        beanstalk::make_version(cloud, application, &version.label, BUNDLES, &key).await?;
    }
    let label = version.map(|version| version.label.as_str());
    beanstalk::make_environment(cloud, application, environment, label).await
}

async fn store_secrets(cloud: &Cloud, secrets: &[(String, String)]) -> Result<(), Error> {
    for (name, value) in secrets {
        cloud.secret(name, value).await?;
    }
    Ok(())
}
