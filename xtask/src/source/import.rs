// SPDX-License-Identifier: GPL-2.0-only
//! A tarball becomes a commit, without ever being unpacked to disk: the tar is
//! streamed into `git fast-import`. The commit is a pure function of the
//! tarball, so every machine gets the same hash, and a repository that was
//! thrown away can be made again under the worktrees that borrow from it.

use std::fs;
use std::io::{BufWriter, Read, Write};
use std::path::{Component, Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use crate::context::Cx;
use crate::proc::{self, git};
use crate::stop::Stop;
use crate::{fsx, interrupt};

use super::archive::{Archive, hex};
use super::{Imported, Source, decompressor, release_of};

/// No file of a kernel tree comes near this; a tarball that says so is broken
/// or hostile. Bytes.
const MAX_FILE: u64 = 256 << 20;

/// The base of this archive, if it was imported and is whole.
pub fn imported(cx: &Cx, archive: &Archive) -> Option<Source> {
    let dir = base_dir(cx, archive);
    let known: Imported = serde_json::from_slice(&fs::read(dir.join("source.json")).ok()?).ok()?;
    let repo = dir.join("linux.git");
    (pack_bytes(&repo) == known.pack_bytes && known.sha256 == archive.sha256).then_some(Source {
        release: known.release,
        origin: known.origin,
        sha256: known.sha256,
        repo,
        commit: known.commit,
    })
}

/// Imports the archive unless that was done. `source.json` is written last: a
/// base without it is redone.
///
/// # Errors
/// A tarball that is cut off, no kernel, or not readable.
pub fn ensure(cx: &Cx, archive: &Archive) -> Result<Source> {
    if let Some(source) = imported(cx, archive) {
        return Ok(source);
    }
    let dir = base_dir(cx, archive);
    if dir.exists() {
        cx.ui.note(&format!(
            "the import in {} is incomplete or damaged: doing it again",
            dir.display()
        ));
        // The worktrees of this and other clones look for their base here:
        // same path, same objects again.
        fsx::remove_dir(&dir)?;
    }
    let room = dir.with_extension("partial");
    fsx::remove_dir(&room)?;
    let repo = room.join("linux.git");
    fsx::create_dir(&repo)?;
    proc::read(git(&repo).args(["init", "--quiet", "--bare", "--initial-branch=base"]))?;
    let bar = cx.ui.bar("source", "importing the tree", 96_000, "files");
    let (release, sha256) = import(archive, &repo, |count| bar.set(count))?;
    drop(bar);
    if sha256 != archive.sha256 {
        bail!("{} changed while it was read", archive.path.display());
    }
    let known = Imported {
        commit: proc::read(git(&repo).args(["rev-parse", "refs/heads/base"]))?,
        release,
        origin: archive.origin.clone(),
        sha256,
        pack_bytes: pack_bytes(&repo),
    };
    fsx::write_atomic(
        &room.join("source.json"),
        &serde_json::to_vec_pretty(&known)?,
    )?;
    fs::rename(&room, &dir)
        .with_context(|| format!("cannot move the import to {}", dir.display()))?;
    imported(cx, archive).context("the import is not what was written")
}

fn base_dir(cx: &Cx, archive: &Archive) -> PathBuf {
    cx.paths.bases().join(&archive.sha256[..16])
}

fn pack_bytes(repo: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(repo.join("objects/pack")) else {
        return 0;
    };
    entries
        .flatten()
        .filter(|entry| entry.path().extension().is_some_and(|end| end == "pack"))
        .filter_map(|entry| entry.metadata().ok())
        .map(|meta| meta.len())
        .sum()
}

/// Streams the tarball into `repo`; returns the release and the SHA-256 of the
/// compressed file.
fn import(archive: &Archive, repo: &Path, progress: impl Fn(u64)) -> Result<(String, String)> {
    let mut unpack = decompressor(&archive.path)?;
    unpack
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut unpacker = proc::spawn(&mut unpack)?;
    let mut compressed = unpacker.stdin.take().context("the pipe was asked for")?;
    let plain = unpacker.stdout.take().context("the pipe was asked for")?;

    let mut importer = git(repo);
    // Deltas and compression buy nothing here and cost minutes.
    importer
        .args(["-c", "pack.compression=0", "-c", "core.compression=0"])
        // Always a pack, however small the tree: its size is what is checked.
        .args(["-c", "fastimport.unpackLimit=1"])
        .args(["fast-import", "--quiet", "--done", "--depth=0"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped());
    let mut git_child = proc::spawn(&mut importer)?;
    let sink = git_child.stdin.take().context("the pipe was asked for")?;

    let path = archive.path.clone();
    let feeder = std::thread::spawn(move || -> Result<String> {
        let mut file = fs::File::open(&path)?;
        let mut hasher = Sha256::new();
        let mut buffer = vec![0; 1 << 20];
        // The far end closes early when the tar is complete before the file
        // is, or when it failed: its own status tells. The hash covers all.
        let mut open = true;
        loop {
            let count = file.read(&mut buffer)?;
            if count == 0 {
                return Ok(hex(&hasher.finalize()));
            }
            hasher.update(&buffer[..count]);
            open = open && compressed.write_all(&buffer[..count]).is_ok();
        }
    });
    let mut sink = BufWriter::with_capacity(1 << 20, sink);
    let release = convert(plain, &mut sink, progress);
    drop(sink);
    if release.is_err() {
        let _ = unpacker.kill();
    }
    let unpacked = unpacker.wait_with_output()?;
    let imported = git_child.wait_with_output()?;
    let sha256 = feeder.join().expect("the feeder does not panic")?;
    interrupt::check()?;
    let said = String::from_utf8_lossy(&imported.stderr).into_owned();
    if said.contains("No space left on device") {
        return Err(fsx::no_space(repo).into());
    }
    if !unpacked.status.success() && release.is_ok()
        || release.is_err() && !unpacked.stderr.is_empty()
    {
        return Err(Stop::environment(format!(
            "{} is damaged: {}",
            archive.path.display(),
            String::from_utf8_lossy(&unpacked.stderr).trim_end()
        ))
        .into());
    }
    let release = release.with_context(|| format!("cannot import {}", archive.path.display()))?;
    if !imported.status.success() {
        bail!("git fast-import failed: {}", said.trim_end());
    }
    Ok((release, sha256))
}

/// A tar of one top folder, as a fast-import stream of one commit. Returns the
/// kernel's release. The commit depends on the tar alone: its date is that of
/// the top Makefile.
fn convert(tar: impl Read, out: &mut impl Write, progress: impl Fn(u64)) -> Result<String> {
    let mut tar = tar::Archive::new(tar);
    let mut release = None;
    let mut time = 0;
    let mut files = Vec::new();
    let mut body = Vec::new();
    for entry in tar.entries()? {
        let mut entry = entry.context("the tar ends too early or is damaged")?;
        let kind = entry.header().entry_type();
        let path = entry.path()?.into_owned();
        let Some(path) = inner_path(&path)? else {
            continue;
        };
        body.clear();
        let mode = if kind.is_dir() || kind == tar::EntryType::XGlobalHeader {
            continue;
        } else if kind.is_symlink() {
            let target = entry
                .link_name_bytes()
                .context("a symlink without a target")?;
            body.extend_from_slice(&target);
            "120000"
        } else if kind.is_file() {
            if entry.size() > MAX_FILE {
                bail!("{path} claims {} bytes", entry.size());
            }
            entry
                .read_to_end(&mut body)
                .with_context(|| format!("the tar ends inside {path}"))?;
            if entry.header().mode()? & 0o100 != 0 {
                "100755"
            } else {
                "100644"
            }
        } else {
            bail!("{path} is neither a file, a folder nor a symlink");
        };
        if path == "Makefile" {
            release = release_of(&String::from_utf8_lossy(&body));
            time = entry.header().mtime()?;
        }
        files.push((mode, path));
        // Blobs first, named by their number; the commit follows when the
        // release and the date are known.
        write!(out, "blob\nmark :{}\ndata {}\n", files.len(), body.len())?;
        out.write_all(&body)?;
        out.write_all(b"\n")?;
        if files.len().is_multiple_of(500) {
            progress(files.len() as u64);
            interrupt::check()?;
        }
    }
    let release = release.context("there is no kernel Makefile at its top")?;
    let subject = format!("Linux {release}\n");
    write!(
        out,
        "commit refs/heads/base\ncommitter kernel-series <kernel-series@localhost> {time} +0000\n"
    )?;
    write!(out, "data {}\n{subject}\n", subject.len())?;
    for (number, (mode, path)) in files.iter().enumerate() {
        writeln!(out, "M {mode} :{} {}", number + 1, quote(path))?;
    }
    out.write_all(b"done\n")?;
    out.flush()?;
    Ok(release)
}

/// The path below the tarball's top folder; none for that folder itself.
///
/// # Errors
/// A path that would leave it, or that git would not take.
fn inner_path(path: &Path) -> Result<Option<String>> {
    let mut inner = Vec::new();
    for component in path.components() {
        match component {
            Component::Normal(name) => {
                inner.push(
                    name.to_str()
                        .with_context(|| format!("{} is not UTF-8", path.display()))?,
                );
            }
            Component::CurDir => {}
            _ => bail!("the tar holds {}, which leaves its folder", path.display()),
        }
    }
    if inner
        .iter()
        .skip(1)
        .any(|name| name.eq_ignore_ascii_case(".git"))
    {
        bail!("the tar holds {}, a git folder", path.display());
    }
    Ok((inner.len() > 1).then(|| inner[1..].join("/")))
}

/// A path as fast-import wants it: quoted like a C string where it must be.
fn quote(path: &str) -> String {
    if !path.starts_with('"') && !path.contains('\n') {
        return path.to_owned();
    }
    format!(
        "\"{}\"",
        path.replace('\\', "\\\\")
            .replace('"', "\\\"")
            .replace('\n', "\\n")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tar_of(entries: &[(&str, &str)]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (path, text) in entries {
            let mut header = tar::Header::new_gnu();
            header.set_size(text.len() as u64);
            header.set_mode(0o644);
            header.set_mtime(1_700_000_000);
            // set_path() refuses hostile names; a hostile tar does not.
            header.as_gnu_mut().unwrap().name[..path.len()].copy_from_slice(path.as_bytes());
            header.set_cksum();
            builder.append(&header, text.as_bytes()).unwrap();
        }
        builder.into_inner().unwrap()
    }

    const MAKEFILE: (&str, &str) = (
        "linux/Makefile",
        "VERSION = 7\nPATCHLEVEL = 3\nSUBLEVEL = 4\n",
    );

    fn stream(entries: &[(&str, &str)]) -> Result<String> {
        let mut out = Vec::new();
        convert(&tar_of(entries)[..], &mut out, |_| ())?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn a_tree_becomes_one_commit_with_the_date_of_its_makefile() {
        let stream = stream(&[MAKEFILE, ("linux/init/main.c", "int x;\n")]).unwrap();
        assert!(
            stream.contains("localhost> 1700000000 +0000\ndata 12\nLinux 7.3.4\n"),
            "{stream}"
        );
        assert!(stream.contains("M 100644 :2 init/main.c\n"), "{stream}");
        assert!(stream.ends_with("done\n"));
    }

    #[test]
    fn a_path_that_leaves_the_tree_is_refused() {
        for path in [
            "linux/../../etc/passwd",
            "/etc/passwd",
            "linux/.git/config",
            "linux/a/.GIT/hooks",
        ] {
            assert!(stream(&[MAKEFILE, (path, "x")]).is_err(), "{path}");
        }
    }

    #[test]
    fn a_cut_tar_is_an_error_and_not_a_smaller_kernel() {
        let tar = tar_of(&[MAKEFILE, ("linux/a.c", &"x".repeat(4000))]);
        let error = convert(&tar[..1024 + 512 + 2000], &mut Vec::new(), |_| ()).unwrap_err();
        assert!(format!("{error:#}").contains("the tar ends"), "{error:#}");
    }

    #[test]
    fn a_tar_without_a_kernel_is_refused() {
        let error = stream(&[("x/README", "hello")]).unwrap_err();
        assert!(error.to_string().contains("no kernel Makefile"), "{error}");
    }

    #[test]
    fn odd_names_are_quoted() {
        assert_eq!(quote("a b.c"), "a b.c");
        assert_eq!(quote("a\nb"), r#""a\nb""#);
        assert_eq!(quote("\"x"), r#""\"x""#);
    }
}
