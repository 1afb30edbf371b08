//! Faults as documents: `{"fault": "throttle", "calls": 3, "environment": "shop-a"}`.

use std::fmt;

use serde::de::{DeserializeOwned, Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::fault::Fault;
use super::scope::Scope;
use crate::wire::BEANSTALK_OPERATIONS;

/// The member that names the fault.
const NAME: &str = "fault";

/// The members of a document, without duplicates.
#[derive(Debug, Clone, Default)]
pub(crate) struct Members(pub(crate) Map<String, Value>);

impl Members {
    /// Adds a member. A duplicate is an error.
    pub(crate) fn add(&mut self, name: String, value: Value) -> Result<(), String> {
        if self.0.contains_key(&name) {
            return Err(format!("`{name}` is given twice"));
        }
        self.0.insert(name, value);
        Ok(())
    }
}

/// Refuses duplicates; a map would keep the last of equal names.
impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Members::default();
                while let Some((name, value)) = map.next_entry()? {
                    members.add(name, value).map_err(A::Error::custom)?;
                }
                Ok(members)
            }
        }

        deserializer.deserialize_map(Reader)
    }
}

/// Reads a fault and its scope. The error names the invalid member and the known ones.
pub(crate) fn read(mut members: Map<String, Value>) -> Result<(Scope, Fault), String> {
    let name = match members.remove(NAME) {
        Some(Value::String(name)) => name,
        Some(other) => return Err(format!("`{NAME}`: {other} is not the name of a fault")),
        None => return Err(format!("`{NAME}` is missing")),
    };
    let scope = Scope::MEMBERS
        .into_iter()
        .filter_map(|member| Some((member.to_owned(), members.remove(member)?)))
        .collect();
    let scope = read_scope(scope)?;
    let fault = read_fault(&name, members)?;
    fault.check()?;
    if scope.operation_name().is_some() && !fault.is_about_calls() {
        return Err(format!("`operation`: `{name}` does not apply to calls"));
    }
    Ok((scope, fault))
}

/// Reads a scope on its own.
pub(crate) fn read_scope(members: Map<String, Value>) -> Result<Scope, String> {
    if let Some((member, name)) = members.iter().find(|(_, name)| name.is_null() || *name == "") {
        return Err(format!("`{member}`: {name} is not a name"));
    }
    let scope: Scope = typed(Value::Object(members))?;
    match scope.operation_name() {
        Some(operation) if !BEANSTALK_OPERATIONS.contains(&operation) => {
            Err(format!("`operation`: Elastic Beanstalk has no operation `{operation}`"))
        }
        Some(_) | None => Ok(scope),
    }
}

/// The document of a fault, which `read` parses.
pub(crate) fn write(scope: &Scope, fault: &Fault) -> Value {
    let mut document = Map::new();
    match serde_json::to_value(fault) {
        Ok(Value::Object(tagged)) => {
            for (name, members) in tagged {
                document.insert(NAME.to_owned(), Value::String(name));
                document.extend(members.as_object().cloned().unwrap_or_default());
            }
        }
        Ok(name) => _ = document.insert(NAME.to_owned(), name),
        // Every fault can be serialized.
        Err(_) => {}
    }
    if let Ok(Value::Object(members)) = serde_json::to_value(scope) {
        document.extend(members);
    }
    Value::Object(document)
}

fn read_fault(name: &str, members: Map<String, Value>) -> Result<Fault, String> {
    let tagged = |members| typed(Value::Object(Map::from_iter([(name.to_owned(), members)])));
    // Only a fault without members deserializes from null.
    match (tagged(Value::Null), members.keys().next()) {
        (Ok(fault), None) => Ok(fault),
        (Ok(_), Some(unknown)) => Err(format!("`{unknown}`: `{name}` has no such member")),
        (Err(_), _) => tagged(Value::Object(members)),
    }
}

/// Deserializes a value. The error begins with the path to the invalid part.
fn typed<T: DeserializeOwned>(value: Value) -> Result<T, String> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        match path.as_str() {
            "." => error.into_inner().to_string(),
            path => format!("`{path}`: {}", error.inner()),
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read_value(value: Value) -> Result<(Scope, Fault), String> {
        let Value::Object(members) = value else { panic!("{value} is not an object") };
        read(members)
    }

    #[test]
    fn a_document_survives_a_round_trip() {
        for document in [
            json!({"fault": "fail_deploy"}),
            json!({"fault": "throttle", "calls": 3, "environment": "shop-b", "operation": "UpdateEnvironment"}),
            json!({"fault": "health", "status": "Severe", "seconds": 30.0, "environment": "shop-a"}),
            json!({"fault": "rate_limit", "per_second": 2.5, "burst": 10}),
            json!({"fault": "version_invisible", "seconds": 5.0, "version": "v2"}),
        ] {
            let (scope, fault) = read_value(document.clone()).unwrap();
            assert_eq!(write(&scope, &fault), document);
        }
    }

    #[test]
    fn invalid_members_are_named() {
        let problems: Vec<_> = [
            json!({}),
            json!({"fault": 3}),
            json!({"fault": "fail_deploy", "calls": 3}),
            json!({"fault": "throttle"}),
            json!({"fault": "throttle", "calls": "three"}),
            json!({"fault": "throttle", "calls": 0}),
            json!({"fault": "throttle", "calls": 3, "enviroment": "shop-a"}),
            json!({"fault": "throttle", "calls": 3, "environment": 7}),
            json!({"fault": "throttle", "calls": 3, "environment": ""}),
            json!({"fault": "throttle", "calls": 3, "version": null}),
            json!({"fault": "throttle", "calls": 3, "operation": "UpdateEnvironments"}),
            json!({"fault": "fail_deploy", "operation": "UpdateEnvironment"}),
            json!({"fault": "slow", "factor": 0}),
            json!({"fault": "deploy_seconds", "seconds": -1}),
            json!({"fault": "answer_with", "status": 600}),
            json!({"fault": "answer_with", "status": 101}),
            json!({"fault": "answer_with", "status": 503, "operation": "UpdateEnvironment"}),
            json!({"fault": "answer_after", "seconds": 1, "operation": "UpdateEnvironment"}),
            json!({"fault": "reset_connections", "calls": 1, "operation": "UpdateEnvironment"}),
            json!({"fault": "zero_instances", "operation": "UpdateEnvironment"}),
            json!({"fault": "rate_limit", "per_second": 0, "burst": 1}),
            json!({"fault": "version_invisible"}),
        ]
        .into_iter()
        .map(|document| read_value(document).unwrap_err())
        .collect();
        insta::assert_snapshot!(problems.join("\n"));
    }

    #[test]
    fn a_member_is_given_once() {
        let read = |text| serde_json::from_str::<Members>(text).map(|members| members.0);
        assert_eq!(read(r#"{"fault": "slow", "factor": 2}"#).unwrap().len(), 2);
        let refused = read(r#"{"fault": "slow", "factor": 2, "factor": 3}"#).unwrap_err();
        assert!(refused.to_string().starts_with("`factor` is given twice"), "{refused}");
        assert!(read(r#"["fault"]"#).unwrap_err().to_string().contains("expected an object"));
    }

    #[test]
    fn an_unknown_fault_is_refused_with_all_names() {
        for (document, known) in [
            (json!({"fault": "earthquake"}), "`fail_deploy`"),
            (json!({"fault": "health", "status": "Bad"}), "`Severe`"),
        ] {
            let problem = read_value(document).unwrap_err();
            assert!(problem.contains("unknown variant") && problem.contains(known), "{problem}");
        }
    }
}
