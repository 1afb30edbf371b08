//! Reads `mist.yaml`.

use std::{fs, io::ErrorKind, path::Path};

use mist_core::stack::config::Config;

use crate::failure::Failure;

/// The file that is read if no other is named.
pub(crate) const DEFAULT: &str = "mist.yaml";

/// Reads and checks the configuration at `path`. The error names file, line and field.
pub(crate) fn read(path: &Path) -> Result<Config, Failure> {
    let file = path.display();
    let text = fs::read_to_string(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => Failure::Setup(format!(
            "cannot read {file}: there is no such file in this folder; name it with -f or MIST_CONFIG, copy \
             mist.example.yaml, or print what is stored with `mist config pull`"
        )),
        _ => Failure::Setup(format!("cannot read {file}: {error}")),
    })?;
    let config: Config = serde_saphyr::from_str(&text).map_err(|error| {
        // Its passwords must not be in a message, which shows the line.
        if is_of_first_mist(&text) {
            return Failure::Setup(format!(
                "{file} is a file of the first mist; convert it with `mist config import {file}`"
            ));
        }
        Failure::Setup(format!("{file}: {error}"))
    })?;
    config.check().map_err(|problem| Failure::Setup(format!("{file}: {problem}")))?;
    Ok(config)
}

/// Whether `text` is a configuration of the first mist, which had everything about AWS in one section.
fn is_of_first_mist(text: &str) -> bool {
    serde_saphyr::from_str::<serde_json::Value>(text).is_ok_and(|value| value["aws"].is_object())
}

/// The JSON Schema of `mist.yaml`.
pub(crate) fn schema() -> schemars::Schema {
    schemars::schema_for!(Config)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "\
application: Demo
region: us-east-1
artifacts:
  bucket: mist-artifacts
stacks:
  QA:
    domain: qa.mist.test
    hostedZoneId: Z1
    environments: { a: Demo-QA-A, b: Demo-QA-B }
    warmUp:
      requests: 20
";

    fn problem(text: &str) -> String {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), text).unwrap();
        match read(file.path()).unwrap_err() {
            Failure::Setup(problem) => problem,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn omitted_fields_have_defaults() {
        let config: Config = serde_saphyr::from_str(GOOD).unwrap();
        let stack = config.stacks().next().unwrap();
        assert_eq!(stack.artifacts.prefix, "releases");
        assert_eq!(stack.settings.record.ttl_seconds.get(), 60);
        assert_eq!(stack.settings.warm_up.expected_status.get(), 200);
    }

    #[test]
    fn an_invalid_value_is_an_error_with_line_and_field() {
        let problem = problem(&GOOD.replace("requests: 20", "requests: 0"));
        assert!(problem.contains("0 is not from 1 to 10000"), "{problem}");
        assert!(problem.contains("line 11"), "{problem}");
    }

    #[test]
    fn an_unknown_field_is_an_error_with_line_and_name() {
        let problem = problem(&GOOD.replace("hostedZoneId", "hostedZone"));
        assert!(problem.contains("hostedZone") && problem.contains("line 8"), "{problem}");
    }

    #[test]
    fn a_file_of_the_first_mist_is_named_without_its_passwords() {
        let problem =
            problem("git:\n  url: https://ada:SECRET@example.com\naws:\n  region: eu-west-1\n");
        assert!(problem.contains("mist config import"), "{problem}");
        assert!(!problem.contains("SECRET"), "{problem}");
    }

    #[test]
    fn the_same_environment_twice_is_refused() {
        let problem = problem(&GOOD.replace("Demo-QA-B", "Demo-QA-A"));
        assert!(problem.contains("`a` and `b` are both `Demo-QA-A`"), "{problem}");
    }

    #[test]
    fn a_missing_file_is_an_error_with_its_name() {
        let Failure::Setup(problem) = read(Path::new("no/mist.yaml")).unwrap_err() else {
            panic!("another kind of failure");
        };
        assert!(problem.starts_with("cannot read no/mist.yaml"), "{problem}");
    }

    #[test]
    fn the_committed_schema_is_current() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../mist.schema.json");
        // Compared as values: the order of fields depends on what else is compiled in.
        let current = serde_json::to_value(schema()).unwrap();
        let committed = fs::read_to_string(path).unwrap_or_default();
        let committed: serde_json::Value = serde_json::from_str(&committed).unwrap_or_default();
        assert_eq!(committed, current, "run `./mist config schema > mist.schema.json`");
    }
}
