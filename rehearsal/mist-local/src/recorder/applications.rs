//! The applications of New Relic, and the search for them.

use serde_json::{Value, json};

/// The prefix of the guids of applications: `1|APM|APPLICATION|` in base 64.
const GUID: &str = "MXxBUE18QVBQTElDQVRJT058";

/// The id of the first application.
const FIRST: u64 = 1_000_001;

/// An application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Application {
    pub(crate) id: u64,
    pub(crate) name: String,
}

impl Application {
    pub(crate) fn guid(&self) -> String {
        format!("{GUID}{}", self.id)
    }

    /// The application as an entity of NerdGraph.
    pub(crate) fn entity(&self) -> Value {
        json!({
            "accountId": 1, "applicationId": self.id, "domain": "APM", "guid": self.guid(), "language": "java",
            "name": self.name, "permalink": null, "reporting": true, "type": "APPLICATION",
        })
    }
}

/// All applications.
#[derive(Debug, Default)]
pub(crate) struct Applications {
    known: Vec<Application>,
    /// The number of applications of every name; `None` if only the known ones exist.
    each: Option<usize>,
    /// The names of which there is none.
    hidden: Vec<String>,
}

impl Applications {
    /// `count` applications of every name.
    pub(crate) fn of_every_name(count: usize) -> Self {
        Self { each: Some(count), ..Self::default() }
    }

    /// Only the applications of these names.
    pub(crate) fn only<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut this = Self::default();
        names.into_iter().for_each(|name| this.add(name));
        this
    }

    /// Hides the applications of `name`, or shows them again.
    pub(crate) fn hide(&mut self, name: &str, hidden: bool) {
        self.hidden.retain(|it| it != name);
        if hidden {
            self.hidden.push(name.to_owned());
        }
    }

    pub(crate) fn with_guid(&self, guid: &str) -> Option<&Application> {
        self.known.iter().find(|application| application.guid() == guid)
    }

    pub(crate) fn with_id(&self, id: &str) -> Option<&Application> {
        self.known.iter().find(|application| application.id.to_string() == id)
    }

    /// The applications that `search` finds.
    pub(crate) fn find(&mut self, search: &Search) -> Vec<Application> {
        if search.exact_name().is_some_and(|name| self.hidden.iter().any(|it| it == name)) {
            return Vec::new();
        }
        if let (Some(each), Some(name)) = (self.each, search.exact_name()) {
            let of_name = |it: &&Application| it.name == name;
            let missing = each.saturating_sub(self.known.iter().filter(of_name).count());
            (0..missing).for_each(|_| self.add(name));
            return self.known.iter().filter(of_name).take(each).cloned().collect();
        }
        self.known.iter().filter(|application| search.takes(application)).cloned().collect()
    }

    /// The applications whose names contain `name`, as the filter of the REST API finds them.
    pub(crate) fn holding(&mut self, name: &str) -> Vec<Application> {
        let wanted = name.to_lowercase();
        let exact = self.find(&Search(vec![Condition::equal("name", name)]));
        let others = self.known.iter().filter(|it| {
            it.name.to_lowercase().contains(&wanted) && !exact.contains(it) && self.each.is_none()
        });
        let mut found: Vec<_> = exact.iter().chain(others).cloned().collect();
        found.sort_by_key(|application| application.id);
        found
    }

    fn add(&mut self, name: &str) {
        let id = FIRST + u64::try_from(self.known.len()).unwrap_or_default();
        self.known.push(Application { id, name: name.to_owned() });
    }
}

/// A search for entities: conditions that must all hold.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Search(Vec<Condition>);

#[derive(Debug, PartialEq, Eq)]
struct Condition {
    attribute: String,
    like: bool,
    value: String,
}

impl Condition {
    fn equal(attribute: &str, value: &str) -> Self {
        Self { attribute: attribute.to_owned(), like: false, value: value.to_owned() }
    }
}

