//! NerdGraph, as its clients use it.

use super::*;

#[tokio::test]
async fn a_deployment_is_recorded_as_a_marker() {
    let recorder = Recorder::start(0).await.unwrap();
    let guid = guid(&recorder).await;
    let (status, answer) = post(&recorder, API_KEY, &deployment(&guid, "42")).await;
    assert_eq!(status, 200);
    assert_eq!(answer["data"]["changeTrackingCreateDeployment"]["deploymentId"], "deployment-1");
    let markers = recorder.markers();
    assert_eq!(markers.len(), 1);
    assert_eq!(
        (markers[0].entity_guid.as_str(), markers[0].version.as_str()),
        (guid.as_str(), "42")
    );
    assert_eq!(
        (markers[0].deployment_type.as_str(), markers[0].group_id.as_str()),
        ("BLUE_GREEN", "release-1")
    );
}

#[tokio::test]
async fn an_event_is_a_marker_too() {
    let recorder = Recorder::start(0).await.unwrap();
    let query = r#"mutation { changeTrackingCreateEvent(changeTrackingEvent: {
        categoryAndTypeData: { kind: { category: "DEPLOYMENT", type: "BASIC" },
            categoryFields: { deployment: { version: "7" } } },
        entitySearch: { query: "name = 'shop'" }, user: "ada" }) {
        changeTrackingEvent { changeTrackingId category ... on ChangeTrackingDeploymentEvent { version } }
        messages } }"#;
    let (_, answer) = post(&recorder, API_KEY, &json!({ "query": query })).await;
    let expected = json!({
        "changeTrackingEvent": { "changeTrackingId": "deployment-1", "category": "DEPLOYMENT", "version": "7" },
        "messages": [],
    });
    assert_eq!(answer["data"]["changeTrackingCreateEvent"], expected, "{answer}");
    let markers = recorder.markers();
    assert_eq!(
        (markers[0].entity_guid.clone(), markers[0].user.as_str()),
        (guid(&recorder).await, "ada")
    );
}

#[tokio::test]
async fn markers_can_be_searched() {
    let recorder = Recorder::start(0).await.unwrap();
    let guid = guid(&recorder).await;
    for version in ["1", "2", "3"] {
        post(&recorder, API_KEY, &deployment(&guid, version)).await;
    }
    let look = async |filter: Value| {
        let query = "query($guid: EntityGuid!, $filter: ChangeTrackingSearchFilter) { actor {
            entity(guid: $guid) { name deploymentSearch(filter: $filter) { results { version groupId commit } } } } }";
        let asked = json!({ "query": query, "variables": { "guid": guid, "filter": filter } });
        post(&recorder, API_KEY, &asked).await.1["data"]["actor"]["entity"].take()
    };
    let all = look(json!({})).await;
    assert_eq!(all["name"], "shop");
    let newest = json!({ "version": "3", "groupId": "release-1", "commit": null });
    assert_eq!(all["deploymentSearch"]["results"].as_array().unwrap().len(), 3);
    assert_eq!(look(json!({ "limit": 1 })).await["deploymentSearch"]["results"], json!([newest]));
    let tomorrow = marker::now() + 24 * 60 * 60 * 1000;
    let later = look(json!({ "timeWindow": { "startTime": tomorrow } })).await;
    assert_eq!(later["deploymentSearch"]["results"], json!([]));
}

#[tokio::test]
async fn a_search_finds_the_requested_number_of_entities() {
    let recorder = Recorder::start(0).await.unwrap();
    for wanted in [1, 0, 2] {
        recorder.find_entities(wanted);
        let (_, answer) = post(&recorder, API_KEY, &search("shop")).await;
        let found = &answer["data"]["actor"]["entitySearch"];
        assert_eq!(found["count"], wanted);
        assert_eq!(found["results"]["entities"].as_array().unwrap().len(), wanted);
    }
}

#[tokio::test]
async fn a_long_search_comes_in_pages() {
    let recorder = Recorder::start(0).await.unwrap();
    recorder.find_entities(250);
    let mut asked = search("shop");
    let mut sizes = Vec::new();
    loop {
        let (_, answer) = post(&recorder, API_KEY, &asked).await;
        let page = &answer["data"]["actor"]["entitySearch"]["results"];
        sizes.push(page["entities"].as_array().unwrap().len());
        if page["nextCursor"].is_null() {
            break;
        }
        asked["variables"]["cursor"] = page["nextCursor"].clone();
    }
    assert_eq!(sizes, [200, 50]);
    asked["variables"]["cursor"] = json!("made-up");
    let (_, answer) = post(&recorder, API_KEY, &asked).await;
    assert_eq!(answer["errors"][0]["message"], "Invalid cursor");
}

