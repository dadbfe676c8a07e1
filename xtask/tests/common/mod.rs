// SPDX-License-Identifier: GPL-2.0-only
//! A workspace in a temporary folder, around a kernel of three files.

#![allow(dead_code, unreachable_pub, missing_docs)] // each test file uses its part

pub mod mail;
pub mod smtpd;

use std::path::{Path, PathBuf};
use std::process::Command;

use xtask::context::Cx;
use xtask::paths::Paths;
use xtask::report::Base;
use xtask::results::{self, Entry, Found, Shown};
use xtask::series::Series;
use xtask::series::content::Content;
use xtask::source::archive::Archive;
use xtask::source::{Source, SourceArgs, import};
use xtask::ui::Ui;

/// A workspace with a cache beside it.
pub struct World {
    pub dir: tempfile::TempDir,
    pub cx: Cx,
}

/// The files of the kernel.
///
/// The Makefile does what the kernel's does, on one file: it counts its runs,
/// drops what it is told to from the configuration, and compiles.
pub const MAKEFILE: &str = "\
VERSION = 7
PATCHLEVEL = 3
SUBLEVEL = 4
EXTRAVERSION =

tinyconfig:
\t@mkdir -p $(O) && echo CONFIG_EXPERT=y > $(O)/.config
olddefconfig:
\t@sed -i '/CONFIG_LOST=/d' $(O)/.config
vmlinux:
\t@echo run >> $(O)/runs
\t@echo '  CC      init/main.o'
\t@gcc -c -o $(O)/vmlinux init/main.c
\t@mkdir -p $(O)/include/config && echo 7.3.4$(LOCALVERSION) > $(O)/include/config/kernel.release
modules:
\t@true
";
pub const MAIN: &str =
    "int main(void)\n{\n\tint a = 1;\n\tint b = 2;\n\tint c = 3;\n\n\treturn a + b + c;\n}\n";

impl World {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let workspace = dir.path().join("workspace");
        for folder in ["linux-patches/demo", "kmod-rust", "qemu-images/configs"] {
            std::fs::create_dir_all(workspace.join(folder)).unwrap();
        }
        std::fs::create_dir_all(workspace.join(".work")).unwrap();
        for fragment in ["base", "memory", "vfio", "rust"] {
            let path = workspace.join(format!("qemu-images/configs/{fragment}.config"));
            std::fs::write(path, format!("CONFIG_{}=y\n", fragment.to_uppercase())).unwrap();
        }
        std::fs::write(
            workspace.join("linux-patches/demo/series.toml"),
            "title = \"demo\"\nbase = \"7.3\"\n",
        )
        .unwrap();
        let cx = Cx::with(Paths::new(workspace, dir.path().join("cache")), Ui::quiet());
        Self { dir, cx }
    }

    pub fn tarball(&self) -> PathBuf {
        let path = self.dir.path().join("linux-7.3.4.tar");
        let mut tar = tar::Builder::new(std::fs::File::create(&path).unwrap());
        for (name, text) in [
            ("Makefile", MAKEFILE),
            ("init/main.c", MAIN),
            ("README", "hello\n"),
            (
                "Kconfig",
                "config LOST\n\tbool \"lost\"\n\tdepends on NOWHERE\n",
            ),
        ] {
            let mut header = tar::Header::new_gnu();
            header.set_size(text.len() as u64);
            header.set_mode(0o644);
            header.set_mtime(1_700_000_000);
            tar.append_data(&mut header, format!("linux-7.3.4/{name}"), text.as_bytes())
                .unwrap();
        }
        tar.finish().unwrap();
        path
    }

    pub fn source(&self) -> Source {
        let archive = Archive::of_file(&self.cx, &self.tarball()).unwrap();
        import::ensure(&self.cx, &archive).unwrap()
    }

    pub fn series_dir(&self) -> PathBuf {
        self.cx.paths.patches().join("demo")
    }

    pub fn series(&self) -> Series {
        Series::load(&self.series_dir()).unwrap()
    }

    /// Writes a patch file that replaces `old` by `new` in `init/main.c`, as
    /// format-patch would.
    pub fn add_patch(&self, number: u32, subject: &str, diff: &str) {
        let name = format!("{number:04}-{subject}.patch");
        let text = format!(
            "From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001\nFrom: A U Thor <author@example.invalid>\n\
             Date: Tue, 14 Nov 2023 22:13:20 +0000\nSubject: [PATCH] init: {subject}\n\nWhy {subject}.\n---\n{diff}"
        );
        std::fs::write(self.series_dir().join(name), text).unwrap();
    }
}

/// Remembers good results of all kinds for the patch files as they are.
pub fn remember(world: &World, source: &Source) {
    let series = world.series();
    let Ok(head) = xtask::tree::try_apply(&world.cx, source, &series.patches) else {
        return;
    };
    let repo = world.cx.paths.work_repo();
    let content = Content::of(&repo, &source.commit, &head).unwrap();
    let base = serde_json::json!({"release": "7.3.4", "source": "x", "sha256": "0"});
    let cell = |variant: &str, median: u64| {
        serde_json::json!({"variant": variant, "api": "type1", "backing": "4k", "size_bytes": 1 << 20,
            "op": "map", "samples": [median], "median": median, "min": median, "max": median, "per_page": 1.0})
    };
    let scenario = serde_json::json!({"name": "map_unmap", "status": "pass", "passed": 7, "skipped": 0, "cases": 7});
    for found in [
        serde_json::json!({"kind": "test-vm", "full": true, "runs": [{"variant": "series", "profile": "release",
            "machine": "q35-vtd", "accel": "tcg", "scenarios": [scenario]}]}),
        serde_json::json!({"kind": "bench", "full": true, "report": {"schema": 1, "unit": "instructions",
            "base": base, "cells": [cell("stock", 5678), cell("series", 1234)], "fits": []}}),
        serde_json::json!({"kind": "check", "tools": [["make W=1", 0]]}),
    ] {
        let found: Found = serde_json::from_value(found).unwrap();
        let command = Shown::new(found.kind(), &SourceArgs::default());
        let entry = Entry::new(&command, &Base::from(source), &content, found);
        results::remember(&world.cx, &series.name, &entry).unwrap();
    }
}

/// A diff of one hunk in `init/main.c`.
pub fn hunk(line: u32, before: &str, old: &str, new: &str, after: &str) -> String {
    format!(
        "--- a/init/main.c\n+++ b/init/main.c\n@@ -{line},3 +{line},3 @@\n {before}\n-{old}\n+{new}\n {after}\n-- \n2.0\n"
    )
}

pub fn git(dir: &Path, args: &[&str]) -> String {
    let output = Command::new("git")
        .arg("-C")
        .arg(dir)
        .args([
            "-c",
            "user.name=Dev",
            "-c",
            "user.email=dev@example.invalid",
        ])
        .args(args)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "git {args:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout)
        .unwrap()
        .trim_end()
        .to_owned()
}
