// SPDX-License-Identifier: GPL-2.0-only
//! Why a Kconfig symbol is not what was asked for: enough of the language of
//! `Documentation/kbuild/kconfig-language.rst` to find a symbol's dependencies
//! (its own, those of the `if`, `menu` and `choice` around it, and of the
//! places that source its file) and to evaluate them against a `.config`.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use anyhow::Result;

use super::config::Symbols;

/// The dependencies of every symbol: one list per place that defines it.
#[derive(Debug, Default)]
pub struct Kconfig {
    symbols: BTreeMap<String, Vec<Definition>>,
}

/// One definition of a symbol.
#[derive(Clone, Debug)]
struct Definition {
    /// Conditions that must all hold.
    depends: Vec<String>,
    /// It has a prompt, so that a configuration may set it.
    prompt: bool,
    /// It is an option of a `choice`.
    choice: bool,
    place: String,
}

impl Kconfig {
    /// Reads the Kconfig files of a source tree for one architecture.
    ///
    /// # Errors
    /// When the top file cannot be read.
    pub fn read(src: &Path, srcarch: &str) -> Result<Self> {
        let mut reader = Reader {
            src,
            srcarch,
            seen: HashSet::new(),
            kconfig: Self::default(),
        };
        let text = crate::fsx::read(&src.join("Kconfig"))?;
        reader.file("Kconfig", &text, &[]);
        Ok(reader.kconfig)
    }

    /// The reasons, one line each, that `symbol` is not `wanted` under `config`.
    pub fn why_not(&self, symbol: &str, wanted: &str, config: &Symbols) -> Vec<String> {
        let Some(definitions) = self.symbols.get(symbol) else {
            return vec![format!(
                "no Kconfig file of this kernel defines {symbol}: renamed or removed"
            )];
        };
        let mut reasons = Vec::new();
        for definition in definitions {
            let unmet: Vec<String> = definition
                .depends
                .iter()
                .filter(|condition| {
                    let value = evaluate(condition, config);
                    value == Tri::N || value == Tri::M && wanted == "y"
                })
                .map(|condition| {
                    format!(
                        "{}: depends on {}",
                        definition.place,
                        annotate(condition, config)
                    )
                })
                .collect();
            if unmet.is_empty() && definition.choice {
                reasons.push(format!(
                    "{}: another option of its choice is set",
                    definition.place
                ));
            } else if unmet.is_empty() && wanted == "n" {
                reasons.push(format!("{}: something selects it", definition.place));
            } else if unmet.is_empty() && !definition.prompt {
                reasons.push(format!(
                    "{}: it has no prompt; only a `select` or a default sets it",
                    definition.place
                ));
            }
            reasons.extend(unmet);
        }
        reasons
    }
}

struct Reader<'a> {
    src: &'a Path,
    srcarch: &'a str,
    seen: HashSet<String>,
    kconfig: Kconfig,
}

