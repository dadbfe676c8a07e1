// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds exports that do not follow what they export.
//! # Why
//! Whoever reads a function has to see that modules use it.
//! # Example
//! ```text
//! int f(void)
//! {
//! 	return 0;
//! }
//!
//! EXPORT_SYMBOL(f);
//! ```
//! # Instead
//! ```text
//! int f(void)
//! {
//! 	return 0;
//! }
//! EXPORT_SYMBOL(f);
//! ```
//! # Source
//! The type EXPORT_SYMBOL of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::Re;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "export_symbol.rs" EXPORT_SYMBOL, [Warning], Likely,
    { Added: check },
    fires: [Case::C("int f(void)\n{\n\treturn 0;\n}\n\nEXPORT_SYMBOL(f);"), Case::C("int a;\nEXPORT_SYMBOL(b);")],
    silent: [Case::C("int f(void)\n{\n\treturn 0;\n}\nEXPORT_SYMBOL(f);"), Case::C("int a;\nEXPORT_SYMBOL(a);")],
}

fn check(cx: &mut Cx<'_>) {
    judge_next(cx);
    let lang = &cx.lang;
    if !cx.keep.exports.contains_key(&cx.n)
        && export().is(lang, cx.line)
        && re!(r"^.\s*$").is(lang, cx.previous)
    {
        cx.keep.exports.insert(cx.n, true);
    }
    if cx.keep.exports.get(&cx.n) == Some(&true) {
        cx.sees(re!(r"EXPORT_SYMBOL\w*"), cx.line, 0);
        cx.warn("an export belongs right after what it exports");
    }
}

fn export() -> &'static Re {
    re!(r"EXPORT_SYMBOL.*\((.*)\)")
}

/// Judges the export in the line after the statement, if there is one.
fn judge_next(cx: &mut Cx<'_>) {
    let (Some(next), Some(found)) = (cx.statement_end, cx.statement.clone()) else {
        return;
    };
    if cx.keep.exports.contains_key(&next) {
        return;
    }
    let lang = &cx.lang;
    let line = cx.lines.clean(next);
    let Some(caps) = line.and_then(|line| export().caps(lang, line)) else {
        return;
    };
    let name = re!(r"^\s*($Ident)").caps(lang, caps.s(1));
    let name = name.map_or(caps.s(1), |name| name.s(1));
    // A macro may put something before the name that it defines.
    let made = re!(r"^(?:.\s*}\s*\n)?.([A-Z_]+)\s*\(\s*($Ident)").caps(lang, found.scan());
    let made = made.is_some_and(|made| re!("^$Ident_$Arg0").is_with(lang, name, &[made.s(2)]));
    let defined = re!(
        r"(?:
            \n.}\s*$|
            ^.DEFINE_$Ident\($Arg0\)|
            ^.DECLARE_$Ident\($Arg0\)|
            ^.LIST_HEAD\($Arg0\)|
            ^.(?:$Storage\s+)?$Type\s*\(\s*\*\s*$Arg0\s*\)\s*\(|
            \b$Arg0(?:\s+$Attribute)*\s*(?:;|=|\[|\()
        )",
        "x"
    );
    let misplaced = !made && !defined.is_with(lang, found.scan(), &[name]);
    cx.keep.exports.insert(next, misplaced);
}
