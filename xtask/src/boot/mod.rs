// SPDX-License-Identifier: GPL-2.0-only
//! Stage 4. In: a job folder (kernel, initramfs, machine, what to run). Out:
//! what the guest said, what its kernel said, and how it ended. The only place
//! that starts a VM.

pub mod accel;
pub mod console;
pub mod machine;
pub mod qemu;
pub mod vm;
pub mod watch;
