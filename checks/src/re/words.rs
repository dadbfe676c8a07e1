// SPDX-License-Identifier: GPL-2.0-only
//! Questions about words that refute a type without running its pattern. They
//! may say yes to what is none, never no to what is one.

use crate::lang::Lang;

/// Length of the word at the start of a text.
#[inline]
pub(crate) fn length(rest: &[u8]) -> usize {
    let end = rest.iter().position(|byte| !is_word(*byte));
    end.unwrap_or(rest.len())
}

/// Whether a byte is one of a word.
#[inline]
pub(crate) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Whether what follows an identifier continues it: `##`.
#[inline]
pub(crate) fn pastes(rest: &[u8]) -> bool {
    match rest.first() {
        Some(b' ' | 9..=13) => crate::text::trim_start(rest).starts_with(b"##"),
        Some(b'#') => rest.starts_with(b"##"),
        _ => false,
    }
}

/// Whether a type may begin here.
pub(crate) fn starts_type(lang: &Lang, rest: &[u8]) -> bool {
    let len = length(rest);
    let (word, after) = rest.split_at(len);
    !word.is_empty()
        && (is_keyword(word)
            || ends_as_type(word)
            || lang.is_learnt_type(word)
            || pastes(after)
            || lang.modifiers().iter().any(|known| rest.starts_with(known)))
}

/// Whether a word that ends as the names of types do may be here.
pub(crate) fn names_type(rest: &[u8]) -> bool {
    let (word, after) = rest.split_at(length(rest));
    ends_as_type(word) || pastes(after)
}

fn ends_as_type(word: &[u8]) -> bool {
    word.ends_with(b"_t") || word.ends_with(b"_handler") || word.ends_with(b"_handler_fn")
}

/// A word of the language that a type may begin with.
fn is_keyword(word: &[u8]) -> bool {
    match word[0] {
        b'_' => word.starts_with(b"__"),
        b'b' => matches!(word, b"bool" | b"be8" | b"be16" | b"be32" | b"be64"),
        b'c' => matches!(word, b"const" | b"char"),
        b'd' => word == b"double",
        b'e' => word == b"enum",
        b'f' => matches!(word, b"float" | b"fastcall"),
        b'F' => word == b"FILE",
        b'i' => word == b"int",
        b'l' => matches!(word, b"long" | b"le8" | b"le16" | b"le32" | b"le64"),
        b's' => matches!(
            word,
            b"struct" | b"short" | b"signed" | b"s8" | b"s16" | b"s32" | b"s64"
        ),
        b't' => word == b"typeof",
        b'u' => matches!(
            word,
            b"unsigned"
                | b"union"
                | b"u8"
                | b"u16"
                | b"u32"
                | b"u64"
                | b"unchar"
                | b"ushort"
                | b"uint"
                | b"ulong"
                | b"u_char"
                | b"u_short"
                | b"u_int"
                | b"u_long"
        ),
        b'v' => matches!(word, b"void" | b"volatile"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::re::re;

    /// Every alternative of a type, with what it needs after it.
    const TYPES: &str = "const int|volatile int|fastcall int|__user int|__rcu int|__init int|
        ____cacheline_aligned int|__aligned(8) int|__alloc_size (1) int|typeof(x)|__typeof__(x)|
        u8|u16|u32|u64|s8|s16|s32|s64|be8|be16|be32|be64|le8|le16|le32|le64|__u8|__be32|
        uint8_t|__s_int16_t|int32_t|u_int64_t|u_char|u_short|u_int|u_long|unchar|ushort|uint|
        ulong|atomic_t|FILE|void|char|unsigned char|signed char|short int|short|int|long int|
        long long int|long long|long|unsigned|signed|float|double|bool|struct a|union a|enum a|
        a_t|a_handler|a_handler_fn|a ## b_t|char signed|short unsigned|
        long unsigned int|learnt|odd int|od##d int";

    #[test]
    fn nothing_that_is_a_type_is_refuted() {
        let mut lang = Lang::default();
        lang.learn_type(b"learnt");
        lang.learn_modifier(b"odd");
        lang.learn_modifier(b"od##d");
        for text in TYPES.split('|').map(str::trim) {
            assert!(starts_type(&lang, text.as_bytes()), "{text}");
            assert!(
                re!("^(?:$Type|$TypeMisordered)$").is(&lang, text.as_bytes()),
                "{text}"
            );
        }
        for text in ["x", "return x", "unlearnt", "constant", "structure"] {
            assert!(!starts_type(&lang, text.as_bytes()), "{text}");
        }
    }
}
