//! One read for all views of the same: several tabs and refreshes cost no further calls.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::sync::Mutex;

/// The newest value with its key.
type Newest<K, V> = Option<(K, Instant, Arc<V>)>;

/// The newest value, which is used until it is too old. Callers that come while it is read wait for it.
pub(crate) struct Cache<K, V> {
    fresh: Duration,
    newest: Arc<Mutex<Newest<K, V>>>,
}

impl<K, V> Clone for Cache<K, V> {
    fn clone(&self) -> Self {
        Self { fresh: self.fresh, newest: Arc::clone(&self.newest) }
    }
}

impl<K: PartialEq, V> Cache<K, V> {
    /// Uses a value for the time `fresh`.
    pub(crate) fn new(fresh: Duration) -> Self {
        Self { fresh, newest: Arc::new(Mutex::new(None)) }
    }

    /// The value of `key`, read with `read` if there is none, or a too old one.
    pub(crate) async fn get<F: Future<Output = V>>(
        &self,
        key: K,
        read: impl FnOnce() -> F,
    ) -> Arc<V> {
        let mut newest = self.newest.lock().await;
        if let Some((found, at, value)) = &*newest
            && *found == key
            && at.elapsed() < self.fresh
        {
            return Arc::clone(value);
        }
        let value = Arc::new(read().await);
        *newest = Some((key, Instant::now(), Arc::clone(&value)));
        value
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_fresh_value_is_read_once_and_another_key_reads_again() {
        let reads = AtomicU32::new(0);
        let read = || async { reads.fetch_add(1, Ordering::SeqCst) };
        let cache = Cache::new(Duration::MAX);
        assert_eq!((*cache.get(30, read).await, *cache.get(30, read).await), (0, 0));
        assert_eq!(*cache.get(90, read).await, 1);
        let stale = Cache::new(Duration::ZERO);
        assert_eq!((*stale.get(30, read).await, *stale.get(30, read).await), (2, 3));
    }
}
