//! Tests of this function.

use std::sync::atomic::{AtomicBool, Ordering};

use mist_core::ports::Answer;
use mist_testkit::{FakeClock, FakeProbe, FakeSecrets};
use serde_json::{Value, json};

use super::*;

/// Warms up `Demo-QA-B` with the settings `warm_up`.
async fn warm(probe: &impl Probe, secrets: &FakeSecrets, warm_up: Value) -> String {
    warm_by(&FakeClock::default(), probe, secrets, warm_up).await
}

async fn warm_by(
    clock: &FakeClock,
    probe: &impl Probe,
    secrets: &FakeSecrets,
    warm_up: Value,
) -> String {
    let request = json!({
        "environment": "Demo-QA-B",
        "address": "192.0.2.1",
        "domain": "qa.mist.test",
        "version": "v2",
        "warmUp": warm_up,
    });
    let request = serde_json::from_value(request).unwrap();
    match run(probe, secrets, clock, request).await {
        Ok(response) => serde_json::to_string(&response).unwrap(),
        Err(error) => format!("{}: {error}", error.code()),
    }
}

/// An application that takes `pause` of the clock's time for each answer.
struct Slow<'a> {
    clock: &'a FakeClock,
    pause: Duration,
}

impl Probe for Slow<'_> {
    async fn get(&self, _: &Destination, _: &str, timeout: Duration) -> Result<Answer, String> {
        self.clock.advance(self.pause.min(timeout));
        if timeout < self.pause {
            return Err(format!("no answer in {} s", timeout.as_secs()));
        }
        Ok(Answer { status: 200, body: String::new(), version: None, elapsed: self.pause })
    }
}

/// An application that checks destination and path of its requests.
struct Particular {
    met: AtomicBool,
}

impl Probe for Particular {
    async fn get(
        &self,
        destination: &Destination,
        path: &str,
        timeout: Duration,
    ) -> Result<Answer, String> {
        let Destination { scheme, domain, address, port, .. } = destination;
        let asked = format!("{}://{domain}:{port}{path} at {address}", scheme.as_str());
        if asked != "https://qa.mist.test:8443/up at 192.0.2.1" || timeout > LONGEST_REQUEST {
            return Err(asked);
        }
        self.met.store(true, Ordering::Relaxed);
        Ok(Answer { status: 204, body: String::new(), version: None, elapsed: Duration::ZERO })
    }
}

