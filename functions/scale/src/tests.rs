//! Stories of this operation.

use mist_core::{AllowedHealth, Health, InstanceHealth, Sizes};
use mist_testkit::{FakeBeanstalk, FakeClock, FakeGroups, FakeLedger, environment, held};

use super::*;

/// Side A is live with three instances; side B runs `v2` on `idle` of them.
fn given(idle: u32) -> World<FakeGroups, FakeBeanstalk, FakeLedger, FakeClock> {
    let world = World {
        groups: FakeGroups::with([("Demo-QA-A", 3), ("Demo-QA-B", idle)]),
        beanstalk: FakeBeanstalk::with([environment("Demo-QA-B", "v2")]),
        ledger: FakeLedger::with("QA", held("run-1", 3)),
        clock: FakeClock::default(),
    };
    run_on(&world, &vec!["v2"; usize::try_from(idle).unwrap()]);
    world
}

/// The instances of side B run `versions`.
fn run_on(world: &World<FakeGroups, FakeBeanstalk, FakeLedger, FakeClock>, versions: &[&str]) {
    let instances = versions.iter().map(|version| InstanceHealth {
        id: "i-1".to_owned(),
        version: Some((*version).to_owned()),
        deployment: Some("Deployed".to_owned()),
    });
    world.beanstalk.put_instances("Demo-QA-B", instances);
}

async fn asked(
    world: &World<FakeGroups, FakeBeanstalk, FakeLedger, FakeClock>,
    wait: bool,
) -> Result<Response, String> {
    let request = Request {
        stack: "QA".parse().unwrap(),
        holder: Holder { run: "run-1".to_owned(), fence: 3 },
        environment: "Demo-QA-B".parse().unwrap(),
        version: Some("v2".to_owned()),
        live: "Demo-QA-A".parse().unwrap(),
        allowed_health: AllowedHealth::default(),
        wait,
    };
    run(world, request).await.map_err(|error| format!("{}: {error}", error.code()))
}

fn sized(instances: u32, live_instances: u32) -> Response {
    Response { instances: Some(instances), live_instances: Some(live_instances), problem: None }
}

#[tokio::test]
async fn a_smaller_side_grows_and_its_new_instances_must_run_the_version() {
    let world = given(1);
    let error = asked(&world, true).await.unwrap_err();
    assert!(
        error.starts_with("Mist.NotReady: environment `Demo-QA-B` is not ready yet: 1 of 3"),
        "{error}"
    );
    let grown = Sizes { min: 1, max: 4, desired: 3 };
    assert_eq!(world.groups.sizes("Demo-QA-B"), Some(grown));
    world.groups.settle();
    run_on(&world, &["v2", "v2", "v1"]);
    assert!(asked(&world, true).await.unwrap_err().contains("2 of 3"));
    run_on(&world, &["v2", "v2", "v2"]);
    let health = |status: &str| {
        let health = Health { color: "Green".to_owned(), status: Some(status.to_owned()) };
        world.beanstalk.change("Demo-QA-B", |found| found.health = health);
    };
    health("Warning");
    assert!(asked(&world, true).await.unwrap_err().contains("its health is Green (Warning)"));
    health("Ok");
    let answer = Ok(sized(3, 3));
    assert_eq!(asked(&world, true).await, answer);
    assert_eq!(asked(&world, true).await, answer, "running it again changes nothing");
}

#[tokio::test]
async fn a_larger_side_stays_as_it_is() {
    let world = given(4);
    assert_eq!(asked(&world, true).await, Ok(sized(4, 3)));
    assert_eq!(world.groups.sizes("Demo-QA-B").unwrap().desired, 4);
}

#[tokio::test]
async fn a_side_that_may_not_become_so_large_does_not_go_live() {
    let world = given(1);
    world.groups.put("Demo-QA-B", Sizes { min: 1, max: 2, desired: 1 });
    let error = asked(&world, true).await.unwrap_err();
    assert!(
        error.starts_with("Mist.TooSmall: environment `Demo-QA-B` may have 2 instances"),
        "{error}"
    );
    assert_eq!(world.groups.sizes("Demo-QA-B").unwrap().desired, 1, "nothing was changed");
}

#[tokio::test]
async fn a_way_back_asks_for_instances_and_does_not_wait_for_them() {
    let world = given(1);
    assert_eq!(asked(&world, false).await, Ok(sized(3, 3)));
    assert_eq!(world.groups.sizes("Demo-QA-B").unwrap().desired, 3);
    assert_eq!(asked(&world, false).await, Ok(sized(3, 3)));
    world.groups.lose_next_answer();
    world.groups.put("Demo-QA-B", Sizes { min: 1, max: 4, desired: 1 });
    let told = asked(&world, false).await.unwrap().problem.unwrap();
    assert!(told.starts_with("how large the side is could not be looked after: "), "{told}");
    world.groups.put("Demo-QA-B", Sizes { min: 1, max: 2, desired: 1 });
    assert_eq!(asked(&world, false).await, Ok(sized(2, 3)), "better too small than not there");
}

#[tokio::test]
async fn a_run_that_lost_the_lock_changes_no_sizes() {
    let world = given(1);
    world.ledger.put("QA", held("run-2", 4));
    assert!(asked(&world, true).await.unwrap_err().starts_with("Mist.LockLost: "));
    assert_eq!(world.groups.sizes("Demo-QA-B").unwrap().desired, 1);
}
