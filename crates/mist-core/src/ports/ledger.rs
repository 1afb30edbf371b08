//! What mist remembers of stacks.

use crate::{
    Error, Side, StackName,
    ledger::{PastRelease, ReleaseEnd, StackState, Stopped},
};

/// What mist remembers of stacks.
pub trait Ledger {
    /// What is remembered of `stack`, as it is at this moment. Nothing yet is the default; what cannot
    /// be read is [`Error::InvalidLedger`].
    fn state(&self, stack: &StackName) -> impl Future<Output = Result<StackState, Error>> + Send;

    /// Writes lock and queue of `next`, if the revision is still that of `seen`. Tells whether it was:
    /// if not, nothing is written, and the caller looks again.
    fn write(
        &self,
        stack: &StackName,
        seen: &StackState,
        next: &StackState,
    ) -> impl Future<Output = Result<bool, Error>> + Send;

    /// Remembers what the environment of `side` was like before it is stopped.
    fn remember_stopped(
        &self,
        stack: &StackName,
        side: Side,
        stopped: &Stopped,
    ) -> impl Future<Output = Result<(), Error>> + Send;

    /// The newest `most` releases of `stack`, newest first. One that cannot be read is
    /// [`Error::InvalidLedger`] in its place.
    fn releases(
        &self,
        stack: &StackName,
        most: u32,
    ) -> impl Future<Output = Result<Vec<Result<PastRelease, Error>>, Error>> + Send;

    /// Ends `release` as `end` says, if it has not ended yet, and notes in any case how long its steps took.
    /// Doing it again changes nothing.
    fn end(
        &self,
        release: &PastRelease,
        end: &ReleaseEnd,
    ) -> impl Future<Output = Result<(), Error>> + Send;
}

/// How often a change is decided anew at once, because somebody else wrote in between.
const TRIES: usize = 5;

/// Changes lock and queue of `stack` as `decide` says of what is remembered, and gives what it answers. Should
/// somebody else write in between, it decides anew; nothing to write (`None`) is no change. Others who write
/// all the time are [`Error::NotReady`].
pub async fn change<T>(
    ledger: &impl Ledger,
    stack: &StackName,
    mut decide: impl FnMut(&StackState) -> Result<(Option<StackState>, T), Error>,
) -> Result<T, Error> {
    for _ in 0..TRIES {
        let state = ledger.state(stack).await?;
        let (next, answer) = decide(&state)?;
        let Some(next) = next else { return Ok(answer) };
        if ledger.write(stack, &state, &next).await? {
            return Ok(answer);
        }
    }
    let what = format!("the lock of stack `{stack}`");
    Err(Error::NotReady { what, status: "others write to it".to_owned() })
}
