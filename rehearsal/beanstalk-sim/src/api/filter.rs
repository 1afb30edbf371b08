//! Filters of lists: an attribute, an operator and values.

use crate::wire::{ApiError, Params};
use crate::world::platform::numbers;

/// One condition. All conditions of a call must hold.
#[derive(Debug)]
pub(super) struct Filter {
    attribute: String,
    operator: Operator,
    values: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Contains,
    BeginsWith,
    EndsWith,
    In,
    NotIn,
}

impl Operator {
    fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "=" => Self::Equal,
            "!=" => Self::NotEqual,
            "<" => Self::Less,
            "<=" => Self::LessOrEqual,
            ">" => Self::Greater,
            ">=" => Self::GreaterOrEqual,
            "contains" => Self::Contains,
            "begins_with" => Self::BeginsWith,
            "ends_with" => Self::EndsWith,
            "in" => Self::In,
            "not_in" => Self::NotIn,
            _ => return None,
        })
    }

    fn holds(self, found: &str, value: &str) -> bool {
        // States are in lower case in the API reference, and capitalized on the wire.
        let (found, value) = (found.to_lowercase(), value.to_lowercase());
        match self {
            Self::Equal | Self::In => found == value,
            Self::NotEqual | Self::NotIn => found != value,
            Self::Less => order(&found, &value).is_lt(),
            Self::LessOrEqual => order(&found, &value).is_le(),
            Self::Greater => order(&found, &value).is_gt(),
            Self::GreaterOrEqual => order(&found, &value).is_ge(),
            Self::Contains => found.contains(&value),
            Self::BeginsWith => found.starts_with(&value),
            Self::EndsWith => found.ends_with(&value),
        }
    }

    fn is_negative(self) -> bool {
        matches!(self, Self::NotEqual | Self::NotIn)
    }

    fn takes_several(self) -> bool {
        matches!(self, Self::In | Self::NotIn)
    }
}

/// Compares versions by their numbers: 4.10.0 is later than 4.9.0.
fn order(found: &str, value: &str) -> std::cmp::Ordering {
    match (numbers(found), numbers(value)) {
        (Some(found), Some(value)) => found.cmp(&value),
        _ => found.cmp(value),
    }
}

impl Filter {
    /// The filters of a call, whose attributes are in `member`. The texts of refusals are *assumed*.
    pub(super) fn read(
        params: &Params,
        member: &str,
        attributes: &[&str],
    ) -> Result<Vec<Self>, ApiError> {
        params
            .structures("Filters")
            .iter()
            .map(|filter| Self::one(filter, member, attributes))
            .collect()
    }

    fn one(filter: &Params, member: &str, attributes: &[&str]) -> Result<Self, ApiError> {
        let attribute = filter.required(member)?;
        if !attributes.contains(&attribute) {
            return Err(ApiError::invalid_value(format!(
                "Filter {member} '{attribute}' is not one of the allowed values: [{}]",
                attributes.join(", ")
            )));
        }
        let name = filter.text("Operator").unwrap_or("=");
        let operator = Operator::from_name(name).ok_or_else(|| {
            ApiError::invalid_value(format!("Filter Operator '{name}' is not supported."))
        })?;
        let values: Vec<_> = filter.list("Values").into_iter().map(str::to_owned).collect();
        if values.is_empty() {
            return Err(ApiError::missing("Values"));
        }
        if values.len() > 1 && !operator.takes_several() {
            return Err(ApiError::invalid_value(format!(
                "Filter Operator '{name}' takes only one value."
            )));
        }
        Ok(Self { attribute: attribute.to_owned(), operator, values })
    }

    pub(super) fn attribute(&self) -> &str {
        &self.attribute
    }

    /// Whether an attribute matches a value; for negative operators, whether no attribute matches any value.
    pub(super) fn any(&self, found: &[String]) -> bool {
        let holds = |found: &String, value: &String| self.operator.holds(found, value);
        if self.operator.is_negative() {
            return found.iter().all(|found| self.values.iter().all(|value| holds(found, value)));
        }
        found.iter().any(|found| self.values.iter().any(|value| holds(found, value)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn filter(operator: &str, values: &[&str]) -> Result<Filter, ApiError> {
        let fixed = [("Type", "A"), ("Operator", operator)];
        let fixed = fixed.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let values = values
            .iter()
            .enumerate()
            .map(|(index, value)| (format!("Values.member.{}", index + 1), (*value).to_owned()));
        Filter::one(&Params::from_pairs(fixed.into_iter().chain(values)), "Type", &["A"])
    }

    fn fits(operator: &str, values: &[&str], found: &[&str]) -> bool {
        let found: Vec<_> = found.iter().map(|value| (*value).to_owned()).collect();
        filter(operator, values).unwrap().any(&found)
    }

    #[test]
    fn operators_do_as_they_are_called() {
        assert!(fits("=", &["supported"], &["Supported"]));
        assert!(fits("!=", &["retired"], &["Supported"]) && !fits("!=", &["b"], &["a", "b"]));
        assert!(fits(">", &["4.9.0"], &["4.10.0"]) && fits("<=", &["4.9.0"], &["4.9.0"]));
        assert!(fits("<", &["4.10.0"], &["4.9.0"]) && fits(">=", &["4.9.0"], &["4.9.0"]));
        assert!(fits("contains", &["running"], &["PHP running on x"]));
        assert!(fits("begins_with", &["PHP"], &["PHP x"]) && fits("ends_with", &["x"], &["PHP x"]));
        assert!(fits("in", &["a", "b"], &["b"]) && !fits("not_in", &["a", "b"], &["b"]));
    }

    #[test]
    fn unknown_operators_and_wrong_numbers_of_values_are_refused() {
        assert!(filter("like", &["a"]).is_err());
        assert!(filter("=", &["a", "b"]).is_err());
        assert!(filter("in", &[]).is_err());
    }

    proptest! {
        #[test]
        fn no_filter_makes_the_reader_panic(operator in "\\PC{0,12}", value in "\\PC*", found in "\\PC*") {
            if let Ok(filter) = filter(&operator, &[&value]) {
                let _ = filter.any(&[found]);
            }
        }
    }
}
