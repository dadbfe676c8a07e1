// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds functions that a patch offers to others and that neither it nor a
//! later patch of the series uses.
//! # Why
//! Code without a user is not accepted: nobody can tell whether it is right.
//! # Example
//! ```text
//! +void misc_flush(struct misc *misc);
//! ```
//! # Instead
//! ```text
//! Add the function with its first user, or in a patch right before it.
//! ```
//! # Source
//! Documentation/process/4.Coding.rst, which wants interfaces to have users.

use std::collections::HashSet;

use super::names::{Function, Uses};
use super::{Check, Cx, Place};
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "series_unused_function.rs" SERIES_UNUSED_FUNCTION, [Check], Guess,
    series Check::Whole(check),
    fires: [
        Case::Series(&["[PATCH] misc: Add\n\nx\n---\n%a.h\n+int misc_add(int a);\n%a.c\n+int misc_add(int a)\n+{\n+}\n+EXPORT_SYMBOL_GPL(misc_add);"]),
        Case::Series(&["[PATCH] misc: Add\n\nx\n---\n%a.h\n+static inline int misc_add(int a)\n+{\n+}"]),
    ],
    silent: [
        Case::Series(&[
            "[PATCH 1/3] misc: Add\n\nx\n---\n%a.h\n+int misc_add(int a);\n%a.c\n+int misc_add(int a)\n+{\n+}",
            "[PATCH 2/3] misc: Other\n\nx\n---\n%c.c\n+\tx();",
            "[PATCH 3/3] misc: Use\n\nx\n---\n%b.c\n+\t.add = misc_add,",
        ]),
        // An interface that was there is implemented.
        Case::Series(&["[PATCH] misc: Add\n\nx\n---\n%a.c\n+int misc_add(int a)\n+{\n+}"]),
        // It moves.
        Case::Series(&["[PATCH] misc: Move\n\nx\n---\n%a.h\n-int misc_add(int a);\n%b.h\n+int misc_add(int a);\n%a.c\n+int misc_add(int a)\n+{\n+}"]),
        Case::Series(&["[PATCH] misc: Add\n\nx\n---\n%a.h\n+static inline int foo_show(int a)\n+{\n+}\n%a.c\n+static DEVICE_ATTR_RO(foo);"]),
    ],
}

fn check(cx: &mut Cx<'_>) {
    let names = cx.names();
    let unused: Vec<Function> = names
        .functions
        .iter()
        .filter(|function| {
            names.uses(&function.name).is_some_and(|uses| {
                is_offered(function, uses)
                    && uses.used.is_empty()
                    && uses.known.is_empty()
                    && !names.may_be_pasted(&function.name)
            })
        })
        .cloned()
        .collect();
    let mut told: HashSet<Vec<u8>> = HashSet::new();
    for function in unused {
        let name = text::show(&function.name);
        if !told.insert(function.name) {
            continue;
        }
        let site = function.site;
        let file = cx.letters[site.letter].files[site.file].path();
        let place = Place {
            letter: site.letter,
            line: site.line,
            file,
            file_line: site.file_line,
            word: &name,
        };
        cx.check(place, format!("no patch of the series uses {name}()"));
    }
}

/// New to others: with an added prototype or export, or in a header. Without
/// one an interface is implemented that was there.
fn is_offered(function: &Function, uses: &Uses) -> bool {
    match function.in_header {
        true => true,
        false => !function.is_static && !uses.offered.is_empty(),
    }
}
