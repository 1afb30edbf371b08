//! The parameters of a call: flat names with dots and numbers, read as lists and structures.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;

use jiff::Timestamp;

use super::error::ApiError;
use super::query::pairs;
use super::xml::is_printable;

/// The pattern of characters that XML can carry.
const PRINTABLE: &str =
    r"[\u0009\u000A\u000D\u0020-\u007E\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]*";

/// The parameters of one call, or of one structure in it. Clones share their content.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Params(Arc<BTreeMap<String, String>>);

impl Params {
    /// Parses encoded pairs, part by part.
    pub(crate) fn parse<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, ApiError> {
        let mut all = Vec::new();
        for part in parts {
            all.append(&mut pairs(part)?);
        }
        let params = Self::from_pairs(all);
        params.0.iter().try_for_each(|(name, value)| check(name, value))?;
        Ok(params)
    }

    /// Parameters from decoded pairs. `Name.members.1` is the same as `Name.member.1`, and the last of equal names
    /// takes precedence.
    pub(crate) fn from_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        let rename = |(name, value): (String, String)| {
            let plural = name.contains(".members.");
            (if plural { name.replace(".members.", ".member.") } else { name }, value)
        };
        Self(Arc::new(pairs.into_iter().map(rename).collect()))
    }

    /// All parameters, by their names on the wire.
    pub(crate) fn all(&self) -> &Arc<BTreeMap<String, String>> {
        &self.0
    }

    /// The raw value. An empty one can clear a member.
    pub(crate) fn raw(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The value, if it is present and not empty.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.raw(name).filter(|value| !value.is_empty())
    }

    pub(crate) fn owned(&self, name: &str) -> Option<String> {
        self.text(name).map(str::to_owned)
    }

    /// The value, which is required.
    pub(crate) fn required(&self, name: &str) -> Result<&str, ApiError> {
        self.text(name).ok_or_else(|| ApiError::missing(name))
    }

    /// Refuses a value whose number of characters is out of bounds. A missing one is valid.
    pub(crate) fn check_length(
        &self,
        name: &str,
        bounds: RangeInclusive<usize>,
    ) -> Result<(), ApiError> {
        let Some(value) = self.raw(name) else { return Ok(()) };
        let length = value.chars().count();
        let problem = if length > *bounds.end() {
            format!("less than or equal to {}", bounds.end())
        } else if length < *bounds.start() {
            format!("greater than or equal to {}", bounds.start())
        } else {
            return Ok(());
        };
        Err(ApiError::validation(name, value, format_args!("Member must have length {problem}")))
    }

    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, ApiError> {
        match self.text(name) {
            None => Ok(None),
            Some(value) if value.eq_ignore_ascii_case("true") => Ok(Some(true)),
            Some(value) if value.eq_ignore_ascii_case("false") => Ok(Some(false)),
            Some(value) => {
                Err(ApiError::malformed(format!("'{value}' at '{name}' is not a boolean")))
            }
        }
    }

    pub(crate) fn number(
        &self,
        name: &str,
        bounds: RangeInclusive<usize>,
    ) -> Result<Option<usize>, ApiError> {
        let Some(value) = self.text(name) else { return Ok(None) };
        // Members are signed on the wire, so a negative number is out of bounds and not malformed.
        let number: i64 = value.parse().map_err(|_| {
            ApiError::malformed(format!("'{value}' at '{name}' is not a valid number"))
        })?;
        let problem = match usize::try_from(number) {
            Ok(number) if bounds.contains(&number) => return Ok(Some(number)),
            Ok(number) if number > *bounds.end() => {
                format!("less than or equal to {}", bounds.end())
            }
            Ok(_) | Err(_) => format!("greater than or equal to {}", bounds.start()),
        };
        Err(ApiError::validation(name, value, format_args!("Member must have value {problem}")))
    }

    /// A time in ISO 8601, extended or basic.
    pub(crate) fn time(&self, name: &str) -> Result<Option<Timestamp>, ApiError> {
        let Some(value) = self.text(name) else { return Ok(None) };
        let malformed = |_| ApiError::malformed("timestamp must follow ISO8601");
        value.parse().map(Some).map_err(malformed)
    }

    /// The values of a list. An empty list may be sent as one empty value.
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
        let mut members = BTreeMap::<u32, BTreeMap<String, String>>::new();
        for (rest, value) in self.under(&prefix) {
            let Some((index, field)) = rest.split_once('.') else { continue };
            let Ok(index) = index.parse() else { continue };
            members.entry(index).or_default().insert(field.to_owned(), value.to_owned());
        }
        members.into_values().map(|member| Self(Arc::new(member))).collect()
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

