//! New Relic's NerdGraph: a request is parsed, validated against the published schema, and executed.

mod resolve;

use std::cell::RefCell;
use std::sync::OnceLock;

use apollo_compiler::resolvers::Execution;
use apollo_compiler::response::JsonMap;
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema};
use serde::Deserialize;
use serde_json::{Value, json};

use super::state::State;
use resolve::Root;

/// The part of the published schema that change tracking needs.
const SCHEMA: &str = include_str!("nerdgraph.graphql");

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Question {
    query: String,
    #[serde(default)]
    variables: Option<JsonMap>,
    #[serde(default)]
    operation_name: Option<String>,
}

/// The answer to a GraphQL body. Errors are in `errors[]`, as in GraphQL.
pub(crate) fn answer(state: &mut State, body: &str) -> Value {
    match execute(state, body) {
        Ok(answer) => answer,
        Err(problems) => json!({ "errors": problems }),
    }
}

/// An answer with an error.
pub(crate) fn errors(message: &str) -> Value {
    json!({ "data": null, "errors": [{ "message": message }] })
}

fn execute(state: &mut State, body: &str) -> Result<Value, Vec<Value>> {
    let question: Question = serde_json::from_str(body)
        .map_err(|error| vec![problem(&format!("the body is not a GraphQL request: {error}"))])?;
    let schema = schema().as_ref().map_err(|error| vec![problem(error)])?;
    let document = ExecutableDocument::parse_and_validate(schema, &question.query, "query.graphql")
        .map_err(|found| {
            found.errors.iter().map(|it| problem(&it.error.to_string())).collect::<Vec<_>>()
        })?;
    let refused =
        |error: apollo_compiler::request::RequestError| vec![problem(&error.message().to_string())];
    let operation = document.operations.get(question.operation_name.as_deref()).map_err(refused)?;
    let variables = question.variables.unwrap_or_default();
    // Real servers ignore undeclared variables. Here they are an error, since they are a mistake of the caller.
    let declared = |name: &str| operation.variables.iter().any(|it| it.name == name);
    if let Some(name) = variables.keys().find(|name| !declared(name.as_str())) {
        let message = format!("variable `${}` is given but not declared", name.as_str());
        return Err(vec![problem(&message)]);
    }
    let root = Root { state: &RefCell::new(state), mutation: operation.is_mutation() };
    let mut answer = Execution::new(schema, &document)
        .operation(operation)
        .raw_variable_values(&variables)
        .execute_sync(&root)
        .map_err(refused)?;
    for error in &mut answer.errors {
        // The prefix comes from the library; New Relic has none.
        if let Some(message) = error.message.strip_prefix("resolver error: ") {
            error.message = message.to_owned();
        }
    }
    serde_json::to_value(&answer).map_err(|error| vec![problem(&error.to_string())])
}

fn problem(message: &str) -> Value {
    json!({ "message": message, "extensions": { "errorClass": "INVALID_INPUT" } })
}

fn schema() -> &'static Result<Valid<Schema>, String> {
    static PARSED: OnceLock<Result<Valid<Schema>, String>> = OnceLock::new();
    PARSED.get_or_init(|| {
        Schema::parse_and_validate(SCHEMA, "nerdgraph.graphql")
            .map_err(|found| format!("the schema itself is wrong: {}", found.errors))
    })
}
