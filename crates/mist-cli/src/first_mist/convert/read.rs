//! Reads the old file in any of its layouts.

use super::{
    address::Address,
    note::Note,
    tree::{Node, Tree},
};

/// The contents of the old file.
#[derive(Debug)]
pub(super) struct Old {
    pub(super) application: Option<String>,
    pub(super) region: Option<String>,
    /// The name or the ID of the hosted zone.
    pub(super) zone: Option<String>,
    pub(super) stacks: Vec<OldStack>,
    /// Whether the file contains a key of New Relic.
    pub(super) new_relic_key: bool,
    /// Whether the file contains separate keys for Route 53.
    pub(super) dns_keys: bool,
    /// Whether the file contains access keys of AWS.
    pub(super) aws_keys: bool,
}

/// A stack of the old file.
#[derive(Debug)]
pub(super) struct OldStack {
    pub(super) name: String,
    pub(super) domain: Option<String>,
    pub(super) endpoint: Option<Address>,
    pub(super) new_relic: Option<String>,
    /// Whether the stack is protected by a password.
    pub(super) password: bool,
    pub(super) environments: Vec<OldEnvironment>,
}

/// An environment of the old file.
#[derive(Debug)]
pub(super) struct OldEnvironment {
    pub(super) name: String,
    pub(super) uri: Option<Address>,
}

/// Reads the old file.
pub(super) fn read(tree: &Tree) -> Result<Old, String> {
    let first = |places: &[&[&str]]| {
        places.iter().find_map(|place| tree.at(place)).map(|node| node.text()).transpose()
    };
    let application = first(&[
        &["aws", "application_name"],
        &["aws", "eb", "application_name"],
        &["aws", "application"],
        &["application_name"],
    ])?;
    let region = first(&[&["aws", "region"], &["aws", "eb", "region"], &["region"]])?;
    let zone = first(&[
        &["aws", "hosted_zone"],
        &["aws", "dns", "hosted_zone"],
        &["aws", "hosted_zone_id"],
        &["hosted_zone"],
    ])?;
    let stacks = stacks(tree)?;
    let present = |places: &[&[&str]]| {
        let found: Vec<_> = places.iter().filter_map(|place| tree.at(place)).collect();
        found.iter().for_each(Node::mark_read);
        !found.is_empty()
    };
    Ok(Old {
        application,
        region,
        zone,
        stacks,
        new_relic_key: present(&[&["newrelic", "api_key"], &["newrelic_api_key"]]),
        dns_keys: present(&[
            &["aws", "dns", "access_key_id"],
            &["aws", "dns", "secret_key"],
            &["aws", "dns", "secret_access_key"],
            &["aws", "dns_access_key_id"],
            &["aws", "dns_secret_key"],
        ]),
        aws_keys: present(&[
            &["aws", "access_key_id"],
            &["aws", "secret_key"],
            &["aws", "secret_access_key"],
            &["aws", "eb", "access_key_id"],
            &["aws", "eb", "secret_key"],
        ]),
    })
}

fn stacks(tree: &Tree) -> Result<Vec<OldStack>, String> {
    let listed = tree
        .at(&["aws", "stacks"])
        .or_else(|| tree.at(&["stacks"]))
        .or_else(|| tree.at(&["aws", "eb", "stacks"]))
        .ok_or("has no stacks: both `aws.stacks` and `stacks` are missing")?;
    let stacks = listed.items()?;
    if stacks.is_empty() {
        return Err(format!("{}: is empty", listed.path));
    }
    stacks.into_iter().map(|(key, node)| stack(key, &node)).collect()
}

fn stack(key: Option<String>, node: &Node<'_>) -> Result<OldStack, String> {
    if !node.is_map() {
        return Err(format!("{}: must have fields, such as `domain`", node.path));
    }
    let text = |keys: &[&str]| node.any(keys).map(|field| field.text()).transpose();
    let named = text(&["name"])?;
    let name =
        named.or(key).ok_or_else(|| format!("{}.name: is missing from the list", node.path))?;
    let auth = node.any(&["basic_auth", "digest_auth", "auth"]);
    if let Some(auth) = &auth {
        auth.mark_read();
    }
    let listed = node.child("environments").map(|listed| listed.items()).transpose()?;
    let environments = listed.unwrap_or_default();
    let environments = environments.into_iter().map(|(key, it)| environment(key, &it));
    let environments: Vec<_> = environments.collect::<Result<_, _>>()?;
    if environments.len() > 2 {
        return Err(format!(
            "{}.environments: has {}, but a stack has two environments; remove the others",
            node.path,
            environments.len()
        ));
    }
    let new_relic = text(&["newrelic_application_name", "new_relic_application_name"])?;
    let nested = node.any(&["newrelic", "new_relic"]).and_then(|it| it.child("application_name"));
    let nested = nested.map(|field| field.text()).transpose()?;
    Ok(OldStack {
        name,
        domain: text(&["domain"])?,
        endpoint: node.any(&["endpoint", "url"]).map(|field| address(&field)).transpose()?,
        new_relic: new_relic.or(nested),
        password: auth.is_some(),
        environments,
    })
}

fn environment(key: Option<String>, node: &Node<'_>) -> Result<OldEnvironment, String> {
    if node.is_text() {
        // A list of names, or a map from names to addresses.
        return match key {
            Some(name) => Ok(OldEnvironment { name, uri: Some(address(node)?) }),
            None => Ok(OldEnvironment { name: node.text()?, uri: None }),
        };
    }
    let named = node.child("name").map(|field| field.text()).transpose()?;
    let name = named.or(key).ok_or_else(|| format!("{}.name: is missing", node.path))?;
    let uri = node.any(&["uri", "url"]).map(|field| address(&field)).transpose()?;
    Ok(OldEnvironment { name, uri })
}

fn address(field: &Node<'_>) -> Result<Address, String> {
    Address::parse(&field.text()?).map_err(|problem| format!("{}: {problem}", field.path))
}

/// The fields of the old file that `mist.yaml` does not have, each with the reason. Values are not included, since
/// any can be a password.
pub(super) fn left_out(tree: &Tree) -> Vec<Note> {
    let why = |path: &str| {
        let field = path.rsplit('.').next().unwrap_or(path);
        if ["key", "secret", "password", "token"].iter().any(|word| field.contains(word)) {
            return "a secret; mist.yaml contains none";
        }
        if path.starts_with("git.") {
            return "mist clones no repository: bundles are uploaded, or fetched from the repository that `github` of a \
                    stack names";
        }
        match field {
            "dev_tools_endpoint" => "mist does not push with git: bundles are uploaded",
            _ => "mist has no such setting",
        }
    };
    tree.unread().into_iter().map(|path| Note::new(path.clone(), why(&path))).collect()
}
