//! The record sets of a hosted zone, as far as they are read.

use std::time::Duration;

use crate::{
    dns::{
        names::StackNames,
        set::{Page, Place, RecordSet},
    },
    error::Error,
    ports::{Clock, Dns},
};

/// The largest number of pages that a look at a whole zone reads.
const MOST_PAGES: usize = 100;

/// The largest number of record sets that a look at a whole zone reads: a page of Route 53 has 300.
pub const MOST_SETS: usize = 300 * MOST_PAGES;

/// The pause between two requests of a look at a whole zone. All clients of an account share ten requests per second, with
/// a burst of 50, so that one look takes at most half of them.
const PAUSE: Duration = Duration::from_millis(200);

/// The record sets of a hosted zone, as far as they are read. All sets of the stack's names are among them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Listing {
    /// The sets.
    pub sets: Vec<RecordSet>,
    /// Whether the whole zone was read.
    pub complete: bool,
}

impl Listing {
    /// Reads the whole zone, up to [`MOST_SETS`].
    pub async fn whole(
        dns: &impl Dns,
        clock: &impl Clock,
        names: &StackNames,
    ) -> Result<Self, Error> {
        let mut page = dns.page(&names.zone, None).await?;
        let mut sets = Vec::new();
        for _ in 1..MOST_PAGES {
            sets.append(&mut page.sets);
            let Some(next) = page.next else { return Ok(Self { sets, complete: true }) };
            clock.pause(PAUSE).await;
            page = dns.page(&names.zone, Some(&next)).await?;
        }
        let pause = async || clock.pause(PAUSE).await;
        Self::ending_with(dns, names, (sets, page), pause).await
    }

    /// Reads one page of the zone, and the stack's names if the zone has more pages. Even with all names, this is less than
    /// half of the burst, so it makes no pause: a swap back does not wait.
    pub async fn quick(dns: &impl Dns, names: &StackNames) -> Result<Self, Error> {
        let page = dns.page(&names.zone, None).await?;
        Self::ending_with(dns, names, (Vec::new(), page), async || ()).await
    }

    /// The listing of `sets` and the last `page` that is read from the beginning. Calls `pause` before each further request.
    async fn ending_with(
        dns: &impl Dns,
        names: &StackNames,
        (mut sets, page): (Vec<RecordSet>, Page),
        pause: impl AsyncFn(),
    ) -> Result<Self, Error> {
        sets.extend(page.sets);
        if page.next.is_none() {
            return Ok(Self { sets, complete: true });
        }
        sets.retain(|set| !names.owns(&set.name));
        for name in names.own() {
            let place = Place { name: name.to_string(), kind: None, identifier: None };
            pause().await;
            let page = dns.page(&names.zone, Some(&place)).await?;
            sets.extend(page.sets.into_iter().filter(|set| set.name == name.as_str()));
        }
        Ok(Self { sets, complete: false })
    }
}
