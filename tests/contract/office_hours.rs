//! The template of office hours starts what mist understands.

use mist_core::Operation;
use mist_testkit::{FakeStacks, stack};
use serde_json::Value;

use crate::project::{self, Result};

#[tokio::test]
async fn the_schedules_of_office_hours_ask_for_a_start_and_a_stop_that_wait_their_turn() -> Result {
    let template: Value = serde_saphyr::from_str(&project::read("infra/office-hours.yaml")?)?;
    for (schedule, operation) in
        [("StartInTheMorning", Operation::Start), ("StopInTheEvening", Operation::Stop)]
    {
        let target = &template["Resources"][schedule]["Properties"]["Target"];
        let input = target["Input"]["Fn::Sub"].as_str().ok_or("a schedule has an input")?;
        let request = accept::Request {
            input: serde_json::from_str(&input.replace("${Stack}", "QA"))?,
            name: "office-hours".to_owned(),
            started_at: "2026-01-02T03:04:05Z".parse()?,
        };
        let asked = accept::run(&FakeStacks::with(stack()?), request).await?;
        assert_eq!((asked.operation, asked.stack.as_str()), (operation, "QA"));
        assert_eq!(asked.lock.on_conflict, mist_core::OnConflict::Queue, "{schedule}");
    }
    Ok(())
}
