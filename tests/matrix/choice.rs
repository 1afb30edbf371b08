//! The choice of cases, and how many run at a time.

use std::{env, fmt, str::FromStr};

use mist_tests::Result;

use crate::cases::Case;

/// The number of cases in a sample.
const SAMPLE: usize = 12;

/// The cases that run, and how many at a time.
pub(crate) struct Choice {
    which: Which,
    /// The number of clouds.
    pub clouds: usize,
    /// The number of cases at a time in each cloud.
    pub at_once: usize,
}

enum Which {
    All,
    Only(String),
    Sample { seed: u64 },
}

impl Choice {
    /// Reads `MATRIX`, `MATRIX_ONLY`, `MATRIX_SEED`, `MATRIX_CLOUDS` and `MATRIX_AT_ONCE`.
    pub(crate) fn from_env() -> Result<Self> {
        let which = match (env::var("MATRIX").as_deref(), env::var("MATRIX_ONLY")) {
            (Ok("all"), _) => Which::All,
            (Ok(other), _) => return Err(format!("MATRIX can be `all`, not `{other}`").into()),
            (Err(_), Ok(part)) => Which::Only(part),
            (Err(_), Err(_)) => Which::Sample { seed: number("MATRIX_SEED", 1)? },
        };
        let many = matches!(which, Which::All);
        Ok(Self {
            which,
            clouds: number("MATRIX_CLOUDS", if many { 3 } else { 1 })?,
            at_once: number("MATRIX_AT_ONCE", if many { 5 } else { 3 })?,
        })
    }

    /// Whether every case runs.
    pub(crate) fn is_all(&self) -> bool {
        matches!(self.which, Which::All)
    }

    /// The chosen ones among `cases`.
    pub(crate) fn of(&self, cases: &[Case]) -> Vec<Case> {
        let mut chosen = cases.to_vec();
        match &self.which {
            Which::All => {}
            Which::Only(part) => chosen.retain(|case| case.to_string().contains(part)),
            Which::Sample { seed } => {
                // Cases that take minutes belong to `MATRIX=all`.
                chosen.retain(|case| !case.is_slow());
                fastrand::Rng::with_seed(*seed).shuffle(&mut chosen);
                chosen.truncate(SAMPLE);
            }
        }
        chosen
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.which {
            Which::All => formatter.write_str("every case"),
            Which::Only(part) => write!(formatter, "the cases with `{part}` in their names"),
            Which::Sample { seed } => write!(formatter, "a sample: MATRIX_SEED={seed}"),
        }
    }
}

fn number<T: FromStr>(name: &str, otherwise: T) -> Result<T> {
    match env::var(name) {
        Ok(text) => text.parse().map_err(|_| format!("{name} is no number: `{text}`").into()),
        Err(_) => Ok(otherwise),
    }
}

#[cfg(test)]
mod tests {
    use mist_local::gate::Call;

    use super::*;
    use crate::cases::{self, Point, Release};

    fn sample(seed: u64) -> Vec<String> {
        let [function, service, operation] = ["F", "s", "O"].map(str::to_owned);
        let point = Point {
            release: Release::Good,
            call: Call { function, service, operation },
            nth: 1,
            tells_its_stack: true,
            has_earlier_answer: true,
        };
        let choice = Choice { which: Which::Sample { seed }, clouds: 1, at_once: 1 };
        choice.of(&cases::all(&[point])).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_same_seed_chooses_the_same_sample_and_nothing_that_takes_minutes() {
        assert_eq!(sample(7), sample(7));
        assert_ne!(sample(7), sample(8));
        assert_eq!(sample(7).len(), SAMPLE);
        assert!(!(0..50).flat_map(sample).any(|case| case.ends_with("no answer always")));
    }
}
