// SPDX-License-Identifier: GPL-2.0-only
//! Names with capitals within that headers declare: the kernel has them, so a
//! patch may use them.

use crate::lang::Lang;
use crate::re::{Text, re};
use crate::text;

/// The names that a header declares.
#[must_use]
pub fn words(header: &[u8]) -> Vec<String> {
    let lang = Lang::default();
    let mut found = Vec::new();
    for line in header.split(|byte| *byte == b'\n') {
        if !text::is_camelcase(line) {
            continue;
        }
        let line = Text::scan(line);
        let caps = re!(r"^[ \t]*(?:#[ \t]*define|typedef\s+$Type)\s+(\w*(?:$CamelCase)\w*)")
            .caps(&lang, line)
            .or_else(|| re!(r"^\s*$Declare\s+(\w*(?:$CamelCase)\w*)\s*[\(\[,;]").caps(&lang, line))
            .or_else(|| {
                re!(r"^\s*(?:union|struct|enum)\s+(\w*(?:$CamelCase)\w*)\s*[;\{]").caps(&lang, line)
            });
        if let Some(caps) = caps {
            found.push(text::show(caps.s(1)));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    #[test]
    fn defines_declarations_and_structures_count() {
        assert_eq!(
            super::words(
                b"#define SetPage 1\nint getFoo(void);\nstruct BarBaz {\n\tx = someThing;\n"
            ),
            ["SetPage", "getFoo", "BarBaz"]
        );
    }
}
