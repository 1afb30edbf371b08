//! The option settings of a configuration file, in both forms.

use std::collections::BTreeMap;

use serde_json::Value;

/// The namespace of settings without one (developer guide, "Option settings").
const PROPERTIES: &str = "aws:elasticbeanstalk:application:environment";
/// The namespace of values for resources, which no option reads.
const CUSTOM: &str = "aws:elasticbeanstalk:customoption";

/// An option setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Setting {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) resource: Option<String>,
    /// The value; `None` if only CloudFormation knows it.
    pub(crate) value: Option<String>,
}

/// Reads `option_settings` as a list, or as a map of namespaces. The error is what the value has to be.
pub(super) fn read(value: &Value) -> Result<Vec<Setting>, String> {
    let settings = match value {
        Value::Null => Vec::new(),
        Value::Array(items) => items.iter().map(item).collect::<Result<_, _>>()?,
        Value::Object(namespaces) => {
            let mut all = Vec::new();
            // The order of a map depends on a feature of serde_json, which other crates of a build switch on.
            for (namespace, options) in namespaces.iter().collect::<BTreeMap<_, _>>() {
                all.extend(of_namespace(namespace, options)?);
            }
            all
        }
        _ => return Err("`option_settings` is neither a list nor a map of namespaces".to_owned()),
    };
    Ok(settings.into_iter().filter(|setting| setting.namespace != CUSTOM).collect())
}

fn item(item: &Value) -> Result<Setting, String> {
    let text = |name: &str| item.get(name).and_then(text_of);
    let name = text("option_name").ok_or("an item of `option_settings` has no `option_name`")?;
    let value = item.get("value");
    let value = value.ok_or_else(|| format!("option `{name}` has no `value`"))?;
    Ok(Setting {
        namespace: text("namespace").unwrap_or_else(|| PROPERTIES.to_owned()),
        value: value_of(&name, value)?,
        resource: text("resource_name"),
        name,
    })
}

fn of_namespace(namespace: &str, options: &Value) -> Result<Vec<Setting>, String> {
    let options: BTreeMap<&String, &Value> = match options {
        Value::Null => BTreeMap::new(),
        Value::Object(options) => options.iter().collect(),
        _ => return Err(format!("namespace `{namespace}` is not a map of options")),
    };
    let setting = |(name, value): (&String, &Value)| {
        Ok(Setting {
            namespace: namespace.to_owned(),
            value: value_of(name, value)?,
            resource: None,
            name: name.clone(),
        })
    };
    options.into_iter().map(setting).collect()
}

fn value_of(name: &str, value: &Value) -> Result<Option<String>, String> {
    let text =
        text_of(value).ok_or_else(|| format!("the value of option `{name}` is not a scalar"))?;
    // Such as `{"Ref": "AWSEBSecurityGroup"}` in back-quotes.
    Ok((!text.contains("`{")).then_some(text))
}

/// A scalar as text.
pub(super) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(value) => Some(value.to_string()),
        Value::String(value) => Some(value.clone()),
        Value::Array(_) | Value::Object(_) => None,
    }
}
