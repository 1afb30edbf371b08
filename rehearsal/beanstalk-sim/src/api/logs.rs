//! The logs of instances, as `eb logs` requests them.

use std::io::{Cursor, Write};

use axum::body::Bytes;
use zip::ZipWriter;
use zip::result::ZipError;
use zip::write::SimpleFileOptions;

use super::lookup;
use crate::engine::{Engine, Superseded};
use crate::request::{Reply, Request};
use crate::wire::{ApiError, Params, Structure};
use crate::world::{InfoType, InstanceInfo, Severity};

/// The time that instances take to upload their logs, in seconds.
const SECONDS: f64 = 4.0;
/// The number of lines of each log in a tail.
const LINES: usize = 100;

/// The information that Amazon Bedrock compiles from events, health and logs.
const ANALYSIS: &str = "analyze";

/// Requests the logs of all instances, which [`retrieve`] lists afterwards.
///
/// An analysis is refused, as there is no Amazon Bedrock that could write one. The text is *assumed*.
pub(super) fn request(request: &Request) -> Reply {
    let kind = info_type(&request.params)?;
    let id = lookup::ready_environment(&request.engine.world(), &request.params)?.id.clone();
    let kind = kind.ok_or_else(|| {
        ApiError::invalid_value(
            "Environment analysis is not available: it requires Amazon Bedrock.",
        )
    })?;
    let engine = std::sync::Arc::clone(&request.engine);
    request.engine.spawn(collect(engine, id, kind, request.id.clone()));
    Ok(None)
}

/// The URLs of the latest logs of each instance.
pub(super) fn retrieve(request: &Request) -> Reply {
    let kind = info_type(&request.params)?;
    let world = request.engine.world();
    let environment = lookup::environment(&world, &request.params)?;
    let infos = environment.infos.iter().filter(|info| Some(info.kind) == kind).map(|info| {
        Structure::new()
            .with("InfoType", info.kind.name())
            .with("Ec2InstanceId", &info.instance_id)
            .with("SampleTimestamp", info.at)
            .with("Message", format!("{}/_sim/logs/{}", request.engine.url(), info.key()))
    });
    Ok(Some(Structure::new().with_list("EnvironmentInfo", infos)))
}

/// The kind of logs in a call; `None` is an analysis.
fn info_type(params: &Params) -> Result<Option<InfoType>, ApiError> {
    let name = params.required("InfoType")?;
    if name == ANALYSIS {
        return Ok(None);
    }
    InfoType::from_name(name).map(Some).ok_or_else(|| {
        ApiError::invalid_value(format!(
            "Value '{name}' at 'infoType' failed to satisfy constraint: Member must satisfy enum value set: [tail, bundle, analyze]"
        ))
    })
}

async fn collect(
    engine: std::sync::Arc<Engine>,
    id: String,
    kind: InfoType,
    request_id: String,
) -> Result<(), Superseded> {
    let say = |message: String| {
        engine.world().say(&id, Some(request_id.clone()), Severity::Info, message);
    };
    say("requestEnvironmentInfo is starting.".to_owned());
    engine.clock.sleep(SECONDS).await;
    let infos = {
        let mut world = engine.world();
        let now = world.now();
        let environment = world.environment_mut(&id).ok_or(Superseded)?;
        environment.infos.retain(|info| info.kind != kind);
        for instance in &environment.instances {
            let content = match kind {
                InfoType::Tail => Bytes::from(instance.log.tail(LINES)),
                InfoType::Bundle => pack(&instance.log.full()).unwrap_or_default(),
            };
            let instance_id = instance.id.clone();
            environment.infos.push(InstanceInfo { kind, instance_id, at: now, content });
        }
        environment.infos.iter().filter(|info| info.kind == kind).cloned().collect::<Vec<_>>()
    };
    let what = match kind {
        InfoType::Tail => "tailing",
        InfoType::Bundle => "bundling",
    };
    for info in infos {
        say(format!("[Instance: {}] Successfully finished {what} 2 log(s)", info.instance_id));
    }
    say("Pulled logs for environment instances.".to_owned());
    Ok(())
}

fn pack(logs: &[(String, String)]) -> Result<Bytes, ZipError> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (file, content) in logs {
        writer.start_file(file.as_str(), SimpleFileOptions::default())?;
        writer.write_all(content.as_bytes())?;
    }
    Ok(Bytes::from(writer.finish()?.into_inner()))
}
