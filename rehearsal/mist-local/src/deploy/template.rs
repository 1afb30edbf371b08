//! The local files that a SAM template names, and their locations in S3.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::error::{Context, Error};

/// A property that names a local file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Asset {
    /// The code of a function.
    Function {
        /// The resource.
        resource: String,
        /// The last part of the path.
        name: String,
    },
    /// The definition of a state machine.
    Definition {
        /// The resource.
        resource: String,
        /// The file.
        file: PathBuf,
    },
}

/// Reads the file as YAML. Short forms of intrinsic functions (`!Ref x`) are not supported.
pub(crate) fn read(path: &Path) -> Result<Value, Error> {
    let text = fs::read_to_string(path).context(|| format!("read `{}`", path.display()))?;
    serde_saphyr::from_str(&text)
        .map_err(|error| Error::Template { path: path.to_owned(), reason: error.to_string() })
}

/// The assets of all functions and state machines, in any order.
pub(crate) fn assets(path: &Path, template: &Value) -> Result<Vec<Asset>, Error> {
    let Some(resources) = template.get("Resources").and_then(Value::as_object) else {
        return Err(Error::Template {
            path: path.to_owned(),
            reason: "it has no `Resources`".to_owned(),
        });
    };
    let folder = path.parent().unwrap_or(Path::new("."));
    Ok(resources.iter().filter_map(|(resource, body)| asset(folder, resource, body)).collect())
}

/// Replaces the asset's path by `location`.
pub(crate) fn replace(template: &mut Value, asset: &Asset, location: Value) {
    let (resource, property) = match asset {
        Asset::Function { resource, .. } => (resource, "CodeUri"),
        Asset::Definition { resource, .. } => (resource, "DefinitionUri"),
    };
    if let Some(body) =
        template.get_mut("Resources").and_then(|resources| resources.get_mut(resource))
        && let Some(value) =
            body.get_mut("Properties").and_then(|properties| properties.get_mut(property))
    {
        *value = location;
    }
}

fn asset(folder: &Path, resource: &str, body: &Value) -> Option<Asset> {
    let path = |property: &str| body.get("Properties")?.get(property)?.as_str();
    let resource = resource.to_owned();
    match body.get("Type")?.as_str()? {
        "AWS::Serverless::Function" => {
            let name = Path::new(path("CodeUri")?).file_name()?.to_str()?.to_owned();
            Some(Asset::Function { resource, name })
        }
        "AWS::Serverless::StateMachine" => {
            Some(Asset::Definition { resource, file: folder.join(path("DefinitionUri")?) })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TEMPLATE: &str = "
Transform: AWS::Serverless-2016-10-31
Resources:
  WaitReadyFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: ../target/lambda/wait-ready
      Architectures: [arm64]
      Environment: {Variables: {TABLE: {Ref: Table}, ARN: {'Fn::GetAtt': [Table, Arn]}}}
  BlueGreenMachine:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionUri: ../statemachine/blue-green.asl.json
  Table:
    Type: AWS::DynamoDB::Table
";

    fn template() -> Value {
        serde_saphyr::from_str(TEMPLATE).unwrap()
    }

    #[test]
    fn finds_the_code_of_functions_and_the_definition_of_machines() {
        let found = assets(Path::new("/w/infra/template.yaml"), &template()).unwrap();
        let function = Asset::Function {
            resource: "WaitReadyFunction".to_owned(),
            name: "wait-ready".to_owned(),
        };
        let file = PathBuf::from("/w/infra/../statemachine/blue-green.asl.json");
        let definition = Asset::Definition { resource: "BlueGreenMachine".to_owned(), file };
        assert_eq!(found.len(), 2);
        assert!(found.contains(&function) && found.contains(&definition), "{found:?}");
    }

    #[test]
    fn replaces_the_path_and_nothing_else() {
        let mut changed = template();
        let asset = Asset::Function {
            resource: "WaitReadyFunction".to_owned(),
            name: "wait-ready".to_owned(),
        };
        replace(&mut changed, &asset, json!({ "Bucket": "b", "Key": "k" }));
        let mut expected = template();
        expected["Resources"]["WaitReadyFunction"]["Properties"]["CodeUri"] =
            json!({ "Bucket": "b", "Key": "k" });
        assert_eq!(changed, expected);
        assert_eq!(
            changed["Resources"]["WaitReadyFunction"]["Properties"]["Architectures"],
            json!(["arm64"])
        );
    }

    #[test]
    fn a_file_without_resources_is_refused() {
        let error = assets(Path::new("t.yaml"), &json!({})).unwrap_err();
        assert_eq!(error.to_string(), "template `t.yaml`: it has no `Resources`");
    }
}