impl Reader<'_> {
    fn file(&mut self, path: &str, text: &str, outer: &[String]) {
        // Conditions of the blocks around, one frame a block.
        let mut frames: Vec<Vec<String>> = vec![outer.to_vec()];
        let mut choices = 0_u32;
        let mut symbol: Option<String> = None;
        let mut in_block_head = false;
        let mut help_indent: Option<usize> = None;
        let joined = text.replace("\\\n", " ");
        for raw in joined.lines() {
            let indent = raw.len() - raw.trim_start().len();
            let line = raw.trim();
            if let Some(help) = help_indent {
                // Help text ends at the first line indented less.
                if line.is_empty() || help == usize::MAX || indent >= help {
                    if !line.is_empty() && help == usize::MAX {
                        if indent == 0 {
                            help_indent = None;
                        } else {
                            help_indent = Some(indent);
                            continue;
                        }
                    } else {
                        continue;
                    }
                } else {
                    help_indent = None;
                }
            }
            let line = line.split(" #").next().unwrap_or_default().trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
            let rest = rest.trim();
            match word {
                "config" | "menuconfig" => {
                    let depends = frames.concat();
                    let place = format!("{path}: {rest}");
                    self.kconfig
                        .symbols
                        .entry(rest.to_owned())
                        .or_default()
                        .push(Definition {
                            depends,
                            prompt: false,
                            choice: choices > 0,
                            place,
                        });
                    symbol = Some(rest.to_owned());
                    in_block_head = false;
                }
                "if" => {
                    frames.push(vec![rest.to_owned()]);
                    symbol = None;
                    in_block_head = false;
                }
                "menu" | "choice" => {
                    if word == "choice" {
                        choices += 1;
                    }
                    frames.push(Vec::new());
                    symbol = None;
                    in_block_head = true;
                }
                "endif" | "endmenu" | "endchoice" => {
                    if frames.len() > 1 {
                        frames.pop();
                    }
                    if word == "endchoice" {
                        choices = choices.saturating_sub(1);
                    }
                    symbol = None;
                    in_block_head = false;
                }
                "depends" => {
                    let condition = rest.strip_prefix("on").unwrap_or(rest).trim().to_owned();
                    if let Some(definition) = self.current(symbol.as_deref()) {
                        definition.depends.push(condition);
                    } else if in_block_head && let Some(frame) = frames.last_mut() {
                        frame.push(condition);
                    }
                }
                "bool" | "tristate" | "int" | "hex" | "string" | "prompt"
                    if rest.starts_with(['"', '\'']) =>
                {
                    let condition = rest
                        .rsplit_once(" if ")
                        .map(|(_, condition)| condition.trim().to_owned());
                    if let Some(definition) = self.current(symbol.as_deref()) {
                        definition.prompt = true;
                        definition.depends.extend(condition);
                    }
                }
                "help" | "---help---" => help_indent = Some(usize::MAX),
                "source" | "rsource" | "osource" | "orsource" => {
                    symbol = None;
                    in_block_head = false;
                    let name = rest
                        .trim_matches(['"', '\''])
                        .replace("$(SRCARCH)", self.srcarch)
                        .replace("$(HEADER_ARCH)", self.srcarch);
                    let name = if word.ends_with("rsource") {
                        Path::new(path)
                            .parent()
                            .unwrap_or(Path::new(""))
                            .join(name)
                            .display()
                            .to_string()
                    } else {
                        name
                    };
                    // A file that sources itself would never end.
                    if self.seen.insert(name.clone())
                        && let Ok(text) = std::fs::read_to_string(self.src.join(&name))
                    {
                        let outer = frames.concat();
                        self.file(&name, &text, &outer);
                    }
                }
                "comment" => {
                    symbol = None;
                    in_block_head = false;
                }
                _ => {}
            }
        }
    }

    fn current(&mut self, symbol: Option<&str>) -> Option<&mut Definition> {
        self.kconfig.symbols.get_mut(symbol?)?.last_mut()
    }
}

/// Kconfig's three values, ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Tri {
    N,
    M,
    Y,
}

/// The value of an expression: `||` is the maximum, `&&` the minimum, `!` the
/// complement, as in kconfig-language.rst.
fn evaluate(expression: &str, config: &Symbols) -> Tri {
    let tokens = tokens(expression);
    let mut parser = Parser {
        tokens: &tokens,
        at: 0,
        config,
    };
    parser.or()
}

/// The expression with the value behind each symbol: `PCI [=y] && HYPERV [=n]`.
fn annotate(expression: &str, config: &Symbols) -> String {
    let mut text = String::new();
    for token in tokens(expression) {
        if !text.is_empty() && token != ")" && !text.ends_with(['(', '!']) {
            text.push(' ');
        }
        text.push_str(&token);
        if is_symbol(&token) {
            text.push_str(&format!(
                " [={}]",
                config.get(&token).map_or("n", String::as_str)
            ));
        }
    }
    text
}

fn is_symbol(token: &str) -> bool {
    !matches!(token, "y" | "m" | "n")
        && token.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
}

fn tokens(expression: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut chars = expression.chars().peekable();
    while let Some(c) = chars.next() {
        let mut token = c.to_string();
        match c {
            ' ' | '\t' => continue,
            '"' | '\'' => {
                token.extend(chars.by_ref().take_while(|next| *next != c));
                token.push(c);
            }
            '&' | '|' | '=' | '!' | '<' | '>' => {
                while chars.peek().is_some_and(|next| {
                    matches!((c, *next), ('&', '&') | ('|', '|') | ('!' | '<' | '>', '='))
                }) {
                    token.extend(chars.next());
                }
            }
            '(' | ')' => {}
            _ => {
                while chars
                    .peek()
                    .is_some_and(|next| !" \t&|=!<>()".contains(*next))
                {
                    token.extend(chars.next());
                }
            }
        }
        tokens.push(token);
    }
    tokens
}

struct Parser<'a> {
    tokens: &'a [String],
    at: usize,
    config: &'a Symbols,
}

