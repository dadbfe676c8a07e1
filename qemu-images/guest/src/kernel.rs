// SPDX-License-Identifier: GPL-2.0-only
//! What the kernel says about itself: pins, locked memory, huge pages, taint,
//! its log.

use std::fs::{self, File};
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use anyhow::{Context, Result, bail};
use nix::errno::Errno;
use nix::sys::resource::{RLIM_INFINITY, Resource, setrlimit};

/// Reads a file of /proc or /sys.
///
/// # Errors
/// Names the file.
pub fn read(path: impl AsRef<Path>) -> Result<String> {
    let path = path.as_ref();
    Ok(fs::read_to_string(path)
        .with_context(|| format!("cannot read {}", path.display()))?
        .trim_end()
        .to_owned())
}

/// Writes a file of /proc or /sys.
///
/// # Errors
/// Names the file and the text.
pub fn write(path: impl AsRef<Path>, text: impl AsRef<str>) -> Result<()> {
    let (path, text) = (path.as_ref(), text.as_ref());
    fs::write(path, text).with_context(|| format!("cannot write `{text}` to {}", path.display()))
}

/// A `key value` line of a statistics file; `key:` as in /proc/PID/status too.
fn value(text: &str, key: &str) -> Option<i64> {
    text.lines().find_map(|line| {
        let (name, rest) = line.split_once([' ', ':', '\t'])?;
        (name == key).then(|| rest.trim().trim_end_matches(" kB").trim().parse().ok())?
    })
}

/// Pages that are pinned for the long term in the whole system: acquired minus
/// released, in units of 4 KiB pages.
///
/// # Errors
/// A kernel without these counters.
pub fn pins() -> Result<i64> {
    // The counters are kept per CPU; this adds them up.
    write("/proc/sys/vm/stat_refresh", "1")?;
    let text = read("/proc/vmstat")?;
    let count = |key| value(&text, key).with_context(|| format!("/proc/vmstat has no {key}"));
    Ok(count("nr_foll_pin_acquired")? - count("nr_foll_pin_released")?)
}

/// `VmLck` of this process, KiB: what VFIO has accounted to it.
///
/// # Errors
/// When /proc is not there.
pub fn locked_kib() -> Result<i64> {
    value(&read("/proc/self/status")?, "VmLck").context("/proc/self/status has no VmLck")
}

/// Transparent huge pages in this process, KiB.
///
/// # Errors
/// When /proc is not there.
pub fn thp_kib() -> Result<i64> {
    value(&read("/proc/self/smaps_rollup")?, "AnonHugePages").context("no AnonHugePages")
}

/// Sets RLIMIT_MEMLOCK of this process, in pages.
///
/// # Errors
/// What the kernel answers.
pub fn limit_locked(pages: usize) -> Result<()> {
    // The hard limit is out of the way: this process may raise it.
    setrlimit(
        Resource::RLIMIT_MEMLOCK,
        (pages as u64) * 4096,
        RLIM_INFINITY,
    )
    .context("cannot set RLIMIT_MEMLOCK")
}

/// Takes CAP_IPC_LOCK from this process; root otherwise keeps its rights.
///
/// # Errors
/// What the kernel answers.
pub fn drop_cap_ipc_lock() -> Result<()> {
    const CAP_IPC_LOCK: u32 = 14;
    const VERSION_3: u32 = 0x2008_0522;
    let mut header = [VERSION_3, 0];
    // struct __user_cap_data_struct [2]: effective, permitted, inheritable.
    let mut data = [0_u32; 6];
    // SAFETY: the structures are of the size that version 3 asks for.
    Errno::result(unsafe {
        libc::syscall(libc::SYS_capget, header.as_mut_ptr(), data.as_mut_ptr())
    })?;
    for word in &mut data[..3] {
        *word &= !(1 << CAP_IPC_LOCK);
    }
    // SAFETY: as above.
    Errno::result(unsafe { libc::syscall(libc::SYS_capset, header.as_mut_ptr(), data.as_ptr()) })?;
    Ok(())
}

/// `uname -r`.
///
/// # Errors
/// When /proc is not there.
pub fn release() -> Result<String> {
    read("/proc/sys/kernel/osrelease")
}

/// Taint flags that an oops or a warning sets (`Documentation/admin-guide/tainted-kernels.rst`):
/// 5 bad page, 7 died, 9 warning, 14 soft lockup.
///
/// # Errors
/// When /proc is not there.
pub fn complaints() -> Result<u64> {
    let taint: u64 = read("/proc/sys/kernel/tainted")?.parse()?;
    Ok(taint & (1 << 5 | 1 << 7 | 1 << 9 | 1 << 14))
}

/// The number of the page frame behind an address of this process.
///
/// # Errors
/// Nothing is there; not root.
pub fn frame(address: u64) -> Result<u64> {
    let mut word = [0; 8];
    File::open("/proc/self/pagemap")
        .context("no /proc/self/pagemap")?
        .read_exact_at(&mut word, address / 4096 * 8)?;
    let entry = u64::from_le_bytes(word);
    // Bit 63: present. Bits 0 to 54: the frame.
    match (entry >> 63, entry & ((1 << 55) - 1)) {
        (1, frame) if frame > 0 => Ok(frame),
        _ => bail!("no page is known at {address:#x}"),
    }
}

/// Whether the file of a module has `symbol` in a table of names: as its own, or
/// as one that it uses.
///
/// # Errors
/// The file cannot be read.
pub fn module_names(file: impl AsRef<Path>, symbol: &str) -> Result<bool> {
    let file = file.as_ref();
    let bytes = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let name = [b"\0", symbol.as_bytes(), b"\0"].concat();
    Ok(bytes.windows(name.len()).any(|piece| piece == name))
}

