//! One operation under five names: its folder, its package, its resource, its placeholder and its state.

use std::{collections::BTreeSet, path::Path};

use serde_json::{Value, json};

use crate::{
    asl::{Definition, definition::State},
    project::{self, Result, none, pascal},
};

/// The mismatches between the template, the definition and the `folders` of the functions.
fn check(template: &Value, machine: &Definition, folders: &[String]) -> Vec<String> {
    let mut problems = Vec::new();
    for folder in folders {
        let complaints = function(template, machine, folder);
        problems.extend(complaints.into_iter().map(|it| format!("functions/{folder}: {it}")));
    }
    problems.extend(logs(template));
    let known: BTreeSet<_> = folders.iter().map(|folder| pascal(folder)).collect();
    for (name, resource) in template["Resources"].as_object().into_iter().flatten() {
        let function = name.strip_suffix("Function").unwrap_or(name);
        if resource["Type"] == "AWS::Serverless::Function" && !known.contains(function) {
            problems.push(format!("infra/template.yaml {name}: has no folder in functions/"));
        }
    }
    let substitutions = machine_properties(template)["DefinitionSubstitutions"].as_object();
    for name in substitutions.into_iter().flat_map(|all| all.keys()) {
        let function = name.strip_suffix("FunctionArn").unwrap_or(name);
        if !known.contains(function) {
            problems
                .push(format!("infra/template.yaml: substitutes `{name}`, which is no function"));
        }
    }
    for state in machine.states() {
        if let Some(function) = state.function().filter(|function| !known.contains(*function)) {
            problems.push(format!("`{}`: calls `{function}`, which is no function", state.name));
        }
        problems.extend(impatient(template, state));
    }
    problems
}

/// All functions log to one group, so that a search there finds all that an execution did.
fn logs(template: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    let group = template["Globals"]["Function"]["LoggingConfig"]["LogGroup"]["Ref"].as_str();
    let logs = &template["Resources"][group.unwrap_or_default()];
    if logs["Type"] != "AWS::Logs::LogGroup" {
        problems.push("infra/template.yaml Globals: must name a log group".to_owned());
    } else if logs["Properties"]["RetentionInDays"].is_null() {
        problems
            .push("the log group has no RetentionInDays; logs would be kept forever".to_owned());
    }
    problems
}

fn function(template: &Value, machine: &Definition, folder: &str) -> Vec<String> {
    let mut problems = Vec::new();
    let name = pascal(folder);
    let resource = &template["Resources"][format!("{name}Function")];
    let properties = &resource["Properties"];
    if resource["Type"] != "AWS::Serverless::Function" {
        problems.push(format!("infra/template.yaml has no `{name}Function`"));
    }
    if properties["CodeUri"] != json!(format!("../functions/{folder}")) {
        problems.push(format!("`{name}Function` must have CodeUri ../functions/{folder}"));
    }
    if resource["Metadata"]["BuildMethod"] != "rust-cargolambda" {
        problems.push(format!("`{name}Function` must have BuildMethod rust-cargolambda"));
    }
    if !properties["LoggingConfig"].is_null() {
        problems.push(format!("`{name}Function` must log where all functions do"));
    }
    // A function that a rule calls has no place in the machine.
    if called_by_rule(properties) {
        if machine.states().any(|state| state.function() == Some(&name)) {
            problems.push("is called by a rule and by a state".to_owned());
        }
        return problems;
    }
    let installed = machine_properties(template);
    let arn = &installed["DefinitionSubstitutions"][format!("{name}FunctionArn")];
    if *arn != json!({"Fn::GetAtt": [format!("{name}Function"), "Arn"]}) {
        problems.push(format!("infra/template.yaml must substitute `{name}FunctionArn`"));
    }
    let callable = installed.pointer("/Policies/0/Statement/0/Resource").and_then(Value::as_array);
    if !callable.is_some_and(|callable| callable.contains(arn)) {
        problems.push(format!("the state machine may not call `{name}Function`"));
    }
    if !machine.states().any(|state| state.function() == Some(&name)) {
        problems.push("no state calls it".to_owned());
    }
    problems
}

/// A state must wait for longer than its function may run, or the function goes on unseen.
fn impatient(template: &Value, state: State<'_>) -> Option<String> {
    let function = state.function()?;
    let limit = project::timeout(template, function)?;
    let waits = state.fields["TimeoutSeconds"].as_u64()?;
    let patient = waits > limit;
    (!patient).then(|| {
        format!(
            "`{}`: waits {waits} s for `{function}Function`, which may run for {limit} s; wait longer",
            state.name
        )
    })
}

fn called_by_rule(properties: &Value) -> bool {
    let events = properties["Events"].as_object();
    events.into_iter().flatten().any(|(_, event)| event["Type"] == "EventBridgeRule")
}

fn machine_properties(template: &Value) -> &Value {
    &template["Resources"]["BlueGreenStateMachine"]["Properties"]
}

#[test]
fn folders_resources_placeholders_and_states_fit_together() -> Result {
    none(&check(&project::template()?, &project::machine()?, &project::functions()?));
    Ok(())
}

#[test]
fn a_package_is_called_like_its_folder() -> Result {
    let mut problems = Vec::new();
    for folder in project::functions()? {
        let manifest = project::read(format!("functions/{folder}/Cargo.toml"))?;
        if !manifest.contains(&format!("\nname = \"{folder}\"\n")) {
            problems.push(format!("functions/{folder}/Cargo.toml: must have name = \"{folder}\""));
        }
    }
    none(&problems);
    Ok(())
}

