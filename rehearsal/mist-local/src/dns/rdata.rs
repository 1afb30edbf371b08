//! Record data from the text of a record's value.

use hickory_proto::rr::rdata::{A, AAAA, CAA, CNAME, MX, NS, PTR, SOA, SRV, TXT};
use hickory_proto::rr::{Name, RData, RecordType};

/// The data of one value as Route 53 stores it; `None` if the text does not fit the type.
pub(crate) fn parse(kind: RecordType, value: &str) -> Option<RData> {
    let mut words = value.split_whitespace();
    match kind {
        RecordType::A => Some(RData::A(A(value.trim().parse().ok()?))),
        RecordType::AAAA => Some(RData::AAAA(AAAA(value.trim().parse().ok()?))),
        RecordType::CNAME => Some(RData::CNAME(CNAME(name(value)?))),
        RecordType::NS => Some(RData::NS(NS(name(value)?))),
        RecordType::PTR => Some(RData::PTR(PTR(name(value)?))),
        RecordType::TXT => Some(RData::TXT(TXT::new(strings(value)))),
        RecordType::MX => {
            let preference = words.next()?.parse().ok()?;
            Some(RData::MX(MX::new(preference, name(words.next()?)?)))
        }
        RecordType::SRV => {
            let priority = words.next()?.parse().ok()?;
            let weight = words.next()?.parse().ok()?;
            let port = words.next()?.parse().ok()?;
            Some(RData::SRV(SRV::new(priority, weight, port, name(words.next()?)?)))
        }
        RecordType::CAA => {
            let critical = words.next()?.parse::<u8>().ok()? >= 128;
            let tag = words.next()?;
            let issuer = strings(words.next()?).concat();
            let issuer = if issuer.is_empty() { None } else { Some(name(&issuer)?) };
            (tag == "issue").then(|| RData::CAA(CAA::new_issue(critical, issuer, Vec::new())))
        }
        RecordType::SOA => soa(value).map(RData::SOA),
        _ => None,
    }
}

/// The seven fields of a start of authority.
pub(crate) fn soa(value: &str) -> Option<SOA> {
    let mut words = value.split_whitespace();
    let primary = name(words.next()?)?;
    let mailbox = name(words.next()?)?;
    let mut number = || words.next()?.parse::<u32>().ok();
    let serial = number()?;
    let mut seconds = || i32::try_from(number()?).ok();
    let (refresh, retry, expire) = (seconds()?, seconds()?, seconds()?);
    let minimum = u32::try_from(seconds()?).ok()?;
    Some(SOA::new(primary, mailbox, serial, refresh, retry, expire, minimum))
}

fn name(text: &str) -> Option<Name> {
    let mut name = Name::from_ascii(text.trim()).ok()?;
    name.set_fqdn(true);
    Some(name)
}

/// The strings of `"one" "two \"quoted\""`; text without quotes is one string per word.
fn strings(text: &str) -> Vec<String> {
    let mut strings = Vec::new();
    let mut current: Option<String> = None;
    let mut quoted = false;
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted => {
                strings.extend(current.take());
                quoted = false;
            }
            '"' => {
                strings.extend(current.replace(String::new()));
                quoted = true;
            }
            '\\' => current.get_or_insert_default().extend(letters.next()),
            space if space.is_whitespace() && !quoted => strings.extend(current.take()),
            other => current.get_or_insert_default().push(other),
        }
    }
    strings.extend(current);
    strings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_common_type_is_the_same_after_parsing() {
        let records = [
            (RecordType::A, "127.0.1.1"),
            (RecordType::AAAA, "::1"),
            (RecordType::CNAME, "shop.example.com."),
            (RecordType::MX, "10 mail.example.com."),
            (RecordType::SRV, "1 2 443 web.example.com."),
            (RecordType::SOA, "ns.example.com. admin.example.com. 1 7200 900 1209600 86400"),
        ];
        for (kind, text) in records {
            assert_eq!(parse(kind, text).unwrap().to_string(), text, "{kind}");
        }
    }

    #[test]
    fn text_records_keep_their_strings_and_quotes() {
        assert_eq!(strings(r#""one two" "say \"hi\"""#), ["one two", "say \"hi\""]);
        assert_eq!(strings("plain words"), ["plain", "words"]);
        assert_eq!(strings("\"\""), [""]);
    }

    #[test]
    fn text_that_does_not_fit_is_no_record() {
        assert_eq!(parse(RecordType::A, "not-an-address"), None);
        assert_eq!(parse(RecordType::MX, "mail.example.com."), None);
    }
}
