// SPDX-License-Identifier: GPL-2.0-only
//! Learns the types of a file from how it uses words.

use crate::lang::Lang;
use crate::re::{Text, re, words};

/// Takes what it can from a statement up to its first brace.
pub(crate) fn learn(lang: &mut Lang, scanned: Text<'_>, before: u8) {
    if !re!(r"$Ident:\*$", "s").is(lang, scanned)
        && !re!(r"^.\s*$Ident\s*\(", "s").is(lang, scanned)
        && !re!(r"^.\s*else\b", "s").is(lang, scanned)
    {
        let declared = re!(
            r"^.\s*(?:$Storage\s+)?(?:$Inline\s+)?(?:const\s+)?
              ((?:\s*[A-Za-z_]\w*+(?:\s*\#\#\s*[A-Za-z_]\w*+)*+)+?)\b
              (?:\s+$Sparse)?\s*\**\s*(?:$Ident|\(\*[^\)]*\))(?:\s*$Modifier)?\s*(?:;|=|,|\()",
            "sx"
        );
        let found = if before == b'E' && goes_on(scanned.bytes) {
            declared.caps(lang, scanned)
        } else {
            None
        };
        if let Some(caps) = found {
            let kind = re!(r"\s+").sub_all(lang, caps.s(1), b" ");
            possible(lang, &kind);
        } else if let Some(caps) = re!(
            r"^.(?:$Storage\s+)?(?:$Inline\s+)?(?:const\s+)?($Ident)\b\s*(?!:)",
            "s"
        )
        .caps(lang, scanned)
        {
            possible(lang, caps.s(1));
        }
    }
    // Whatever a pointer is cast to is a type.
    for caps in re!(r"\(($Ident)(?:\s+$Sparse)*[\s\*]+\s*\)", "s").all(lang, scanned) {
        possible(lang, caps.s(1));
    }
    if before == b'E' {
        parameters(lang, scanned);
    }
}

/// Whether the first word is followed by what a declaration has there: another
/// one, a star, a parenthesis or what is pasted to it.
fn goes_on(text: &[u8]) -> bool {
    let code = crate::text::trim_start(text.get(1..).unwrap_or_default());
    let next = crate::text::trim_start(&code[words::length(code)..]);
    next.first()
        .is_some_and(|byte| words::is_word(*byte) || b"*(#".contains(byte))
}

/// What a declared function takes are types.
fn parameters(lang: &mut Lang, text: Text<'_>) {
    let head = re!(
        r"^(.(?:typedef\s*)?(?:(?:$Storage|$Inline)\s*)*\s*$Type\s*(?:\b$Ident|\(\*\s*$Ident\))\s*)\(",
        "s"
    );
    let Some(caps) = head.caps(lang, text) else {
        return;
    };
    let mut inner = text.bytes[caps.end(1) + 1..].to_vec();
    re!(r"\)[^\)]*$").sub(lang, &mut inner, b"");
    for part in inner.split(|byte| *byte == b',') {
        let part = crate::text::trim(part);
        let found = re!(
            r"^(?:const\s+)?($Ident)(?:\s+$Sparse)*\s*\**\s*(:?\b$Ident)?$",
            "s"
        )
        .caps(lang, part)
        .or_else(|| re!("^($Ident)$", "s").caps(lang, part));
        if let Some(caps) = found {
            possible(lang, caps.s(1));
        }
    }
}

/// Learns a word, or all but the last of several as modifiers, unless the
/// language has it already.
fn possible(lang: &mut Lang, words: &[u8]) {
    if is_known(lang, words) {
        return;
    }
    let words = re!(r"\s*$Storage\s*").sub_all(lang, words, b"");
    let words = re!(r"\s*$Sparse\s*").sub_all(lang, &words, b"");
    if crate::text::is_blank(&words) {
        return;
    }
    if !words.iter().any(u8::is_ascii_whitespace) {
        lang.learn_type(&words);
        return;
    }
    let rest = re!(r"\s*$Type\s*").sub_all(lang, &words, b"");
    for word in rest.split(|byte| byte.is_ascii_whitespace()) {
        if !word.is_empty() && !is_known(lang, word) {
            lang.learn_modifier(word);
        }
    }
}

fn is_known(lang: &Lang, words: &[u8]) -> bool {
    re!(r"^(?:$Modifier|$Storage|$Type|DEFINE_\S+)$").is(lang, words)
        || re!(r"^(?:goto|return|case|else|asm|__asm__|do|\#|\#\#|)(?:\s|$)").is(lang, words)
        || re!(r"^(?:typedef|struct|enum)\b").is(lang, words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn learnt(text: &str, word: &str) -> bool {
        let mut lang = Lang::default();
        learn(&mut lang, Text::scan(text.as_bytes()), b'E');
        lang.is_learnt_type(word.as_bytes())
    }

    #[test]
    fn declarations_casts_and_parameters_teach() {
        assert!(learnt("+\tfoo *bar;", "foo"));
        assert!(learnt("+\tx = (foo *)y;", "foo"));
        assert!(learnt("+int f(foo a, bar *b)", "bar"));
        assert!(!learnt("+\treturn x;", "return"));
        assert!(!learnt("+\tfoo(bar);", "foo"));
    }

    #[test]
    fn a_long_line_without_a_declaration_is_no_trap() {
        let text = format!("+{}", "abcdefghij ".repeat(2000));
        let mut lang = Lang::default();
        learn(&mut lang, Text::scan(text.as_bytes()), b'E');
    }
}
