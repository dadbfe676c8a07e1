// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds new configuration symbols whose help has fewer than four lines.
//! # Why
//! Whoever configures a kernel has nothing else to decide by.
//! # Example
//! ```text
//! config FOO
//! 	bool "foo"
//! ```
//! # Instead
//! ```text
//! A help text that says what it is for, what it costs and what to do if unsure.
//! ```
//! # Source
//! The type CONFIG_DESCRIPTION of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "config_description.rs" CONFIG_DESCRIPTION, [Warning], Likely,
    { Hunk: check },
    fires: [Case::In("drivers/misc/Kconfig", "config FOO\n\tbool \"foo\"\n\thelp\n\t  Foo.\n")],
    silent: [Case::In("drivers/misc/Kconfig", "config FOO\n\tbool \"foo\"\n\thelp\n\t  Foo is what\n\t  bar was\n\t  before it\n\t  became this.\n")],
}

fn check(cx: &mut Cx<'_>) {
    if !cx.file.contains("Kconfig")
        || !re!(r"^\+\s*(?:config|menuconfig|choice)\b").is(&cx.lang, cx.line)
    {
        return;
    }
    let lang = &cx.lang;
    let mut prompts = false;
    let mut helps = false;
    let mut lines = 0;
    for number in cx.n + 1..=cx.lines.len() {
        let Some(line) = cx.lines.clean(number) else {
            break;
        };
        match line.bytes.first() {
            Some(b'-') => continue,
            Some(b'+' | b' ') => {}
            _ => break,
        }
        if re!(r#"^\+\s*(?:bool|tristate|prompt)\s*["']"#).is(lang, line) {
            prompts = true;
            continue;
        }
        if re!(r"^\+\s*help\s*$").is(lang, line) {
            helps = true;
            continue;
        }
        let body = &line.bytes[1..];
        let body = body.split(|byte| *byte == b'#').next().unwrap_or_default();
        let body = text::trim_start(body);
        if body.is_empty() {
            continue;
        }
        let ends = re!(r"^(?:config|menuconfig|choice|endchoice|if|endif|menu|endmenu|source)\b");
        if ends.is(lang, body) {
            break;
        }
        lines += usize::from(helps);
    }
    let wanted = cx.options.min_help_lines;
    if prompts && lines < wanted {
        cx.sees(re!(r"^\+\s*\w+\s*\w*"), cx.line, 0);
        cx.warn(format!("the symbol has less than {wanted} lines of help"));
    }
}
