//! The console of AWS, for links to executions.

/// The page of the console that shows `execution`; `None` if that is no ARN of an execution in a known partition.
pub fn execution_page(execution: &str) -> Option<String> {
    let mut parts = execution.splitn(7, ':');
    let (scheme, partition, service) = (parts.next()?, parts.next()?, parts.next()?);
    let (region, _account, kind) = (parts.next()?, parts.next()?, parts.next()?);
    if (scheme, service, kind) != ("arn", "states", "execution") || parts.next()?.is_empty() {
        return None;
    }
    let host = match partition {
        "aws" => format!("{region}.console.aws.amazon.com"),
        "aws-us-gov" => "console.amazonaws-us-gov.com".to_owned(),
        "aws-cn" => format!("{region}.console.amazonaws.cn"),
        _ => return None,
    };
    Some(format!("https://{host}/states/home?region={region}#/v2/executions/details/{execution}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_execution_has_a_page_in_the_console_of_its_partition() {
        for (partition, region, host) in [
            ("aws", "eu-west-1", "eu-west-1.console.aws.amazon.com"),
            ("aws-cn", "cn-north-1", "cn-north-1.console.amazonaws.cn"),
            ("aws-us-gov", "us-gov-west-1", "console.amazonaws-us-gov.com"),
        ] {
            let arn =
                format!("arn:{partition}:states:{region}:111122223333:execution:mist:release-1");
            let page =
                format!("https://{host}/states/home?region={region}#/v2/executions/details/{arn}");
            assert_eq!(execution_page(&arn), Some(page));
        }
    }

    #[test]
    fn only_executions_have_a_page() {
        let machine = "arn:aws:states:eu-west-1:111122223333:stateMachine:mist";
        for other in ["release-1", machine, "arn:aws-mars:states:x:1:execution:a:b"] {
            assert_eq!(execution_page(other), None, "{other}");
        }
    }
}
