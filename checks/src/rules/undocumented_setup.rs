// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds kernel parameters that the same patch does not document.
//! # Why
//! kernel-parameters.txt is where people look for them.
//! # Example
//! ```text
//! __setup("foo=", foo_setup);
//! ```
//! # Instead
//! ```text
//! The same, with a paragraph in
//! Documentation/admin-guide/kernel-parameters.txt.
//! ```
//! # Source
//! The type UNDOCUMENTED_SETUP of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "undocumented_setup.rs" UNDOCUMENTED_SETUP, [Check], Likely,
    { Late: check },
    fires: [Case::C("__setup(\"foo=\", f);")],
    silent: [
        Case::Patch(
            "diff --git a/Documentation/admin-guide/kernel-parameters.txt b/Documentation/admin-guide/kernel-parameters.txt\n\
             --- a/Documentation/admin-guide/kernel-parameters.txt\n\
             +++ b/Documentation/admin-guide/kernel-parameters.txt\n\
             @@ -1,1 +1,2 @@\n a\n+\tfoo=\t[KNL]\n\
             diff --git a/a.c b/a.c\n--- a/a.c\n+++ b/a.c\n\
             @@ -1,1 +1,2 @@\n a\n+__setup(\"foo=\", f);\n",
        ),
        Case::C("\tsetup(\"a\");"),
    ],
}

fn check(cx: &mut Cx<'_>) {
    let Some(caps) = re!(r#"\b__setup\("([^"]*)""#).caps(&cx.lang, cx.raw) else {
        return;
    };
    let documented = cx
        .setup_docs
        .iter()
        .filter_map(|index| cx.lines.clean(index + 1))
        .any(|line| mentions(line.bytes, caps.s(1)));
    if !documented {
        let name = text::show(caps.s(1));
        cx.on(&caps, 1).check(format!(
            "no line of kernel-parameters.txt explains '{name}'"
        ));
    }
}

/// Whether a line has the name in it; a dot is any letter.
fn mentions(line: &[u8], name: &[u8]) -> bool {
    let same = |(byte, wanted): (&u8, &u8)| byte == wanted || *wanted == b'.';
    !name.is_empty()
        && line
            .windows(name.len())
            .any(|part| part.iter().zip(name).all(same))
}
