//! The requests of the steps. Each has exactly the fields of its function's request; a contract test compares them.

use mist_core::{
    dns::record::Record,
    release::{
        capacity::CAPACITY_SECONDS,
        request::{Operation, ReleaseRequest},
        target::Target,
    },
    stack::settings::Stack,
};
use serde_json::{Value, json};

use crate::{
    decide::Decision,
    request::{GoesLive, Steps},
    sides,
};

/// The inputs of the requests.
pub(crate) struct Requests<'a> {
    pub(crate) release: &'a ReleaseRequest,
    pub(crate) stack: &'a Stack,
    pub(crate) decision: &'a Decision,
    pub(crate) goes_live: GoesLive,
}

impl Requests<'_> {
    /// The request of each step.
    pub(crate) fn all(&self) -> Steps {
        let Decision { target, .. } = self.decision;
        let operation = self.release.operation;
        let deploys = operation == Operation::Deploy && !self.decision.already_live;
        let goes_live = self.goes_live != GoesLive::No && !self.decision.already_live;
        let swaps = self.goes_live == GoesLive::Swap && !self.decision.already_live;
        let warms = deploys || swaps || operation == Operation::Warm;
        let scales = matches!(operation, Operation::Start | Operation::Stop);
        let swaps_back = swaps && self.can_swap_back();
        let only = |wanted: bool, request: Value| if wanted { request } else { Value::Null };
        Steps {
            deploy: only(deploys, self.deploy()),
            wait_ready: only(deploys, self.wait_ready()),
            match_capacity: only(deploys || swaps, self.match_capacity(swaps)),
            warm: only(warms, self.warm()),
            swap: only(swaps, self.swap()),
            verify: only(goes_live, self.verify()),
            bake: only(goes_live, self.bake()),
            mark: only(goes_live || operation == Operation::Mark, self.mark(target)),
            scale: only(scales, self.scale()),
            version: Value::Null,
            swap_back: if swaps_back { self.swap_back() } else { json!({}) },
            verify_swap_back: if swaps_back { self.verify_swap_back() } else { json!({}) },
        }
    }

    /// Whether the other environment was live just before: not after a rollback, and not in place.
    fn can_swap_back(&self) -> bool {
        self.goes_live == GoesLive::Swap && self.release.operation != Operation::Rollback
    }

    fn deploy(&self) -> Value {
        let Decision { target, version, chosen, stopped, .. } = self.decision;
        let chosen = chosen.as_ref();
        json!({
            "stack": self.release.stack,
            "holder": self.release.holder,
            "inPlace": self.release.in_place,
            "application": self.stack.application,
            "side": target.side,
            "environment": target.environment,
            "record": self.release.record,
            "version": version,
            "artifact": chosen.and_then(|chosen| chosen.artifact.as_ref()),
            "versionKnown": chosen.is_some_and(|chosen| chosen.known),
            "stopped": stopped,
        })
    }

    fn wait_ready(&self) -> Value {
        let settings = &self.stack.settings;
        json!({
            "stack": self.release.stack,
            "holder": self.release.holder,
            "environment": self.decision.target.environment,
            "version": self.decision.version,
            "deployTimeoutSeconds": settings.deploy_timeout_seconds,
            "healthGraceSeconds": settings.health_grace_seconds,
            "healthStableSeconds": settings.health_stable_seconds,
            "allowedHealth": settings.allowed_health,
        })
    }

    fn match_capacity(&self, swaps: bool) -> Value {
        let settings = &self.stack.settings;
        let action = if swaps && settings.match_size {
            json!({ "match": {
                "version": self.decision.version,
                "live": self.decision.other.environment,
                "allowedHealth": settings.allowed_health,
                // A rollback has no time for new instances.
                "wait": self.release.operation != Operation::Rollback,
            } })
        } else {
            json!("none")
        };
        self.scaling(&action)
    }

    fn scale(&self) -> Value {
        let Decision { target, version, .. } = self.decision;
        let settings = &self.stack.settings;
        let action = if self.release.operation == Operation::Start {
            let healthy =
                settings.deploy_timeout_seconds.get() + settings.health_grace_seconds.get();
            json!({ "start": {
                "side": target.side,
                "version": version,
                "allowedHealth": settings.allowed_health,
                "timeoutSeconds": CAPACITY_SECONDS + i64::from(healthy),
            } })
        } else {
            json!({ "stop": {
                "side": target.side,
                "record": self.release.record,
                "live": self.release.live,
            } })
        };
        self.scaling(&action)
    }

    fn scaling(&self, action: &Value) -> Value {
        json!({
            "stack": self.release.stack,
            "holder": self.release.holder,
            "environment": self.decision.target.environment,
            "action": action,
        })
    }

    fn warm(&self) -> Value {
        json!({
            "environment": self.decision.target.environment,
            "domain": self.release.record.name,
            "version": self.decision.version,
            "warmUp": self.decision.warm_up,
        })
    }

    fn swap(&self) -> Value {
        let Decision { target, from, version, .. } = self.decision;
        json!({
            "stack": self.release.stack,
            "holder": self.release.holder,
            "record": self.release.record,
            "from": from,
            "to": target.cname,
            // The plan of a rollback may leave records behind.
            "alone": !sides::is_way_out(self.release),
            "ttlSeconds": self.stack.settings.record.ttl_seconds,
            "environment": target.environment,
            "version": version,
            "allowedHealth": self.stack.settings.allowed_health,
            "live": self.live(),
        })
    }

    fn swap_back(&self) -> Value {
        let Decision { other, .. } = self.decision;
        let ttl = self.stack.settings.record.ttl_seconds;
        json!({
            "stack": self.release.stack,
            "holder": self.release.holder,
            "record": self.release.record,
            "from": self.swapped(),
            "to": other.cname,
            // Other names do not stop an emergency.
            "alone": false,
            "ttlSeconds": ttl,
            "environment": other.environment,
            "version": other.version,
            "updated": null,
            "allowedHealth": self.stack.settings.allowed_health,
            "live": self.live_back(),
        })
    }

    fn verify(&self) -> Value {
        let Decision { target, from, version, .. } = self.decision;
        let swaps = self.goes_live == GoesLive::Swap;
        self.verifying(
            target,
            &json!({
                "from": swaps.then_some(from),
                "version": version,
                "canSwapBack": self.can_swap_back(),
                "live": self.live(),
            }),
        )
    }

    fn verify_swap_back(&self) -> Value {
        let Decision { other, .. } = self.decision;
        self.verifying(
            other,
            &json!({
                "from": self.swapped(),
                "version": other.version,
                // If this cannot be verified, *Report failure* reports it.
                "canSwapBack": true,
                "live": self.live_back(),
            }),
        )
    }

    fn verifying(&self, to: &Target, rest: &Value) -> Value {
        let mut request = json!({
            "stack": self.release.stack,
            "holder": self.release.holder,
            "environment": to.environment,
            "to": to.cname,
            "record": self.release.record,
            "records": self.decision.from.iter().map(|record| &record.which).collect::<Vec<_>>(),
            "warmUp": self.stack.settings.warm_up,
            "verifySeconds": self.stack.settings.verify_seconds,
        });
        if let (Value::Object(request), Value::Object(rest)) = (&mut request, rest.clone()) {
            request.extend(rest);
        }
        request
    }

    fn bake(&self) -> Value {
        json!({
            "stack": self.release.stack,
            "holder": self.release.holder,
            "environment": self.decision.target.environment,
            "version": self.decision.version,
            "allowedHealth": self.stack.settings.allowed_health,
            "bake": self.decision.bake,
            "canSwapBack": self.can_swap_back(),
        })
    }

    fn mark(&self, target: &Target) -> Value {
        let ReleaseRequest { execution, fetched, user, .. } = self.release;
        let fetched = fetched.as_ref();
        json!({
            "stack": self.release.stack,
            "environment": target.environment,
            "version": self.decision.version,
            "newRelic": self.stack.settings.new_relic,
            "user": user,
            "groupId": execution.name,
            "execution": execution.id,
            "startedAt": execution.started_at,
            "changelog": fetched.and_then(|fetched| fetched.changelog.as_ref()),
            "commit": fetched.map(|fetched| &fetched.commit),
        })
    }

    /// The records after the swap.
    fn swapped(&self) -> Vec<Record> {
        let Decision { target, from, .. } = self.decision;
        let ttl = self.stack.settings.record.ttl_seconds.get();
        from.iter().map(|record| record.pointing_to(&target.cname, ttl)).collect()
    }

    /// The state of the stack after the swap.
    fn live(&self) -> Value {
        let Decision { target, version, previous, .. } = self.decision;
        self.going_live(target, version.as_ref(), previous.as_ref())
    }

    /// The state of the stack after the swap back. No rollback can follow it.
    fn live_back(&self) -> Value {
        let other = &self.decision.other;
        self.going_live(other, other.version.as_ref(), None)
    }

    // DNS caches keep the old target for the TTL that the record had before.
    fn going_live(
        &self,
        to: &Target,
        version: Option<&String>,
        previous: Option<&String>,
    ) -> Value {
        json!({
            "side": to.side,
            "environment": to.environment,
            "version": version,
            "previous": previous,
            "drainSeconds": self.decision.ttl + self.stack.settings.drain_seconds.get(),
        })
    }
}
