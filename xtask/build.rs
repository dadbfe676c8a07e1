// SPDX-License-Identifier: GPL-2.0-only
//! How the program is linked. `cargo xtask` runs the debug build, and a third of
//! the time in which that starts went into moving a hundred thousand addresses
//! to where the loader happened to put it. A release is linked as always.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |name: &str, value: &str| std::env::var(name).is_ok_and(|it| it == value);
    if is("PROFILE", "debug")
        && is("CARGO_CFG_TARGET_OS", "linux")
        && is("CARGO_CFG_TARGET_ENV", "gnu")
    {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}
