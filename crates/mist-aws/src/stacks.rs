//! Stacks as parameters of Systems Manager: `/mist/stacks/NAME`.

use aws_sdk_ssm::{Client, operation::get_parameter::GetParameterError, types::ParameterType};
use mist_core::{
    error::Error,
    names::StackName,
    ports::Stacks,
    stack::{document::StackDocument, settings::Stack},
};
use serde_json::Value;

use crate::error::classify;

mod installation;

const SERVICE: &str = "ssm";

/// The parameter with the ARN of the state machine, which the template writes.
const STATE_MACHINE: &str = "/mist/state-machine";

/// Stacks as parameters of Systems Manager, through the SDK.
#[derive(Clone, Debug)]
pub struct ParameterStore {
    client: Client,
}

impl ParameterStore {
    /// Uses `client` for every call.
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// Writes `stack` and replaces its previous configuration.
    pub async fn push(&self, stack: Stack) -> Result<(), Error> {
        let name = StackDocument::parameter(&stack.name);
        let text = serde_json::to_string(&StackDocument::new(stack)).map_err(|error| {
            Error::InvalidStackConfig { parameter: name.clone(), problem: error.to_string() }
        })?;
        self.client
            .put_parameter()
            .name(name)
            .value(text)
            .r#type(ParameterType::String)
            .overwrite(true)
            .send()
            .await
            .map(drop)
            .map_err(|error| classify(SERVICE, &error))
    }

    /// The ARN of the state machine in this account and region. Without an installation, this is
    /// [`Error::InvalidInput`].
    pub async fn state_machine(&self) -> Result<String, Error> {
        self.value(STATE_MACHINE).await?.ok_or_else(|| Error::InvalidInput {
            problem: format!(
                "mist is not installed in this account and region: no SSM parameter `{STATE_MACHINE}`"
            ),
        })
    }

    async fn value(&self, name: &str) -> Result<Option<String>, Error> {
        match self.client.get_parameter().name(name).send().await {
            Ok(answer) => Ok(answer.parameter.and_then(|parameter| parameter.value)),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(GetParameterError::is_parameter_not_found) =>
            {
                Ok(None)
            }
            Err(error) => Err(classify(SERVICE, &error)),
        }
    }
}

impl Stacks for ParameterStore {
    async fn load(&self, name: &StackName) -> Result<Stack, Error> {
        let parameter = StackDocument::parameter(name);
        let Some(text) = self.value(&parameter).await? else {
            return Err(Error::UnknownStack { stack: name.to_string() });
        };
        let invalid =
            |problem: String| Error::InvalidStackConfig { parameter: parameter.clone(), problem };
        let value: Value =
            serde_json::from_str(&text).map_err(|error| invalid(error.to_string()))?;
        StackDocument::check_format(name, value.get("format").and_then(Value::as_u64))?;
        let document: StackDocument =
            serde_path_to_error::deserialize(value).map_err(|error| invalid(error.to_string()))?;
        if document.stack.name != *name {
            return Err(invalid(format!("stack.name: is `{}`", document.stack.name)));
        }
        Ok(document.stack)
    }
}

#[cfg(test)]
mod tests;
