//! Without a build script, Cargo does not look at build dependencies.

fn main() {}
