//! The authority's answers on the wire.

use std::pin::Pin;

use hickory_proto::op::{Metadata, OpCode, ResponseCode};
use hickory_server::net::runtime::Time;
use hickory_server::server::{Request, RequestHandler, ResponseHandler, ResponseInfo};
use hickory_server::zone_handler::MessageResponseBuilder;

use super::authority::{Answer, Authority};
use super::zones::Zones;
use crate::error::causes;

/// Answers requests from an authority.
pub(crate) struct Handler<Z> {
    authority: Authority<Z>,
}

impl<Z: Zones> Handler<Z> {
    /// A handler with the answers of `authority`.
    pub(crate) fn new(authority: Authority<Z>) -> Self {
        Self { authority }
    }

    async fn decide(&self, request: &Request) -> Answer {
        let failure = |code| Answer { code, records: Vec::new(), soa: None };
        if request.metadata.op_code != OpCode::Query {
            return failure(ResponseCode::NotImp);
        }
        let Ok(info) = request.request_info() else { return failure(ResponseCode::FormErr) };
        let name = info.query.name().into();
        match self.authority.answer(&name, info.query.query_type()).await {
            Ok(answer) => answer,
            Err(error) => {
                tracing::warn!("cannot answer for `{name}`: {}", causes(&error));
                failure(ResponseCode::ServFail)
            }
        }
    }

    async fn respond<R: ResponseHandler>(
        &self,
        request: &Request,
        mut response: R,
    ) -> ResponseInfo {
        let answer = self.decide(request).await;
        let mut metadata = Metadata::response_from_request(&request.metadata);
        metadata.response_code = answer.code;
        metadata.authoritative =
            matches!(answer.code, ResponseCode::NoError | ResponseCode::NXDomain);
        let message = MessageResponseBuilder::from_message_request(request).build(
            metadata,
            &answer.records,
            [],
            &answer.soa,
            [],
        );
        match response.send_response(message).await {
            Ok(info) => info,
            Err(error) => {
                tracing::debug!("a DNS answer was not sent: {error}");
                hickory_proto::op::Header {
                    metadata,
                    counts: hickory_proto::op::HeaderCounts::default(),
                }
                .into()
            }
        }
    }
}

// Written out, since the trait's attribute would need one more dependency.
impl<Z: Zones> RequestHandler for Handler<Z> {
    fn handle_request<'life0, 'life1, 'async_trait, R, T>(
        &'life0 self,
        request: &'life1 Request,
        response: R,
    ) -> Pin<Box<dyn Future<Output = ResponseInfo> + Send + 'async_trait>>
    where
        R: ResponseHandler + 'async_trait,
        T: Time + 'async_trait,
        'life0: 'async_trait,
        'life1: 'async_trait,
        Self: 'async_trait,
    {
        Box::pin(self.respond(request, response))
    }
}
