//! Requests through the gate, with the faults that the rules set.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use beanstalk_sim::guard;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::answers;
use super::call::Protocol;
use super::fault::Fault;
use super::owner;
use super::state::{Arrival, State};
use super::wire::{self, Message};

pub(super) type SharedState = Arc<Mutex<State>>;

/// The next state of the client's connection.
enum Then {
    GoOn,
    Close,
    /// The client gets "connection reset by peer".
    Reset,
    /// The connection stays open and silent until the client closes it.
    Hold,
}

/// Passes every connection to `listener` on to `upstream`.
pub(super) async fn serve(listener: TcpListener, upstream: SocketAddr, state: SharedState) {
    loop {
        match listener.accept().await {
            Ok((client, theirs)) => {
                tokio::spawn(connection(client, theirs, upstream, Arc::clone(&state)));
            }
            Err(error) => tracing::warn!("the gate cannot accept: {error}"),
        }
    }
}

async fn connection(
    client: TcpStream,
    theirs: SocketAddr,
    upstream: SocketAddr,
    state: SharedState,
) {
    // Answers are small, and must not wait for the acknowledgement of a head.
    let _ = client.set_nodelay(true);
    let Ok(ours) = client.local_addr() else { return };
    let mut client = BufReader::new(client);
    while let Ok(Some(request)) = wire::read_request(&mut client).await {
        if let Some(reason) = guard::refusal(request.headers()) {
            let _ = send(&mut client, &answers::refused(&reason), true).await;
            return;
        }
        let arrival = lock(&state).arrive(&request, upstream.port());
        let connection = Connection { theirs, ours, upstream, state: &state };
        match connection.pass(&mut client, &request, &arrival).await {
            Ok(Then::GoOn) => {}
            Ok(Then::Close) => return,
            Ok(Then::Reset) => {
                let _ = client.get_ref().set_zero_linger();
                return;
            }
            Ok(Then::Hold) => {
                let _ = client.read_to_end(&mut Vec::new()).await;
                return;
            }
            Err(error) => {
                tracing::debug!("{:?} was not passed on: {error}", arrival.call);
                return;
            }
        }
    }
}

struct Connection<'a> {
    theirs: SocketAddr,
    ours: SocketAddr,
    upstream: SocketAddr,
    state: &'a SharedState,
}

impl Connection<'_> {
    async fn pass(
        &self,
        client: &mut BufReader<TcpStream>,
        request: &Message,
        arrival: &Arrival,
    ) -> io::Result<Then> {
        let Some((_, fault)) = arrival.fault else {
            return self.relay(client, request, arrival).await;
        };
        let protocol = Protocol::of(request, &arrival.call.service);
        if let Some(answer) = answers::made_up(fault, protocol, request.method()) {
            lock(self.state).hit(arrival);
            return send(client, &answer, request.last).await;
        }
        match fault {
            Fault::Stale => {
                let stale = lock(self.state).stale(arrival);
                let Some(answer) = stale else {
                    return self.relay(client, request, arrival).await;
                };
                lock(self.state).hit(arrival);
                send(client, &answer.raw, answer.last || request.last).await
            }
            Fault::CrashBefore => {
                if !self.crash(arrival) {
                    return self.relay(client, request, arrival).await;
                }
                Ok(Then::Hold)
            }
            Fault::CrashAfter => {
                let answer = self.ask(request, arrival).await?;
                if !self.crash(arrival) {
                    return send(client, &answer.raw, answer.last || request.last).await;
                }
                Ok(Then::Hold)
            }
            Fault::ResetAfter => {
                self.ask(request, arrival).await?;
                lock(self.state).hit(arrival);
                Ok(Then::Reset)
            }
            Fault::Truncated => {
                let answer = self.ask(request, arrival).await?;
                lock(self.state).hit(arrival);
                let body = answer.raw.len() - answer.body;
                let end = if body == 0 { answer.body / 2 } else { answer.body + body / 2 };
                send(client, &answer.raw[..end], true).await
            }
            silent => {
                lock(self.state).hit(arrival);
                Ok(match silent {
                    Fault::NoAnswer => Then::Hold,
                    Fault::ResetBefore => Then::Reset,
                    _ => Then::Close,
                })
            }
        }
    }

    /// Kills the calling process. The state is locked, so the hit is visible as soon as the process is dead.
    fn crash(&self, arrival: &Arrival) -> bool {
        let mut state = lock(self.state);
        let killed = owner::kill(self.theirs, self.ours);
        if killed {
            state.hit(arrival);
        }
        killed
    }

    async fn relay(
        &self,
        client: &mut BufReader<TcpStream>,
        request: &Message,
        arrival: &Arrival,
    ) -> io::Result<Then> {
        let answer = self.ask(request, arrival).await?;
        send(client, &answer.raw, answer.last || request.last).await
    }

    /// Sends the request unchanged, so that its signature stays valid, and waits for the whole answer.
    async fn ask(&self, request: &Message, arrival: &Arrival) -> io::Result<Message> {
        let mut service = TcpStream::connect(self.upstream).await?;
        service.set_nodelay(true)?;
        service.write_all(&request.raw).await?;
        let answer = wire::read_answer(&mut BufReader::new(service), request.method()).await?;
        lock(self.state).answered(arrival, &answer);
        Ok(answer)
    }
}

async fn send(client: &mut BufReader<TcpStream>, answer: &[u8], last: bool) -> io::Result<Then> {
    client.get_mut().write_all(answer).await?;
    Ok(if last { Then::Close } else { Then::GoOn })
}

pub(super) fn lock(state: &SharedState) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
