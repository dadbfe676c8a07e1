// SPDX-License-Identifier: GPL-2.0-only
//! Commits as patches. In: `main..HEAD` or a single commit, and a repository,
//! which is only read. Out: an input for each commit, whose mail is made in
//! memory when it is its turn.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use git2::{ErrorCode, Oid, Repository, RevparseMode, Sort};

use crate::stop::Stop;

/// A commit of a repository.
#[derive(Clone, Debug)]
pub struct Revision {
    git_dir: PathBuf,
    id: Oid,
}

impl Revision {
    /// Its name: as many digits as a Fixes: tag has.
    pub fn name(&self) -> String {
        self.id.to_string()[..12].to_owned()
    }

    /// The commit as a mail with a patch.
    ///
    /// # Errors
    /// An object that cannot be read.
    pub fn mail(&self) -> Result<Vec<u8>> {
        let mail = || {
            let repo = Repository::open(&self.git_dir)?;
            let commit = repo.find_commit(self.id)?;
            let mail = git2::Email::from_commit(&commit, &mut git2::EmailCreateOptions::new())?;
            Ok::<_, git2::Error>(mail.as_slice().to_vec())
        };
        mail().with_context(|| format!("cannot read commit {}", self.id))
    }
}

/// The repository that names are looked up in: the given one, else that of the
/// current folder, if it is in one.
///
/// # Errors
/// A given folder that is none.
pub fn repository(git_dir: Option<&Path>) -> Result<Option<Repository>> {
    let Some(dir) = git_dir else {
        return Ok(Repository::discover(".").ok());
    };
    let repo = Repository::discover(dir)
        .map_err(|_| Stop::environment(format!("{} is not in a git repository", dir.display())))?;
    Ok(Some(repo))
}

/// The commits that a name stands for, the oldest first; `None` if it stands
/// for none.
///
/// # Errors
/// A range that is empty or of a kind that has no order, a merge.
pub fn commits(repo: &Repository, name: &str) -> Result<Option<Vec<Revision>>> {
    let spec = match repo.revparse(name) {
        Ok(spec) => spec,
        Err(error) if error.code() == ErrorCode::Ambiguous => {
            return Err(Stop::environment(format!("several commits begin with {name}")).into());
        }
        Err(_) => return Ok(None),
    };
    let peel = |object: Option<&git2::Object<'_>>| {
        let object = object.context("a revision has an object")?;
        match object.peel_to_commit() {
            Ok(commit) => Ok((commit.id(), commit.parent_count())),
            Err(_) => Err(anyhow::Error::from(Stop::environment(format!(
                "{name} is no commit"
            )))),
        }
    };
    let ids = if spec.mode().contains(RevparseMode::MERGE_BASE) {
        let range = name.replacen("...", "..", 1);
        return Err(Stop::environment(format!("{name} has two sides"))
            .help(format!("cargo xtask check {range}"))
            .into());
    } else if spec.mode().contains(RevparseMode::RANGE) {
        between(repo, peel(spec.from())?.0, peel(spec.to())?.0, name)?
    } else {
        let (id, parents) = peel(spec.from())?;
        if parents > 1 {
            return Err(Stop::environment(format!("{name} is a merge"))
                .help(format!("cargo xtask check {name}~1..{name}"))
                .into());
        }
        vec![id]
    };
    let revision = |id| Revision {
        git_dir: repo.path().to_owned(),
        id,
    };
    Ok(Some(ids.into_iter().map(revision).collect()))
}

/// The commits of a range that are no merges.
fn between(repo: &Repository, from: Oid, to: Oid, name: &str) -> Result<Vec<Oid>> {
    let mut walk = repo.revwalk()?;
    walk.set_sorting(Sort::TOPOLOGICAL | Sort::REVERSE)?;
    walk.push(to)?;
    walk.hide(from)?;
    let mut ids = Vec::new();
    for id in walk {
        let id = id?;
        if repo.find_commit(id)?.parent_count() < 2 {
            ids.push(id);
        }
    }
    if ids.is_empty() {
        return Err(Stop::environment(format!("there is no commit in {name}")).into());
    }
    Ok(ids)
}
