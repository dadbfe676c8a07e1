// SPDX-License-Identifier: GPL-2.0-only
//! Back from the list: what people say about a series becomes a checklist in
//! its folder, and the answer, the change log and the trailers come out of it.
//!
//! [`letter`] makes mails of bytes, [`quote`] makes remarks of a mail,
//! [`place`] finds the line that a remark is about, [`import`] writes all of it
//! to the [`checklist`]. Mails are data from anybody: nothing in them becomes a
//! path, a command or an unbounded buffer.

pub mod answer;
pub mod changelog;
pub mod checklist;
pub mod hunk;
pub mod import;
pub mod letter;
pub mod now;
pub mod place;
pub mod quote;
pub mod sent;
pub mod trailers;

use letter::Letter;
use quote::Reading;

/// Reads what was said in the mails of a file.
///
/// # Errors
/// What is no mail, and what exceeds the limits.
pub fn read(bytes: &[u8]) -> Result<Vec<(Letter, Reading)>, String> {
    let letters = letter::read(bytes)?;
    let read = letters.into_iter().map(|letter| {
        let reading = quote::read(&letter.body, &letter.from);
        (letter, reading)
    });
    Ok(read.collect())
}
