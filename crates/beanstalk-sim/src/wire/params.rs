//! The parameters of a call: flat names with dots and numbers, read as lists and structures.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use jiff::Timestamp;

use super::error::ApiError;

/// The parameters of one call, or of one structure inside it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Params(BTreeMap<String, String>);

impl Params {
    /// Takes decoded pairs; `Name.members.1` is the same as `Name.member.1`, and the last of equal names wins.
    pub(crate) fn from_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(
            pairs
                .into_iter()
                .map(|(name, value)| (name.replace(".members.", ".member."), value))
                .collect(),
        )
    }

    pub(crate) fn into_map(self) -> BTreeMap<String, String> {
        self.0
    }

    /// The value as it came, so that an empty one can clear something.
    pub(crate) fn raw(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The value, when there is one that is not empty.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.raw(name).filter(|value| !value.is_empty())
    }

    pub(crate) fn owned(&self, name: &str) -> Option<String> {
        self.text(name).map(str::to_owned)
    }

    /// The value, which must be there.
    pub(crate) fn required(&self, name: &str) -> Result<&str, ApiError> {
        self.text(name).ok_or_else(|| ApiError::missing(name))
    }

    /// Refuses a value whose number of characters is out of bounds; an absent one is fine.
    pub(crate) fn check_length(
        &self,
        name: &str,
        bounds: RangeInclusive<usize>,
    ) -> Result<(), ApiError> {
        let Some(value) = self.raw(name) else { return Ok(()) };
        if bounds.contains(&value.chars().count()) {
            return Ok(());
        }
        Err(ApiError::invalid_value(format!(
            "Value {value} at '{name}' failed to satisfy constraint: Member must have length between {} and {}.",
            bounds.start(),
            bounds.end()
        )))
    }

    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, ApiError> {
        match self.text(name) {
            None => Ok(None),
            Some(value) if value.eq_ignore_ascii_case("true") => Ok(Some(true)),
            Some(value) if value.eq_ignore_ascii_case("false") => Ok(Some(false)),
            Some(value) => {
                Err(ApiError::invalid_value(format!("'{value}' is not a boolean, at '{name}'.")))
            }
        }
    }

    pub(crate) fn number(
        &self,
        name: &str,
        bounds: RangeInclusive<usize>,
    ) -> Result<Option<usize>, ApiError> {
        let Some(value) = self.text(name) else { return Ok(None) };
        match value.parse() {
            Ok(number) if bounds.contains(&number) => Ok(Some(number)),
            Ok(_) | Err(_) => Err(ApiError::invalid_value(format!(
                "'{value}' is not a number from {} to {}, at '{name}'.",
                bounds.start(),
                bounds.end()
            ))),
        }
    }

    /// A time in ISO 8601, extended or basic.
    pub(crate) fn time(&self, name: &str) -> Result<Option<Timestamp>, ApiError> {
        let Some(value) = self.text(name) else { return Ok(None) };
        value.parse().map(Some).map_err(|_| {
            ApiError::invalid_value(format!(
                "'{value}' is not a date and time of ISO 8601, at '{name}'."
            ))
        })
    }

    /// The values of a list of plain values; an empty list may be sent as one empty value.
    pub(crate) fn list(&self, name: &str) -> Vec<&str> {
        let prefix = format!("{name}.member.");
        let mut values: Vec<_> = self
            .under(&prefix)
            .filter_map(|(rest, value)| Some((rest.parse::<u32>().ok()?, value)))
            .filter(|(_, value)| !value.is_empty())
            .collect();
        values.sort_by_key(|(index, _)| *index);
        values.into_iter().map(|(_, value)| value).collect()
    }

    /// The members of a list of structures.
    pub(crate) fn structures(&self, name: &str) -> Vec<Self> {
        let prefix = format!("{name}.member.");
        let mut members = BTreeMap::<u32, Self>::new();
        for (rest, value) in self.under(&prefix) {
            let Some((index, field)) = rest.split_once('.') else { continue };
            let Ok(index) = index.parse() else { continue };
            members.entry(index).or_default().0.insert(field.to_owned(), value.to_owned());
        }
        members.into_values().collect()
    }

    fn under<'a, 'p>(
        &'a self,
        prefix: &'p str,
    ) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a, 'p> {
        self.0
            .range(prefix.to_owned()..)
            .map_while(move |(name, value)| Some((name.strip_prefix(prefix)?, value.as_str())))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn params(pairs: &[(&str, &str)]) -> Params {
        Params::from_pairs(
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        )
    }

    #[test]
    fn lists_keep_the_order_of_their_numbers() {
        let params =
            params(&[("Names.member.10", "c"), ("Names.member.2", "b"), ("Names.members.1", "a")]);
        assert_eq!(params.list("Names"), ["a", "b", "c"]);
    }

    #[test]
    fn an_empty_list_is_one_empty_value() {
        let params = params(&[("OptionSettings", ""), ("Names.member.1", "")]);
        assert!(params.structures("OptionSettings").is_empty());
        assert!(params.list("Names").is_empty());
        assert_eq!(params.text("OptionSettings"), None);
    }

    #[test]
    fn structures_are_grouped_by_their_number() {
        let params = params(&[
            ("OptionSettings.member.2.Value", "two"),
            ("OptionSettings.member.1.Namespace", "aws:x"),
            ("OptionSettings.member.1.Value", "one"),
        ]);
        let members = params.structures("OptionSettings");
        assert_eq!(members.len(), 2);
        assert_eq!(
            (members[0].text("Namespace"), members[0].text("Value")),
            (Some("aws:x"), Some("one"))
        );
        assert_eq!(members[1].text("Value"), Some("two"));
    }

    #[test]
    fn times_come_extended_and_basic() {
        let expected: Timestamp = "2026-11-22T14:10:35Z".parse().unwrap();
        for text in ["2026-11-22T14:10:35.000000Z", "2026-11-22T14:10:35Z", "20261122T141035Z"] {
            assert_eq!(
                params(&[("StartTime", text)]).time("StartTime"),
                Ok(Some(expected)),
                "{text}"
            );
        }
        assert!(params(&[("StartTime", "yesterday")]).time("StartTime").is_err());
    }

    #[test]
    fn lengths_count_characters() {
        assert!(params(&[("Name", "äöü")]).check_length("Name", 1..=3).is_ok());
        assert!(params(&[("Name", "")]).check_length("Name", 1..=3).is_err());
        assert!(params(&[]).check_length("Name", 1..=3).is_ok());
    }

    proptest! {
        #[test]
        fn no_parameters_make_the_reader_panic(
            pairs in prop::collection::vec(("[A-Z.a-z]{0,3}(\\.members?\\.)?[0-9]{0,12}(\\.[A-Z]{0,2})?|\\PC*", "\\PC*"), 0..20),
            name in "[A-Za-z.]{0,6}",
        ) {
            let params = Params::from_pairs(pairs);
            let _ = params.list(&name);
            let _ = params.structures(&name);
            let _ = (params.flag(&name), params.number(&name, 1..=9), params.time(&name));
            let _ = params.check_length(&name, 1..=3);
        }

        #[test]
        fn a_list_comes_back_as_it_was_sent(values in prop::collection::vec("[a-z]{1,5}", 0..30)) {
            let pairs = values.iter().enumerate().map(|(index, value)| (format!("L.member.{}", index + 1), value.clone()));
            let params = Params::from_pairs(pairs);
            prop_assert_eq!(params.list("L"), values);
        }
    }
}
