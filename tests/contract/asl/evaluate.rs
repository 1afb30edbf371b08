//! The values of expressions.

use jsonata_core::{
    evaluator::{Context, Evaluator},
    parser,
    value::JValue,
};
use serde_json::{Map, Value};

/// The value of `expression`, or why it has none.
pub(super) fn evaluate(
    expression: &str,
    states: &Value,
    variables: &Map<String, Value>,
) -> Result<Value, String> {
    let parsed = parser::parse(expression).map_err(|error| error.to_string())?;
    let mut context = Context::new();
    context.bind("states".to_owned(), JValue::from(states.clone()));
    for (name, value) in variables {
        context.bind(name.clone(), JValue::from(value.clone()));
    }
    let found = Evaluator::with_context(context)
        .evaluate(&parsed, &JValue::Undefined)
        .map_err(|error| error.to_string())?;
    if found.is_undefined() {
        return Err(format!("`{expression}` gives nothing, which is States.QueryEvaluationError"));
    }
    serde_json::to_value(&found).map_err(|error| error.to_string())
}
