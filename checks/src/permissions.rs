// SPDX-License-Identifier: GPL-2.0-only
//! Permissions of files in code: which calls take them, what their symbols
//! mean, which attributes of devices are usual.

use std::ops::Range;

use crate::context::Cx;
use crate::lang::Lang;
use crate::re::{Re, re};

/// A call that takes permissions.
struct Call {
    call: Re,
    group: usize,
    /// Where 0 means something of its own.
    zero: bool,
}

/// A call by its name, with so many arguments before the permissions.
macro_rules! call {
    ($name:literal, 0, $zero:literal) => {
        Call {
            call: Re::new(
                concat!(r"\b", $name, r"\s*\(($FuncArg(?:\|\s*$FuncArg)*)\s*[,\)]"),
                "",
            ),
            group: 1,
            zero: $zero,
        }
    };
    ($name:literal, $before:literal, $zero:literal) => {
        Call {
            call: Re::new(
                concat!(
                    r"\b",
                    $name,
                    r"\s*\((?:\s*$FuncArg\s*,\s*){",
                    $before,
                    r"}($FuncArg(?:\|\s*$FuncArg)*)\s*[,\)]"
                ),
                "",
            ),
            group: 6,
            zero: $zero,
        }
    };
}

static CALLS: [Call; 10] = [
    call!("module_param", 2, true),
    call!("module_param_(?:array|named|string)", 3, true),
    call!("module_param_array_named", 4, true),
    call!(
        "debugfs_create_(?:file|u8|u16|u32|u64|x8|x16|x32|x64|size_t|atomic_t|bool|blob|regset32|u32_array)",
        1,
        false
    ),
    call!("proc_create(?:_data|)", 1, true),
    call!(
        "(?:CLASS|DEVICE|SENSOR|SENSOR_DEVICE|IIO_DEVICE)_ATTR",
        1,
        false
    ),
    call!("IIO_DEV_ATTR_[A-Z_]+", 0, false),
    call!("SENSOR_(?:DEVICE_|)ATTR_2", 1, false),
    call!("SENSOR_TEMPLATE(?:_2|)", 2, false),
    call!("__ATTR", 1, false),
];

/// Permissions as a call takes them.
#[derive(Debug)]
pub(crate) struct Argument {
    text: Vec<u8>,
    zero: bool,
    /// Bytes of the statement.
    pub(crate) at: Range<usize>,
}

/// The permissions in the calls of the statement that starts on the line.
pub(crate) fn arguments(cx: &Cx<'_>) -> Vec<Argument> {
    let Some(found) = &cx.statement else {
        return Vec::new();
    };
    if !takes_permissions().is(&cx.lang, cx.line) {
        return Vec::new();
    }
    CALLS
        .iter()
        .filter_map(|call| {
            let caps = call.call.caps(&cx.lang, found.scan())?;
            Some(Argument {
                text: caps.s(call.group).to_vec(),
                zero: call.zero,
                at: caps.start(call.group)..caps.end(call.group),
            })
        })
        .collect()
}

fn takes_permissions() -> &'static Re {
    re!(
        r"module_param|
          debugfs_create_(?:file|u8|u16|u32|u64|x8|x16|x32|x64|size_t|atomic_t|bool|blob|
              regset32|u32_array)|
          proc_create|
          (?:CLASS|DEVICE|SENSOR|SENSOR_DEVICE|IIO_DEVICE)_ATTR|
          IIO_DEV_ATTR_[A-Z_]+|
          SENSOR_(?:DEVICE_|)ATTR_2|
          SENSOR_TEMPLATE|
          __ATTR",
        "x"
    )
}

impl Argument {
    /// Whether they are a number, but no octal one of four digits.
    pub(crate) fn is_odd(&self, lang: &Lang) -> bool {
        if self.zero && self.text == b"0" {
            return false;
        }
        if self.is_octal(lang) {
            self.text.len() != 4
        } else {
            re!("^$Int$").is(lang, &self.text)
        }
    }

    fn is_octal(&self, lang: &Lang) -> bool {
        re!("^$Octal$").is(lang, &self.text)
    }