/// Free pages in ZONE_MOVABLE of a node, of 4 KiB each; none without the zone.
///
/// # Errors
/// When /proc is not there.
pub fn movable_free(node: u32) -> Result<u64> {
    let text = read("/proc/zoneinfo")?;
    let zone = text
        .split("Node ")
        .find(|zone| zone.starts_with(&format!("{node}, zone  Movable")));
    Ok(zone
        .and_then(|zone| value_of_zone(zone, "nr_free_pages"))
        .unwrap_or(0))
}

/// A `key value` line of a zone in /proc/zoneinfo, which is indented.
fn value_of_zone(zone: &str, key: &str) -> Option<u64> {
    zone.lines().find_map(|line| {
        let mut words = line.split_whitespace();
        (words.next() == Some(key)).then(|| words.next()?.parse().ok())?
    })
}

/// Sizes of huge pages, KiB.
pub const HUGE_2M_KIB: u32 = 2048;
/// See [`HUGE_2M_KIB`].
pub const HUGE_1G_KIB: u32 = 1 << 20;

/// Free huge pages of a size.
///
/// # Errors
/// A kernel that does not know the size.
pub fn free_huge(size_kib: u32) -> Result<u32> {
    Ok(read(format!(
        "/sys/kernel/mm/hugepages/hugepages-{size_kib}kB/free_hugepages"
    ))?
    .parse()?)
}

/// Makes at least `count` pages of a size free, as far as memory allows. Pages
/// that have failed stay in the pool, and are never free again.
///
/// # Errors
/// A kernel that does not know the size.
pub fn grow_pool(size_kib: u32, count: u32) -> Result<()> {
    let missing = count.saturating_sub(free_huge(size_kib)?);
    if missing > 0 {
        let path = format!("/sys/kernel/mm/hugepages/hugepages-{size_kib}kB/nr_hugepages");
        let total: u32 = read(&path)?.parse()?;
        write(&path, total.saturating_add(missing).to_string())?;
    }
    Ok(())
}

/// Makes the pool of a size exactly `count` pages.
///
/// # Errors
/// When memory does not allow it.
pub fn resize_pool(size_kib: u32, count: u32) -> Result<()> {
    let path = format!("/sys/kernel/mm/hugepages/hugepages-{size_kib}kB/nr_hugepages");
    write(&path, count.to_string())?;
    let got = read(&path)?.parse::<u32>()?;
    if got != count {
        bail!("wanted a pool of {count} huge pages of {size_kib} KiB, got {got}");
    }
    Ok(())
}

/// The kernel's log from now on.
#[derive(Debug)]
pub struct Log {
    kmsg: File,
}

impl Log {
    /// Starts to listen.
    ///
    /// # Errors
    /// When /dev/kmsg is not there.
    pub fn from_now() -> Result<Self> {
        let mut kmsg = File::options()
            .read(true)
            .custom_flags(libc::O_NONBLOCK)
            .open("/dev/kmsg")?;
        kmsg.seek(SeekFrom::End(0))?;
        Ok(Self { kmsg })
    }

    /// The messages since the last call.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn news(&mut self) -> Result<Vec<String>> {
        let mut messages = Vec::new();
        // A record is at most 8 KiB, and a read gives exactly one.
        let mut record = [0; 8192];
        loop {
            match self.kmsg.read(&mut record) {
                Ok(0) => return Ok(messages),
                Ok(length) => messages.extend(message(&String::from_utf8_lossy(&record[..length]))),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(messages),
                // Overwritten before it was read: go on with the oldest there is.
                Err(error) if error.raw_os_error() == Some(libc::EPIPE) => {}
                Err(error) => bail!("cannot read /dev/kmsg: {error}"),
            }
        }
    }
}

/// The text of a record `PRIORITY,SEQUENCE,TIME,FLAGS;TEXT` and what follows.
fn message(record: &str) -> Option<String> {
    let (_, text) = record.split_once(';')?;
    text.lines().next().map(str::to_owned)
}

/// The IOVA of a DMA that the IOMMU refused, from the line that
/// `dmar_fault_do_one()` prints.
pub fn refused_dma(line: &str) -> Option<u64> {
    let rest = line.strip_prefix("DMAR: [DMA ")?;
    let (_, rest) = rest.split_once(" fault addr 0x")?;
    let digits = rest.split(' ').next()?;
    u64::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_statistics() {
        assert_eq!(
            value(
                "nr_free 5\nnr_foll_pin_acquired 12\n",
                "nr_foll_pin_acquired"
            ),
            Some(12)
        );
        assert_eq!(value("VmLck:\t    2048 kB\n", "VmLck"), Some(2048));
        assert_eq!(
            value("AnonHugePages:     4096 kB\n", "AnonHugePages"),
            Some(4096)
        );
        assert_eq!(value("x 1\n", "y"), None);
    }

    #[test]
    fn a_refused_dma_names_its_address() {
        let line = "DMAR: [DMA Write NO_PASID] Request device [00:05.0] fault addr 0x40001000 [fault reason 0x05] PTE Write access is not set";
        assert_eq!(refused_dma(line), Some(0x4000_1000));
        assert_eq!(refused_dma("DMAR: DRHD: handling fault status reg 2"), None);
    }

    #[test]
    fn the_text_of_a_log_record() {
        assert_eq!(
            message("3,1016,123456,-;DMAR: hello\n SUBSYSTEM=pci\n").as_deref(),
            Some("DMAR: hello")
        );
    }
}