impl Search {
    /// Parses a query such as `name = 'X' AND domain = 'APM'`, with the operators `=` and `LIKE`. The error is that of
    /// New Relic.
    pub(crate) fn parse(query: &str) -> Result<Self, String> {
        let mut rest = query.trim();
        let mut conditions = Vec::new();
        while !rest.is_empty() {
            let (condition, after) = condition(rest)
                .ok_or_else(|| format!("Invalid entity search query near: {rest}"))?;
            conditions.push(condition);
            rest = after.trim_start();
            let and = rest.get(..3).is_some_and(|word| word.eq_ignore_ascii_case("and"));
            rest = match (and, rest.is_empty()) {
                (true, _) => rest[3..].trim_start(),
                (false, true) => rest,
                (false, false) => return Err(format!("Invalid entity search query near: {rest}")),
            };
            if and && rest.is_empty() {
                return Err("Invalid entity search query: it ends with AND".to_owned());
            }
        }
        if conditions.is_empty() {
            Err("The query is empty".to_owned())
        } else {
            Ok(Self(conditions))
        }
    }

    /// The name, if the query has one and its other conditions hold for an application.
    fn exact_name(&self) -> Option<&str> {
        let name = self.0.iter().find(|it| it.attribute == "name" && !it.like)?.value.as_str();
        self.takes(&Application { id: 0, name: name.to_owned() }).then_some(name)
    }

    // Values are compared without case, which is assumed.
    fn takes(&self, application: &Application) -> bool {
        self.0.iter().all(|Condition { attribute, like, value }| {
            let found = match attribute.as_str() {
                "name" => application.name.to_lowercase(),
                "domain" => "apm".to_owned(),
                "type" => "application".to_owned(),
                _ => return false,
            };
            let value = value.to_lowercase();
            if *like { found.contains(value.trim_matches('%')) } else { found == value }
        })
    }
}

/// The first condition of `text`, and the rest.
fn condition(text: &str) -> Option<(Condition, &str)> {
    let end = text.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '.')?;
    let (attribute, rest) = text.split_at(end);
    let rest = rest.trim_start();
    let (like, rest) = match rest.strip_prefix('=') {
        Some(rest) => (false, rest),
        None => (true, rest.strip_prefix("LIKE").or_else(|| rest.strip_prefix("like"))?),
    };
    let rest = rest.trim_start();
    let quote = rest.chars().next().filter(|letter| matches!(letter, '\'' | '"'))?;
    let mut value = String::new();
    let mut letters = rest.char_indices().skip(1);
    while let Some((index, letter)) = letters.next() {
        match letter {
            '\\' => value.push(letters.next()?.1),
            _ if letter == quote => {
                let condition = Condition { attribute: attribute.to_owned(), like, value };
                return (!attribute.is_empty()).then_some((condition, &rest[index + 1..]));
            }
            _ => value.push(letter),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_is_conditions_that_must_all_hold() {
        let search = Search::parse(r"name = 'Demo\'s QA' AND domain = 'APM'").unwrap();
        let expected = [Condition::equal("name", "Demo's QA"), Condition::equal("domain", "APM")];
        assert_eq!(search.0, expected);
        for broken in [
            "",
            "name",
            "name = shop",
            "name = 'shop",
            "name = 'shop' OR x = 'y'",
            "name = 'x' AND",
        ] {
            assert!(Search::parse(broken).is_err(), "{broken}");
        }
    }

    #[test]
    fn an_application_is_found_by_name_whatever_its_case() {
        let mut all = Applications::only(["shop", "SHOP", "shop EU"]);
        let mut found = |query| all.find(&Search::parse(query).unwrap()).len();
        assert_eq!(found("name = 'shop'"), 2);
        assert_eq!(found("name LIKE 'shop'"), 3);
        assert_eq!(found("name = 'shop' AND domain = 'BROWSER'"), 0);
        assert_eq!(all.holding("shop").len(), 3);
    }

    #[test]
    fn every_name_has_the_requested_number_of_applications() {
        let mut all = Applications::of_every_name(2);
        let search = Search::parse("name = 'shop'").unwrap();
        let first = all.find(&search);
        assert_eq!((first.len(), all.find(&search)), (2, first.clone()));
        assert_eq!(all.with_guid(&first[1].guid()), Some(&first[1]));
        assert_eq!(all.holding("shop"), first);
    }
}
