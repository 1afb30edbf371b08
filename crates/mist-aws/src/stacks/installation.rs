//! Parameters of the installation, and the removal of stacks.

use mist_core::{error::Error, names::StackName};

use aws_sdk_ssm::{operation::delete_parameter::DeleteParameterError, types::ParameterType};

use super::{ParameterStore, SERVICE};
use crate::error::classify;

/// The parameter with the ARN of the topic, which the template writes.
const TOPIC: &str = "/mist/notifications-topic";

/// The parameter with the e-mail addresses that setup subscribed, separated by commas.
const SUBSCRIBED: &str = "/mist/setup/emails";

impl ParameterStore {
    /// The ARN of the topic for failed releases; `None` if the installation has none.
    pub async fn notifications_topic(&self) -> Result<Option<String>, Error> {
        self.value(TOPIC).await
    }

    /// The names of all stacks that have a configuration, sorted.
    pub async fn names(&self) -> Result<Vec<StackName>, Error> {
        let mut pages =
            self.client.get_parameters_by_path().path("/mist/stacks").into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| classify(SERVICE, &error))?;
            let names = page.parameters().iter().filter_map(|parameter| parameter.name());
            let names = names.filter_map(|name| name.strip_prefix("/mist/stacks/"));
            found.extend(names.filter_map(|name| name.parse().ok()));
        }
        found.sort();
        Ok(found)
    }

    /// Removes the configuration of the stack `name`, so that its next release is refused. A missing one is no error.
    pub async fn remove(&self, name: &StackName) -> Result<(), Error> {
        self.delete(&mist_core::stack::document::StackDocument::parameter(name)).await
    }

    /// The e-mail addresses that setup subscribed.
    pub async fn subscribed(&self) -> Result<Vec<String>, Error> {
        let emails = self.value(SUBSCRIBED).await?.unwrap_or_default();
        Ok(emails.split(',').filter(|email| !email.is_empty()).map(str::to_owned).collect())
    }

    /// Stores `emails` as the addresses that setup subscribed.
    pub async fn remember_subscribed(&self, emails: &[String]) -> Result<(), Error> {
        if emails.is_empty() {
            return self.delete(SUBSCRIBED).await;
        }
        let put = self.client.put_parameter().name(SUBSCRIBED).value(emails.join(","));
        let put = put.r#type(ParameterType::StringList).overwrite(true);
        put.send().await.map(drop).map_err(|error| classify(SERVICE, &error))
    }

    async fn delete(&self, name: &str) -> Result<(), Error> {
        match self.client.delete_parameter().name(name).send().await {
            Ok(_) => Ok(()),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(DeleteParameterError::is_parameter_not_found) =>
            {
                Ok(())
            }
            Err(error) => Err(classify(SERVICE, &error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_ssm::Client;
    use aws_smithy_mocks::{RuleMode, mock, mock_client};

    use super::*;
    use crate::wire::{answer, json_error};

    #[tokio::test]
    async fn the_stacks_are_those_below_their_path() {
        let rule = mock!(Client::get_parameters_by_path)
            .match_requests(|input| input.path() == Some("/mist/stacks"))
            .then_http_response(|| {
                answer(
                    200,
                    &[],
                    r#"{"Parameters":[{"Name":"/mist/stacks/UAT"},{"Name":"/mist/stacks/QA"},
                        {"Name":"/mist/stacks/not a stack"}]}"#,
                )
            });
        let names = ParameterStore::new(mock_client!(aws_sdk_ssm, [&rule])).names().await.unwrap();
        assert_eq!(names.iter().map(StackName::as_str).collect::<Vec<_>>(), ["QA", "UAT"]);
    }

    #[tokio::test]
    async fn what_is_not_there_need_not_be_removed() {
        let missing = || json_error(400, "ParameterNotFound", "Parameter not found.");
        let delete = mock!(Client::delete_parameter).then_http_response(missing);
        let get = mock!(Client::get_parameter).then_http_response(missing);
        let store =
            ParameterStore::new(mock_client!(aws_sdk_ssm, RuleMode::MatchAny, [&delete, &get]));
        store.remove(&"QA".parse().unwrap()).await.unwrap();
        store.remember_subscribed(&[]).await.unwrap();
        assert_eq!(store.subscribed().await.unwrap(), Vec::<String>::new());
        assert_eq!(store.notifications_topic().await.unwrap(), None);
    }
}
