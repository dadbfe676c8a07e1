//! `cargo xtask`: parses the command line and dispatches.
fn main() {}
