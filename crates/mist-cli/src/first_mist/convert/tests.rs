//! Conversions of files of the first mist.

use mist_core::stack::config::Config;

use super::*;

const WHOLE: &str = "\
git:
  repository_name: shop
  repository_uri: https://robot:GIT-PASSWORD@github.com/example/shop.git
  local_path: /tmp
aws:
  access_key_id: AKIAOLDKEY
  secret_key: OLD-SECRET-KEY
  application_name: shop
  dev_tools_endpoint: git.elasticbeanstalk.us-east-1.amazonaws.com
  region: us-east-1
  hosted_zone: example.com.
  stacks:
    qa:
      domain: qa.example.com.
      endpoint: https://qa.example.com
      newrelic_application_name: Shop (QA)
      basic_auth:
        username: robot
        password: QA-PASSWORD
      environments:
        -
          name: shop-QA-A
          uri: https://shopqaa.elasticbeanstalk.com
        -
          name: shop-QA-B
          uri: https://shopqab.elasticbeanstalk.com
    live:
      domain: www.example.com.
      endpoint: http://www.example.com
      newrelic_application_name: shop
      environments:
        -
          name: shop-A
          uri: http://shopa.elasticbeanstalk.com/status
        -
          name: shop-B
          uri: http://shopb.elasticbeanstalk.com/status
";

fn all_given() -> Given {
    Given { bucket: Some("mist-artifacts-1".to_owned()), hosted_zone_id: Some("Z1".to_owned()) }
}

fn done(text: &str) -> Converted {
    convert(text, "config.yml", &Given::default()).unwrap()
}

fn refused(text: &str) -> String {
    convert(text, "config.yml", &Given::default()).unwrap_err()
}

fn read(converted: &Converted) -> Result<Config, String> {
    let config: Config =
        serde_saphyr::from_str(&converted.yaml).map_err(|error| error.to_string())?;
    config.check()?;
    Ok(config)
}

fn names(notes: &[Note]) -> Vec<&str> {
    notes.iter().map(|note| note.name.as_str()).collect()
}

#[test]
fn a_whole_file_lacks_only_the_fields_that_the_first_mist_did_not_have() {
    let converted = done(WHOLE);
    insta::assert_snapshot!(converted.yaml);
    let expected = ["artifacts.bucket", "stacks.live.hostedZoneId", "stacks.qa.hostedZoneId"];
    assert_eq!(names(&converted.fill_in), expected);
    assert!(converted.fill_in[1].why.contains("--dns-name example.com"), "{:?}", converted.fill_in);
    read(&converted).unwrap_err();
}

#[test]
fn with_bucket_and_zone_the_result_is_valid() {
    let converted = convert(WHOLE, "config.yml", &all_given()).unwrap();
    assert!(converted.fill_in.is_empty(), "{:?}", converted.fill_in);
    let config = read(&converted).unwrap();
    let stacks: Vec<_> = config.stacks().collect();
    assert_eq!(stacks[1].settings.environments.b.as_str(), "shop-QA-B");
    assert_eq!(stacks[1].settings.warm_up.scheme, mist_core::stack::warm_up::Scheme::Https);
    assert_eq!(stacks[0].settings.warm_up.paths.iter().collect::<Vec<_>>(), ["/status"]);
}

#[test]
fn with_all_fields_filled_in_the_result_is_valid() {
    let converted = done(WHOLE);
    let filled = converted.yaml.replace("hostedZoneId: \"\"", "hostedZoneId: Z1");
    let filled = filled.replace("bucket: \"\"", "bucket: mist-artifacts-1");
    read(&Converted { yaml: filled, ..converted }).unwrap();
}

#[test]
fn no_password_and_no_key_is_in_the_output() {
    let converted = done(WHOLE);
    let printed = format!("{converted:?}{}", serde_json::to_string(&converted).unwrap());
    for secret in ["PASSWORD@", "QA-PASSWORD", "AKIAOLDKEY", "OLD-SECRET-KEY", "robot"] {
        assert!(!printed.contains(secret), "{secret}: {printed}");
    }
    assert_eq!(names(&converted.secrets), ["mist/qa/basic-auth", NEW_RELIC]);
}

const NEW_RELIC: &str = "mist/new-relic";

