//! The reads of the page: those of `mist status` and `mist history`, and the events of executions.

pub(crate) mod release;
mod timeline;

use std::sync::Arc;

use jiff::Timestamp;
use mist_aws::Aws;
use mist_core::{
    error::Error, names::StackName, ports::History as _, release::history::PastRelease,
};
use mist_page::{
    model::{Board, History, Item, Place, Release, StackCard, Unreadable},
    source::Source,
};

use crate::{
    account,
    commands::status::read::{self, StackFound},
    failure::Failure,
    side_by_side::side_by_side,
};

/// The number of releases that a card shows and its usual duration is taken from.
const RECENT: u32 = 20;

/// The numbers of releases of a stack that are read until they reach back far enough. The last one is the most.
const READS: [u32; 3] = [30, 200, 1000];

/// The reads in an account.
#[derive(Clone, Debug)]
pub(crate) struct Reader {
    aws: Aws,
}

impl Reader {
    /// Reads with `aws`.
    pub(crate) fn new(aws: Aws) -> Self {
        Self { aws }
    }

    /// The account and the region.
    pub(crate) async fn place(&self) -> Result<Place, Failure> {
        let config = self.aws.config();
        let account = self.aws.sts().caller().await?.account;
        let region = config.region().map(ToString::to_string).unwrap_or_default();
        Ok(Place { account: Some(account), region, local: account::endpoint(config) })
    }

    /// The stacks `names`.
    pub(crate) async fn cards(&self, names: Vec<StackName>) -> Vec<StackCard> {
        read::all(&self.aws, names, RECENT).await.into_iter().map(card).collect()
    }

    /// The releases of `names` that started since `since`.
    pub(crate) async fn releases(&self, names: Vec<StackName>, since: Timestamp) -> History {
        let stacks = names.iter().map(ToString::to_string).collect();
        let read = side_by_side(names, |name| {
            let aws = self.aws.clone();
            async move {
                let found = since_of(&aws, &name, since).await;
                (name, found)
            }
        });
        let mut history = History { stacks, ..History::default() };
        for (name, found) in read.await {
            match found {
                Ok((items, problem)) => {
                    history.items.extend(items);
                    history.problems.extend(problem);
                }
                Err(error) => history.problems.push(format!("History of {name}: {error}")),
            }
        }
        history.stacks.sort();
        history.problems.sort();
        // An item that cannot be read has no time: it stays in front, where it is seen.
        history.items.sort_by_key(|item| {
            std::cmp::Reverse(item.as_ref().map_or(Timestamp::MAX, |release| release.started_at))
        });
        history
    }

    /// `past` with their steps, newest first.
    pub(crate) async fn details(&self, past: Vec<PastRelease>) -> Vec<Release> {
        let all = Arc::new(past.clone());
        let place = |past: PastRelease| {
            let (aws, all) = (self.aws.clone(), Arc::clone(&all));
            async move {
                let same = all.iter().filter(|other| other.stack == past.stack);
                let others: Vec<_> = same.cloned().collect();
                release::read(&aws, past, &others).await
            }
        };
        let mut read = side_by_side(past, place).await;
        read.sort_by_key(|release| std::cmp::Reverse(release.past.started_at));
        read
    }
}

impl Source for Reader {
    async fn board(&self) -> Board {
        match self.aws.stacks().names().await {
            Ok(names) => Board { stacks: self.cards(names).await, problems: Vec::new() },
            Err(error) => Board {
                problems: vec![format!("The stacks cannot be listed: {error}")],
                ..Board::default()
            },
        }
    }

    async fn history(&self, since: Timestamp) -> History {
        match self.aws.stacks().names().await {
            Ok(names) => self.releases(names, since).await,
            Err(error) => History {
                problems: vec![format!("The stacks cannot be listed: {error}")],
                ..History::default()
            },
        }
    }

    async fn release(&self, stack: &str, id: &str) -> Result<Option<Release>, String> {
        let Ok(stack) = stack.parse::<StackName>() else { return Ok(None) };
        for most in READS {
            let found = self.aws.history().releases(&stack, most).await;
            let found = found.map_err(|error| error.to_string())?;
            let all = found.len() < usize::try_from(most).unwrap_or(usize::MAX);
            let readable: Vec<_> = found.into_iter().flatten().collect();
            if let Some(past) = readable.iter().find(|release| release.id == id) {
                return Ok(Some(release::read(&self.aws, past.clone(), &readable).await));
            }
            if all {
                break;
            }
        }
        Ok(None)
    }
}

