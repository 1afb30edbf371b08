//! The template of office hours starts executions that mist understands.

use mist_core::release::request::Operation;
use serde_json::{Value, json};

use crate::{
    project::{self, Result},
    world::World,
};

#[test]
fn the_schedules_start_and_stop_an_environment_and_queue_for_the_lock() -> Result {
    let template: Value = serde_saphyr::from_str(&project::read("infra/office-hours.yaml")?)?;
    for (schedule, operation) in
        [("StartInTheMorning", Operation::Start), ("StopInTheEvening", Operation::Stop)]
    {
        let target = &template["Resources"][schedule]["Properties"]["Target"];
        let input = target["Input"]["Fn::Sub"].as_str().ok_or("a schedule has an input")?;
        let input: Value = serde_json::from_str(&input.replace("${Stack}", "QA"))?;
        let execution =
            json!({"id": "arn", "name": "office-hours", "startedAt": "2026-01-02T03:04:05Z"});
        let request = mist_lambda::parse(json!({"input": input, "execution": execution}))?;
        let release = World::new(&Value::Null, None)?.begin(request)?;
        assert_eq!((&release["operation"], &release["stack"]), (&json!(operation), &json!("QA")));
        assert_eq!(release["lock"]["onConflict"], "queue", "{schedule}");
    }
    Ok(())
}
