//! Tests of the table of options.

use proptest::prelude::*;

use super::*;

#[test]
fn every_default_is_a_value_that_the_option_takes() {
    for namespace in NAMESPACES {
        for option in namespace.options {
            let complaint = option.default.and_then(|value| option.kind.complaint(value));
            assert_eq!(complaint, None, "{} {}", namespace.name, option.name);
        }
    }
}

#[test]
fn every_pattern_can_be_read() {
    let kinds = NAMESPACES.iter().flat_map(|space| space.options).map(|option| option.kind);
    for kind in kinds {
        if let Kind::Pattern(pattern, _) = kind {
            assert!(Regex::new(pattern).is_ok(), "{pattern}");
        }
    }
}

#[test]
fn names_of_the_callers_choice_end_a_namespace() {
    assert!(definition("aws:elbv2:listener:443", "Protocol").is_some());
    assert!(definition("aws:elbv2:listener:", "Protocol").is_none());
    assert!(definition("aws:elbv2:listener:443:x", "Protocol").is_none());
    assert!(namespace(VARIABLES).is_some_and(|namespace| namespace.open));
}

#[test]
fn each_kind_explains_its_complaint() {
    assert_eq!(Kind::Number(1, 9).complaint("9"), None);
    assert_eq!(
        Kind::Number(1, 9).complaint("0").as_deref(),
        Some("Value is less than minimum allowed value: 1.")
    );
    assert_eq!(
        Kind::Flag.complaint("yes").as_deref(),
        Some("Value is not one of the allowed values: [true, false]")
    );
    assert_eq!(Kind::Duration(300, 3600).complaint("PT5M"), None);
    assert!(Kind::Duration(300, 3600).complaint("PT2H").is_some());
    assert_eq!(WINDOW.complaint("Tue:09:00"), None);
    assert!(WINDOW.complaint("Tue:9:00").is_some());
    for target in ["", "/", "/health", "HTTPS:443/health", "TCP:80"] {
        assert_eq!(HEALTH_URL.complaint(target), None, "{target}");
    }
}

proptest! {
    #[test]
    fn no_value_makes_a_check_panic(value in "\\PC*") {
        for option in NAMESPACES.iter().flat_map(|namespace| namespace.options) {
            let _ = option.kind.complaint(&value);
        }
    }
}