/// Refuses invalid parameters: list members without a number, and characters that XML cannot carry.
///
/// Numbers may have gaps and may begin at 0, which is *assumed*.
fn check(name: &str, value: &str) -> Result<(), ApiError> {
    let mut after_lists = name.split(".member.").skip(1);
    let numbered = |rest: &str| rest.split('.').next().unwrap_or_default().parse::<u32>().is_ok();
    if !after_lists.all(numbered) {
        return Err(ApiError::malformed(format!("'{name}' has no number where a list needs one")));
    }
    if !value.chars().all(is_printable) {
        let rule = format_args!("Member must satisfy regular expression pattern: {PRINTABLE}");
        return Err(ApiError::validation(name, value, rule));
    }
    Ok(())
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

    fn parsed(text: &str) -> Result<Params, String> {
        Params::parse([text.as_bytes()]).map_err(|error| error.to_string())
    }

    #[test]
    fn lists_may_have_holes_but_need_numbers() {
        let params =
            parsed("L.member.0=a&L.member.7=c&L.member.4294967295=d&L.member.3=b&L.member.3=B");
        assert_eq!(params.unwrap().list("L"), ["a", "B", "c", "d"]);
        for name in
            ["L.member.x", "L.member.", "L.member.-1", "L.member.4294967296", "O.member.1x.Value"]
        {
            let refusal = parsed(&format!("{name}=a")).unwrap_err();
            assert!(refusal.starts_with("400 MalformedInput"), "{refusal}");
        }
    }

    #[test]
    fn characters_that_no_answer_can_carry_are_refused() {
        let refusal = parsed("EnvironmentName=a%00b").unwrap_err().replace('\0', "NUL");
        insta::assert_snapshot!(refusal, @r"400 ValidationError: 1 validation error detected: Value 'aNULb' at 'environmentName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\u0009\u000A\u000D\u0020-\u007E\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]*");
        assert!(parsed("Description=%3Ca%3E+%26amp;%0A%09%F0%9F%8D%8E").is_ok());
    }

    #[test]
    fn invalid_values_are_refused_with_the_text_of_the_service() {
        let params = params(&[
            ("MaxRecords", "0"),
            ("NextToken", "-1"),
            ("Size", "1001"),
            ("EnvironmentName", "abc"),
            ("Tier.Name", "worker"),
        ]);
        let refusals = [
            params.number("MaxRecords", 1..=1000).unwrap_err(),
            params.number("NextToken", 1..=1000).unwrap_err(),
            params.number("Size", 1..=1000).unwrap_err(),
            params.number("EnvironmentName", 1..=1000).unwrap_err(),
            params.check_length("EnvironmentName", 4..=40).unwrap_err(),
            params.check_length("Tier.Name", 1..=5).unwrap_err(),
            params.flag("MaxRecords").unwrap_err(),
            params.time("MaxRecords").unwrap_err(),
        ];
        insta::assert_snapshot!(refusals.map(|error| error.to_string()).join("\n"));
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
        fn a_list_survives_a_round_trip(values in prop::collection::vec("[a-z]{1,5}", 0..30)) {
            let pairs = values.iter().enumerate().map(|(index, value)| (format!("L.member.{}", index + 1), value.clone()));
            let params = Params::from_pairs(pairs);
            prop_assert_eq!(params.list("L"), values);
        }
    }
}
