// SPDX-License-Identifier: GPL-2.0-only
//! Debian's kernel source, through apt with a configuration of our own: the
//! signature is verified by apt, the system's own sources are untouched, root
//! is not needed, and a download that was cut off is resumed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::context::Cx;
use crate::stop::Stop;
use crate::{fsx, proc};

use super::archive::{Archive, sha256_of};

/// Debian's own keys; apt refuses an archive that they did not sign.
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// The archive, unless `KERNEL_SERIES_MIRROR` names another.
const MIRROR: &str = "http://deb.debian.org/debian";

/// The suites that carry recent kernels for the stable releases.
const SUITES: &[&str] = &["trixie-backports"];

/// What the last download was, so that later runs need no network.
#[derive(Debug, Serialize, Deserialize)]
struct Downloaded {
    version: String,
    file: String,
    sha256: String,
}

/// The tarball of `linux-source-WANTED`: from the cache, else from the archive.
///
/// # Errors
/// No apt, no keyring, no network, no such version.
pub fn ensure(cx: &Cx, wanted: &str, update: bool) -> Result<Archive> {
    let mirror = std::env::var("KERNEL_SERIES_MIRROR").unwrap_or_else(|_| MIRROR.to_owned());
    ensure_from(cx, &mirror, wanted, update)
}

/// As [`ensure`], from a mirror of the archive.
///
/// # Errors
/// As [`ensure`].
pub fn ensure_from(cx: &Cx, mirror: &str, wanted: &str, update: bool) -> Result<Archive> {
    let package = format!("linux-source-{wanted}");
    let pointer = cx.paths.downloads().join(format!("{package}.json"));
    let known = known(&pointer);
    if let (Some(known), false) = (&known, update) {
        let archive = archive_of(cx, &package, known);
        if intact(cx, &archive) {
            return Ok(archive);
        }
        cx.ui.note(&format!(
            "{} is damaged or gone: fetching it again",
            archive.path.display()
        ));
    }
    let fetched = fetch(cx, mirror, &package)?;
    if let Some(known) = known
        && known.version != fetched.version
    {
        cx.ui.note(&format!(
            "{package} moved from {} to {}",
            known.version, fetched.version
        ));
    }
    fsx::write_atomic(&pointer, &serde_json::to_vec_pretty(&fetched)?)?;
    Ok(archive_of(cx, &package, &fetched))
}

fn known(pointer: &Path) -> Option<Downloaded> {
    serde_json::from_slice(&fs::read(pointer).ok()?).ok()
}

fn archive_of(cx: &Cx, package: &str, known: &Downloaded) -> Archive {
    Archive {
        path: cx.paths.downloads().join(&known.file),
        sha256: known.sha256.clone(),
        origin: format!("Debian {package} {}", known.version),
    }
}

/// An archive whose base is imported is not read again; otherwise its bytes
/// must be the ones that were downloaded.
fn intact(cx: &Cx, archive: &Archive) -> bool {
    super::import::imported(cx, archive).is_some()
        || fs::File::open(&archive.path)
            .is_ok_and(|file| sha256_of(file).is_ok_and(|sha256| sha256 == archive.sha256))
}

fn fetch(cx: &Cx, mirror: &str, package: &str) -> Result<Downloaded> {
    let apt = Apt::prepare(cx, mirror)?;
    let bar = cx.ui.spinner("source", "asking the Debian archive");
    apt.update()?;
    drop(bar);
    let offer = apt.offer(package)?;
    let partial = cx.paths.downloads().join("partial");
    fsx::create_dir(&partial)?;
    let deb = partial.join(&offer.file);

    let bar = cx.ui.bar("source", &offer.file, offer.bytes >> 20, "MiB");
    let mut download = apt.get();
    // On a slow link a connection may be lost several times over.
    download
        .args(["-o", "Acquire::Retries=5", "download"])
        .arg(package)
        .current_dir(&partial);
    let finished = std::sync::atomic::AtomicBool::new(false);
    let downloaded = std::thread::scope(|scope| {
        scope.spawn(|| {
            // apt draws its own progress only on a terminal of its own; the
            // growing file tells as much.
            while !finished.load(std::sync::atomic::Ordering::Relaxed) {
                bar.set(fs::metadata(&deb).map_or(0, |meta| meta.len() >> 20));
                std::thread::park_timeout(std::time::Duration::from_millis(200));
            }
        });
        let result = proc::read(&mut download);
        finished.store(true, std::sync::atomic::Ordering::Relaxed);
        result
    });
    drop(bar);
    downloaded.map_err(|error| no_network(&error))?;
    unpack(cx, package, &deb, &offer)
}

