// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds this flavour of RCU outside of BPF and of RCU itself.
//! # Why
//! It was made for BPF programs, and its grace periods are long.
//! # Example
//! ```text
//! rcu_read_lock_trace();
//! ```
//! # Instead
//! ```text
//! rcu_read_lock();
//! ```
//! # Source
//! The type RCU_TASKS_TRACE of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "rcu_tasks_trace.rs" RCU_TASKS_TRACE, [Warning], Sure,
    { Late: check },
    fires: [Case::C("\trcu_read_lock_trace();")],
    silent: [Case::C("\trcu_read_lock();"), Case::In("kernel/bpf/a.c", "\trcu_read_lock_trace();")],
}

fn check(cx: &mut Cx<'_>) {
    let call = re!(
        r"\b(rcu_read_lock_tasks_trace|
             rcu_read_lock_trace|
             rcu_read_lock_trace_held|
             rcu_read_unlock_trace|
             rcu_read_unlock_tasks_trace|
             call_rcu_tasks_trace|
             synchronize_rcu_tasks_trace|
             rcu_barrier_tasks_trace|
             rcu_tasks_trace_expedite_current|
             rcu_request_urgent_qs_task)\s*\(",
        "x"
    );
    let users = re!("^(?:kernel/bpf/|include/linux/bpf|net/bpf/|kernel/rcu/|include/linux/rcu)");
    if cx.sees(call, cx.line, 1) && !cx.in_file(users) {
        cx.warn("RCU tasks trace is for BPF and RCU itself");
    }
}
