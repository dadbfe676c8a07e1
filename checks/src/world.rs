// SPDX-License-Identifier: GPL-2.0-only
//! What rules ask about the kernel that a text belongs to. The library does no
//! input itself: whoever calls it answers.

use std::collections::{HashMap, HashSet};

/// What git knows of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Commit {
    /// There is no git to ask.
    Unasked,
    /// There is no such commit.
    Unknown,
    /// Several begin like this.
    Ambiguous,
    /// Its id, 40 digits, and its subject.
    Known(String, String),
}

/// A kernel tree and its history. Every question has the answer of somebody who
/// has neither.
///
/// Paths come from texts that nobody vouches for: an implementation must not
/// leave the tree.
pub trait World {
    /// Whether there is a tree at all.
    fn has_tree(&self) -> bool {
        false
    }
    /// Whether a path of the tree exists.
    fn exists(&self, _path: &str) -> bool {
        false
    }
    /// Whether a path of the tree is a file.
    fn is_file(&self, _path: &str) -> bool {
        false
    }
    /// A file of the tree.
    fn read(&self, _path: &str) -> Option<Vec<u8>> {
        None
    }
    /// A commit by the beginning of its id.
    fn commit(&self, _id: &str) -> Commit {
        Commit::Unasked
    }
    /// Whether a commit, by all of its id, is part of the history that patches
    /// are for; `None` without one.
    fn is_ancestor(&self, _id: &str) -> Option<bool> {
        None
    }
    /// Those who maintain what a patch touches, as addresses; `None` without
    /// MAINTAINERS.
    fn maintainers(&self, _patch: &str) -> Option<Vec<String>> {
        None
    }
    /// Whether MAINTAINERS calls a file obsolete.
    fn is_obsolete(&self, _path: &str) -> bool {
        false
    }
    /// Whether a licence expression is known.
    fn is_license_valid(&self, _tag: &str) -> bool {
        true
    }
    /// Names with capitals within that the tree uses already.
    fn is_camelcase_known(&self, _word: &str) -> bool {
        false
    }
    /// All device tree bindings, one after the other; `None` without a tree.
    fn bindings(&self) -> Option<&[u8]> {
        None
    }
    /// The list of vendor prefixes of the bindings.
    fn vendor_prefixes(&self) -> &[u8] {
        &[]
    }
    /// Misspellings in small letters, with what was meant.
    fn misspellings(&self) -> Option<&HashMap<String, String>> {
        None
    }
    /// Structures that should be constant.
    fn const_structs(&self) -> Option<&HashSet<String>> {
        None
    }
}

/// No tree, no git.
#[derive(Clone, Copy, Debug)]
pub struct Nowhere;

impl World for Nowhere {}
