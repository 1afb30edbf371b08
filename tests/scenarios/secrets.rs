//! Secrets reach their services and nothing else. After every execution of every story, its traces are searched for them.

use mist_core::stack::side::Side;
use mist_tests::{
    Result,
    leaks::{self, Secret},
    tell,
};
use serde_json::json;

/// An application whose `/private` requires this user and password.
const APPLICATION: &str = r#"
import base64, os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

WANTED = "Basic " + base64.b64encode(b"ada:t0p-s3cret-words").decode()

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        private = self.path.startswith("/private")
        good = not private or self.headers.get("Authorization") == WANTED
        body = b"<h1>This is v2.</h1>" if good else b"who are you?"
        self.send_response(200 if good else 401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"#;

fn private() -> Vec<u8> {
    mist_local::bundle(&[("Procfile", "web: python3 app.py\n"), ("app.py", APPLICATION)])
}

#[test]
fn a_site_behind_a_password_is_warmed_up_and_verified_with_it() -> Result {
    tell(async |world| {
        let given = world.given("password").warms("/private").password("ada:t0p-s3cret-words");
        let story = given.built().await?;
        let execution = story.upload_to(&story.stack.key("v2"), private()).await?;
        let end = story.ends(&execution).await?;
        assert_eq!((end.error(), end.live), ("", Some(Side::B)), "{}", end.trace);
        assert!(end.output["verify"]["servers"].is_number(), "{}", end.output);
        Ok(())
    })
}

#[test]
fn a_wrong_password_fails_the_release_before_the_swap() -> Result {
    tell(async |world| {
        let given = world.given("wrong-password").patience(2);
        let story = given.warms("/private").password("ada:s0me-0ther-words").built().await?;
        let execution = story.upload_to(&story.stack.key("v2"), private()).await?;
        let end = story.ends(&execution).await?;
        end.golden("end-PasswordRefused");
        assert_eq!(
            (end.error(), end.live),
            ("Mist.PasswordRefused", Some(Side::A)),
            "{}",
            end.trace
        );
        assert!(end.trace.contains("mist/STACK/basic-auth"), "{}", end.trace);
        assert_eq!(story.clients(), (vec!["v1".to_owned()], 0));
        Ok(())
    })
}

#[test]
fn a_secret_in_an_input_would_be_found() -> Result {
    tell(async |world| {
        let story = world.given("planted").idle("v2").built().await?;
        let planted = Secret { name: "planted".to_owned(), value: "planted-0815".to_owned() };
        let execution = story.start("swap", json!({ "user": planted.value })).await?;
        let end = story.ends(&execution).await?;
        assert_eq!(end.live, Some(Side::B), "{}", end.trace);
        let places = leaks::places(&world.cloud, &execution).await?;
        let found = leaks::find(&[planted], &places);
        for place in
            ["the input of", "the history of", "table mist-releases", "the markers in New Relic"]
        {
            assert!(found.iter().any(|found| found.contains(place)), "{place}: {found:#?}");
        }
        // A text that a function does log, so the search reads its log.
        let value = "reaches `Demo-planted-B`".to_owned();
        let logged = leaks::find(&[Secret { name: "logged".to_owned(), value }], &places);
        assert!(logged.iter().any(|found| found.contains("log group /mist/")), "{logged:#?}");
        Ok(())
    })
}
