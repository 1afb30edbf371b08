//! Drafts `mist.yaml` from the contents of the old file.

use mist_core::stack::warm_up::Scheme;

use super::{
    address::Address,
    draft::{Draft, DraftStack, Field, NEW_RELIC_SECRET},
    note::{Given, Note},
    read::{Old, OldStack},
};

/// The draft with every field of `old` and `given` that `mist.yaml` has, and notes about the rest.
pub(super) fn draft(old: &Old, given: &Given) -> Draft {
    let mut draft = Draft {
        application: Field::from(old.application.as_ref(), "the name of the Beanstalk application"),
        region: Field::from(
            old.region.as_ref(),
            "the AWS region of the environments, such as eu-west-1",
        ),
        bucket: Field::from(given.bucket.as_ref(), "the output ArtifactBucket of the installation"),
        stacks: Vec::new(),
        secrets: Vec::new(),
        left_out: Vec::new(),
        different: Vec::new(),
    };
    for old_stack in &old.stacks {
        let access = Access::of(old_stack);
        access.add_notes(&old_stack.name, &mut draft);
        let paths = paths(old_stack, &mut draft.left_out);
        draft.stacks.push(stack(old_stack, zone(old, given), access, paths));
    }
    add_secrets(old, &mut draft);
    add_differences(&mut draft);
    draft
}

fn add_secrets(old: &Old, draft: &mut Draft) {
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
        let why = "mist uses the credentials of AWS tools: environment variables, profile, role";
        draft.left_out.push(Note::new("access keys of AWS", why));
    }
}

fn add_differences(draft: &mut Draft) {
    let ttl = "60 s from the first swap on; the first mist set 300 s";
    draft.different.push(Note::new("record.ttlSeconds", ttl));
    if let Some(stack) = draft.stacks.iter().find(|it| it.name != it.name.to_uppercase()) {
        let name = &stack.name;
        let why = format!("the name of a stack is case-sensitive: -s {name}");
        draft.different.push(Note::new("-s", why));
    }
}

/// The protocol and the password of a stack.
#[derive(Clone, Copy)]
struct Access {
    https: bool,
    password: bool,
}

impl Access {
    fn of(old: &OldStack) -> Self {
        let first = old.endpoint.as_ref().or_else(|| uris(old).next());
        let with_password = uris(old).chain(&old.endpoint).any(|address| address.with_password);
        Self {
            https: first.is_some_and(|address| address.scheme == Scheme::Https),
            password: old.password || with_password,
        }
    }

    /// The secret with the password of the stack `name`. Over http, mist sends no password.
    fn secret(self, name: &str) -> Option<String> {
        (self.password && self.https).then(|| format!("mist/{name}/basic-auth"))
    }

    fn add_notes(self, name: &str, draft: &mut Draft) {
        if let Some(secret) = self.secret(name) {
            let how = format!(
                "USER:PASSWORD of stack {name}; aws secretsmanager create-secret --name {secret} \
                 --secret-string USER:PASSWORD"
            );
            draft.secrets.push(Note::new(&secret, how));
            let basic =
                "sent as HTTP basic authentication; the first mist used digest authentication";
            draft.different.push(Note::new(format!("stacks.{name}.warmUp.basicAuthSecret"), basic));
        } else if self.password {
            let why = "over http, the password could be read; for https, set `warmUp.scheme` and \
                       `warmUp.basicAuthSecret`";
            draft.left_out.push(Note::new(format!("the password of stack {name}"), why));
        }
    }
}

fn uris(old: &OldStack) -> impl Iterator<Item = &Address> {
    old.environments.iter().filter_map(|it| it.uri.as_ref())
}

/// The path for the warm-up, if both environments have the same one.
fn paths(old: &OldStack, left_out: &mut Vec<Note>) -> Option<String> {
    let path = uris(old).next().map(|address| &address.path).filter(|path| *path != "/")?;
    if uris(old).all(|address| address.path == *path) {
        return Some(path.clone());
    }
    let why = "the paths of the environments differ; `warmUp.paths` is for both";
    left_out.push(Note::new(format!("the paths of stack {}", old.name), why));
    None
}

fn stack(old: &OldStack, zone: Field, access: Access, paths: Option<String>) -> DraftStack {
    let domain = old.domain.as_ref().map(|name| name.trim_end_matches('.').to_ascii_lowercase());
    let hint = old.endpoint.as_ref().map_or("such as qa.example.com".to_owned(), |endpoint| {
        format!("`endpoint` is at {}", endpoint.host)
    });
    let environment = |place: usize| {
        let found = old.environments.get(place).map(|environment| &environment.name);
        Field::from(found, "the name of an environment: 4 to 40 letters, digits and hyphens")
    };
    DraftStack {
        name: old.name.clone(),
        domain: Field::from(domain.as_ref(), format!("the domain that users request; {hint}")),
        hosted_zone_id: zone,
        environments: [environment(0), environment(1)],
        paths,
        https: access.https,
        port: old.endpoint.as_ref().and_then(|endpoint| endpoint.port),
        basic_auth_secret: access.secret(&old.name),
        new_relic: old.new_relic.clone(),
    }
}

fn zone(old: &Old, given: &Given) -> Field {
    // mist.yaml has the ID of the zone; the old file mostly had its name.
    let is_id = |zone: &&String| {
        zone.starts_with('Z') && zone.chars().all(|letter| letter.is_ascii_alphanumeric())
    };
    let known = given.hosted_zone_id.as_ref().or(old.zone.as_ref().filter(is_id));
    let zone = old.zone.as_ref().map(|zone| zone.trim_end_matches('.'));
    let open = zone.map_or("the ID of the Route 53 hosted zone of the domain".to_owned(), |zone| {
        format!(
            "the ID of the hosted zone {zone}, shown by aws route53 list-hosted-zones-by-name --dns-name {zone}"
        )
    });
    Field::from(known, open)
}
