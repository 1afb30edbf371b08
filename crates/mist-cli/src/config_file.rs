//! Reads `mist.yaml`.

mod lines;
mod problems;

use std::{
    env, fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use mist_core::stack::config::Config;

pub(crate) use self::problems::Problem;
use crate::{
    failure::Failure,
    output::{counted, document},
};

/// The file that is read if no other is named.
pub(crate) const DEFAULT: &str = "mist.yaml";

/// The file that `path` names. The default one is searched in this folder and in those above it, up to the root of
/// the repository.
pub(crate) fn locate(path: &Path) -> PathBuf {
    let above = || env::current_dir().ok().and_then(|folder| search(&folder));
    if path == Path::new(DEFAULT) && !path.exists() {
        return above().unwrap_or_else(|| path.to_owned());
    }
    path.to_owned()
}

fn search(folder: &Path) -> Option<PathBuf> {
    for folder in folder.ancestors() {
        let file = folder.join(DEFAULT);
        if file.is_file() {
            return Some(file);
        }
        if folder.join(".git").exists() {
            return None;
        }
    }
    None
}

/// The region of the file that commands without `-f` use; `None` if there is none, or it cannot be read.
pub(crate) fn region() -> Option<String> {
    let path = env::var_os("MIST_CONFIG").map_or_else(|| PathBuf::from(DEFAULT), PathBuf::from);
    let text = fs::read_to_string(locate(&path)).ok()?;
    let config: serde_json::Value = serde_saphyr::from_str(&text).ok()?;
    config["region"].as_str().filter(|_| !is_of_first_mist(&config)).map(str::to_owned)
}

/// Reads and checks the configuration at `path`. The error names the file, and every problem with its line, its stack
/// and its field.
pub(crate) fn read(path: &Path) -> Result<Config, Failure> {
    let path = locate(path);
    let file = path.display();
    let text = fs::read_to_string(&path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => Failure::Setup(format!(
            "cannot read {file}: there is no such file here or in a folder above; name it with -f or MIST_CONFIG, \
             copy mist.example.yaml, or print what is stored with `mist config pull`"
        )),
        _ => Failure::Setup(format!("cannot read {file}: {error}")),
    })?;
    // Its passwords must not be in a message.
    if serde_saphyr::from_str(&text).is_ok_and(|config| is_of_first_mist(&config)) {
        return Err(Failure::Setup(format!(
            "{file} is a file of the first mist; convert it with `mist config import {file}`"
        )));
    }
    parse(&text).map_err(|problems| {
        document::result(&serde_json::json!({ "file": path, "problems": problems }));
        Failure::Setup(message(&file.to_string(), &problems))
    })
}

fn parse(text: &str) -> Result<Config, Vec<Problem>> {
    match serde_saphyr::from_str::<Config>(text) {
        Ok(config) if config.problems().is_empty() => Ok(config),
        Ok(config) => Err(problems::between_fields(text, &config)),
        Err(error) => Err(problems::all(text, &error)),
    }
}

/// The problems of `file`, one a line.
fn message(file: &str, problems: &[Problem]) -> String {
    if let [problem] = problems {
        return format!("{file}: {problem}");
    }
    let number = counted(u64::try_from(problems.len()).unwrap_or_default(), "problem");
    let lines = problems.iter().map(|problem| format!("\n  {problem}"));
    lines.fold(format!("{file} has {number}:"), |text, line| text + &line)
}

/// Whether `config` is a configuration of the first mist, which had everything about AWS in one section.
fn is_of_first_mist(config: &serde_json::Value) -> bool {
    config["aws"].is_object()
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
    fn the_default_file_is_found_from_a_folder_below_it() {
        let root = tempfile::tempdir().unwrap();
        let below = root.path().join("src/web");
        fs::create_dir_all(&below).unwrap();
        let file = root.path().join(DEFAULT);
        fs::write(&file, GOOD).unwrap();
        assert_eq!(search(&below), Some(file));
        fs::create_dir(root.path().join("src/.git")).unwrap();
        assert_eq!(search(&below), None, "the file of another repository");
        assert_eq!(locate(Path::new("no/mist.yaml")), Path::new("no/mist.yaml"));
    }

    #[test]
    fn all_problems_are_named_at_once_with_file_line_stack_and_field() {
        let more = "  UAT:\n    domain: Uat\n    environments: { a: Demo-UAT-A, b: Demo-UAT-B }\n    warmup: {}\n    \
                    bake:\n      seconds: many\n";
        let text = format!(
            "{}{more}",
            GOOD.replace("us-east-1", "mars").replace("hostedZoneId: Z1", "hostedZoneId: qa")
        );
        let shown = problem(&text);
        let lines: Vec<_> = shown.lines().collect();
        assert!(lines[0].ends_with(" has 6 problems:"), "{shown}");
        assert_eq!(
            lines[1..],
            [
                "  line 2: region: is not a region, such as `eu-west-1`",
                "  line 8, stack QA: hostedZoneId: `qa` is not the id of a hosted zone",
                "  line 12, stack UAT: hostedZoneId: is missing",
                "  line 13, stack UAT: domain: `Uat` is not a domain name in lower case, such as `qa.example.com`",
                "  line 15, stack UAT: warmup: is not a known field; did you mean `warmUp`?",
                "  line 17, stack UAT: bake.seconds: must be a whole number, not \"many\"",
            ],
            "{shown}"
        );
    }

    #[test]
    fn a_file_that_is_no_yaml_has_a_line_and_no_text_of_the_file() {
        let shown = problem("application: Demo\npassword: [SECRET\nregion: x\n");
        assert!(shown.contains(": line "), "{shown}");
        assert!(!shown.contains("SECRET") && shown.lines().count() == 1, "{shown}");
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
        let expected = "line 11, stack QA: warmUp.requests: 0 is not from 1 to 10000";
        assert!(problem.ends_with(expected), "{problem}");
    }

    #[test]
    fn an_unknown_field_is_an_error_with_line_and_name() {
        let problem = problem(&GOOD.replace("hostedZoneId", "hostedZone"));
        assert!(problem.contains("hostedZone: is not a known field"), "{problem}");
        assert!(
            problem.contains("did you mean `hostedZoneId`?") && problem.contains("line 8"),
            "{problem}"
        );
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
