//! Executions of the workflow.

use std::collections::BTreeMap;

use crate::error::Error;

/// Executions of the workflow.
pub trait Executions {
    /// The duration of each step of `execution` in seconds, by its name; a step that came twice counts
    /// together. Steps that took no time or did not end are absent.
    fn seconds_of_steps(
        &self,
        execution: &str,
    ) -> impl Future<Output = Result<BTreeMap<String, f64>, Error>> + Send;
}

/// The page of the console that shows `execution`, an ARN.
pub fn console_page(execution: &str) -> String {
    let mut parts = execution.split(':').skip(1);
    let (partition, region) = (parts.next().unwrap_or("aws"), parts.nth(1).unwrap_or("us-east-1"));
    let domain = match partition {
        "aws-cn" => "console.amazonaws.cn",
        "aws-us-gov" => "console.amazonaws-us-gov.com",
        _ => "console.aws.amazon.com",
    };
    format!(
        "https://{region}.{domain}/states/home?region={region}#/v2/executions/details/{execution}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_console_is_where_the_execution_is() {
        let execution = "arn:aws-cn:states:cn-north-1:123456789012:execution:mist:release-1";
        let page = "https://cn-north-1.console.amazonaws.cn/states/home?region=cn-north-1\
                    #/v2/executions/details/";
        assert_eq!(console_page(execution), format!("{page}{execution}"));
    }
}