/// Takes the tarball out of the package.
fn unpack(cx: &Cx, package: &str, deb: &Path, offer: &Offer) -> Result<Downloaded> {
    let _bar = cx.ui.spinner("source", &format!("opening {}", offer.file));
    let sha256 = sha256_of(fs::File::open(deb)?)?;
    if sha256 != offer.sha256 {
        fs::remove_file(deb)?;
        anyhow::bail!(
            "{} has SHA-256 {sha256}, the archive says {}; it was removed",
            offer.file,
            offer.sha256
        );
    }
    let room = tempfile::tempdir_in(cx.paths.downloads())?;
    proc::read(Command::new("dpkg-deb").arg("-x").arg(deb).arg(room.path()))?;
    let inner = room.path().join(format!("usr/src/{package}.tar.xz"));
    let file = format!("{package}_{}.tar.xz", offer.version);
    let sha256 = sha256_of(
        fs::File::open(&inner)
            .with_context(|| format!("{} holds no {package}.tar.xz", offer.file))?,
    )?;
    fs::rename(&inner, cx.paths.downloads().join(&file))?;
    fs::remove_file(deb)?;
    Ok(Downloaded {
        version: offer.version.clone(),
        file,
        sha256,
    })
}

/// What the archive offers, as `apt-get download --print-uris` says.
#[derive(Debug, PartialEq, Eq)]
struct Offer {
    file: String,
    version: String,
    bytes: u64,
    sha256: String,
}

/// One line: `'URI' FILE BYTES SHA256:HEX`; the file is `NAME_VERSION_ARCH.deb`.
fn parse_offer(line: &str) -> Option<Offer> {
    let (_, rest) = line.strip_prefix('\'')?.split_once("' ")?;
    let mut words = rest.split_whitespace();
    let file = words.next()?.to_owned();
    let bytes = words.next()?.parse().ok()?;
    let sha256 = words.next()?.strip_prefix("SHA256:")?.to_owned();
    let version = file.split('_').nth(1)?.to_owned();
    // The name becomes a path below our folder.
    let plain = |c: char| c.is_ascii_alphanumeric() || "._+~-".contains(c);
    (file.chars().all(plain) && !file.starts_with('.')).then_some(Offer {
        file,
        version,
        bytes,
        sha256,
    })
}

struct Apt {
    dir: PathBuf,
}

impl Apt {
    fn prepare(cx: &Cx, mirror: &str) -> Result<Self> {
        if !Path::new("/usr/bin/apt-get").exists() {
            return Err(Stop::environment("the default kernel source is a Debian package, and there is no apt here")
                .help("cargo xtask test-vm --linux DIR      # a git clone of Linux")
                .help("cargo xtask test-vm --tarball FILE   # from https://cdn.kernel.org/pub/linux/kernel/")
                .into());
        }
        if !Path::new(KEYRING).exists() {
            return Err(Stop::environment(format!(
                "{KEYRING} is missing: the archive's signature could not be verified"
            ))
            .help("apt-get install debian-archive-keyring")
            .into());
        }
        let dir = cx.paths.apt();
        fsx::create_dir(&dir.join("lists/partial"))?;
        fsx::create_dir(&dir.join("cache/archives/partial"))?;
        let mut list = String::new();
        for suite in SUITES {
            list.push_str(&format!(
                "deb [signed-by={KEYRING}] {mirror} {suite} main\n"
            ));
        }
        fsx::write_if_changed(&dir.join("sources.list"), list.as_bytes())?;
        Ok(Self { dir })
    }

