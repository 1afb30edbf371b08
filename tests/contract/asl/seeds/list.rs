//! The mistakes.

use serde_json::{Value, json};

/// What is put where (`null` takes it out), and a part of what the checks must then say.
pub(super) fn seeds() -> Vec<(&'static str, Value, &'static str)> {
    let all = json!({"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 2,
        "BackoffRate": 2});
    let endless = json!({"ErrorEquals": ["Mist.NotReady"], "IntervalSeconds": 1, "BackoffRate": 1});
    let assign = |text: &str| json!({"found": "{% $states.result.Payload %}", "other": text});
    vec![
        // Transitions.
        ("/StartAt", json!("Begin"), "StartAt: there is no state `Begin`"),
        ("/StartAt", Value::Null, "StartAt: there is no state"),
        ("/States/Work/Next", json!("Dome"), "`Work` Next: there is no state `Dome`"),
        ("/States/Choose/Default", json!("Dome"), "`Choose` Default: there is no state"),
        ("/States/Choose/Choices/0/Next", json!("Dome"), "Choices[0].Next: there is no state"),
        (
            "/States/Work/Catch/0/Next",
            json!("Fail"),
            "`Work` Catch[0].Next: there is no state `Fail`",
        ),
        ("/States/Choose/Default", json!("Done"), "`Rest`: no transition ends here"),
        ("/States/Choose/Default", Value::Null, "`Choose`: has no Default"),
        ("/States/Choose/Choices", json!([]), "`Choose`: has no Choices"),
        (
            "/States/Choose/End",
            json!(true),
            "`Choose`: has Next or End, which its type does not take",
        ),
        ("/States/Work/Next", Value::Null, "`Work`: has neither Next nor End"),
        ("/States/Work/End", json!(true), "`Work`: has both Next and End"),
        ("/States/Done/End", json!(false), "`Done`: has an End that is not true"),
        ("/States/Failed/Next", json!("Done"), "`Failed`: has Next or End"),
        ("/States/Work/Next", json!("Choose"), "`Choose`: is in a loop"),
        ("/States/Work/Catch/0/Next", json!("Work"), "`Work`: is in a loop"),
        // Fields.
        ("/QueryLanguage", json!("JSONPath"), "QueryLanguage must be JSONata"),
        ("/TimeoutSeconds", Value::Null, "the machine: has no TimeoutSeconds"),
        ("/States/Work/TimeoutSecond", json!(5), "`Work`: there is no field TimeoutSecond here"),
        (
            "/States/Work/Retry/0/MaxAttempt",
            json!(5),
            "`Work` Retry[0]: there is no field MaxAttempt",
        ),
        ("/States/Work/Arguments/PayLoad", json!(5), "`Work` Arguments: there is no field PayLoad"),
        ("/States/Work/ResultPath", json!("$.it"), "`Work`: ResultPath is a field of JSONPath"),
        ("/States/Work/Arguments/Payload/version", json!("$.version"), "`$.version` is JSONPath"),
        ("/States/Work/Arguments/Payload/version.$", json!("x"), "`version.$` is JSONPath"),
        ("/States/Rest/Seconds", json!("$.wait"), "`Rest`: Seconds is \"$.wait\""),
        ("/States/Rest/Seconds", Value::Null, "`Rest`: needs either Seconds or Timestamp"),
        ("/States/Work/TimeoutSeconds", json!(-4), "`Work`: TimeoutSeconds is -4"),
        ("/States/Work/TimeoutSeconds", json!("{% 60 %}"), "must be a whole number above 0"),
        ("/States/Work/TimeoutSeconds", Value::Null, "`Work`: has no TimeoutSeconds"),
        ("/States/Work/HeartbeatSeconds", json!(90), "HeartbeatSeconds 90 is not less"),
        ("/States/Work/Type", json!("Tusk"), "there is no Type `Tusk`"),
        ("/States/Work/Type", json!("Parallel"), "Parallel is not for this machine"),
        ("/States/Work/Type", json!("Map"), "Map is not for this machine"),
        ("/States/Work/Comment", Value::Null, "`Work`: has no Comment"),
        ("/States/Work/Resource", json!("arn:aws:states:::sns:publish"), "Resource must be"),
        (
            "/States/Work/Resource",
            json!("arn:aws:states:::dynamodb:putItem"),
            "`Work`: Resource must be",
        ),
        ("/States/Work/Arguments/FunctionName", json!("Work"), "Arguments.FunctionName must be"),
        (
            "/States/Park/Arguments/Payload/token",
            json!("{% $found %}"),
            "`Park`: Arguments.Payload.token must be the token",
        ),
        ("/States/Park/Arguments/Payload/request", Value::Null, "`Park`: Arguments.Payload has no"),
        ("/States/Park/Arguments/Payload/stack", json!("QA"), "there is no field stack here"),
        // Errors.
        ("/States/Work/Retry/0", all.clone(), "`Work` Retry[0]: States.ALL must stand alone"),
        ("/States/Work/Retry/1/ErrorEquals/0", json!("States.ALL"), "States.ALL must stand alone"),
        ("/States/Work/Retry/0", endless, "`Work` Retry[0]: has no MaxAttempts"),
        ("/States/Work/Retry/0/IntervalSeconds", json!(0), "IntervalSeconds must be"),
        ("/States/Work/Retry/0/BackoffRate", json!(0.5), "BackoffRate must be a number from 1"),
        ("/States/Work/Retry/1/MaxDelaySeconds", json!(2), "MaxDelaySeconds must be above"),
        (
            "/States/Work/Retry/1/JitterStrategy",
            json!("SOME"),
            "JitterStrategy must be FULL or NONE",
        ),
        ("/States/Work/Retry/1/JitterStrategy", Value::Null, "does not retry `Mist.Throttled`"),
        ("/States/Work/Retry/1/BackoffRate", json!(1), "retry `Lambda.ServiceException`"),
        (
            "/States/Work/Retry/1/ErrorEquals/5",
            json!("Mist.NotReady"),
            "`Mist.NotReady` is matched before",
        ),
        (
            "/States/Work/Retry/1/ErrorEquals/5",
            json!("Lambda.Unknown"),
            "does not retry `Lambda.TooManyRequestsException`",
        ),
        (
            "/States/Work/Retry/0/ErrorEquals/0",
            json!("Mist.NotReadyYet"),
            "nothing raises `Mist.NotReadyYet`",
        ),
        (
            "/States/Work/Retry/0/ErrorEquals/0",
            json!("States.TimeOut"),
            "nothing raises `States.TimeOut`",
        ),
        (
            "/States/Work/Retry/0/ErrorEquals/0",
            json!("States.Runtime"),
            "nothing raises `States.Runtime`",
        ),
        (
            "/States/Work/Retry/0/ErrorEquals/0",
            json!("Lambda.Oops"),
            "nothing raises `Lambda.Oops`",
        ),
        ("/States/Work/Retry/0/ErrorEquals", json!([]), "ErrorEquals is empty or missing"),
        ("/States/Work/Catch", Value::Null, "`Work` Catch: the last entry must be States.ALL"),
        ("/States/Work/Catch/0/ErrorEquals/0", json!("States.Timeout"), "must be States.ALL"),
        ("/States/Work/Retry/1/MaxAttempts", json!(7), "`Work` Retry: its last entry differs"),
        (
            "/States/Park/Retry/0/ErrorEquals/1",
            json!("States.Timeout"),
            "`Park` Retry: does not retry `States.HeartbeatTimeout`",
        ),
        // Expressions.
        ("/States/Done/Output", json!("{% $found. %}"), "`Done` Output: "),
        ("/States/Done/Output", json!("{% ($found %}"), "`Done` Output: "),
        ("/States/Done/Output", json!("{% $found"), "is no expression"),
        ("/States/Done/Output", json!("It is {% $found %}"), "is no expression"),
        ("/States/Done/Output", json!("{% $fund($found) %}"), "has no function `$fund`"),
        ("/States/Done/Output", json!("{% $eval('1', $found) %}"), "has no function `$eval`"),
        ("/States/Done/Output", json!("{% $found ?? 1 %}"), "operator `??` is newer"),
        ("/States/Done/Output", json!("{% $found ?: 1 %}"), "operator `?:` is newer"),
        ("/States/Done/Output", json!("{% $fund %}"), "reads `$fund`, which has no value"),
        ("/States/Done/Output", json!("{% $found[$x = 1] %}"), "reads `$x`, which has no value"),
        (
            "/States/Done/Output",
            json!("{% [$failure, $found] %}"),
            "reads `$failure`, which has no",
        ),
        ("/States/Done/Output", json!("{% 'It is ' & $found %}"), "composes a text with `&`"),
        ("/States/Done/Output", json!("{% $parse($found) %}"), "calls `$parse`"),
        // Not all transitions to `Failed` set it.
        (
            "/States/Look/Catch/0/Assign",
            json!({}),
            "`Failed` Error: reads `$failure`, which has no",
        ),
        // A catch does not assign what the state itself would.
        (
            "/States/Failed/Error",
            json!("{% $found %}"),
            "`Failed` Error: reads `$found`, which has no",
        ),
        // Nor is it there yet in what the state sends.
        (
            "/States/Look/Arguments/Payload",
            json!("{% $found %}"),
            "`Look` Arguments.Payload: reads `$found`, which has no value",
        ),
        (
            "/States/Work/Assign",
            assign("{% $found %}"),
            "`Work` Assign.other: reads `$found`, which the same Assign sets",
        ),
        ("/States/Work/Assign", assign("{% 1 %}"), "`Work`: sets `$other`, which nothing reads"),
        // Every path from here to a reader sets it anew.
        (
            "/States/Rest/Assign",
            json!({"failure": "{% $found.version %}"}),
            "`Rest`: sets `$failure`, which nothing reads before it is set anew",
        ),
        ("/States/Done/Assign", json!({"found": 1}), "`Done`: sets `$found`, which nothing reads"),
        (
            "/States/Work/Assign/now",
            json!("{% 1 %}"),
            "`Work`: sets `$now`, which means something else",
        ),
        (
            "/States/Done/Output",
            json!("{% [$found, $states.outcome] %}"),
            "$states has no `outcome`",
        ),
        (
            "/States/Done/Output",
            json!("{% [$found, $states.result] %}"),
            "only there in the Output",
        ),
        (
            "/States/Work/Arguments/Payload/x",
            json!("{% $states.result.Payload %}"),
            "only there in",
        ),
        (
            "/States/Work/Assign/found",
            json!("{% $states.errorOutput.Error %}"),
            "only there in a Catch",
        ),
        ("/States/Work/Assign/found", json!("{% $states.result.payload %}"), "has no `payload`"),
        (
            "/States/Work/Catch/0/Assign/failure",
            json!("{% $states.errorOutput.error %}"),
            "$states.errorOutput has no `error`",
        ),
        ("/States/Done/Output", json!("{% [$found, $states.context.Name] %}"), "has no `Name`"),
        (
            "/States/Done/Output",
            json!("{% [$found, $states.context.State.Named] %}"),
            "$states.context.State has no `Named`",
        ),
    ]
}
