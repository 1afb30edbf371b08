//! Creation and removal of secrets. Only the command does this.

use aws_sdk_secretsmanager::{
    operation::{delete_secret::DeleteSecretError, describe_secret::DescribeSecretError},
    types::{Filter, FilterNameStringType, Tag},
};
use mist_core::error::Error;
use secrecy::{ExposeSecret as _, SecretString};

use super::SecretsManager;
use crate::error::classify;

const SERVICE: &str = "secretsmanager";

/// The tag of secrets that mist created.
const MADE_BY: &str = "mist:made-by";
const SETUP: &str = "setup";

/// The days for which a removed secret can be restored; the minimum of Secrets Manager.
const RECOVERY_DAYS: i64 = 7;

/// A secret, without its value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Kept {
    /// Whether mist created it.
    pub ours: bool,
    /// Whether it was removed and can still be restored.
    pub removed: bool,
}

impl SecretsManager {
    /// The secret `id`, without its value; `None` if it does not exist.
    pub async fn look(&self, id: &str) -> Result<Option<Kept>, Error> {
        let answer = match self.client.describe_secret().secret_id(id).send().await {
            Ok(answer) => answer,
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(DescribeSecretError::is_resource_not_found_exception) =>
            {
                return Ok(None);
            }
            Err(error) => return Err(classify(SERVICE, &error)),
        };
        let ours = answer.tags().iter().any(is_ours);
        Ok(Some(Kept { ours, removed: answer.deleted_date().is_some() }))
    }

    /// Creates the secret `id`, with the tag of mist. An existing one is an error.
    pub async fn create(
        &self,
        id: &str,
        value: &SecretString,
        description: &str,
    ) -> Result<(), Error> {
        let tag = Tag::builder().key(MADE_BY).value(SETUP).build();
        let answer = self
            .client
            .create_secret()
            .name(id)
            .description(description)
            .secret_string(value.expose_secret())
            .tags(tag)
            .send()
            .await;
        answer.map(drop).map_err(|error| classify(SERVICE, &error))
    }

    /// Replaces the value of the secret `id`. Secrets Manager keeps the previous one.
    pub async fn replace(&self, id: &str, value: &SecretString) -> Result<(), Error> {
        let put = self.client.put_secret_value().secret_id(id);
        let answer = put.secret_string(value.expose_secret()).send().await;
        answer.map(drop).map_err(|error| classify(SERVICE, &error))
    }

    /// Restores the removed secret `id`.
    pub async fn restore(&self, id: &str) -> Result<(), Error> {
        let answer = self.client.restore_secret().secret_id(id).send().await;
        answer.map(drop).map_err(|error| classify(SERVICE, &error))
    }

    /// The names of all secrets that mist created and that are not removed, sorted.
    pub async fn ours(&self) -> Result<Vec<String>, Error> {
        let filter = Filter::builder().key(FilterNameStringType::TagKey).values(MADE_BY).build();
        let mut pages = self.client.list_secrets().filters(filter).into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| classify(SERVICE, &error))?;
            // The filter matches every tag that starts with this one.
            let ours = page.secret_list().iter().filter(|secret| secret.tags().iter().any(is_ours));
            found.extend(ours.filter_map(|secret| secret.name()).map(str::to_owned));
        }
        found.sort();
        Ok(found)
    }

    /// Removes the secret `id`, which can be restored for seven days. A missing one is no error.
    pub async fn remove(&self, id: &str) -> Result<(), Error> {
        let delete = self.client.delete_secret().secret_id(id);
        match delete.recovery_window_in_days(RECOVERY_DAYS).send().await {
            Ok(_) => Ok(()),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(DeleteSecretError::is_resource_not_found_exception) =>
            {
                Ok(())
            }
            Err(error) => Err(classify(SERVICE, &error)),
        }
    }
}

fn is_ours(tag: &Tag) -> bool {
    (tag.key(), tag.value()) == (Some(MADE_BY), Some(SETUP))
}

#[cfg(test)]
mod tests {
    use aws_sdk_secretsmanager::Client;
    use aws_smithy_mocks::{RuleMode, mock, mock_client};

    use super::*;
    use crate::wire::{answer, json_error};

    #[tokio::test]
    async fn reads_from_the_tag_whether_mist_created_a_secret() {
        let look = async |body: &'static str| {
            let rule =
                mock!(Client::describe_secret).then_http_response(move || answer(200, &[], body));
            let client = mock_client!(aws_sdk_secretsmanager, [&rule]);
            SecretsManager::new(client).look("mist/new-relic").await.unwrap().unwrap()
        };
        let ours = look(r#"{"Name":"x","Tags":[{"Key":"mist:made-by","Value":"setup"}]}"#).await;
        assert_eq!(ours, Kept { ours: true, removed: false });
        let theirs = look(r#"{"Name":"x","Tags":[{"Key":"mist:made-by","Value":"ada"}]}"#).await;
        assert_eq!(theirs, Kept { ours: false, removed: false });
        let removed = look(r#"{"Name":"x","DeletedDate":1767323045}"#).await;
        assert_eq!(removed, Kept { ours: false, removed: true });
    }

    #[tokio::test]
    async fn a_missing_secret_is_none_and_can_be_removed() {
        let missing =
            || json_error(400, "ResourceNotFoundException", "Secrets Manager can't find it.");
        let look = mock!(Client::describe_secret).then_http_response(missing);
        let remove = mock!(Client::delete_secret).then_http_response(missing);
        let client = mock_client!(aws_sdk_secretsmanager, RuleMode::MatchAny, [&look, &remove]);
        let secrets = SecretsManager::new(client);
        assert_eq!(secrets.look("mist/new-relic").await.unwrap(), None);
        secrets.remove("mist/new-relic").await.unwrap();
    }

    #[tokio::test]
    async fn a_new_secret_has_the_tag_and_no_error_shows_its_value() {
        let rule = mock!(Client::create_secret)
            .match_requests(|input| {
                input.tags().iter().any(is_ours) && input.secret_string() == Some("NRAK-SECRET")
            })
            .then_http_response(|| json_error(400, "ResourceExistsException", "It is there."));
        let client = mock_client!(aws_sdk_secretsmanager, [&rule]);
        let value = SecretString::from("NRAK-SECRET");
        let error = SecretsManager::new(client).create("mist/x", &value, "x").await.unwrap_err();
        assert!(!format!("{error} {error:?}").contains("NRAK"), "{error:?}");
    }

    #[tokio::test]
    async fn a_tag_with_a_longer_name_is_not_ours() {
        let rule = mock!(Client::list_secrets).then_http_response(|| {
            answer(
                200,
                &[],
                r#"{"SecretList":[
                    {"Name":"mist/b","Tags":[{"Key":"mist:made-by","Value":"setup"}]},
                    {"Name":"mist/c","Tags":[{"Key":"mist:made-by-hand","Value":"setup"}]},
                    {"Name":"mist/a","Tags":[{"Key":"mist:made-by","Value":"setup"}]}]}"#,
            )
        });
        let client = mock_client!(aws_sdk_secretsmanager, [&rule]);
        assert_eq!(SecretsManager::new(client).ours().await.unwrap(), ["mist/a", "mist/b"]);
    }
}
