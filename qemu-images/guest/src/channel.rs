// SPDX-License-Identifier: GPL-2.0-only
//! The way to the host: events go in, lines leave on the second serial port.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Mutex;

use anyhow::{Context, Result};
use nix::sys::termios::{self, SetArg};

use crate::protocol::{Event, MAX_DETAIL};

/// The result channel. Shared by the threads of a process: an event is one
/// line, written whole.
#[derive(Debug)]
pub struct Channel {
    port: Mutex<File>,
}

impl Channel {
    /// Opens the serial port, raw: the line discipline must not add carriage
    /// returns.
    ///
    /// # Errors
    /// When there is no such port.
    pub fn open() -> Result<Self> {
        let port = OpenOptions::new()
            .read(true)
            .write(true)
            .open("/dev/ttyS1")
            .context("cannot open /dev/ttyS1")?;
        let mut settings = termios::tcgetattr(&port)?;
        termios::cfmakeraw(&mut settings);
        termios::tcsetattr(&port, SetArg::TCSANOW, &settings)?;
        Ok(Self {
            port: Mutex::new(port),
        })
    }

    /// Sends an event. A host that is gone cannot be told so: errors are
    /// swallowed, and the silence is noticed there.
    pub fn send(&self, event: &Event) {
        if let Ok(mut port) = self.port.lock() {
            let _ = port.write_all(event.to_line().as_bytes());
        }
    }

    /// Waits until all is on the wire.
    pub fn drain(&self) {
        if let Ok(port) = self.port.lock() {
            let _ = termios::tcdrain(port.as_fd() as BorrowedFd);
        }
    }
}

/// A detail text of bounded length, cut at a character.
pub fn cut(text: &str) -> String {
    let mut end = text.len().min(MAX_DETAIL);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let text = "ü".repeat(MAX_DETAIL);
        assert!(cut(&text).len() <= MAX_DETAIL && cut(&text).ends_with('ü'));
        assert_eq!(cut("short"), "short");
    }
}