#[tokio::test]
async fn a_request_that_violates_the_schema_is_refused_with_status_200() {
    let recorder = Recorder::start(0).await.unwrap();
    let guid = guid(&recorder).await;
    let broken = |change: &dyn Fn(&mut Value)| {
        let mut asked = deployment(&guid, "42");
        change(&mut asked);
        asked
    };
    let query = |text: &str| {
        let text = text.to_owned();
        broken(&move |asked| asked["query"] = json!(text))
    };
    let input = |field: &str, value: Value| {
        broken(&|asked| asked["variables"]["deployment"][field] = value.clone())
    };
    let declared = "($deployment: ChangeTrackingDeploymentInput!)";
    for (asked, expected) in [
        (query("mutation {"), "syntax error"),
        (
            query(&format!(
                "mutation{declared} {{ changeTrackingCreateMark(deployment: $deployment) {{ id }} }}"
            )),
            "changeTrackingCreateMark",
        ),
        (
            query(&format!(
                "query{declared} {{ changeTrackingCreateDeployment(deployment: $deployment) {{ deploymentId }} }}"
            )),
            "RootQueryType",
        ),
        (
            query(&format!(
                "mutation{declared} {{ changeTrackingCreateDeployment(input: $deployment) {{ deploymentId }} }}"
            )),
            "input",
        ),
        (
            query(&format!(
                "mutation{declared} {{ changeTrackingCreateDeployment(deployment: $deployment) {{ id }} }}"
            )),
            "`id`",
        ),
        (
            query(
                "mutation { changeTrackingCreateDeployment(deployment: $deployment) { deploymentId } }",
            ),
            "deployment",
        ),
        (
            query(&format!(
                "mutation{declared} {{ changeTrackingCreateDeployment(deployment: {{entityGuid: \"x\", version: \"1\"}}) {{ deploymentId }} }}"
            )),
            "unused variable",
        ),
        (
            query(
                "mutation($deployment: DeploymentInput!) { changeTrackingCreateDeployment(deployment: $deployment) { deploymentId } }",
            ),
            "DeploymentInput",
        ),
        (input("revision", json!("42")), "revision"),
        (input("version", Value::Null), "version"),
        (input("version", json!(42)), "version"),
        (input("version", json!(" ")), "version must not be empty"),
        (input("deploymentType", json!("GREEN")), "deploymentType"),
        (input("timestamp", json!("now")), "no EpochMilliseconds"),
        (input("timestamp", json!(1)), "within 24 hours"),
        (input("entityGuid", json!("made-up")), "Entity not found"),
        (broken(&|asked| asked["variables"] = json!({})), "deployment"),
        (
            broken(&|asked| asked["variables"]["more"] = json!(1)),
            "`$more` is given but not declared",
        ),
        (json!("no question"), "not a GraphQL request"),
    ] {
        let (status, answer) = post(&recorder, API_KEY, &asked).await;
        assert_eq!(status, 200);
        let errors = answer["errors"].to_string();
        assert!(errors.contains(expected), "{asked}: {expected}: {errors}");
    }
    assert!(recorder.markers().is_empty());
}

#[tokio::test]
async fn a_long_text_is_shortened_or_refused() {
    let recorder = Recorder::start(0).await.unwrap();
    let mut asked = deployment(&guid(&recorder).await, "42");
    asked["variables"]["deployment"]["changelog"] = json!("x".repeat(5000));
    post(&recorder, API_KEY, &asked).await;
    let kept = &recorder.markers()[0].changelog;
    assert!(kept.chars().count() < 4096 && kept.ends_with("x…"), "{}", kept.len());
    asked["query"] = json!(
        "mutation($deployment: ChangeTrackingDeploymentInput!) {
        changeTrackingCreateDeployment(deployment: $deployment,
            dataHandlingRules: { validationFlags: [FAIL_ON_FIELD_LENGTH] }) { deploymentId } }"
    );
    let (_, answer) = post(&recorder, API_KEY, &asked).await;
    let message = answer["errors"][0]["message"].as_str().unwrap();
    assert_eq!(message, "changelog must be shorter than 4096 characters");
}