#[tokio::test]
async fn passes_when_every_answer_is_good() {
    let probe = FakeProbe::answering(200, "hello");
    let told = warm(&probe, &FakeSecrets::default(), json!({})).await;
    insta::assert_snapshot!(told, @r#"{"requests":20,"tries":1,"p50Ms":5.0,"p90Ms":5.0,"p99Ms":5.0,"maxMs":5.0}"#);
    assert_eq!(probe.requests().len(), 21);
}

#[tokio::test]
async fn running_it_again_gives_the_same_answer() {
    let (probe, secrets) = (FakeProbe::answering(200, "hello"), FakeSecrets::default());
    let first = warm(&probe, &secrets, json!({})).await;
    assert_eq!(warm(&probe, &secrets, json!({})).await, first);
}

#[tokio::test]
async fn counts_the_tries_until_the_first_good_answer() {
    let probe = FakeProbe::answering(200, "hello")
        .after_refusing(2)
        .first_answering([(503, "starting", 5)]);
    let told = warm(&probe, &FakeSecrets::default(), json!({"requests": 1})).await;
    insta::assert_snapshot!(told, @r#"{"requests":1,"tries":4,"p50Ms":5.0,"p90Ms":5.0,"p99Ms":5.0,"maxMs":5.0}"#);
}

#[tokio::test]
async fn requests_every_path_as_often_as_configured() {
    let probe = FakeProbe::answering(200, "hello");
    let warm_up = json!({"paths": ["/", "/shop?all"], "requests": 3});
    let told = warm(&probe, &FakeSecrets::default(), warm_up).await;
    insta::assert_snapshot!(told, @r#"{"requests":6,"tries":2,"p50Ms":5.0,"p90Ms":5.0,"p99Ms":5.0,"maxMs":5.0}"#);
    let asked = probe.requests();
    let times = |url: &str| asked.iter().filter(|asked| *asked == url).count();
    assert_eq!((times("qa.mist.test/"), times("qa.mist.test/shop?all")), (4, 4));
}

#[tokio::test]
async fn the_response_has_percentiles_of_latency() {
    let answers: [_; 100] = std::array::from_fn(|at| (200, "", at as u64 + 1));
    let probe =
        FakeProbe::answering(200, "").first_answering([(200, "", 900)]).first_answering(answers);
    let told = warm(&probe, &FakeSecrets::default(), json!({"requests": 100})).await;
    insta::assert_snapshot!(told, @r#"{"requests":100,"tries":1,"p50Ms":50.0,"p90Ms":90.0,"p99Ms":99.0,"maxMs":100.0}"#);
}

#[test]
fn a_percentile_is_the_time_of_the_nearest_rank() {
    let told = |microseconds: &[u64]| {
        let sorted: Vec<_> = microseconds.iter().copied().map(Duration::from_micros).collect();
        [50, 90, 99, 100].map(|percent| percentile(&sorted, percent).to_string()).join(" ")
    };
    assert_eq!(told(&[7_000]), "7 7 7 7");
    assert_eq!(told(&[1_000, 2_000]), "1 2 2 2");
    assert_eq!(told(&[1_000, 2_000, 3_000, 4_000]), "2 4 4 4");
    assert_eq!(told(&[1_240, 1_260]), "1.2 1.3 1.3 1.3");
}

#[tokio::test]
async fn fails_with_the_last_answer_of_the_application() {
    let probe = FakeProbe::answering(503, "\n  down for repair \n").after_refusing(1);
    let told = warm(&probe, &FakeSecrets::default(), json!({"timeoutSeconds": 2})).await;
    insta::assert_snapshot!(told, @"Mist.WarmFailed: environment `Demo-QA-B` failed the warm-up: no good answer in 2 s and 4 tries: `/` answered 503, not 200: down for repair");
}

#[tokio::test]
async fn one_bad_answer_among_the_requests_fails_it() {
    let probe = FakeProbe::answering(200, "").first_answering([
        (200, "", 5),
        (200, "", 5),
        (500, "out of memory", 5),
    ]);
    let told = warm(&probe, &FakeSecrets::default(), json!({})).await;
    insta::assert_snapshot!(told, @"Mist.WarmFailed: environment `Demo-QA-B` failed the warm-up: `/` answered 500, not 200: out of memory");
}

#[tokio::test]
async fn only_the_expected_status_counts() {
    let secrets = FakeSecrets::default();
    let warm_up = json!({"expectedStatus": 302, "timeoutSeconds": 1, "requests": 1});
    let told = warm(&FakeProbe::answering(200, "hello"), &secrets, warm_up.clone()).await;
    insta::assert_snapshot!(told, @"Mist.WarmFailed: environment `Demo-QA-B` failed the warm-up: no good answer in 1 s and 2 tries: `/` answered 200, not 302: hello");
    let told = warm(&FakeProbe::answering(302, ""), &secrets, warm_up).await;
    insta::assert_snapshot!(told, @r#"{"requests":1,"tries":1,"p50Ms":5.0,"p90Ms":5.0,"p99Ms":5.0,"maxMs":5.0}"#);
}

#[tokio::test]
async fn an_application_that_cannot_be_reached_fails_it_at_its_deadline() {
    let (probe, clock) = (FakeProbe::unreachable("connection refused"), FakeClock::default());
    let start = clock.now();
    let told =
        warm_by(&clock, &probe, &FakeSecrets::default(), json!({"timeoutSeconds": 10})).await;
    insta::assert_snapshot!(told, @"Mist.WarmFailed: environment `Demo-QA-B` failed the warm-up: no good answer in 10 s and 20 tries: `/`: connection refused");
    assert_eq!(clock.now().duration_since(start).as_millis(), 9_500);
}

#[tokio::test]
async fn an_application_that_is_too_slow_fails_it_at_its_deadline() {
    let clock = FakeClock::default();
    let slow = Slow { clock: &clock, pause: Duration::from_secs(4) };
    let warm_up = json!({"timeoutSeconds": 12, "concurrency": 1});
    let told = warm_by(&clock, &slow, &FakeSecrets::default(), warm_up).await;
    insta::assert_snapshot!(told, @"Mist.WarmFailed: environment `Demo-QA-B` failed the warm-up: not all answers came within 12 s");
}

#[tokio::test]
async fn no_request_takes_longer_than_the_time_that_is_left() {
    let clock = FakeClock::default();
    let slow = Slow { clock: &clock, pause: Duration::from_mins(1) };
    let begin = clock.now();
    let told = warm_by(&clock, &slow, &FakeSecrets::default(), json!({"timeoutSeconds": 40})).await;
    assert_eq!(clock.now().duration_since(begin).as_secs(), 40);
    insta::assert_snapshot!(told, @"Mist.WarmFailed: environment `Demo-QA-B` failed the warm-up: no good answer in 40 s and 2 tries: `/`: no answer in 30 s");
}

#[tokio::test]
async fn requests_go_to_the_environment_with_the_domain_of_users() {
    let probe = Particular { met: AtomicBool::new(false) };
    let warm_up = json!({
        "paths": ["/up"], "requests": 1, "scheme": "https", "port": 8443, "expectedStatus": 204
    });
    let told = warm(&probe, &FakeSecrets::default(), warm_up).await;
    assert!(probe.met.load(Ordering::Relaxed), "{told}");
}

#[tokio::test]
async fn sends_the_secret_of_basic_authentication() {
    let probe = FakeProbe::answering(200, "hello");
    let secrets = FakeSecrets::with("demo/basic", "user:password");
    let warm_up = json!({"requests": 1, "basicAuthSecret": "demo/basic"});
    warm(&probe, &secrets, warm_up).await;
    assert_eq!(probe.requests(), ["user:password@qa.mist.test/"; 2]);
}

#[tokio::test]
async fn a_missing_secret_is_named_and_no_request_is_sent() {
    let probe = FakeProbe::answering(200, "hello");
    let warm_up = json!({"basicAuthSecret": "demo/basic"});
    let told = warm(&probe, &FakeSecrets::default(), warm_up).await;
    insta::assert_snapshot!(told, @"Mist.SecretMissing: secret `demo/basic` cannot be read: it does not exist");
    assert!(probe.requests().is_empty());
}

#[tokio::test]
async fn a_page_behind_a_password_is_not_shown() {
    let probe = FakeProbe::answering(401, "you sent: user:secret");
    let secrets = FakeSecrets::with("mist/qa", "user:secret");
    let told = warm(&probe, &secrets, json!({"basicAuthSecret": "mist/qa", "timeoutSeconds": 1}));
    insta::assert_snapshot!(told.await, @"Mist.PasswordRefused: environment `Demo-QA-B` refused the password in secret `mist/qa`: no good answer in 1 s and 2 tries: `/` answered 401, not 200; store USER:PASSWORD there");
}

#[tokio::test]
async fn a_failing_page_behind_a_password_does_not_blame_the_password() {
    let secrets = FakeSecrets::with("mist/qa", "user:secret");
    let warm_up = json!({"basicAuthSecret": "mist/qa", "timeoutSeconds": 1});
    let told = warm(&FakeProbe::answering(503, "user:secret"), &secrets, warm_up).await;
    insta::assert_snapshot!(told, @"Mist.WarmFailed: environment `Demo-QA-B` failed the warm-up: no good answer in 1 s and 2 tries: `/` answered 503, not 200");
}

#[tokio::test]
async fn only_the_expected_version_counts_if_the_application_shows_it() {
    let told = async |probe: FakeProbe| {
        let warm_up =
            json!({"requests": 1, "timeoutSeconds": 1, "versionIn": {"header": "X-Version"}});
        warm(&probe, &FakeSecrets::default(), warm_up).await
    };
    assert!(
        told(FakeProbe::answering(200, "").reporting("v2")).await.starts_with("{\"requests\":1")
    );
    insta::assert_snapshot!(told(FakeProbe::answering(200, "").reporting("v1")).await, @"Mist.WarmFailed: environment `Demo-QA-B` failed the warm-up: no good answer in 1 s and 2 tries: `/` was answered by version `v1`, not `v2`");
    insta::assert_snapshot!(told(FakeProbe::answering(200, "")).await, @"Mist.WarmFailed: environment `Demo-QA-B` failed the warm-up: no good answer in 1 s and 2 tries: `/` was answered without a version, not by `v2`");
}
