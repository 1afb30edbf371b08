//! One set of features for all builds: see `Cargo.toml`. There is no code.
