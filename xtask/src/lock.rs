// SPDX-License-Identifier: GPL-2.0-only
//! Two runs share a cache or a work folder by taking turns.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::interrupt;
use crate::ui::Ui;

/// An exclusive lock, given back when dropped (by the kernel, should the
/// process die).
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock at `path`, waiting for its holder if there is one and
    /// saying for whom. `what` is what the lock protects.
    ///
    /// # Errors
    /// When the file cannot be made, or the user interrupts the wait.
    pub fn acquire(ui: &Ui, path: &Path, what: &str) -> Result<Self> {
        if let Some(dir) = path.parent() {
            crate::fsx::create_dir(dir)?;
        }
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .with_context(|| format!("cannot open the lock {}", path.display()))?;
        let mut told = false;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) => {
                    if !told {
                        let mut holder = String::new();
                        let _ = (&mut file).take(64).read_to_string(&mut holder);
                        let holder = holder.trim();
                        let who = if holder.is_empty() {
                            "another run"
                        } else {
                            holder
                        };
                        ui.note(&format!("waiting for {who}, which uses {what}"));
                        told = true;
                    }
                    // flock() has no time-out, and a blocked call would not
                    // see an interrupt: poll.
                    std::thread::sleep(Duration::from_millis(100));
                    interrupt::check()?;
                }
                Err(TryLockError::Error(error)) => {
                    return Err(error).with_context(|| format!("cannot lock {}", path.display()));
                }
            }
        }
        file.set_len(0)?;
        file.rewind()?;
        write!(file, "process {}", std::process::id())?;
        Ok(Self { _file: file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn the_second_waits_for_the_first() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sub/lock");
        let first = Lock::acquire(&Ui::quiet(), &path, "the test").unwrap();
        let (sender, receiver) = mpsc::channel();
        let second_path = path.clone();
        let second = std::thread::spawn(move || {
            let ui = Ui::quiet();
            let lock = Lock::acquire(&ui, &second_path, "the test").unwrap();
            sender.send(()).unwrap();
            drop(lock);
        });
        assert!(receiver.try_recv().is_err(), "the lock is held");
        drop(first);
        receiver.recv().unwrap();
        second.join().unwrap();
    }
}
