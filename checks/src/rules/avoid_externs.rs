// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds extern before the prototypes of a header, and declarations of what
//! is elsewhere in a C file.
//! # Why
//! A prototype is extern without the word; a declaration in a header is seen
//! by the compiler of both sides.
//! # Example
//! ```text
//! extern int f(void);
//! ```
//! # Instead
//! ```text
//! int f(void);
//! ```
//! # Source
//! The type AVOID_EXTERNS of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "avoid_externs.rs" AVOID_EXTERNS, [Check, Warning], Likely,
    { Late: header, Late: source, Late: symbols },
    fires: [
        Case::In("include/linux/a.h", "extern int f(int a);"),
        Case::C("extern int f(int a);"),
        Case::C("extern int a;"),
        Case::C("extern struct a b[];"),
    ],
    silent: [
        Case::In("include/linux/a.h", "int f(int a);"),
        Case::C("int f(int a)\n{"),
    ],
}

fn header(cx: &mut Cx<'_>) {
    if cx.file.ends_with(".h")
        && cx.sees(
            re!(r"^\+\s*(?:extern\s+)$Type\s*$Ident\s*\(", "s"),
            cx.line,
            0,
        )
    {
        cx.check("a prototype is extern without the word");
    }
}

fn source(cx: &mut Cx<'_>) {
    if !cx.file.ends_with(".c") {
        return;
    }
    let Some(found) = cx.statement.clone() else {
        return;
    };
    let all = found.scan();
    let function = re!(r"^.\s*(?:extern\s+)?$Type\s+$Ident\s*\(", "s");
    if function.is(&cx.lang, all) {
        if re!(r"^\s*;").is(&cx.lang, found.body()) {
            cx.sees(re!(r"^.\s*(extern)\b"), cx.line, 1);
            cx.warn("declarations of what is elsewhere belong to a header");
        }
    } else if let Some(caps) = re!(r"^\+extern struct\s+\w+\s+(\w+)\[\];").caps(&cx.lang, all) {
        // A symbol of the linker script has no header.
        let name = caps.s(1);
        let place = caps.start(1)..caps.end(1);
        let linker = |symbol: &Vec<u8>| text::contains(name, symbol);
        if !cx.keep.linker_symbols.iter().any(linker) {
            let name = text::show(name);
            cx.at(place);
            cx.warn(format!("'{name}' is declared here; is it the linker's?"));
        }
    } else if re!(r"^.\s*extern\s+").is(&cx.lang, all) {
        cx.sees(re!(r"^.\s*(extern)\b"), cx.line, 1);
        cx.warn("declarations of what is elsewhere belong to a header");
    }
}

/// The words of a linker script that comes before in the patch.
fn symbols(cx: &mut Cx<'_>) {
    if cx.file.ends_with("/vmlinux.lds.h") {
        for caps in re!(r"(\w+)").all(&cx.lang, cx.line) {
            cx.keep.linker_symbols.insert(caps.s(1).to_vec());
        }
    }
}
