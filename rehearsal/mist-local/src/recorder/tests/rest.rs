//! The REST API, as its clients use it.

use super::*;

async fn ask(
    recorder: &Recorder,
    path: &str,
    key: &str,
    body: Option<Value>,
) -> (u16, String, Value) {
    let client = http::client(Duration::from_secs(5)).unwrap();
    let address = format!("{}{path}", recorder.new_relic_rest_url());
    let request = match body {
        Some(body) => client.post(address).json(&body),
        None => client.get(address),
    };
    let answer = request.header("X-Api-Key", key).send().await.unwrap();
    let link = answer.headers().get("link").map(|link| link.to_str().unwrap().to_owned());
    (answer.status().as_u16(), link.unwrap_or_default(), answer.json().await.unwrap())
}

#[tokio::test]
async fn a_deployment_of_an_application_is_recorded() {
    let recorder = Recorder::start(0).await.unwrap();
    let (_, _, found) =
        ask(&recorder, "/applications.json?filter%5Bname%5D=shop", API_KEY, None).await;
    let id = &found["applications"][0]["id"];
    let path = format!("/applications/{id}/deployments.json");
    let body = json!({ "deployment": { "revision": "42", "user": "ada" } });
    let (status, _, made) = ask(&recorder, &path, API_KEY, Some(body)).await;
    assert_eq!((status, &made["deployment"]["revision"]), (201, &json!("42")));
    let (_, _, listed) = ask(&recorder, &path, API_KEY, None).await;
    assert_eq!(listed["deployments"][0], made["deployment"]);
    assert_eq!(recorder.markers()[0].entity_guid, guid(&recorder).await);
}

#[tokio::test]
async fn applications_come_in_pages_and_by_a_part_of_their_name() {
    let recorder = Recorder::start(0).await.unwrap();
    let names: Vec<_> = (0..250).map(|number| format!("shop {number}")).collect();
    recorder.know_applications(names.iter().map(String::as_str).chain(["else"]));
    let page = async |page: u32| {
        let path = format!("/applications.json?filter%5Bname%5D=Shop&page={page}");
        let (_, link, found) = ask(&recorder, &path, API_KEY, None).await;
        (found["applications"].as_array().unwrap().len(), link.contains("rel=\"next\""))
    };
    assert_eq!((page(1).await, page(2).await), ((200, true), (50, false)));
}

#[tokio::test]
async fn refuses_as_the_service_does() {
    let recorder = Recorder::start(0).await.unwrap();
    let refused = async |path: &str, key: &str, body: Option<Value>| {
        let (status, _, answer) = ask(&recorder, path, key, body).await;
        (status, answer["error"]["title"].as_str().unwrap_or_default().to_owned())
    };
    guid(&recorder).await;
    let path = "/applications/1000001/deployments.json";
    let of = |deployment: Value| Some(json!({ "deployment": deployment }));
    assert_eq!(refused("/applications.json", "wrong", None).await.0, 401);
    assert_eq!(refused("/applications/7/deployments.json", API_KEY, None).await.0, 404);
    assert_eq!(refused("/deployments.json", API_KEY, None).await.0, 404);
    for broken in [json!({}), json!({ "revision": "" }), json!({ "revision": "x".repeat(128) })] {
        assert_eq!(refused(path, API_KEY, of(broken)).await.0, 422);
    }
    let (status, title) =
        refused(path, API_KEY, of(json!({ "revision": "1", "version": "1" }))).await;
    assert_eq!((status, title.as_str()), (422, "Unexpected parameter version"));
    assert_eq!(refused(path, API_KEY, Some(json!([]))).await.0, 422);
    assert!(recorder.markers().is_empty());
}

#[tokio::test]
async fn an_old_key_is_valid_here_only() {
    let recorder = Recorder::start(0).await.unwrap();
    recorder.expect_rest_key("an-old-key");
    assert_eq!(ask(&recorder, "/applications.json", "an-old-key", None).await.0, 200);
    assert_eq!(ask(&recorder, "/applications.json", API_KEY, None).await.0, 200);
    assert_eq!(post(&recorder, "an-old-key", &search("shop")).await.0, 401);
}
