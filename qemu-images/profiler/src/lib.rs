// SPDX-License-Identifier: GPL-2.0-only
//! A plugin for QEMU's TCG that says where the instructions of a measurement
//! go. In: the blocks that QEMU translates and executes, and the marks that the
//! guest leaves in its instructions ([`guest::bench::marker`]). Out, at the end,
//! in the file named `out=FILE`: a line `NUMBER ADDRESS INSTRUCTIONS` for each
//! block that was executed while measurement NUMBER ran.
//!
//! A block counts for all of its instructions each time that it is entered; one
//! that a fault leaves early counts too much, which the report shows as the
//! share that is accounted for.

mod qemu;
mod tally;

use std::ffi::{CStr, c_char, c_int, c_uint, c_void};
use std::sync::{Mutex, OnceLock};

use guest::bench::marker;
use tally::{Block, Tally};

/// The version of the API that this is written for: QEMU 5.0 to 8.2.
#[unsafe(no_mangle)]
#[used]
pub static qemu_plugin_version: c_int = 1;

static OUT: OnceLock<String> = OnceLock::new();
static TALLY: Mutex<Tally> = Mutex::new(Tally::new());

/// QEMU has loaded the plugin.
///
/// # Safety
/// `argv` points to `argc` strings. QEMU calls this once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_plugin_install(
    id: qemu::PluginId,
    _info: *const c_void,
    argc: c_int,
    argv: *const *const c_char,
) -> c_int {
    for index in 0..usize::try_from(argc).unwrap_or(0) {
        // SAFETY: the caller vouches for `argc` pointers.
        let word = unsafe { argv.add(index) };
        // SAFETY: as above.
        let word = unsafe { *word };
        // SAFETY: and that each is a string.
        let word = unsafe { CStr::from_ptr(word) };
        if let Some(path) = word
            .to_str()
            .ok()
            .and_then(|word| word.strip_prefix("out="))
        {
            let _ = OUT.set(path.to_owned());
        }
    }
    if OUT.get().is_none() {
        eprintln!("profiler: out=FILE is missing");
        return 1;
    }
    // SAFETY: the callbacks have the types that QEMU asks for.
    unsafe { qemu::qemu_plugin_register_vcpu_tb_trans_cb(id, translated) };
    // SAFETY: as above.
    unsafe { qemu::qemu_plugin_register_atexit_cb(id, at_exit, std::ptr::null_mut()) };
    0
}

/// A block was translated: it and the marks in it are to report themselves.
extern "C" fn translated(_id: qemu::PluginId, block: *mut qemu::Block) {
    // SAFETY: QEMU hands a valid block to this callback, for its duration; so
    // in all that follows.
    let count = unsafe { qemu::qemu_plugin_tb_n_insns(block) };
    // SAFETY: as above.
    let address = unsafe { qemu::qemu_plugin_tb_vaddr(block) };
    // Blocks live as long as QEMU: it may throw a translation away at any time,
    // but does not say when.
    let own: &'static Block = Box::leak(Box::new(Block::new(address, count as u64)));
    // SAFETY: `own` is never freed, and only read and written through atomics.
    unsafe {
        qemu::qemu_plugin_register_vcpu_tb_exec_cb(
            block,
            executed,
            qemu::NO_REGISTERS,
            std::ptr::from_ref(own).cast_mut().cast(),
        );
    }
    for index in 0..count {
        // SAFETY: `index` is below the number of instructions.
        let instruction = unsafe { qemu::qemu_plugin_tb_get_insn(block, index) };
        if let Some(mark) = mark(instruction) {
            // SAFETY: the user data is a number, not a pointer.
            unsafe {
                qemu::qemu_plugin_register_vcpu_insn_exec_cb(
                    instruction,
                    marked,
                    qemu::NO_REGISTERS,
                    std::ptr::without_provenance_mut(mark as usize),
                );
            }
        }
    }
}

/// The displacement of a mark, if the instruction is one.
fn mark(instruction: *mut qemu::Instruction) -> Option<u32> {
    // SAFETY: QEMU gave this instruction for the duration of the callback.
    let size = unsafe { qemu::qemu_plugin_insn_size(instruction) };
    if size != 8 {
        return None;
    }
    // SAFETY: as above.
    let data = unsafe { qemu::qemu_plugin_insn_data(instruction) };
    // SAFETY: QEMU says that there are so many bytes.
    let bytes = unsafe { std::slice::from_raw_parts(data.cast::<u8>(), size) };
    let (opcode, displacement) = bytes.split_at(4);
    let displacement = u32::from_le_bytes(displacement.try_into().ok()?);
    (opcode == marker::OPCODE && (marker::ZERO..=marker::END).contains(&displacement))
        .then_some(displacement)
}

extern "C" fn executed(_cpu: c_uint, block: *mut c_void) {
    // SAFETY: this is the pointer to a leaked `Block` that was registered.
    let block: &'static Block = unsafe { &*block.cast::<Block>() };
    if block.enter() {
        TALLY.lock().expect("nothing panics").touch(block);
    }
}

extern "C" fn marked(_cpu: c_uint, mark: *mut c_void) {
    TALLY
        .lock()
        .expect("nothing panics")
        .mark(mark.addr() as u32);
}

extern "C" fn at_exit(_id: qemu::PluginId, _data: *mut c_void) {
    let text = TALLY.lock().expect("nothing panics").report();
    let path = OUT.get().expect("the plugin is installed");
    if let Err(error) = std::fs::write(path, text) {
        eprintln!("profiler: cannot write {path}: {error}");
    }
}