    fn tool(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        let at = |name: &str| self.dir.join(name).display().to_string();
        for option in [
            format!("Dir::Etc::sourcelist={}", at("sources.list")),
            "Dir::Etc::sourceparts=-".to_owned(),
            format!("Dir::State::Lists={}", at("lists")),
            format!("Dir::Cache={}", at("cache")),
            // As root apt would drop to _apt, who may not enter our cache.
            "APT::Sandbox::User=".to_owned(),
            "Acquire::http::Timeout=30".to_owned(),
        ] {
            command.arg("-o").arg(option);
        }
        command.env("LC_ALL", "C");
        command
    }

    fn get(&self) -> Command {
        let mut command = self.tool("apt-get");
        command.arg("-q");
        command
    }

    fn update(&self) -> Result<()> {
        let mut update = self.get();
        // Where there is no network, say so soon.
        update.args(["-o", "Acquire::Retries=1"]);
        // Without this a failed fetch is a warning and old lists are used.
        update.args(["-o", "APT::Update::Error-Mode=any", "update"]);
        proc::read(&mut update)
            .map(drop)
            .map_err(|error| no_network(&error))
    }

    fn offer(&self, package: &str) -> Result<Offer> {
        let mut uris = self.get();
        uris.args(["download", "--print-uris", package]);
        let answer = proc::read(&mut uris).map_err(|_| {
            Stop::environment(format!(
                "the Debian archive ({}) has no {package} any more",
                SUITES.join(", ")
            ))
            .help("cargo xtask test-vm --linux DIR --base vX.Y    # a git clone of Linux")
            .help("cargo xtask test-vm --tarball FILE")
        })?;
        answer
            .lines()
            .find_map(parse_offer)
            .with_context(|| format!("apt-get download --print-uris answered: {answer}"))
    }
}

/// apt's own words, and the ways that need no network.
fn no_network(error: &anyhow::Error) -> anyhow::Error {
    if error.downcast_ref::<Stop>().is_some() {
        return Stop::environment(error.to_string()).into();
    }
    let said = error.to_string();
    let reasons: Vec<&str> = said
        .lines()
        .filter(|line| line.starts_with("E:") || line.starts_with("W:"))
        .take(3)
        .collect();
    let said = if reasons.is_empty() {
        said.clone()
    } else {
        reasons.join("; ")
    };
    Stop::environment(format!("the kernel source could not be fetched: {said}"))
        .help("check the network, then run the same command again: a download goes on where it stopped")
        .help("cargo xtask test-vm --tarball FILE   # or --linux DIR: both work offline")
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA: &str = "703e369ddd4cce971452f5a593ee55df3a5c10c83caf0fa0df039633ed181ee3";

    #[test]
    fn an_offer_is_parsed() {
        let line = format!(
            "'http://deb.debian.org/debian/pool/main/l/linux/linux-source-7.3_7.3.4-1%7ebpo13%2b1_all.deb'              linux-source-7.3_7.3.4-1~bpo13+1_all.deb 166780612 SHA256:{SHA}"
        );
        let offer = parse_offer(&line).unwrap();
        assert_eq!(offer.version, "7.3.4-1~bpo13+1");
        assert_eq!(offer.bytes, 166_780_612);
        assert_eq!(offer.sha256, SHA);
    }

    #[test]
    fn an_offer_cannot_name_a_path() {
        for file in [
            "../../etc/passwd_1_all.deb",
            ".._1_all.deb",
            "/etc/x_1_all.deb",
        ] {
            assert_eq!(
                parse_offer(&format!("'u' {file} 1 SHA256:{SHA}")),
                None,
                "{file}"
            );
        }
    }

    #[test]
    fn no_network_names_the_cause_and_the_ways_out() {
        let error = no_network(&anyhow::anyhow!(
            "`apt-get update` failed (exit status: 100): E: Failed to fetch http://deb.debian.org/x  Could not resolve 'deb.debian.org'\nE: Some index files failed to download."
        ));
        assert_eq!(crate::stop::exit_of(&error), crate::stop::Exit::Environment);
        let text = error.to_string();
        assert!(text.contains("Some index files failed"), "{text}");
        assert!(text.contains("--tarball"), "{text}");
    }
}
