// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds entries of MAINTAINERS with unknown letters, without the tab, or out
//! of order.
//! # Why
//! A script reads the file, and people look for lines in their places.
//! # Example
//! ```text
//! F: drivers/misc/
//! ```
//! # Instead
//! ```text
//! F:	drivers/misc/
//! ```
//! # Source
//! MAINTAINERS, "Descriptions of section entries".

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "maintainers_style.rs" MAINTAINERS_STYLE, [Warning], Sure,
    { Hunk: check },
    fires: [Case::In("MAINTAINERS", "F: drivers/misc/a.c"), Case::In("MAINTAINERS", "F:\tdrivers/misc/\nM:\tJane <j@x.org>")],
    silent: [Case::In("MAINTAINERS", "M:\tJane <j@x.org>\nF:\tdrivers/misc/")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.file != "MAINTAINERS" {
        return;
    }
    if re!(r"^\+[A-Z]:").is(&cx.lang, cx.raw) && !re!(r"^\+[A-Z]:\t\S").is(&cx.lang, cx.raw) {
        cx.at(1..3);
        cx.warn("one tab after the letter");
    }
    let now = re!(r"^\+([A-Z]):\s*(.*)").caps(&cx.lang, cx.raw);
    let before = re!(r"^[\+ ]([A-Z]):\s*(.*)").caps(&cx.lang, cx.previous_raw);
    let (Some(now), Some(before)) = (now, before) else {
        return;
    };
    let place = |letter: &[u8]| {
        b"MRLSWQBCPTFXNK"
            .iter()
            .position(|known| *known == letter[0])
    };
    let (letter, other) = (now.s(1), before.s(1));
    match (place(letter), place(other)) {
        (None, _) => cx
            .at(1..3)
            .warn(format!("'{}' is no letter of an entry", text::show(letter))),
        (Some(here), Some(there)) if here < there => {
            let (letter, other) = (text::show(letter), text::show(other));
            cx.at(1..3);
            cx.warn(format!("'{letter}:' goes before '{other}:'"));
        }
        _ if letter == other && (letter == b"F" || letter == b"X") && before.s(2) > now.s(2) => {
            cx.on(&now, 2).warn("patterns are in alphabetic order");
        }
        _ => {}
    }
}
