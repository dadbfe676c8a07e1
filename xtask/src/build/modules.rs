// SPDX-License-Identifier: GPL-2.0-only
//! The modules of a build and the order in which they load, from the modules
//! themselves: `.modinfo` names what each depends on, so no depmod is needed.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use object::{Object, ObjectSection};

/// A kernel module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// Name as the kernel has it, with underscores.
    pub name: String,
    /// The `.ko` file.
    pub path: PathBuf,
    /// Names of the modules it needs.
    pub depends: Vec<String>,
}

/// The modules listed in the `modules.order` of each folder.
///
/// # Errors
/// A module that is listed and cannot be read.
pub fn list(dirs: &[&Path]) -> Result<Vec<Module>> {
    let mut modules = Vec::new();
    for dir in dirs {
        let Ok(order) = std::fs::read_to_string(dir.join("modules.order")) else {
            continue;
        };
        for line in order.lines() {
            let path = dir.join(line).with_extension("ko");
            let bytes =
                std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            let depends =
                depends(&bytes).with_context(|| format!("{} is no module", path.display()))?;
            modules.push(Module {
                name: name_of(&path),
                path,
                depends,
            });
        }
    }
    Ok(modules)
}

fn name_of(path: &Path) -> String {
    path.file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .replace('-', "_")
}

/// The `depends=` entry of `.modinfo`.
fn depends(bytes: &[u8]) -> Result<Vec<String>> {
    let file = object::File::parse(bytes)?;
    let section = file
        .section_by_name(".modinfo")
        .context("it has no .modinfo")?;
    Ok(parse_depends(section.data()?))
}

fn parse_depends(modinfo: &[u8]) -> Vec<String> {
    modinfo
        .split(|byte| *byte == 0)
        .filter_map(|entry| std::str::from_utf8(entry).ok()?.strip_prefix("depends="))
        .flat_map(|list| list.split(','))
        .filter(|name| !name.is_empty())
        .map(|name| name.replace('-', "_"))
        .collect()
}

/// `wanted` and everything they need, each after what it depends on.
///
/// # Errors
/// A module that the build did not make.
pub fn load_order<'a>(modules: &'a [Module], wanted: &[&str]) -> Result<Vec<&'a Module>> {
    fn visit<'a>(
        modules: &'a [Module],
        name: &str,
        order: &mut Vec<&'a Module>,
        path: &mut Vec<String>,
    ) -> Result<()> {
        if order.iter().any(|module| module.name == name) || path.iter().any(|seen| seen == name) {
            return Ok(());
        }
        let module = modules
            .iter()
            .find(|module| module.name == name)
            .with_context(|| format!("the build made no module {name}"))?;
        path.push(name.to_owned());
        for needed in &module.depends {
            visit(modules, needed, order, path)?;
        }
        order.push(module);
        Ok(())
    }
    let mut order = Vec::new();
    for name in wanted {
        visit(modules, name, &mut order, &mut Vec::new())?;
    }
    Ok(order)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(name: &str, depends: &[&str]) -> Module {
        Module {
            name: name.into(),
            path: PathBuf::new(),
            depends: depends.iter().map(|&name| name.into()).collect(),
        }
    }

    #[test]
    fn modinfo_is_a_list_of_strings() {
        let info = b"license=GPL v2\0depends=vfio-pci-core,vfio,iommufd\0retpoline=Y\0";
        assert_eq!(parse_depends(info), ["vfio_pci_core", "vfio", "iommufd"]);
        assert_eq!(parse_depends(b"depends=\0"), Vec::<String>::new());
    }

    #[test]
    fn a_module_loads_after_what_it_needs() {
        let all = [
            module("vfio_pci", &["vfio_pci_core"]),
            module("vfio_pci_core", &["vfio"]),
            module("vfio", &[]),
            module("other", &[]),
        ];
        let order: Vec<&str> = load_order(&all, &["vfio_pci", "vfio"])
            .unwrap()
            .iter()
            .map(|module| module.name.as_str())
            .collect();
        assert_eq!(order, ["vfio", "vfio_pci_core", "vfio_pci"]);
        assert!(load_order(&all, &["gone"]).is_err());
    }
}
