//! What `mist.yaml` will say, with what is still missing.

use mist_core::stack::{config::Config, warm_up::Scheme};
use serde_json::{Map, Value, json};

use super::{
    Given, Note,
    read::{Old, OldStack},
};

/// A field that must be there.
#[derive(Clone, Debug)]
pub(super) enum Field {
    /// It is known.
    Known(String),
    /// A person must fill it in; this says with what.
    Open(String),
}

impl Field {
    fn from(known: Option<&String>, open: impl Into<String>) -> Self {
        known.cloned().map_or_else(|| Self::Open(open.into()), Self::Known)
    }

    // A value that is good as a value of its kind, so that all the rest can be checked.
    fn or(&self, stand_in: impl Into<String>) -> String {
        match self {
            Self::Known(value) => value.clone(),
            Self::Open(_) => stand_in.into(),
        }
    }
}

/// What `mist.yaml` will say.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) application: Field,
    pub(super) region: Field,
    pub(super) bucket: Field,
    pub(super) stacks: Vec<DraftStack>,
    pub(super) secrets: Vec<Note>,
    pub(super) left_out: Vec<Note>,
    pub(super) different: Vec<Note>,
}

/// What it will say about a stack.
#[derive(Debug)]
pub(super) struct DraftStack {
    pub(super) name: String,
    pub(super) domain: Field,
    pub(super) hosted_zone_id: Field,
    pub(super) environments: [Field; 2],
    pub(super) paths: Option<String>,
    pub(super) https: bool,
    pub(super) port: Option<u16>,
    pub(super) basic_auth_secret: Option<String>,
    pub(super) new_relic: Option<String>,
}

/// The secret of New Relic's key, one for all stacks.
pub(super) const NEW_RELIC_SECRET: &str = "mist/new-relic";

impl Draft {
    /// Carries over what can be.
    pub(super) fn new(old: &Old, given: &Given) -> Self {
        let mut draft = Self {
            application: Field::from(
                old.application.as_ref(),
                "the name of the Beanstalk application",
            ),
            region: Field::from(
                old.region.as_ref(),
                "the AWS region of the environments, such as eu-west-1",
            ),
            bucket: Field::from(
                given.bucket.as_ref(),
                "the output ArtifactBucket of the installation",
            ),
            stacks: Vec::new(),
            secrets: Vec::new(),
            left_out: Vec::new(),
            different: Vec::new(),
        };
        for stack in &old.stacks {
            let carried = draft.stack(stack, zone(old, given));
            draft.stacks.push(carried);
        }
        if old.new_relic_key || draft.stacks.iter().any(|stack| stack.new_relic.is_some()) {
            let how =
                "the user key of New Relic (NRAK-…); `mist setup` stores it from NEWRELIC_API_KEY";
            draft.secrets.push(Note::new(NEW_RELIC_SECRET, how));
        }
        if old.dns_keys {
            let how = "the keys for Route 53; `mist setup` stores them from AWS_DNS_ACCESS_KEY_ID and \
                       AWS_DNS_SECRET_ACCESS_KEY";
            draft.secrets.push(Note::new("mist-dns/route53", how));
        }
        if old.aws_keys {
            let why =
                "mist takes keys from where every AWS tool takes them: environment, profile, role";
            draft.left_out.push(Note::new("access keys of AWS", why));
        }
        let ttl = "60 s from the first swap on, where the first mist wrote 300";
        draft.different.push(Note::new("record.ttlSeconds", ttl));
        if let Some(stack) = draft.stacks.iter().find(|it| it.name != it.name.to_uppercase()) {
            let name = &stack.name;
            let why = format!("takes the name of a stack as it is written: -s {name}");
            draft.different.push(Note::new("-s", why));
        }
        draft
    }