fn card(StackFound { status, releases }: StackFound) -> StackCard {
    let recent = releases.into_iter().map(|item| readable(&status.stack, item)).collect();
    StackCard { status, recent }
}

fn readable(stack: &str, item: Result<PastRelease, Error>) -> Item {
    item.map_err(|error| Unreadable { stack: stack.to_owned(), problem: error.to_string() })
}

/// The releases of `stack` that started since `since`, and what was left out.
async fn since_of(
    aws: &Aws,
    stack: &StackName,
    since: Timestamp,
) -> Result<(Vec<Item>, Option<String>), Error> {
    let mut found = Vec::new();
    let mut complete = false;
    for most in READS {
        found = aws.history().releases(stack, most).await?;
        let older = |item: &Result<PastRelease, Error>| {
            item.as_ref().is_ok_and(|release| release.started_at < since)
        };
        complete =
            found.len() < usize::try_from(most).unwrap_or(usize::MAX) || found.iter().any(older);
        if complete {
            break;
        }
    }
    let most = found.len();
    let items = found.into_iter().map(|item| readable(stack.as_str(), item));
    let items = items.filter(|item| item.as_ref().map_or(true, |it| it.started_at >= since));
    let problem =
        (!complete).then(|| format!("Only the newest {most} releases of {stack} are shown."));
    Ok((items.collect(), problem))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::testing;

    fn item(id: &str, format: &str) -> Value {
        json!({
            "stack": {"S": "QA"}, "id": {"S": id}, "formatVersion": {"N": format},
            "execution": {"S": "arn:1"}, "operation": {"S": "deploy"}, "startedBy": {"S": "ada"},
            "startedAt": {"S": "2026-01-02T03:04:05Z"}, "verdict": {"S": "done"},
        })
    }

    #[tokio::test]
    async fn a_missing_permission_is_named_and_the_rest_is_shown() {
        let aws = testing::aws(|call, body| match call {
            "Query" if body.to_string().contains("UAT") => Err("AccessDeniedException"),
            "Query" => Ok(json!({ "Items": [item("2", "1"), item("1", "99")], "Count": 2 })),
            other => testing::parameters(&[("QA", "{}"), ("UAT", "{}")])(other, body),
        });
        let reader = Reader::new(aws.await);
        let history = reader.history(Timestamp::UNIX_EPOCH).await;
        assert_eq!(history.stacks, ["QA", "UAT"]);
        assert_eq!(history.items.len(), 2, "{history:?}");
        assert!(history.items[0].is_err() && history.items[1].is_ok(), "{history:?}");
        let [problem] = &history.problems[..] else { panic!("{:?}", history.problems) };
        assert!(problem.starts_with("History of UAT: "), "{problem}");
        let board = reader.board().await;
        let uat = &board.stacks[1].status;
        assert!(uat.problem.is_some() && board.stacks[0].recent.len() == 2, "{board:?}");
    }

    #[tokio::test]
    async fn a_dead_cloud_is_a_problem_and_no_empty_page() {
        let reader = Reader::new(testing::aws(|_, _| Err("AccessDeniedException")).await);
        let board = reader.board().await;
        assert!(board.problems[0].starts_with("The stacks cannot be listed: "), "{board:?}");
        assert!(
            reader.history(Timestamp::UNIX_EPOCH).await.problems[0].contains("cannot be listed")
        );
        assert!(reader.release("QA", "1").await.is_err());
    }

    #[tokio::test]
    async fn a_release_whose_execution_is_gone_has_the_durations_of_its_steps() {
        let aws = testing::aws(|call, body| match call {
            "Query" => {
                let mut item = item("2026/1", "1");
                item["steps"] = json!({"M": {"Swap": {"N": "2.5"}, "Plan": {"N": "1"}}});
                Ok(json!({ "Items": [item], "Count": 1 }))
            }
            "DescribeExecution" | "GetExecutionHistory" => Err("ExecutionDoesNotExist"),
            other => testing::parameters(&[("QA", "{}")])(other, body),
        });
        let reader = Reader::new(aws.await);
        let release = reader.release("QA", "2026/1").await.unwrap().unwrap();
        let steps: Vec<_> = release.steps.iter().map(|step| (&*step.name, step.seconds)).collect();
        assert_eq!(steps, [("Plan", Some(1.0)), ("Swap", Some(2.5))]);
        assert_eq!(release.problems.len(), 1, "{:?}", release.problems);
        assert_eq!(reader.release("QA", "none").await.unwrap().map(|it| it.past.id), None);
        assert!(reader.release("not a stack", "1").await.unwrap().is_none());
    }
}
