// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds compatible strings that no device tree binding mentions, and vendors
//! that are not registered.
//! # Why
//! A binding is a promise to firmware; it has to be written down first.
//! # Example
//! ```text
//! compatible = "acme,widget";
//! ```
//! # Instead
//! ```text
//! A schema for "acme,widget", and acme in vendor-prefixes.yaml.
//! ```
//! # Source
//! Documentation/devicetree/bindings/submitting-patches.rst.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "undocumented_dt_string.rs" UNDOCUMENTED_DT_STRING, [Warning], Likely,
    { Hunk: check },
    fires: [Case::In("arch/arm/boot/dts/a.dts", "\tcompatible = \"acme,widget\";")],
    silent: [Case::In("arch/arm/boot/dts/a.dts", "\tcompatible = \"known,widget\";")],
}

fn check(cx: &mut Cx<'_>) {
    let tree =
        re!(r#"^\+\s*compatible\s*=\s*\""#).is(&cx.lang, cx.line) && cx.in_file(re!(r"\.dtsi?$"));
    let code =
        re!(r#"^\+.*\.compatible\s*=\s*\""#).is(&cx.lang, cx.line) && cx.in_file(re!(r"\.[ch]$"));
    if !tree && !code {
        return;
    }
    let Some(bindings) = cx.world.bindings() else {
        return;
    };
    for caps in re!(r#"\"([a-zA-Z0-9\-\,\.\+_]+)\""#).all(&cx.lang, cx.raw) {
        let name = caps.s(1);
        if re!(r"^(?:pciclass,|pci[a-f0-9]{2,4},|usb(if)?[a-f0-9]{1,4},)").is(&cx.lang, name) {
            continue;
        }
        let shown = text::show(name);
        if !patterns(cx, name)
            .iter()
            .any(|pattern| found(bindings, pattern))
        {
            cx.on(&caps, 1);
            cx.warn(format!("no binding mentions \"{shown}\""));
        }
        if let Some(found) = re!(r"^([a-zA-Z0-9\-]+)\,").caps(&cx.lang, name) {
            let vendor = text::show(found.s(1));
            let entry = format!("\"^{vendor},.*\":");
            if !text::contains(cx.world.vendor_prefixes(), entry.as_bytes()) {
                cx.at(caps.start(1)..caps.start(1) + vendor.len());
                cx.warn(format!(
                    "vendor \"{vendor}\" is not in vendor-prefixes.yaml"
                ));
            }
        }
    }
}

/// A part of an extended regular expression.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Byte(u8),
    Any,
    Anything,
    Many(u8),
}

/// The name itself and with its model left open, as the bindings write it.
fn patterns(cx: &Cx<'_>, name: &[u8]) -> Vec<Vec<Part>> {
    let mut other = name.to_vec();
    re!(r"\,[a-zA-Z0-9]*\-").sub(&cx.lang, &mut other, b",<.*>-");
    let mut third = name.to_vec();
    re!(r"\,([a-z]*)[0-9]*\-").sub_by(&cx.lang, &mut third, |caps, out| {
        out.push(b',');
        out.extend_from_slice(caps.s(1));
        out.extend_from_slice(b"<.*>-");
    });
    let mut all = vec![parts(name)];
    for pattern in [parts(&other), parts(&third)] {
        if !all.contains(&pattern) {
            all.push(pattern);
        }
    }
    all
}

fn parts(pattern: &[u8]) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for &byte in pattern {
        match (byte, parts.last().copied()) {
            (b'.', _) => parts.push(Part::Any),
            (b'*', Some(Part::Any)) => {
                parts.pop();
                parts.push(Part::Anything);
            }
            (b'+', Some(Part::Byte(last))) => {
                parts.pop();
                parts.push(Part::Many(last));
            }
            (b'+', Some(_)) => {}
            _ => parts.push(Part::Byte(byte)),
        }
    }
    parts
}

fn found(bindings: &[u8], pattern: &[Part]) -> bool {
    let literal: Vec<u8> = pattern
        .iter()
        .map_while(|part| match part {
            Part::Byte(byte) => Some(*byte),
            _ => None,
        })
        .collect();
    if literal.is_empty() {
        return (0..bindings.len()).any(|at| matches(&bindings[at..], pattern));
    }
    let rest = &pattern[literal.len()..];
    memchr::memmem::find_iter(bindings, &literal)
        .any(|at| matches(&bindings[at + literal.len()..], rest))
}

fn matches(text: &[u8], pattern: &[Part]) -> bool {
    let Some(part) = pattern.first() else {
        return true;
    };
    let rest = &pattern[1..];
    let first = text.first().copied().filter(|byte| *byte != b'\n');
    match part {
        Part::Byte(byte) => first == Some(*byte) && matches(&text[1..], rest),
        Part::Any => first.is_some() && matches(&text[1..], rest),
        Part::Anything => {
            let line = text.iter().take_while(|byte| **byte != b'\n').count();
            (0..=line).any(|skipped| matches(&text[skipped..], rest))
        }
        Part::Many(byte) => {
            let run = text.iter().take_while(|other| *other == byte).count();
            (1..=run).any(|taken| matches(&text[taken..], rest))
        }
    }
}
