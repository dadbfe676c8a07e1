// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds prototypes whose arguments have no names, or stand on another line
//! than the name of the function.
//! # Why
//! The names are what a reader of the prototype needs most.
//! # Example
//! ```text
//! int f(int, struct b *);
//! ```
//! # Instead
//! ```text
//! int f(int a, struct b *c);
//! ```
//! # Source
//! Documentation/process/coding-style.rst, "Function prototypes".

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "function_arguments.rs" FUNCTION_ARGUMENTS, [Warning], Likely,
    { Late: location, Late: names },
    fires: [
        Case::C("int f(int, char *b);"),
        Case::C("int f\n\t(int a);"),
    ],
    silent: [Case::C("int f(int a, char *b);\nint g(void);")],
}

fn location(cx: &mut Cx<'_>) {
    if !cx.file.ends_with(".c") {
        return;
    }
    let Some(found) = cx.statement.clone() else {
        return;
    };
    let function = re!(r"^.\s*(?:extern\s+)?$Type\s+$Ident(\s*)\(", "s");
    let caps = function.caps(&cx.lang, found.scan());
    if caps.is_some_and(|caps| caps.s(1).contains(&b'\n')) {
        cx.warn("the arguments begin on the line of the name");
    }
}

fn names(cx: &mut Cx<'_>) {
    let Some(found) = cx.statement.clone() else {
        return;
    };
    let declared = re!(
        r"^.\s*(?:extern\s+)?$Type\s*(?:$Ident|\(\s*\*\s*$Ident\s*\))\s*\(\s*([^{]+)\s*\)\s*;",
        "s"
    );
    let Some(caps) = declared.caps(&cx.lang, found.scan()) else {
        return;
    };
    if caps.s(1) == b"void" {
        return;
    }
    let arguments = text::trim(caps.s(1));
    let from = caps.start(1) + caps.s(1).len() - text::trim_start(caps.s(1)).len();
    let one = re!(r"\s*($Type\s*(?:$Ident|\(\s*\*\s*$Ident?\s*\)\s*$BalancedParens)?)");
    for caps in one.all(&cx.lang, arguments) {
        let blanks = caps.s(1).len() - text::trim_start(caps.s(1)).len();
        let argument = text::trim(caps.s(1));
        let start = from + caps.start(1) + blanks;
        if re!(r"^$Type$").is(&cx.lang, argument) && !re!(r"enum\s+$Ident$").is(&cx.lang, argument)
        {
            super::shared::on_statement(cx, start..start + argument.len());
            let argument = text::show(argument);
            cx.warn(format!("the argument '{argument}' has no name"));
        }
    }
}
