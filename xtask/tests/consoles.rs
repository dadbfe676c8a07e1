// SPDX-License-Identifier: GPL-2.0-only
//! Consoles of kernels that died, each with what is to be said of it:
//! `consoles/NAME.log` beside `NAME.expect` (the kind, and the line that tells).

use std::path::Path;

use xtask::boot::console::{Kind, judge};

#[test]
fn each_console_is_judged_as_expected() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/consoles");
    let mut seen = Vec::new();
    for entry in std::fs::read_dir(&dir).unwrap() {
        let log = entry.unwrap().path();
        if log.extension().is_none_or(|end| end != "log") {
            continue;
        }
        let text = std::fs::read_to_string(&log).unwrap();
        let expect = std::fs::read_to_string(log.with_extension("expect")).unwrap();
        let (kind, line) = expect
            .trim_end()
            .split_once('\n')
            .unwrap_or((expect.trim_end(), ""));
        let found = text.lines().find_map(judge);
        match found {
            None => assert_eq!(kind, "none", "{}", log.display()),
            Some(trouble) => {
                let name = serde_json::to_value(trouble.kind).unwrap();
                assert_eq!(
                    (name.as_str().unwrap(), trouble.line.as_str()),
                    (kind, line),
                    "{}",
                    log.display()
                );
                seen.push(trouble.kind);
            }
        }
    }
    for kind in [
        Kind::Panic,
        Kind::Oops,
        Kind::Bug,
        Kind::Warn,
        Kind::Kasan,
        Kind::Lockdep,
        Kind::RcuStall,
        Kind::SoftLockup,
        Kind::HungTask,
        Kind::OutOfMemory,
        Kind::Leak,
    ] {
        assert!(seen.contains(&kind), "there is no console with {kind:?}");
    }
}