/// The variables that a function of the template has, and that no `sources` read.
fn unread(template: &Value, sources: &str) -> Vec<String> {
    let variables = template["Globals"]["Function"]["Environment"]["Variables"].as_object();
    let names = variables.into_iter().flat_map(|all| all.keys());
    let read = |name: &str| {
        let of_an_account = ["BEANSTALK", "DNS"].map(|account| name.replace(account, "{account}"));
        sources.contains(&format!("\"{name}\""))
            || of_an_account.iter().any(|it| it != name && sources.contains(&format!("\"{it}\"")))
    };
    let unread = names.filter(|name| !read(name));
    unread.map(|name| format!("infra/template.yaml: no function reads `{name}`")).collect()
}

#[test]
fn every_variable_of_the_template_is_read() -> Result {
    let mut sources = String::new();
    for path in project::sources()? {
        sources += &project::read(path)?;
    }
    let template = project::template()?;
    none(&unread(&template, &sources));
    assert!(!unread(&template, "no code").is_empty());
    Ok(())
}

/// The problems of the text of a `main.rs`.
fn check_main(text: &str) -> Vec<&'static str> {
    let mut problems = Vec::new();
    if text.lines().count() > 25 {
        problems.push("has more than 25 lines; what it decides belongs into lib.rs");
    }
    if text
        .split(|letter: char| !letter.is_alphanumeric())
        .any(|word| ["if", "match"].contains(&word))
    {
        problems.push("decides something; that belongs into lib.rs");
    }
    problems
}

#[test]
fn a_main_only_wires() -> Result {
    let mut problems = Vec::new();
    for folder in project::functions()? {
        for file in ["main.rs", "lib.rs"] {
            let path = format!("functions/{folder}/src/{file}");
            if !project::root().join(Path::new(&path)).is_file() {
                problems.push(format!("{path}: is missing"));
            } else if file == "main.rs" {
                let complaints = check_main(&project::read(&path)?);
                problems.extend(complaints.into_iter().map(|it| format!("{path}: {it}")));
            }
        }
    }
    none(&problems);
    Ok(())
}

#[test]
fn a_main_that_decides_or_is_long_is_found() {
    assert!(check_main("//! The `swap` function.\nfn main() {}\n").is_empty());
    assert_eq!(check_main("fn main() { if x { y() } }\n").len(), 1);
    assert_eq!(check_main(&"\n".repeat(26)).len(), 1);
}

#[test]
fn whatever_is_left_out_or_misspelt_is_found() -> Result {
    let found = |template: &Value, machine: Value, folders: &[String]| {
        check(template, &Definition::new(machine), folders)
    };
    let (template, machine) = (project::template()?, project::machine()?.value().clone());
    let folders = project::functions()?;
    for (place, value, expected) in [
        ("/Resources/WaitReadyFunction", Value::Null, "has no `WaitReadyFunction`"),
        ("/Resources/WarmFunction/Properties/CodeUri", json!("../functions/swap"), "CodeUri"),
        ("/Resources/WarmFunction/Metadata", Value::Null, "must have BuildMethod"),
        ("/Resources/WarmFunction/Properties/Timeout", json!(900), "`Warm up`: waits 660 s"),
        (
            "/Resources/WarmFunction/Properties/LoggingConfig",
            json!({"LogGroup": "/mist/warm"}),
            "`WarmFunction` must log where",
        ),
        ("/Globals/Function/LoggingConfig", Value::Null, "must name a log group"),
        ("/Resources/FunctionLogs", Value::Null, "must name a log group"),
        ("/Resources/FunctionLogs/Properties/RetentionInDays", Value::Null, "kept forever"),
        (
            "/Resources/ApproveFunction",
            json!({"Type": "AWS::Serverless::Function"}),
            "ApproveFunction: has no folder",
        ),
        (
            "/Resources/BlueGreenStateMachine/Properties/DefinitionSubstitutions/WarmFunctionArn",
            json!({"Fn::GetAtt": ["SwapFunction", "Arn"]}),
            "must substitute `WarmFunctionArn`",
        ),
        (
            "/Resources/BlueGreenStateMachine/Properties/DefinitionSubstitutions/HeatFunctionArn",
            json!({}),
            "`HeatFunctionArn`, which is no function",
        ),
        (
            "/Resources/BlueGreenStateMachine/Properties/Policies/0/Statement/0/Resource/0",
            json!({}),
            "may not call `BeginFunction`",
        ),
    ] {
        let mut seeded = template.clone();
        crate::asl::sow(&mut seeded, place, value)?;
        let problems = found(&seeded, machine.clone(), &folders);
        assert!(problems.iter().any(|it| it.contains(expected)), "{place}: {problems:#?}");
    }
    let mut seeded = machine.clone();
    let name = "/States/Mark/Arguments/FunctionName";
    crate::asl::sow(&mut seeded, name, json!("${StampFunctionArn}"))?;
    let problems = found(&template, seeded, &folders);
    assert!(problems.iter().any(|it| it.contains("calls `Stamp`")), "{problems:#?}");
    assert!(problems.iter().any(|it| it == "functions/mark: no state calls it"), "{problems:#?}");
    let more = [folders, vec!["approve".to_owned()]].concat();
    assert!(!found(&template, machine, &more).is_empty());
    Ok(())
}