    fn stack(&mut self, old: &OldStack, zone: Field) -> DraftStack {
        let name = &old.name;
        let domain =
            old.domain.as_ref().map(|name| name.trim_end_matches('.').to_ascii_lowercase());
        let hint = old.endpoint.as_ref().map_or("such as qa.example.com".to_owned(), |endpoint| {
            format!("`endpoint` leads to {}", endpoint.host)
        });
        let uris: Vec<_> = old.environments.iter().filter_map(|it| it.uri.as_ref()).collect();
        let asked = old.endpoint.as_ref().or_else(|| uris.first().copied());
        let https = asked.is_some_and(|address| address.scheme == Scheme::Https);
        let all = || uris.iter().copied().chain(&old.endpoint);
        let password = old.password || all().any(|address| address.with_password);
        let secret = format!("mist/{name}/basic-auth");
        if password && https {
            let how = format!(
                "USER:PASSWORD of stack {name}; aws secretsmanager create-secret --name {secret} \
                 --secret-string USER:PASSWORD"
            );
            self.secrets.push(Note::new(&secret, how));
            let basic = "sent as HTTP basic authentication, where the first mist used digest";
            self.different.push(Note::new(format!("stacks.{name}.warmUp.basicAuthSecret"), basic));
        }
        if password && !https {
            let why = "over http everybody could read the password; with https, add `warmUp.scheme` and \
                       `warmUp.basicAuthSecret`";
            self.left_out.push(Note::new(format!("the password of stack {name}"), why));
        }
        let path = uris.first().map(|address| address.path.as_str()).filter(|path| *path != "/");
        let paths = path.filter(|path| uris.iter().all(|address| address.path == *path));
        if path.is_some() && paths.is_none() {
            let why = "the environments have different ones; `warmUp.paths` counts for both";
            self.left_out.push(Note::new(format!("the paths of stack {name}"), why));
        }
        let side = |place: usize| {
            let found = old.environments.get(place).map(|environment| &environment.name);
            Field::from(found, "the name of an environment: 4 to 40 letters, digits and hyphens")
        };
        DraftStack {
            name: name.clone(),
            domain: Field::from(domain.as_ref(), format!("the name that users reach; {hint}")),
            hosted_zone_id: zone,
            environments: [side(0), side(1)],
            paths: paths.map(str::to_owned),
            https,
            port: old.endpoint.as_ref().and_then(|endpoint| endpoint.port),
            basic_auth_secret: (password && https).then_some(secret),
            new_relic: old.new_relic.clone(),
        }
    }

    /// Every field that a person must fill in, and with what.
    pub(super) fn fill_in(&self) -> Vec<Note> {
        let top = [
            ("application".to_owned(), &self.application),
            ("region".to_owned(), &self.region),
            ("artifacts.bucket".to_owned(), &self.bucket),
        ];
        let stacks = self.stacks.iter().flat_map(|stack| {
            let name = &stack.name;
            let [a, b] = &stack.environments;
            [
                (format!("stacks.{name}.domain"), &stack.domain),
                (format!("stacks.{name}.hostedZoneId"), &stack.hosted_zone_id),
                (format!("stacks.{name}.environments.a"), a),
                (format!("stacks.{name}.environments.b"), b),
            ]
        });
        let open = |(name, field): (String, &Field)| match field {
            Field::Known(_) => None,
            Field::Open(why) => Some(Note::new(name, why)),
        };
        top.into_iter().chain(stacks).filter_map(open).collect()
    }

    /// Refuses what `mist config validate` would refuse once everything is filled in.
    pub(super) fn check(&self) -> Result<(), String> {
        let mut stacks = Map::new();
        for (place, stack) in (1..).zip(&self.stacks) {
            let [a, b] = &stack.environments;
            let mut settings = json!({
                "domain": stack.domain.or(format!("fill-in-{place}.example.com")),
                "hostedZoneId": stack.hosted_zone_id.or("Z1"),
                "environments": {
                    "a": a.or(format!("fill-in-{place}-a")),
                    "b": b.or(format!("fill-in-{place}-b")),
                },
                "warmUp": {},
            });
            let warm_up = &mut settings["warmUp"];
            if stack.https {
                warm_up["scheme"] = json!("https");
            }
            let fields = [
                ("paths", stack.paths.as_ref().map(|path| json!([path]))),
                ("port", stack.port.map(Value::from)),
                ("basicAuthSecret", stack.basic_auth_secret.clone().map(Value::from)),
            ];
            for (field, value) in fields {
                if let Some(value) = value {
                    warm_up[field] = value;
                }
            }
            if let Some(application) = &stack.new_relic {
                settings["newRelic"] =
                    json!({ "application": application, "apiKeySecret": NEW_RELIC_SECRET });
            }
            if stacks.insert(stack.name.clone(), settings).is_some() {
                return Err(format!("has two stacks called `{}`", stack.name));
            }
        }
        let config = json!({
            "application": self.application.or("application"),
            "region": self.region.or("us-east-1"),
            "artifacts": { "bucket": self.bucket.or("bucket") },
            "stacks": stacks,
        });
        let cannot = |problem: String| format!("cannot be carried over: {problem}");
        let config: Config =
            serde_path_to_error::deserialize(config).map_err(|error| cannot(error.to_string()))?;
        config.check().map_err(cannot)
    }
}

fn zone(old: &Old, given: &Given) -> Field {
    // A zone is named by its id today, and was found by its name then.
    let is_id = |zone: &&String| {
        zone.starts_with('Z') && zone.chars().all(|letter| letter.is_ascii_alphanumeric())
    };
    let known = given.hosted_zone_id.as_ref().or(old.zone.as_ref().filter(is_id));
    let zone = old.zone.as_ref().map(|zone| zone.trim_end_matches('.'));
    let open = zone.map_or("the id of the Route 53 hosted zone of the domain".to_owned(), |zone| {
        format!(
            "the id of the hosted zone {zone}; aws route53 list-hosted-zones-by-name --dns-name {zone} \
             shows it"
        )
    });
    Field::from(known, open)
}
