//! Several reads at the same time.

use std::sync::Arc;

use tokio::{sync::Semaphore, task::JoinSet};

/// The number of reads at the same time: the services throttle more.
const AT_ONCE: usize = 8;

/// The results of `read` for each of `all`, in no order.
pub(crate) async fn side_by_side<I, O, F>(all: Vec<I>, read: impl Fn(I) -> F) -> Vec<O>
where
    O: Send + 'static,
    F: Future<Output = O> + Send + 'static,
{
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut tasks = JoinSet::new();
    for one in all {
        let (places, read) = (Arc::clone(&places), read(one));
        tasks.spawn(async move {
            // The semaphore is never closed, and a missing permit would only mean more calls at once.
            let _permit = places.acquire().await;
            read.await
        });
    }
    tasks.join_all().await
}
