//! Items of `DynamoDB`.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use mist_core::error::Error;
use serde::{Serialize, de::DeserializeOwned};

pub(crate) const SERVICE: &str = "dynamodb";

/// The error code of a condition that does not hold.
pub(crate) const CONDITION_FAILED: &str = "ConditionalCheckFailedException";

/// An item, as its attributes.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// Reads an item. If it is invalid, [`Error::InvalidItem`] calls it `name`.
pub(crate) fn read<T: DeserializeOwned>(name: &str, item: Item) -> Result<T, Error> {
    serde_dynamo::from_item(item)
        .map_err(|error| Error::InvalidItem { item: name.to_owned(), problem: error.to_string() })
}

/// The attributes of `value`.
pub(crate) fn item(value: &impl Serialize) -> Result<Item, Error> {
    serde_dynamo::to_item(value).map_err(|error| unwritable(&error))
}

/// The attribute of `value`.
#[cfg(feature = "history")]
pub(crate) fn attribute(value: &impl Serialize) -> Result<AttributeValue, Error> {
    serde_dynamo::to_attribute_value(value).map_err(|error| unwritable(&error))
}

/// A text attribute.
pub(crate) fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

/// A number attribute.
pub(crate) fn number(number: impl Into<i128>) -> AttributeValue {
    AttributeValue::N(number.into().to_string())
}

fn unwritable(error: &serde_dynamo::Error) -> Error {
    Error::ServiceFailed {
        service: SERVICE,
        message: format!("a value cannot be written: {error}"),
    }
}
