//! The releases of the sample.

use jiff::{SignedDuration, Timestamp};
use mist_core::release::{failure::Cause, history::PastRelease};
use mist_page::model::{
    Answers, History, Item, Outcome, Release, Remedy, Requests, Retry, Step, WarmUp, usual,
};
use serde_json::json;

use super::before;

const STACKS: [&str; 6] = ["DR", "INT", "LIVE", "PARTNER", "QA", "UAT"];
const PEOPLE: [&str; 5] = ["ada", "grace", "upload", "linus", "barbara"];

/// The steps of a deployment with their seconds, and whether they wait.
const STEPS: [(&str, f64, bool, &str); 11] = [
    ("Begin release", 0.9, true, ""),
    ("Plan", 1.4, false, "VERSION on side B (shop-STACK-b)"),
    ("Deploy", 3.2, false, "deployment begun"),
    ("Wait until healthy", 187.0, true, "health Green (Ok)"),
    ("Match capacity", 21.0, false, "4 instances, 4 in the live environment"),
    ("Warm up", 34.5, false, "240 requests, half in 38 ms, 99 % in 412 ms"),
    ("Swap", 1.8, false, "shop-STACK-a → shop-STACK-b"),
    ("Verify", 14.2, false, "4 name servers"),
    ("Bake", 300.0, true, "good"),
    ("Mark", 1.1, false, "done"),
    ("Finish release", 0.6, false, ""),
];

/// A release of `stack` that started at `started` and took so many seconds; it runs if it has not ended.
pub(crate) fn past(
    stack: &str,
    verdict: &str,
    started: Timestamp,
    took: Option<i64>,
) -> PastRelease {
    let second = started.as_second();
    let week = 48 - second.rem_euclid(4);
    let version = if took.is_none() {
        "2026.49.0".to_owned()
    } else {
        format!("2026.{week}.{}", second.rem_euclid(9))
    };
    let swapped = ["done", "Mist.RolledBack"].contains(&verdict);
    let steps = if swapped {
        json!({"Swap": 1.8, "Verify": 12.0, "Bake": 95.0, "Swap back": 2.0, "Verify swap back": 9.0})
    } else {
        json!({"Plan": 1.2})
    };
    let environment = |side: &str| format!("shop-{}-{side}", stack.to_lowercase());
    let item = json!({
        "formatVersion": 1, "stack": stack, "id": format!("{started}/{verdict}"),
        "execution": format!("arn:aws:states:eu-central-1:123456789012:execution:mist:{stack}-{second}"),
        "operation": "deploy", "startedBy": if took.is_none() { "ada" } else { PEOPLE[usize::try_from(second.rem_euclid(5)).unwrap()] },
        "startedAt": started, "endedAt": took.map(|took| started + SignedDuration::from_secs(took)),
        "verdict": verdict, "version": version, "steps": steps,
        "reason": reason(verdict),
        "from": {"side": "A", "environment": environment("a"), "version": "2026.48.2"},
        "to": {"side": "B", "environment": environment("b"), "version": version},
        "artifact": {"key": format!("releases/{stack}/{version}.zip"), "etag": "9b2c", "size": 18_400_311},
    });
    serde_json::from_value(item).unwrap()
}

fn reason(verdict: &str) -> Option<&'static str> {
    match verdict {
        "done" | "running" => None,
        "Mist.RolledBack" => {
            Some("Bake: 4 % of requests failed, more than `bake.maxFailedPercent` (1 %)")
        }
        "Mist.DeploymentFailed" => {
            Some("Wait until healthy: the deployment failed on 1 of 2 instances")
        }
        _ => Some("Warm up: `/cart` answered 503 instead of 200"),
    }
}

/// `count` releases of six stacks, newest first, some hours apart.
pub(crate) fn history(now: Timestamp, count: usize) -> History {
    let mut seed = 7_u64;
    let mut next = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    let mut at = before(now, 3000);
    let mut items: Vec<Item> = Vec::new();
    for _ in 0..count {
        let stack = STACKS[usize::try_from(next(6)).unwrap()];
        let verdict = match next(20) {
            0 => "Mist.WarmFailed",
            1 => "Mist.RolledBack",
            2 => "Mist.DeploymentFailed",
            _ => "done",
        };
        let took = 380 + i64::try_from(next(420)).unwrap();
        items.push(Ok(past(stack, verdict, at, Some(took))));
        at = before(at, 2000 + i64::try_from(next(26_000)).unwrap());
    }
    History { stacks: STACKS.map(str::to_owned).to_vec(), items, problems: Vec::new() }
}

fn empty(past: PastRelease) -> Release {
    Release {
        past,
        steps: Vec::new(),
        problems: Vec::new(),
        cause: None,
        remedy: None,
        warnings: Vec::new(),
        warm_up: None,
        requests: None,
        waits_for: None,
        usual: None,
        changelog: None,
        console: None,
    }
}

/// The first `count` steps of `past`; the last one has `outcome`.
fn steps(past: &PastRelease, count: usize, outcome: Outcome) -> Vec<Step> {
    let mut at = past.started_at;
    let (stack, version) = (past.stack.to_lowercase(), past.version.clone().unwrap());
    let step = |(place, (name, seconds, waits, detail)): (usize, (&str, f64, bool, &str))| {
        let last = place + 1 == count;
        let outcome = if last { outcome } else { Outcome::Done };
        let running = outcome == Outcome::Running;
        let started = at;
        at += SignedDuration::try_from_secs_f64(seconds).unwrap();
        Step {
            name: name.to_owned(),
            started: Some(started),
            seconds: (!running).then_some(seconds),
            outcome,
            waits,
            retries: Vec::new(),
            detail: if last && outcome != Outcome::Done {
                String::new()
            } else {
                detail.replace("STACK", &stack).replace("VERSION", &version)
            },
        }
    };
    STEPS.into_iter().take(count).enumerate().map(step).collect()
}