impl Parser<'_> {
    fn next_is(&mut self, token: &str) -> bool {
        let is = self.tokens.get(self.at).is_some_and(|next| next == token);
        self.at += usize::from(is);
        is
    }

    fn or(&mut self) -> Tri {
        let mut value = self.and();
        while self.next_is("||") {
            value = value.max(self.and());
        }
        value
    }

    fn and(&mut self) -> Tri {
        let mut value = self.not();
        while self.next_is("&&") {
            value = value.min(self.not());
        }
        value
    }

    fn not(&mut self) -> Tri {
        if self.next_is("!") {
            return match self.not() {
                Tri::N => Tri::Y,
                Tri::M => Tri::M,
                Tri::Y => Tri::N,
            };
        }
        if self.next_is("(") {
            let value = self.or();
            self.next_is(")");
            return value;
        }
        let left = self.word();
        for (operator, holds) in [("=", true), ("!=", false)] {
            if self.next_is(operator) {
                return if (left == self.word()) == holds {
                    Tri::Y
                } else {
                    Tri::N
                };
            }
        }
        match left.as_str() {
            "y" => Tri::Y,
            "m" => Tri::M,
            _ => Tri::N,
        }
    }

    /// A constant as it is, a symbol by its value.
    fn word(&mut self) -> String {
        let Some(token) = self.tokens.get(self.at) else {
            return "n".into();
        };
        self.at += 1;
        if is_symbol(token) {
            self.config.get(token).map_or_else(
                || "n".to_owned(),
                |value| value.trim_matches('"').to_owned(),
            )
        } else if token.starts_with("$(") {
            // A test of the compiler: assume that it was done for a reason.
            "y".into()
        } else {
            token.trim_matches(['"', '\'']).to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn symbols(text: &str) -> Symbols {
        crate::build::config::parse(text).unwrap()
    }

    #[test]
    fn expressions_have_three_values() {
        let config = symbols("CONFIG_A=y\nCONFIG_M=m\nCONFIG_S=\"x\"\n");
        for (expression, value) in [
            ("A", Tri::Y),
            ("B", Tri::N),
            ("A && M", Tri::M),
            ("B || M", Tri::M),
            ("!M", Tri::M),
            ("!(A && B) && A", Tri::Y),
            ("S = \"x\"", Tri::Y),
            ("A!=y", Tri::N),
            ("M=m", Tri::Y),
        ] {
            assert_eq!(evaluate(expression, &config), value, "{expression}");
        }
    }

    fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = dir.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        dir
    }

    #[test]
    fn the_unmet_dependency_is_found_wherever_it_stands() {
        let dir = tree(&[
            (
                "Kconfig",
                "source \"arch/$(SRCARCH)/Kconfig\"\nif BUS\nsource \"drivers/Kconfig\"\nendif\n",
            ),
            (
                "arch/x86/Kconfig",
                "config X86\n\tbool \"x\"\n\thelp\n\t  depends on nothing\n\n\t  if this were code it would count\n",
            ),
            (
                "drivers/Kconfig",
                "menu \"Drivers\"\n\tdepends on IOMEM\nconfig VFIO\n\ttristate \"VFIO\"\n\tdepends on MMU && \\\n\t\tIOMMU\n\thelp\n\t  text\nconfig HIDDEN\n\tbool\nendmenu\n",
            ),
        ]);
        let kconfig = Kconfig::read(dir.path(), "x86").unwrap();
        let config = symbols("CONFIG_BUS=y\nCONFIG_MMU=y\n");
        let why = kconfig.why_not("VFIO", "y", &config);
        assert_eq!(
            why,
            [
                "drivers/Kconfig: VFIO: depends on IOMEM [=n]",
                "drivers/Kconfig: VFIO: depends on MMU [=y] && IOMMU [=n]"
            ]
        );
        assert!(kconfig.why_not("X86", "y", &config).is_empty());
        let config = symbols("CONFIG_BUS=y\nCONFIG_IOMEM=y\n");
        assert!(kconfig.why_not("HIDDEN", "y", &config)[0].contains("no prompt"));
    }

    #[test]
    fn an_option_that_lost_its_choice_is_told_so() {
        let dir = tree(&[(
            "Kconfig",
            "choice\n\tprompt \"c\"\nconfig A\n\tbool \"a\"\nconfig B\n\tbool \"b\"\nendchoice\nconfig C\n\tbool \"c\"\n",
        )]);
        let kconfig = Kconfig::read(dir.path(), "x86").unwrap();
        assert!(kconfig.why_not("B", "y", &symbols("CONFIG_A=y\n"))[0].contains("another option"));
        assert!(kconfig.why_not("C", "y", &Symbols::new()).is_empty());
    }

    #[test]
    fn a_symbol_that_vanished_is_said_to_have() {
        let dir = tree(&[("Kconfig", "config A\n\tbool \"a\"\n")]);
        let kconfig = Kconfig::read(dir.path(), "x86").unwrap();
        assert!(kconfig.why_not("GONE", "y", &Symbols::new())[0].contains("renamed or removed"));
    }
}
