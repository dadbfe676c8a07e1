// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds static functions of a C file that the patch that adds them does not
//! use.
//! # Why
//! The compiler warns of them. Who bisects with CONFIG_WERROR cannot build the
//! kernel at this patch.
//! # Example
//! ```text
//! [PATCH 1/2] misc: Add a helper
//! +static int misc_help(void)
//! [PATCH 2/2] misc: Use it
//! ```
//! # Instead
//! ```text
//! [PATCH] misc: Add a helper, and use it
//! ```
//! # Source
//! Documentation/process/submitting-patches.rst, "Separate your changes": the
//! kernel builds and runs after each patch.

use super::names::{Function, Names};
use super::{Check, Cx, Place};
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "series_unused_static.rs" SERIES_UNUSED_STATIC, [Warning], Likely,
    series Check::Whole(check),
    fires: [
        Case::Series(&[
            "[PATCH 1/2] misc: Add\n\nx\n---\n%a.c\n+static int help(int a);\n+static int help(int a)\n+{\n+}",
            "[PATCH 2/2] misc: Use\n\nx\n---\n%a.c\n+\thelp(1);",
        ]),
        Case::Series(&["[PATCH] misc: Add\n\nx\n---\n%a.c\n+static int help(int a)\n+{\n+}"]),
    ],
    silent: [
        Case::Series(&["[PATCH] misc: Add\n\nx\n---\n%a.c\n+static int help(int a)\n+{\n+}\n+\t.help = help,"]),
        Case::Series(&["[PATCH] misc: Add\n\nx\n---\n%a.c\n+static int __maybe_unused help(int a)\n+{\n+}"]),
        Case::Series(&["[PATCH] misc: Add\n\nx\n---\n%a.c\n-int help(int a)\n+static int help(int a)\n {\n }"]),
        Case::Series(&["[PATCH] misc: Add\n\nx\n---\n%a.c\n+static int foo_show(int a)\n+{\n+}\n+static DEVICE_ATTR_RO(foo);"]),
        Case::Series(&["[PATCH] misc: Add\n\nx\n---\n%a.c\n+static inline int help(int a)\n+{\n+}"]),
        Case::Series(&["[PATCH] misc: Add\n\nx\n---\n%a.h\n+static int help(int a)\n+{\n+}"]),
    ],
}

fn check(cx: &mut Cx<'_>) {
    let names = cx.names();
    let unused: Vec<(Function, Option<usize>)> = names
        .functions
        .iter()
        .filter(|function| function.is_static && !function.may_be_unused && !function.in_header)
        .filter_map(|function| Some((function.clone(), user(names, function)?)))
        .collect();
    for (function, user) in unused {
        let name = text::show(&function.name);
        let site = function.site;
        let place = Place {
            letter: site.letter,
            line: site.line,
            file: cx.letters[site.letter].files[site.file].path(),
            file_line: site.file_line,
            word: &name,
        };
        let message = match user {
            Some(user) => {
                let title = &cx.letters[user].subject.title;
                format!("{name}() is unused, and warned of, until \"{title}\"")
            }
            None => format!("nothing uses {name}()"),
        };
        cx.warn(place, message);
    }
}

/// The later patch that uses a function first, if this one does not. Nothing if
/// it may be used.
fn user(names: &Names, function: &Function) -> Option<Option<usize>> {
    let uses = names.uses(&function.name)?;
    let here = function.site.letter;
    let is_used = uses.used.iter().any(|site| site.letter == here);
    // What stands in lines that were there is used by others that do, too.
    let is_known = uses.known.iter().any(|site| site.letter <= here);
    if is_used || is_known || names.may_be_pasted(&function.name) {
        return None;
    }
    let later = uses.used.iter().map(|site| site.letter);
    Some(later.filter(|letter| *letter > here).min())
}
