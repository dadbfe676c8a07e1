// SPDX-License-Identifier: GPL-2.0-only
//! What the rules say of a series as one. In: the mails that were checked one
//! by one, and the cover letter. Out: findings, mail by mail.

use anyhow::Result;
use checks::{Kind, Options, World};

use super::Checked;
use super::input::Text;
use super::judge::Judge;
use crate::mail::cover;
use crate::series::Series;

/// A mail of a series.
#[derive(Clone, Debug)]
pub struct Mail {
    /// The file that it stands in.
    pub name: String,
    /// Its lines start after so many of the file.
    pub lines_before: usize,
    /// The mail.
    pub bytes: Vec<u8>,
}

/// The mails of an input.
pub fn mails(name: &str, text: &Text) -> Vec<Mail> {
    text.parts
        .iter()
        .map(|part| Mail {
            name: name.to_owned(),
            lines_before: part.lines_before,
            bytes: text.bytes[part.range.clone()].to_vec(),
        })
        .collect()
}

/// The cover letter of a series as it will be sent.
///
/// # Errors
/// When it cannot be read.
pub fn cover(series: &Series) -> Result<Option<Mail>> {
    let Some(text) = cover::texts(series)? else {
        return Ok(None);
    };
    let about = &series.about;
    let tags = std::iter::once("PATCH".to_owned())
        .chain(about.prefixes.iter().cloned())
        .collect::<Vec<_>>()
        .join(" ");
    let here = std::env::current_dir().unwrap_or_default();
    let path = series.dir.join("cover-letter.md");
    let name = path.strip_prefix(&here).unwrap_or(&path);
    Ok(Some(Mail {
        name: name.display().to_string(),
        lines_before: 0,
        // send-series adds the base, or refuses to send without one.
        bytes: format!(
            "Subject: [{} v{} 0/{}] {}\n\n{}\n\nbase-commit: {}\n",
            tags,
            about.version,
            series.patches.len(),
            about.title,
            text.body,
            about.base_commit.as_deref().unwrap_or(&about.base),
        )
        .into_bytes(),
    }))
}

/// Checks mails, those of a series as one.
pub fn check(mails: &[Mail], options: &Options, world: &dyn World, judge: &Judge) -> Vec<Checked> {
    let texts: Vec<&[u8]> = mails.iter().map(|mail| &*mail.bytes).collect();
    let mut all: Vec<Checked> = mails
        .iter()
        .map(|mail| Checked {
            name: mail.name.clone(),
            diagnostics: Vec::new(),
            allowed: Vec::new(),
        })
        .collect();
    for group in checks::group_series(&texts) {
        let series: Vec<&[u8]> = group.iter().map(|index| texts[*index]).collect();
        for (index, found) in checks::check_series(&series, options, world) {
            all[group[index]].diagnostics.push(found);
        }
    }
    for (checked, mail) in all.iter_mut().zip(mails) {
        let found = std::mem::take(&mut checked.diagnostics);
        let (mut left, mut allowed) = judge.judge(Kind::Patch, &mail.bytes, found, options.strict);
        for diagnostic in left
            .iter_mut()
            .chain(allowed.iter_mut().map(|it| &mut it.diagnostic))
        {
            diagnostic.line += mail.lines_before;
        }
        (checked.diagnostics, checked.allowed) = (left, allowed);
    }
    all.retain(|checked| !checked.diagnostics.is_empty() || !checked.allowed.is_empty());
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checked::world::Kernel;
    use checks::Nowhere;

    fn mail(number: usize, lines_before: usize, notes: &str) -> Mail {
        Mail {
            name: "box".to_owned(),
            lines_before,
            bytes: format!(
                "From: a\nSubject: [PATCH {number}/2] x\n\ny\n---\n{notes}\ndiff --git a/a.c b/a.c\n--- a/a.c\n+++ b/a.c\n@@ -1 +1 @@\n-a\n+b\n"
            )
            .into_bytes(),
        }
    }

    #[test]
    fn a_finding_is_at_its_line_of_the_mailbox_and_can_be_allowed() {
        let check = |notes| {
            check(
                &[mail(1, 0, ""), mail(1, 40, notes)],
                &Options::default(),
                &Nowhere,
                &Judge::default(),
            )
        };
        let found = check("");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].diagnostics[0].kind, "SERIES_NUMBERS");
        assert_eq!(found[0].diagnostics[0].line, 42);
        let found = check("check-allow: SERIES_NUMBERS: sent again");
        assert!(found[0].diagnostics.is_empty());
        assert_eq!(found[0].allowed[0].reason, "sent again");
    }

    #[test]
    fn the_kernel_is_asked_who_maintains_what_is_changed_and_what_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let put = |path: &str, text: &str| {
            let path = dir.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        for mark in ["Kbuild", "scripts/checkpatch.pl", "include/x.h"] {
            put(mark, "");
        }
        put("MAINTAINERS", "MISC\nM:\tJ Doe <j@e.org>\nF:\tmisc/\n");
        put(
            "misc/a.c",
            "/**\n * old - Faulty before\n */\nint old(int b)\n{\n}\n\n/**\n * add - Add\n */\nvoid add(void)\n{\n}\n",
        );
        let mail = Mail {
            name: "a.patch".to_owned(),
            lines_before: 0,
            bytes: b"Subject: [PATCH] misc: x\nTo: list@e.org\n\ny\n---\ndiff --git a/misc/a.c b/misc/a.c\n--- a/misc/a.c\n+++ b/misc/a.c\n@@ -10,4 +10,4 @@\n  */\n-void add(void)\n+int add(int a)\n {\n }\n".to_vec(),
        };
        let kernel = Kernel::folder(dir.path()).unwrap();
        let found = check(&[mail], &Options::default(), &kernel, &Judge::default());
        let found: Vec<(&str, usize)> = found[0]
            .diagnostics
            .iter()
            .map(|found| (found.kind, found.line))
            .collect();
        assert_eq!(
            found,
            [
                ("SERIES_NO_RECIPIENT", 1),
                ("KERNEL_DOC_RETURN", 10),
                ("KERNEL_DOC_MISSING", 12)
            ]
        );
    }
}