#[test]
fn fields_without_a_successor_are_listed() {
    let converted = done(WHOLE);
    let expected = [
        "access keys of AWS",
        "aws.dev_tools_endpoint",
        "git.local_path",
        "git.repository_name",
        "git.repository_uri",
    ];
    assert_eq!(names(&converted.left_out), expected);
}

#[test]
fn stacks_can_be_a_list_and_keys_symbols() {
    let converted = done(
        ":aws:\n  :application_name: shop\n  :region: :eu-west-1\n:stacks:\n  - :name: QA\n    \
         :domain: QA.example.com\n    :environments:\n      shop-qa-a: https://a.example.com\n      \
         shop-qa-b: https://b.example.com\n",
    );
    assert!(converted.yaml.contains("\n  QA:\n    domain: qa.example.com\n"), "{}", converted.yaml);
    assert!(converted.yaml.contains("region: eu-west-1\n"), "{}", converted.yaml);
    assert!(
        converted.yaml.contains("      a: shop-qa-a\n      b: shop-qa-b\n"),
        "{}",
        converted.yaml
    );
    assert!(converted.left_out.is_empty(), "{:?}", converted.left_out);
}

#[test]
fn missing_fields_are_listed_by_their_new_names() {
    let converted = done("stacks:\n  qa:\n    endpoint: https://qa.example.com\n");
    let expected = [
        "application",
        "region",
        "artifacts.bucket",
        "stacks.qa.domain",
        "stacks.qa.hostedZoneId",
        "stacks.qa.environments.a",
        "stacks.qa.environments.b",
    ];
    assert_eq!(names(&converted.fill_in), expected);
    assert!(converted.fill_in[3].why.contains("qa.example.com"), "{:?}", converted.fill_in);
}

#[test]
fn a_password_over_plain_http_is_left_out() {
    let converted = done(&WHOLE.replace("https://", "http://"));
    assert!(!converted.yaml.contains("basicAuthSecret"), "{}", converted.yaml);
    assert!(names(&converted.left_out).contains(&"the password of stack qa"), "{converted:?}");
}

#[test]
fn a_password_in_an_address_becomes_a_secret() {
    let converted = done(&WHOLE.replace("https://shopqaa.", "https://ada:SECRET@shopqaa."));
    assert!(!format!("{converted:?}").contains("SECRET@"), "{converted:?}");
    assert!(converted.yaml.contains("basicAuthSecret: mist/qa/basic-auth"), "{}", converted.yaml);
}

#[test]
fn an_invalid_field_is_an_error_with_its_path() {
    let cases = [
        ("a: [", "is not valid YAML (line"),
        ("- a", "has no fields"),
        ("", "has no fields"),
        ("aws:\n  region: us-east-1\n", "has no stacks"),
        ("stacks: []\n", "stacks: is empty"),
        ("stacks: qa\n", "stacks: must be a list or a map"),
        ("stacks: [qa]\n", "stacks[0]: must have fields"),
        ("stacks: [{domain: a.example.com}]\n", "stacks[0].name: is missing"),
        ("stacks: {qa: {domain: [a]}}\n", "stacks.qa.domain: must be a text"),
        ("stacks: {qa: {endpoint: qa.example.com}}\n", "stacks.qa.endpoint: must be a web address"),
        ("stacks: {qa: {environments: [{uri: 'http://a'}]}}\n", "stacks.qa.environments[0].name"),
        ("stacks: {qa: {environments: [aaaa, bbbb, cccc]}}\n", "stacks.qa.environments: has 3"),
        ("stacks: {qa: {environments: [aaaa, aaaa]}}\n", "stacks.qa.environments"),
        ("stacks: {q_a: {domain: a.example.com}}\n", "`q_a` is not a stack name"),
        ("stacks: {qa: {environments: [a_b_c, dddd]}}\n", "stacks.qa.environments.a: `a_b_c`"),
    ];
    for (text, expected) in cases {
        let problem = refused(text);
        assert!(problem.contains(expected), "{text}: {problem}");
    }
}

#[test]
fn the_error_of_an_invalid_file_does_not_quote_it() {
    let problem = refused("aws:\n  secret_key: TOP-SECRET\n  region: [\n");
    assert!(!problem.contains("TOP-SECRET"), "{problem}");
}
