//! The only name server: the record of the stack points to environment B, which is on this machine.

use std::net::{Ipv4Addr, SocketAddr};

use hickory_proto::{
    op::Message,
    rr::{
        Name, RData, Record, RecordType,
        rdata::{A, CNAME},
    },
};
use tokio::{net::UdpSocket, task::JoinHandle};

use super::scene::SIDE_B;
use crate::error::Result;

/// The largest question, in bytes.
const LONGEST_QUESTION: usize = 512;

const TTL_SECONDS: u32 = 60;

/// A DNS server over UDP; it ends with this value.
#[derive(Debug)]
pub(crate) struct NameServer {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    server: JoinHandle<()>,
}

impl NameServer {
    /// Listens on a free port of this machine.
    pub(crate) async fn start() -> Result<Self> {
        let socket = UdpSocket::bind("127.0.0.1:0").await?;
        Ok(Self { address: socket.local_addr()?, server: tokio::spawn(serve(socket)) })
    }
}

impl Drop for NameServer {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(socket: UdpSocket) {
    let mut buffer = [0; LONGEST_QUESTION];
    while let Ok((length, asker)) = socket.recv_from(&mut buffer).await {
        // Anything else than a question gets no answer; the function then says so.
        if let Some(answer) = buffer.get(..length).and_then(answer) {
            drop(socket.send_to(&answer, asker).await);
        }
    }
}

fn answer(question: &[u8]) -> Option<Vec<u8>> {
    let question = Message::from_vec(question).ok()?;
    let query = question.queries.first()?;
    let mut answer = Message::response(question.metadata.id, question.metadata.op_code);
    answer.add_query(query.clone());
    let data = match query.query_type() {
        RecordType::CNAME => Some(RData::CNAME(CNAME(Name::from_ascii(SIDE_B).ok()?))),
        RecordType::A => Some(RData::A(A(Ipv4Addr::LOCALHOST))),
        _ => None,
    };
    let records = data.map(|data| Record::from_rdata(query.name().clone(), TTL_SECONDS, data));
    answer.add_answers(records);
    answer.to_vec().ok()
}

#[cfg(test)]
mod tests {
    use hickory_proto::op::Query;

    use super::*;

    fn asked(name: &str, kind: RecordType) -> Vec<RData> {
        let mut question = Message::query();
        question.add_query(Query::query(Name::from_ascii(name).unwrap(), kind));
        let answer = answer(&question.to_vec().unwrap()).unwrap();
        Message::from_vec(&answer).unwrap().answers.into_iter().map(|it| it.data).collect()
    }

    #[test]
    fn the_record_points_to_environment_b_on_this_machine() {
        let side_b = CNAME(Name::from_ascii(format!("{SIDE_B}.")).unwrap());
        assert_eq!(asked("qa.mist.test.", RecordType::CNAME), [RData::CNAME(side_b)]);
        assert_eq!(asked(SIDE_B, RecordType::A), [RData::A(A(Ipv4Addr::LOCALHOST))]);
        assert_eq!(asked(SIDE_B, RecordType::AAAA), []);
    }

    #[test]
    fn anything_else_than_a_question_gets_no_answer() {
        assert_eq!(answer(b"hello"), None);
    }
}
