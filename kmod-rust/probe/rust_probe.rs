// SPDX-License-Identifier: GPL-2.0-only

//! Proves from inside that this is a Rust-for-Linux kernel.
//!
//! The module registers `/dev/rust_probe`; what enters is an `open()` and a
//! `read()`, what leaves is text, a `key=value` a line: the compiler, the
//! kernel's release, then the result of each trial of the kernel crate, and
//! last `selftest=ok`, which only a module that got that far can write.

use kernel::{
    fs::{
        File,
        Kiocb, //
    },
    iov::IovIterDest,
    miscdevice::{
        MiscDevice,
        MiscDeviceOptions,
        MiscDeviceRegistration, //
    },
    new_mutex,
    prelude::*,
    rbtree::RBTree,
    sync::Arc, //
};

module! {
    type: RustProbe,
    name: "rust_probe",
    authors: ["kernel-series"],
    description: "Reports on the Rust in this kernel",
    license: "GPL",
}

#[pin_data]
struct RustProbe {
    #[pin]
    _device: MiscDeviceRegistration<Probe>,
}

impl kernel::InPlaceModule for RustProbe {
    fn init(_module: &'static ThisModule) -> impl PinInit<Self, Error> {
        let options = MiscDeviceOptions {
            name: c"rust_probe",
        };
        try_pin_init!(Self {
            _device <- MiscDeviceRegistration::register(options),
        })
    }
}

/// One open file: the report as it was when the file was opened.
struct Probe {
    report: KVec<u8>,
}

#[vtable]
impl MiscDevice for Probe {
    type Ptr = KBox<Self>;

    fn open(_file: &File, _misc: &MiscDeviceRegistration<Self>) -> Result<KBox<Self>> {
        let report = report()?;
        Ok(KBox::new(Self { report }, GFP_KERNEL)?)
    }

    fn read_iter(mut kiocb: Kiocb<'_, Self::Ptr>, iov: &mut IovIterDest<'_>) -> Result<usize> {
        let probe = kiocb.file();
        iov.simple_read_from_buffer(kiocb.ki_pos_mut(), &probe.report)
    }
}

/// What the build that this module belongs to calls itself (`uname -r`).
const RELEASE: &str = include_str!(concat!(env!("OBJTREE"), "/include/config/kernel.release"));

/// The configuration of that build.
const CONFIG: &str = include_str!(concat!(env!("OBJTREE"), "/include/config/auto.conf"));

fn report() -> Result<KVec<u8>> {
    let mut report = KVec::new();
    line(&mut report, "rustc", compiler().unwrap_or("unknown"))?;
    line(&mut report, "release", RELEASE.trim_end())?;
    allocation()?;
    line(&mut report, "alloc", "ok")?;
    ordered_map()?;
    line(&mut report, "rbtree", "ok")?;
    shared_lock()?;
    line(&mut report, "lock", "ok")?;
    line(&mut report, "selftest", "ok")?;
    Ok(report)
}

fn line(report: &mut KVec<u8>, key: &str, value: &str) -> Result {
    for part in [key, "=", value, "\n"] {
        report.extend_from_slice(part.as_bytes(), GFP_KERNEL)?;
    }
    Ok(())
}

/// The version text of the rustc that built the kernel.
fn compiler() -> Option<&'static str> {
    CONFIG
        .lines()
        .find_map(|line| line.strip_prefix("CONFIG_RUSTC_VERSION_TEXT="))
        .map(|text| text.trim_matches('"'))
}

/// A vector larger than a page grows without losing what it held.
fn allocation() -> Result {
    let mut numbers = KVVec::new();
    for number in 0..10_000u32 {
        numbers.push(number, GFP_KERNEL)?;
    }
    let sum: u64 = numbers.iter().map(|&number| u64::from(number)).sum();
    expect(sum == 9_999 * 10_000 / 2)
}

/// The kernel's red-black tree gives back what went in, in order.
fn ordered_map() -> Result {
    let mut map = RBTree::new();
    for key in [5, 3, 9, 1, 7] {
        map.try_create_and_insert(key, key * 2, GFP_KERNEL)?;
    }
    expect(map.remove(&5) == Some(10))?;
    expect(map.iter().map(|(key, _)| *key).eq([1, 3, 7, 9]))
}

/// A value behind a kernel mutex, shared by reference count.
fn shared_lock() -> Result {
    let first = Arc::pin_init(new_mutex!(0u32), GFP_KERNEL)?;
    let second = first.clone();
    *first.lock() += 1;
    *second.lock() += 1;
    let sum = *first.lock();
    expect(sum == 2)
}

fn expect(holds: bool) -> Result {
    if holds {
        Ok(())
    } else {
        Err(EIO)
    }
}