/// `past` with the version that the stacks of the sample run.
fn with_version(mut past: PastRelease) -> PastRelease {
    past.version = Some("2026.48.3".to_owned());
    past.message = Some("weekly release, with the coupons".to_owned());
    past.to.as_mut().unwrap().version.clone_from(&past.version);
    past.artifact.as_mut().unwrap().key = format!("releases/{}/2026.48.3.zip", past.stack);
    past
}

fn warmth() -> WarmUp {
    WarmUp { requests: 240, tries: Some(6), p50: 38.2, p90: 121.0, p99: 412.0, max: 688.4 }
}

/// A release that succeeded.
pub(crate) fn finished(now: Timestamp) -> Release {
    let started = before(now, 5400);
    let past = with_version(past("LIVE", "done", started, Some(566)));
    let mut steps = steps(&past, STEPS.len(), Outcome::Done);
    let retry = |seconds: i64, reason: &str| Retry {
        at: started + SignedDuration::from_secs(seconds),
        reason: reason.to_owned(),
    };
    steps[4].retries = vec![
        retry(195, "Mist.Throttled: autoscaling throttled the request"),
        retry(199, "Mist.Throttled: autoscaling throttled the request"),
    ];
    let answers = |version: &str, count, first, last| Answers {
        version: version.to_owned(),
        count,
        first,
        last,
    };
    Release {
        steps,
        warnings: vec!["The platforms of the environments differ: 4.3.1 and 4.3.2.".to_owned()],
        warm_up: Some(warmth()),
        requests: Some(Requests {
            of: "the clients of the local cloud".to_owned(),
            total: 28_291,
            versions: vec![
                answers("2026.48.2", 12_450, 0.1, 252.8),
                answers("2026.48.3", 15_841, 251.9, 566.0),
            ],
            failures: Vec::new(),
        }),
        usual: usual(history(now, 60).items.iter().flatten(), "deploy"),
        changelog: Some(
            "4f1c2aa0 Take the coupon into account (Ada)\n91b0ce37 Mend the basket (Grace)"
                .to_owned(),
        ),
        console: Some("https://eu-central-1.console.aws.amazon.com/states/home".to_owned()),
        ..empty(past)
    }
}

/// A release that runs, in its warm-up.
pub(crate) fn running(now: Timestamp) -> Release {
    let past = past("INT", "running", before(now, 221), None);
    Release {
        steps: steps(&past, 6, Outcome::Running),
        usual: usual(history(now, 60).items.iter().flatten(), "deploy"),
        ..empty(past)
    }
}

fn remedy() -> Remedy {
    Remedy {
        text: "The environment did not return the expected status during the warm-up. The last answer is in the error.\n\
               Send a request to the environment's own address, with the stack's domain as `Host`. With `https`, its \
               certificate must cover the domain. `mist version -s STACK` shows both environments."
            .to_owned(),
        section: "Users still have the version before it.".to_owned(),
    }
}

/// A release whose warm-up failed.
pub(crate) fn failed(now: Timestamp) -> Release {
    let past = with_version(past("QA", "Mist.WarmFailed", before(now, 9000), Some(249)));
    let mut steps = steps(&past, 6, Outcome::Failed);
    "Mist.WarmFailed: `https://qa.shop.example/cart` answered 503 instead of 200, 5 times"
        .clone_into(&mut steps[5].detail);
    let log = [
        "[i-0a12] web.stdout  Traceback (most recent call last):",
        "[i-0a12] web.stdout    File \"cart.py\", line 41, in <module>",
        "[i-0a12] web.stdout  KeyError: 'COUPON_URL'",
    ];
    Release {
        steps,
        cause: Some(Cause {
            step: "Warm up".to_owned(),
            error: "Mist.WarmFailed".to_owned(),
            message: "`https://qa.shop.example/cart` answered 503 instead of 200, 5 times".to_owned(),
            stack: Some("qa.shop.example points to side A. Side A (shop-qa-a) is live: 2026.48.2, Ready, Green (Ok); Side B (shop-qa-b) is idle: 2026.48.3, Ready, Red (Severe).".to_owned()),
            log: log.map(str::to_owned).to_vec(),
            swapped_back: false,
        }),
        remedy: Some(remedy()),
        ..empty(past)
    }
}

/// A release that was swapped back, whose events Step Functions no longer has.
pub(crate) fn swapped_back(now: Timestamp) -> Release {
    let started = before(now, 9_000_000);
    let names = [
        "Plan",
        "Deploy",
        "Wait until healthy",
        "Warm up",
        "Swap",
        "Verify",
        "Bake",
        "Swap back",
        "Verify swap back",
    ];
    let seconds = [1.2, 3.0, 201.0, 40.0, 1.8, 12.0, 95.0, 2.0, 9.0];
    let step = |(name, seconds): (&str, f64)| Step {
        name: name.to_owned(),
        started: None,
        seconds: Some(seconds),
        outcome: Outcome::Done,
        waits: name == "Bake" || name == "Wait until healthy",
        retries: Vec::new(),
        detail: String::new(),
    };
    Release {
        steps: names.into_iter().zip(seconds).map(step).collect(),
        problems: vec!["Step Functions no longer has the execution: only the durations of its steps are known.".to_owned()],
        ..empty(past("LIVE", "Mist.RolledBack", started, Some(365)))
    }
}
