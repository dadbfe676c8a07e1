// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds a Cc: to the stable list with a name, or with a comment that does not
//! start with #.
//! # Why
//! The stable maintainers' scripts look for this form.
//! # Example
//! ```text
//! Cc: Stable Team <stable@vger.kernel.org>
//! ```
//! # Instead
//! ```text
//! Cc: stable@vger.kernel.org # 6.1
//! ```
//! # Source
//! Documentation/process/stable-kernel-rules.rst.

use crate::context::Cx;
use crate::mail::Address;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "bad_stable_address_style.rs" BAD_STABLE_ADDRESS_STYLE, [Warning], Sure,
    { Tag: check },
    fires: [Case::Message("x\n\nCc: Stable Team <stable@vger.kernel.org>\n")],
    silent: [Case::Message("x\n\nCc: stable@vger.kernel.org # 6.1\n")],
}

fn check(cx: &mut Cx<'_>) {
    let Some(tag) = cx.tag else { return };
    if tag.name.eq_ignore_ascii_case(b"assisted-by:")
        || !re!(r"^.*stable\@(?:vger\.)?kernel\.org", "i").is(&cx.lang, tag.value)
    {
        return;
    }
    let address = Address::parse(tag.value);
    let odd = !address.comment.is_empty() && !re!("^#.+").is(&cx.lang, &address.comment);
    if !address.format().is_empty() && (odd || !address.name.is_empty()) {
        cx.at(tag.on_value());
        cx.warn("the stable list has no name, and a comment starts with #");
    }
}