    /// Whether they let everybody write.
    pub(crate) fn is_world_writable(&self) -> bool {
        let digits = self.text.iter().take_while(|byte| byte.is_ascii_digit());
        self.is_octal(&Lang::default()) && digits.last().is_some_and(|digit| digit & 2 != 0)
    }
}

/// The symbols, and what they stand for.
const SYMBOLS: [(&[u8], u32); 16] = [
    (b"S_IRWXU", 0o700),
    (b"S_IRUSR", 0o400),
    (b"S_IWUSR", 0o200),
    (b"S_IXUSR", 0o100),
    (b"S_IRWXG", 0o070),
    (b"S_IRGRP", 0o040),
    (b"S_IWGRP", 0o020),
    (b"S_IXGRP", 0o010),
    (b"S_IRWXO", 0o007),
    (b"S_IROTH", 0o004),
    (b"S_IWOTH", 0o002),
    (b"S_IXOTH", 0o001),
    (b"S_IRWXUGO", 0o777),
    (b"S_IRUGO", 0o444),
    (b"S_IWUGO", 0o222),
    (b"S_IXUGO", 0o111),
];

/// What an octal number or symbols joined by | come to.
pub(crate) fn octal(lang: &Lang, permissions: &[u8]) -> u32 {
    if let Some(caps) = re!(r"^\s*(0[0-7]{3,3})\s*$").caps(lang, permissions) {
        return caps
            .s(1)
            .iter()
            .fold(0, |value, digit| value * 8 + u32::from(digit - b'0'));
    }
    re!(r"\b($PermName)\b")
        .all(lang, permissions)
        .iter()
        .filter_map(|caps| SYMBOLS.iter().find(|(name, _)| *name == caps.s(1)))
        .fold(0, |value, (_, bits)| value | bits)
}

/// What is reported next is at the `DEVICE_ATTR()` of the line.
pub(crate) fn on_device_attribute(cx: &mut Cx<'_>) {
    cx.sees(re!(r"\bDEVICE_ATTR\b"), cx.line, 0);
}

/// The type of what could be better about a `DEVICE_ATTR()`.
pub(crate) fn device_attribute(cx: &Cx<'_>) -> Option<&'static str> {
    let found = cx.statement.as_ref()?;
    let attribute = re!(
        r"\bDEVICE_ATTR\s*\(\s*(\w+)\s*,\s*\(?\s*(\s*(?:$PermNames|0[0-7]{3,3})\s*)\s*\)?\s*,\s*
          (\w+)\s*,\s*(\w+)\s*\)",
        "x"
    );
    let caps = attribute.caps(&cx.lang, found.scan())?;
    let [name, permissions, show, store] = [1, 2, 3, 4].map(|group| caps.s(group));
    let is = |function: &[u8], suffix: &[u8]| function == [name, suffix].concat();
    let (shows, stores) = (is(show, b"_show"), is(store, b"_store"));
    Some(match octal(&cx.lang, permissions) {
        0o644 if shows && stores => "DEVICE_ATTR_RW",
        0o444 if shows && store == b"NULL" => "DEVICE_ATTR_RO",
        0o200 if show == b"NULL" && stores => "DEVICE_ATTR_WO",
        0o644 | 0o444 | 0o200 => "DEVICE_ATTR_FUNCTIONS",
        _ => "DEVICE_ATTR_PERMS",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_add_up() {
        let lang = Lang::default();
        assert_eq!(octal(&lang, b"S_IRUGO | S_IWUSR"), 0o644);
        assert_eq!(octal(&lang, b" 0600 "), 0o600);
        assert_eq!(octal(&lang, b"S_IRWXUGO"), 0o777);
    }

    #[test]
    fn only_four_octal_digits_are_as_usual() {
        let lang = Lang::default();
        let odd = |text: &str, zero| {
            let text = text.as_bytes().to_vec();
            let at = 0..0;
            Argument { text, zero, at }.is_odd(&lang)
        };
        assert!(!odd("0644", false) && !odd("mode", false) && !odd("0", true));
        assert!(odd("644", true) && odd("00644", false) && odd("0", false));
    }
}
