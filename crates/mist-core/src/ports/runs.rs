//! Runs of the workflow.

use std::collections::BTreeMap;

use crate::Error;

/// Runs of the workflow.
pub trait Runs {
    /// How long each step of `run` took, by its name, in seconds; a step that came twice counts together.
    /// Those that took no time or did not end are absent.
    fn seconds_of_steps(
        &self,
        run: &str,
    ) -> impl Future<Output = Result<BTreeMap<String, f64>, Error>> + Send;
}

/// The page of the console that shows `run`, an ARN.
pub fn console_page(run: &str) -> String {
    let mut parts = run.split(':').skip(1);
    let (partition, region) = (parts.next().unwrap_or("aws"), parts.nth(1).unwrap_or("us-east-1"));
    let domain = match partition {
        "aws-cn" => "console.amazonaws.cn",
        "aws-us-gov" => "console.amazonaws-us-gov.com",
        _ => "console.aws.amazon.com",
    };
    format!("https://{region}.{domain}/states/home?region={region}#/v2/executions/details/{run}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_console_is_where_the_run_is() {
        let run = "arn:aws-cn:states:cn-north-1:123456789012:execution:mist:release-1";
        let page = "https://cn-north-1.console.amazonaws.cn/states/home?region=cn-north-1\
                    #/v2/executions/details/";
        assert_eq!(console_page(run), format!("{page}{run}"));
    }
}
