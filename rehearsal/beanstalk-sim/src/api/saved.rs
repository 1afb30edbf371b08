//! The files of saved configurations in the storage bucket, which `eb config` reads and writes.
//!
//! The file is the configuration: a change of the file changes the saved configuration.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use crate::bundles::Location;
use crate::engine::Engine;
use crate::request::Request;
use crate::wire::ApiError;
use crate::world::{OptionName, OptionSettings, Template};

/// The largest file that is read, in bytes.
const LARGEST: u64 = 1024 * 1024;

/// The content of a file, in the form of `eb config save`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Saved {
    #[serde(default)]
    environment_configuration_metadata: BTreeMap<String, String>,
    #[serde(default)]
    platform: BTreeMap<String, String>,
    #[serde(default)]
    option_settings: BTreeMap<String, BTreeMap<String, Option<String>>>,
    #[serde(default)]
    environment_tier: BTreeMap<String, String>,
    #[serde(rename = "AWSConfigurationTemplateVersion", default)]
    version: String,
}

/// Writes the file of a saved configuration.
pub(super) async fn write(request: &Request, application: &str, name: &str) {
    let engine = &request.engine;
    let Some(template) = engine.world().template(application, name).cloned() else { return };
    let text = match serde_saphyr::to_string(&saved(engine, &template)) {
        Ok(text) => text,
        Err(error) => {
            tracing::warn!("saved configuration `{name}` cannot be written: {error}");
            return;
        }
    };
    let bucket = engine.storage_bucket();
    let location = location(engine, application, name);
    let written = match engine.bundles.ensure_bucket(&bucket).await {
        Ok(()) => engine.bundles.put(&location, text.into_bytes()).await,
        Err(error) => Err(error),
    };
    if let Err(error) = written {
        tracing::warn!("the file of saved configuration `{name}` cannot be kept: {error}");
    }
}

/// Deletes the file of a saved configuration.
pub(super) async fn delete(request: &Request, application: &str, name: &str) {
    let location = location(&request.engine, application, name);
    if let Err(error) = request.engine.bundles.delete(&location).await {
        tracing::warn!("the file of saved configuration `{name}` cannot be deleted: {error}");
    }
}

/// Reads the file of the saved configuration in a call, if it has one.
pub(super) async fn read(request: &Request) -> Result<(), ApiError> {
    let params = &request.params;
    let Some(name) = params.text("TemplateName") else { return Ok(()) };
    let Some(application) = application(request) else { return Ok(()) };
    if request.engine.world().template(&application, name).is_none() {
        return Ok(());
    }
    let Some(text) = fetch(&request.engine, &location(&request.engine, &application, name)).await
    else {
        return Ok(());
    };
    // *Assumed* text.
    let saved: Saved = serde_saphyr::from_str(&text).map_err(|error| {
        ApiError::invalid_value(format!("Configuration Template {name} is malformed: {error}"))
    })?;
    let options = options(saved);
    if let Some(template) =
        request.engine.world().templates.get_mut(&(application, name.to_owned()))
    {
        template.options = options;
    }
    Ok(())
}

/// The application of a call, or of its environment.
fn application(request: &Request) -> Option<String> {
    let params = &request.params;
    params.owned("ApplicationName").or_else(|| {
        let world = request.engine.world();
        let environment = super::lookup::environment(&world, params).ok()?;
        Some(environment.application.clone())
    })
}

/// The text of a file; `None` if it is missing or the store fails.
async fn fetch(engine: &Engine, location: &Location) -> Option<String> {
    let file = NamedTempFile::new().ok()?;
    engine.bundles.fetch(location, file.path()).await.ok()?;
    let size = file.as_file().metadata().ok()?.len();
    if size > LARGEST {
        return None;
    }
    tokio::fs::read_to_string(file.path()).await.ok()
}

fn location(engine: &Engine, application: &str, name: &str) -> Location {
    let key = format!("resources/templates/{application}/{name}");
    Location { bucket: engine.storage_bucket(), key }
}

fn saved(engine: &Engine, template: &Template) -> Saved {
    let pair = |name: &str, value: String| (name.to_owned(), value);
    let mut option_settings = BTreeMap::<_, BTreeMap<_, _>>::new();
    for (name, value) in template.options.iter() {
        let options = option_settings.entry(section(name)).or_default();
        options.insert(name.name.clone(), Some(value.to_owned()));
    }
    Saved {
        environment_configuration_metadata: BTreeMap::from([
            pair("Description", template.description.clone().unwrap_or_default()),
            pair("DateCreated", template.created.as_millisecond().to_string()),
            pair("DateModified", template.updated.as_millisecond().to_string()),
        ]),
        platform: BTreeMap::from([pair(
            "PlatformArn",
            template.platform.arn(&engine.settings.region),
        )]),
        option_settings,
        environment_tier: BTreeMap::from([
            pair("Type", "Standard".to_owned()),
            pair("Name", "WebServer".to_owned()),
        ]),
        version: "1.1.0.0".to_owned(),
    }
}

fn options(saved: Saved) -> OptionSettings {
    let mut options = OptionSettings::default();
    for (section, settings) in saved.option_settings {
        let (resource, namespace) = parts(&section);
        for (name, value) in settings {
            let name = OptionName {
                resource: resource.map(str::to_owned),
                ..OptionName::new(namespace, &name)
            };
            options.set(name, value.unwrap_or_default());
        }
    }
    options
}

/// The section of an option in the file: `NAMESPACE`, or `RESOURCE.NAMESPACE`.
fn section(name: &OptionName) -> String {
    match &name.resource {
        Some(resource) => format!("{resource}.{}", name.namespace),
        None => name.namespace.clone(),
    }
}

/// The resource and namespace of a section. Namespaces begin with `aws:` and have no dots; resources may have dots.
fn parts(section: &str) -> (Option<&str>, &str) {
    match section.rsplit_once('.') {
        Some((resource, namespace)) if namespace.starts_with("aws:") => (Some(resource), namespace),
        Some(_) | None => (None, section),
    }
}
