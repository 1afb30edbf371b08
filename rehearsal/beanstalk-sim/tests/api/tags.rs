//! Tags and their refusals.

use aws_sdk_elasticbeanstalk::types::Tag;

use crate::stage::{APPLICATION, Stage, refusal, stage};

fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().key(key).value(value).build()
}

async fn tags(stage: &Stage, arn: &str) -> Vec<Tag> {
    let request = stage.client.list_tags_for_resource().resource_arn(arn);
    request.send().await.unwrap().resource_tags.unwrap_or_default()
}

async fn arn_of_application(stage: &Stage) -> String {
    let answer = stage.client.describe_applications().send().await.unwrap();
    answer.applications()[0].application_arn().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_and_saved_configurations_have_tags_until_they_are_deleted() {
    let stage = stage().await;
    let create = stage.client.create_application_version().application_name(APPLICATION);
    let created = create.version_label("v3").tags(tag("team", "web")).send().await.unwrap();
    let arn = created.application_version().unwrap().application_version_arn().unwrap();
    assert_eq!(tags(&stage, arn).await, [tag("team", "web")]);
    let delete = stage.client.delete_application_version().application_name(APPLICATION);
    delete.version_label("v3").send().await.unwrap();
    insta::assert_snapshot!(refusal(stage.client.list_tags_for_resource().resource_arn(arn).send().await), @"ResourceNotFoundException: Resource not found for arn 'arn:aws:elasticbeanstalk:us-east-1:000000000000:applicationversion/shop/v3'.");

    let create = stage.client.create_configuration_template().application_name(APPLICATION);
    let create = create
        .template_name("t")
        .solution_stack_name("64bit Amazon Linux 2023 v4.7.2 running Docker");
    create.tags(tag("side", "a")).send().await.unwrap();
    let arn = "arn:aws:elasticbeanstalk:us-east-1:000000000000:configurationtemplate/shop/t";
    assert_eq!(tags(&stage, arn).await, [tag("side", "a")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_label_may_have_slashes() {
    let stage = stage().await;
    let create = stage.client.create_application_version().application_name(APPLICATION);
    let created = create.version_label("feature/a/1").send().await.unwrap();
    let arn = created.application_version().unwrap().application_version_arn().unwrap();
    let update = stage.client.update_tags_for_resource().resource_arn(arn);
    update.tags_to_add(tag("team", "web")).send().await.unwrap();
    assert_eq!(tags(&stage, arn).await, [tag("team", "web")]);
    let shorter = arn.strip_suffix("/1").unwrap();
    let unknown = stage.client.list_tags_for_resource().resource_arn(shorter).send().await;
    assert!(refusal(unknown).starts_with("ResourceNotFoundException"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_must_be_well_formed_and_not_reserved() {
    let stage = stage().await;
    let arn = arn_of_application(&stage).await;
    let add = async |tag: Tag| {
        let request = stage.client.update_tags_for_resource().resource_arn(&arn);
        refusal(request.tags_to_add(tag).send().await)
    };
    insta::assert_snapshot!(add(tag("aws:x", "1")).await, @"InvalidParameterValue: The tag key 'aws:x' is reserved.");
    insta::assert_snapshot!(add(tag("elasticbeanstalk:environment-name", "1")).await, @"InvalidParameterValue: The tag key 'elasticbeanstalk:environment-name' is reserved.");
    insta::assert_snapshot!(add(tag("a*b", "1")).await, @"InvalidParameterValue: The tag key 'a*b' is invalid: it may have up to 128 letters, numbers, spaces, and characters of _ . : / = + - @");
    assert!(add(tag("key", &"v".repeat(257))).await.contains("up to 256 letters"));
    let neither = stage.client.update_tags_for_resource().resource_arn(&arn);
    insta::assert_snapshot!(refusal(neither.send().await), @"InvalidParameterCombination: At least one of TagsToAdd and TagsToRemove must be specified.");
    let request = stage.client.update_tags_for_resource().resource_arn(&arn);
    request.tags_to_add(tag("größe", "ä 1_.:/=+-@")).send().await.unwrap();
    assert_eq!(tags(&stage, &arn).await, [tag("größe", "ä 1_.:/=+-@")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_tags_are_enough() {
    let stage = stage().await;
    let arn = arn_of_application(&stage).await;
    let many =
        |count: usize| Some((0..count).map(|number| tag(&format!("k{number}"), "")).collect());
    let request = || stage.client.update_tags_for_resource().resource_arn(&arn);
    insta::assert_snapshot!(refusal(request().set_tags_to_add(many(51)).send().await), @"TooManyTagsException: A resource can have at most 50 tags.");
    request().set_tags_to_add(many(50)).send().await.unwrap();
    request().tags_to_add(tag("other", "")).tags_to_remove("k0").send().await.unwrap();
    assert_eq!(tags(&stage, &arn).await.len(), 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn untaggable_resources_are_refused() {
    let stage = stage().await;
    let list = async |arn: &str| {
        refusal(stage.client.list_tags_for_resource().resource_arn(arn).send().await)
    };
    insta::assert_snapshot!(list("arn:aws:elasticbeanstalk:us-east-1:000000000000:environment/shop/no").await, @"ResourceNotFoundException: Resource not found for arn 'arn:aws:elasticbeanstalk:us-east-1:000000000000:environment/shop/no'.");
    insta::assert_snapshot!(list("arn:aws:elasticbeanstalk:us-east-1:000000000000:builder/shop").await, @"ResourceTypeNotSupportedException: The type of the resource 'arn:aws:elasticbeanstalk:us-east-1:000000000000:builder/shop' does not support tags.");
}
