//! Planted secrets, ordinary lines, and what holds for any line.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::*;

/// Lines of logs as they are on instances, without a secret.
const ORDINARY: &str = include_str!("tests/ordinary.txt");

/// The settings of property tests: the same cases in every run, and no file of failures.
fn same_cases() -> ProptestConfig {
    ProptestConfig {
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// All lines of a log.
fn mask(lines: &[&str]) -> Vec<String> {
    super::mask(lines, &(0..lines.len()).collect::<Vec<_>>())
}

fn masked(line: &str) -> String {
    mask(&[line]).remove(0)
}

#[test]
fn ordinary_lines_stay_as_they_are() {
    let changed: Vec<_> = ORDINARY
        .lines()
        .map(|line| (line, masked(line)))
        .filter(|(line, masked)| line != masked)
        .collect();
    assert!(changed.is_empty(), "{changed:#?}");
}

#[test]
fn a_secret_is_masked_and_the_rest_of_its_line_is_not() {
    for (line, expected) in [
        ("db password=hunter2 host=db", "db password=[masked] host=db"),
        ("password = \"hunter 2\", host: db", "password = \"[masked]\", host: db"),
        (
            "{\"user\":\"ada\",\"dbPassword\":\"hun\\\"ter2\",\"port\":1}",
            "{\"user\":\"ada\",\"dbPassword\":\"[masked]\",\"port\":1}",
        ),
        (
            "{\\\"password\\\":\\\"hunter2\\\",\\\"a\\\":1}",
            "{\\\"password\\\":\\\"[masked]\\\",\\\"a\\\":1}",
        ),
        ("{'api_key': 'hunter2', 'a': 1}", "{'api_key': '[masked]', 'a': 1}"),
        (":client_secret=>\"hunter2\", :a=>1", ":client_secret=>\"[masked]\", :a=>1"),
        (
            "{\"name\": \"DB_PASSWORD\", \"value\": \"hunter2\"}",
            "{\"name\": \"DB_PASSWORD\", \"value\": \"[masked]\"}",
        ),
        ("[('password', 'hunter2'), ('a', 1)]", "[('password', '[masked]'), ('a', 1)]"),
        ("<password>hunter2</password><a>1</a>", "<password>[masked]</password><a>1</a>"),
        ("psql --password hunter2 --host db", "psql --password [masked] --host db"),
        ("run --api-key=hunter2 --host db", "run --api-key=[masked] --host db"),
        (
            "spring.datasource.password: correct horse battery",
            "spring.datasource.password: [masked]",
        ),
        ("the API key: hunter2", "the API key: [masked]"),
        ("your password is hunter2 now", "your password is [masked] now"),
        ("token: abc", "token: [masked]"),
        (
            "SECRET_KEY_BASE=abc MYSQL_PWD=abc PGPASSWORD=abc",
            "SECRET_KEY_BASE=[masked] MYSQL_PWD=[masked] PGPASSWORD=[masked]",
        ),
        ("GET /?a=1&access_token=abc HTTP/1.1", "GET /?a=1&access_token=[masked] HTTP/1.1"),
        ("X-Amz-Signature=abc", "X-Amz-Signature=[masked]"),
        ("Cookie: a=b; c=d", "Cookie: [masked]"),
        ("authorization=Basic YTpi x", "authorization=[masked]"),
        ("Authorization: Bearer abc", "Authorization: [masked]"),
        ("sent bearer aB3, answer 401", "sent bearer aB3, answer 401"),
        ("sent Bearer abC3ef, answer 401", "sent Bearer [masked], answer 401"),
        ("ConnectionString=Server=db;User=a;Password=b c", "ConnectionString=[masked]"),
        (
            "cannot connect to postgres://shop:hunter2@db/shop now",
            "cannot connect to postgres://[masked]@db/shop now",
        ),
        ("at redis://:p@ss/w0rd@cache:6379", "at redis://[masked]@cache:6379"),
        ("clone https://abc@github.com/a/b.git", "clone https://[masked]@github.com/a/b.git"),
        ("dsn shop:hunter2@tcp(db:3306)/shop", "dsn [masked]@tcp(db:3306)/shop"),
        ("jdbc:oracle:thin:scott/tiger@//db:1521/x", "jdbc:oracle:thin:[masked]@//db:1521/x"),
        ("used AKIAIOSFODNN7EXAMPLE here", "used [masked] here"),
        ("aws wJalrXUtnFEMI/K7MDENG+bPxRfiCYzQ9xT2kVw here", "aws [masked] here"),
        (
            "https://hooks.slack.com/services/T0/B0/x failed",
            "https://hooks.slack.com/services/[masked] failed",
        ),
        (
            "key -----BEGIN PRIVATE KEY-----\\nMIIE\\n-----END PRIVATE KEY----- end",
            "key [masked]-----END PRIVATE KEY----- end",
        ),
    ] {
        assert_eq!(masked(line), expected, "{line}");
    }
}

#[test]
fn a_private_key_of_several_lines_is_masked_wherever_the_log_begins_and_ends() {
    let key = [
        "-----BEGIN RSA PRIVATE KEY-----",
        "MIIEowIBAAKC",
        "kQ==",
        "-----END RSA PRIVATE KEY-----",
    ];
    let before = "reading the key";
    let all: Vec<_> = [&[before][..], &key, &["ready"]].concat();
    assert_eq!(mask(&all), [before, MASK, MASK, MASK, MASK, "ready"]);
    for log in [&key[1..], &key[2..], &key[..3], &key[..2]] {
        assert!(mask(log).iter().all(|line| line == MASK), "{log:?}");
    }
    assert_eq!(mask(&[&key[..2], &["no such file: key.pem"]].concat())[2], "no such file: key.pem");
    let public = ["-----BEGIN CERTIFICATE-----", "abc", "-----END CERTIFICATE-----"];
    assert_eq!(mask(&public), public);
}

/// The share of `samples` random strings over `letters` that are masked, in percent.
fn found(letters: &str, length: usize) -> usize {
    let letters: Vec<_> = letters.chars().collect();
    // Numbers of Knuth's generator, so that each run measures the same strings.
    let mut state = 1_u64;
    let mut letter = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        letters[usize::try_from(state >> 33).unwrap() % letters.len()]
    };
    let samples = 2000;
    let hits = (0..samples).filter(|_| {
        let secret: String = (0..length).map(|_| letter()).collect();
        masked(&format!("started with {secret} in 3 s")) == "started with [masked] in 3 s"
    });
    hits.count() * 1000 / samples
}

#[test]
fn random_strings_are_found_without_a_name_and_without_a_shape() {
    let small = "abcdefghijklmnopqrstuvwxyz";
    let capitals = small.to_uppercase();
    let (base36, base62) = (format!("{small}0123456789"), format!("{small}{capitals}0123456789"));
    for (letters, length, least) in [
        (format!("{base62}/+"), 40, 995),
        (format!("{base62}-_"), 43, 995),
        (base62.clone(), 32, 995),
        (base62, 20, 985),
        (base36.clone(), 32, 985),
        (base36, 20, 970),
    ] {
        let found = found(&letters, length);
        assert!(found >= least, "{found} of 1000 strings of {length} over {letters}");
    }
}

proptest! {
    #![proptest_config(same_cases())]

    #[test]
    fn no_token_of_a_known_shape_passes(
        before in "[ -~]{0,20}",
        token in prop_oneof![
            "(AKIA|ASIA)[A-Z0-9]{16}",
            "gh[pousr]_[A-Za-z0-9]{36}",
            "github_pat_[A-Za-z0-9_]{82}",
            "xox[abprs]-[0-9]{11}-[A-Za-z0-9]{24}",
            "sk_live_[A-Za-z0-9]{24}",
            "AIza[A-Za-z0-9_-]{35}",
            "eyJ[A-Za-z0-9_-]{20,40}\\.eyJ[A-Za-z0-9_-]{20,60}\\.[A-Za-z0-9_-]{43}",
        ],
        after in "[ \"',;)]([ -~]{0,20})?",
    ) {
        let masked = masked(&format!("{before} {token}{after}"));
        prop_assert!(!masked.contains(&token[4..]), "{masked}");
    }

    #[test]
    fn no_named_secret_passes(
        name in "(db|my|DB|aws)?[-_.]?(password|passwd|PASSWORD|secret|api[-_]?key|API_KEY|client_secret|access-key|auth_token|Token)",
        sign in "(=|: | = |:|\": \"|' => '|=\"|\\\\\":\\\\\"|%3D)",
        secret in "[a-zA-Z0-9!#%^&+?]{2,8}7x[a-zA-Z0-9!#%^&+?]{0,12}",
    ) {
        let line = masked(&format!("started with {name}{sign}{secret}"));
        prop_assert!(!line.contains(&secret), "{line}");
    }

    #[test]
    fn no_password_of_an_address_passes(
        scheme in "(postgres|mysql|mongodb\\+srv|redis|amqps|https)",
        user in "[a-z]{0,8}",
        password in "[a-zA-Z!$&*+?/#@:=_-]{1,8}7[a-zA-Z]{4,12}",
    ) {
        let line = masked(&format!("cannot reach {scheme}://{user}:{password}@db.internal:5432/shop"));
        prop_assert!(!line.contains(&password), "{line}");
    }

    #[test]
    fn masking_again_changes_nothing_and_any_text_is_accepted(lines in prop::collection::vec("\\PC{0,120}", 0..6)) {
        let lines: Vec<_> = lines.iter().map(String::as_str).collect();
        let once = mask(&lines);
        prop_assert_eq!(once.len(), lines.len());
        let again: Vec<_> = once.iter().map(String::as_str).collect();
        prop_assert_eq!(mask(&again), once.clone());
    }
}

#[test]
fn blanks_of_other_languages_end_words_as_well() {
    assert_eq!(masked("erreur\u{a0}token=abc123"), "erreur\u{a0}token=[masked]");
    for line in ["db\u{a0}:password=x", "\u{3000}shop:pw@tcp(db:3306)/shop", "\u{2028}password=x"] {
        assert!(masked(line).contains(MASK), "{line:?}");
    }
}

proptest! {
    #![proptest_config(same_cases())]

    #[test]
    fn any_text_can_be_a_line(line in any::<String>(), rest in any::<String>()) {
        for secret in ["password=x", ":token=abc", "://a:b@c", "shop:pw@tcp(db:3306)/shop", "Bearer abc"] {
            masked(&format!("{line}{secret}{rest}"));
        }
    }
}
