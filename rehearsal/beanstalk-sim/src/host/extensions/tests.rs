//! Tests of configuration files.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn parse(content: &str) -> Document {
    Document::parse(".ebextensions/a.config", content.as_bytes()).unwrap().unwrap()
}

fn settings(content: &str) -> Vec<String> {
    let document = parse(content);
    assert_eq!(document.bad_settings, None);
    let line = |it: &Setting| {
        format!("{} {} = {}", it.namespace, it.name, it.value.as_deref().unwrap_or("?"))
    };
    document.settings.iter().map(line).collect()
}

#[test]
fn option_settings_are_read_in_both_forms() {
    let map = "option_settings:\n  aws:autoscaling:asg:\n    MinSize: 2\n  \"aws:elasticbeanstalk:command\":\n    IgnoreHealthCheck: true\n    DeploymentPolicy: Rolling\n";
    assert_eq!(
        settings(map),
        [
            "aws:autoscaling:asg MinSize = 2",
            "aws:elasticbeanstalk:command DeploymentPolicy = Rolling",
            "aws:elasticbeanstalk:command IgnoreHealthCheck = true",
        ]
    );
    let list = "option_settings:\n  - namespace: aws:autoscaling:asg\n    option_name: MaxSize\n    value: 4\n  - option_name: COLOUR\n    value: \"007\"\n";
    assert_eq!(
        settings(list),
        [
            "aws:autoscaling:asg MaxSize = 4",
            "aws:elasticbeanstalk:application:environment COLOUR = 007",
        ]
    );
    let json = r#"{"option_settings": [{"option_name": "A", "value": 1.5}]}"#;
    assert_eq!(settings(json), ["aws:elasticbeanstalk:application:environment A = 1.5"]);
}

#[test]
fn a_value_of_cloudformation_is_unknown_and_custom_options_are_no_options() {
    let content = "option_settings:\n  aws:elasticbeanstalk:application:environment:\n    TABLE: '`{\"Ref\": \"Table\"}`'\n  aws:elasticbeanstalk:customoption:\n    Topic: x\nResources:\n  Table:\n    Type: AWS::DynamoDB::Table\n";
    assert_eq!(settings(content), ["aws:elasticbeanstalk:application:environment TABLE = ?"]);
    assert_eq!(parse(content).impossible, ["`Resources` `Table`"]);
}

#[test]
fn bad_option_settings_are_named() {
    for (content, problem) in [
        ("option_settings: 3", "`option_settings` is neither a list nor a map of namespaces"),
        ("option_settings:\n  - value: 3", "an item of `option_settings` has no `option_name`"),
        ("option_settings:\n  - option_name: A", "option `A` has no `value`"),
        ("option_settings:\n  a: b", "namespace `a` is not a map of options"),
        ("option_settings:\n  a:\n    B: [c]", "the value of option `B` is not a scalar"),
    ] {
        assert_eq!(parse(content).bad_settings.as_deref(), Some(problem), "{content}");
    }
}

#[test]
fn commands_have_all_their_parts() {
    let content = "commands:\n  02_list:\n    command: [echo, \"it's\", 3]\n    env: {A: 1}\n    cwd: sub\n    test: '[ -e x ]'\n    ignoreErrors: true\ncontainer_commands:\n  01_migrate:\n    command: python3 manage.py migrate\n    leader_only: true\n";
    let document = parse(content);
    assert_eq!(
        document.commands["02_list"],
        Command {
            line: Some(r"'echo' 'it'\''s' '3'".to_owned()),
            test: Some("[ -e x ]".to_owned()),
            folder: WorkingFolder::Path("sub".to_owned()),
            variables: Some(BTreeMap::from([("A".to_owned(), "1".to_owned())])),
            ignores_errors: true,
            leader_only: false,
        }
    );
    assert!(document.container_commands["01_migrate"].leader_only);
    assert!(document.has_steps());
}

#[test]
fn sections_that_need_a_system_are_named_with_what_is_in_them() {
    let content = "packages:\n  yum:\n    git: []\nservices:\n  sysvinit:\n    nginx:\n      enabled: true\nusers: {}\nfiles:\n  /etc/x:\n    mode: \"000755\"\n    content: hi\n  /tmp/y:\n    source: http://localhost/y\n";
    let document = parse(content);
    assert_eq!(document.impossible, ["`packages` `yum`", "`users`", "`services` `sysvinit`"]);
    let etc = PlacedFile { content: Some("hi".to_owned()), mode: 0o755 };
    assert_eq!(document.files["/etc/x"], etc);
    assert_eq!(document.files["/tmp/y"], PlacedFile { content: None, mode: 0o644 });
}

#[test]
fn broken_yaml_is_told_with_the_text_of_the_service() {
    let content = "option_settings:\n  aws:a\n    b: c\n";
    let broken = Document::parse(".ebextensions/a.config", content.as_bytes()).unwrap_err();
    let event = broken.event("v7");
    let start = "The configuration file .ebextensions/a.config in application version v7 contains invalid YAML or JSON. YAML exception: Invalid Yaml: ";
    assert!(event.starts_with(start), "{event}");
    let end = ", JSON exception: Invalid JSON: Unexpected character (o) at position 0.. Update the configuration file.";
    assert!(event.ends_with(end) && event.lines().count() == 1, "{event}");
    for content in [&b"\xff"[..], b"- a", b"\"text\"", b"\0"] {
        assert!(Document::parse("a", content).is_err(), "{content:?}");
    }
    assert!(!parse("# nothing\n").has_steps() && !parse("").has_steps());
}

#[test]
fn files_are_read_by_name_and_those_with_unknown_sections_are_skipped() {
    let bundle = tempfile::tempdir().unwrap();
    let folder = bundle.path().join(FOLDER);
    fs::create_dir(&folder).unwrap();
    for (name, content) in [
        ("02.config", "commands: {}"),
        ("01.config", "option_settings: []"),
        ("03.config", "OptionSettings: []"),
        ("notes.txt", "{"),
    ] {
        fs::write(folder.join(name), content).unwrap();
    }
    let all = Extensions::read(bundle.path()).unwrap();
    let names: Vec<_> = all.documents.iter().map(|document| document.name.as_str()).collect();
    assert_eq!(names, [".ebextensions/01.config", ".ebextensions/02.config"]);
    insta::assert_snapshot!(all.warnings.join("\n"), @"Error processing file (Skipping): '.ebextensions/03.config' - Contains invalid key: 'OptionSettings'. For information about valid keys, see http://docs.aws.amazon.com/elasticbeanstalk/latest/dg/ebextensions.html");
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(content in prop::collection::vec(any::<u8>(), 0..100)) {
        let _ = Document::parse("a", &content);
    }

    #[test]
    fn no_text_makes_the_reader_panic(content in "(option_settings|commands|files|[a-z:{}\\[\\] \n-]){0,30}") {
        let _ = Document::parse("a", content.as_bytes());
    }
}
