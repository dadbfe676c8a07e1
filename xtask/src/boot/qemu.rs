// SPDX-License-Identifier: GPL-2.0-only
//! From a machine to QEMU's argument list. Pure.

use std::path::Path;

use super::machine::Machine;

/// The program.
pub const PROGRAM: &str = "qemu-system-x86_64";

/// How instructions are executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Accel {
    /// Hardware virtualisation.
    Kvm,
    /// Emulation.
    Tcg,
}

impl Accel {
    /// Its name on QEMU's command line and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kvm => "kvm",
            Self::Tcg => "tcg",
        }
    }
}

/// What stands at the other end of the guest's serial ports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ports {
    /// QEMU's stdout for the console, and for the results the pipe whose write
    /// end is QEMU's stdin (a test VM reads nothing, so that the descriptor is
    /// free for it).
    Supervised,
    /// The user's terminal for the console; results go to a file.
    Interactive {
        /// File name, in QEMU's current folder.
        results: String,
    },
}

/// A boot: the files are relative to the job folder, QEMU's current one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Boot<'a> {
    /// The machine.
    pub machine: &'a Machine,
    /// The accelerator.
    pub accel: Accel,
    /// The serial ports.
    pub ports: Ports,
    /// A Unix socket for gdb; the guest then waits for it.
    pub gdb: Option<&'a str>,
    /// More words for the kernel's command line.
    pub cmdline: &'a [String],
    /// One guest instruction is one nanosecond of guest time, and all that is
    /// random in the guest follows from this seed: slower, and the same on every
    /// machine. TCG with one CPU only.
    pub replay_seed: Option<u32>,
    /// A plugin that writes [`PROFILE`]. TCG only.
    pub profiler: Option<&'a Path>,
}

/// Name of the kernel image in a job folder.
pub const KERNEL: &str = "kernel";
/// Name of the initramfs in a job folder.
pub const INITRAMFS: &str = "initramfs.cpio";
/// Name of what [`Boot::profiler`] writes, in a job folder.
pub const PROFILE: &str = "profile.txt";

/// The disk behind the `index`-th NVMe controller, in the job folder.
pub fn disk(index: usize) -> String {
    format!("disk{index}.img")
}

/// QEMU's arguments for a boot.
pub fn arguments(boot: &Boot) -> Vec<String> {
    let Boot {
        machine,
        accel,
        ports,
        gdb,
        cmdline,
        replay_seed,
        profiler,
    } = boot;
    let mut args: Vec<String> = Vec::new();
    let mut arg = |words: &[&str]| args.extend(words.iter().map(|&word| word.to_owned()));
    // Nothing but what the machine names, and no configuration of the host's.
    arg(&[
        "-nodefaults",
        "-no-user-config",
        "-display",
        "none",
        "-no-reboot",
    ]);
    arg(&[
        "-machine",
        &machine.machine,
        "-accel",
        accel.name(),
        "-cpu",
        &machine.cpu,
    ]);
    arg(&[
        "-smp",
        // A socket cannot be on two nodes.
        &format!("{},sockets={}", machine.cpus, machine.numa_nodes.max(1)),
        "-m",
        &format!("{}M", machine.memory_mib),
    ]);
    if let Some(seed) = replay_seed {
        arg(&["-icount", "shift=0,sleep=off", "-seed", &seed.to_string()]);
        // The date is an input, too.
        arg(&["-rtc", "base=2026-01-01,clock=vm"]);
    }
    if let Some(plugin) = profiler {
        // A comma in a file's name is doubled.
        let plugin = plugin.to_string_lossy().replace(',', ",,");
        arg(&["-plugin", &format!("file={plugin},out={PROFILE}")]);
    }
    if machine.numa_nodes > 1 {
        let memory = machine.memory_mib / machine.numa_nodes;
        let cpus = machine.cpus / machine.numa_nodes;
        for node in 0..machine.numa_nodes {
            let first = node * cpus;
            arg(&[
                "-object",
                &format!("memory-backend-ram,id=node{node},size={memory}M"),
            ]);
            arg(&[
                "-numa",
                &format!("node,memdev=node{node},cpus={first}-{}", first + cpus - 1),
            ]);
        }
    }
    if let Some(iommu) = &machine.iommu {
        arg(&["-device", iommu]);
    }
    for (index, nvme) in machine.nvme.iter().enumerate() {
        arg(&[
            "-drive",
            &format!(
                "file={},if=none,id=disk{index},format=raw,cache=unsafe",
                disk(index)
            ),
        ]);
        arg(&[
            "-device",
            &format!(
                "nvme,serial=nvme{index},drive=disk{index},addr={}",
                nvme.slot
            ),
        ]);
    }
    match ports {
        Ports::Supervised => {
            arg(&[
                "-chardev",
                "file,id=console,path=/dev/fd/1",
                "-serial",
                "chardev:console",
            ]);
            arg(&[
                "-chardev",
                "file,id=results,path=/dev/fd/0",
                "-serial",
                "chardev:results",
            ]);
        }
        Ports::Interactive { results } => {
            arg(&["-serial", "mon:stdio"]);
            arg(&["-serial", &format!("file:{results}")]);
        }
    }
    if let Some(socket) = gdb {
        arg(&[
            "-chardev",
            &format!("socket,id=gdb,path={socket},server=on,wait=off"),
            "-gdb",
            "chardev:gdb",
            "-S",
        ]);
    }
    let mut words = vec!["console=ttyS0", "panic=-1", "nokaslr"];
    words.extend(
        machine
            .cmdline
            .iter()
            .chain(cmdline.iter())
            .map(String::as_str),
    );
    arg(&[
        "-kernel",
        KERNEL,
        "-initrd",
        INITRAMFS,
        "-append",
        &words.join(" "),
    ]);
    args
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::boot::machine::Nvme;

    fn machine() -> Machine {
        Machine {
            name: "m".into(),
            about: String::new(),
            machine: "q35,kernel-irqchip=split".into(),
            cpu: "max".into(),
            cpus: 4,
            memory_mib: 4096,
            iommu: Some("intel-iommu,intremap=on".into()),
            cmdline: vec!["hugepagesz=1G".into(), "hugepages=2".into()],
            nvme: vec![
                Nvme {
                    slot: "05.0".into(),
                    disk_mib: 64,
                },
                Nvme {
                    slot: "06.0".into(),
                    disk_mib: 64,
                },
            ],
            numa_nodes: 2,
        }
    }

    fn boot(machine: &Machine) -> Boot<'_> {
        Boot {
            machine,
            accel: Accel::Tcg,
            ports: Ports::Supervised,
            gdb: None,
            cmdline: &[],
            replay_seed: None,
            profiler: None,
        }
    }

    fn after<'a>(args: &'a [String], flag: &str) -> Vec<&'a str> {
        args.windows(2)
            .filter(|pair| pair[0] == flag)
            .map(|pair| pair[1].as_str())
            .collect()
    }

    #[test]
    fn console_and_results_are_two_ports_and_the_console_is_the_first() {
        let machine = machine();
        assert_eq!(
            after(&arguments(&boot(&machine)), "-serial"),
            ["chardev:console", "chardev:results"]
        );
    }

    #[test]
    fn the_iommu_comes_before_the_devices_it_translates() {
        // QEMU refuses an intel-iommu that is created after a PCI device.
        let machine = machine();
        let args = arguments(&boot(&machine));
        let devices = after(&args, "-device");
        assert!(devices[0].starts_with("intel-iommu"));
        assert_eq!(devices[2], "nvme,serial=nvme1,drive=disk1,addr=06.0");
    }

    #[test]
    fn nodes_share_memory_and_cpus() {
        let machine = machine();
        let args = arguments(&boot(&machine));
        assert_eq!(
            after(&args, "-numa"),
            ["node,memdev=node0,cpus=0-1", "node,memdev=node1,cpus=2-3"]
        );
        assert_eq!(
            after(&args, "-object"),
            [
                "memory-backend-ram,id=node0,size=2048M",
                "memory-backend-ram,id=node1,size=2048M"
            ]
        );
    }

    #[test]
    fn the_guest_waits_for_a_debugger_that_was_asked_for() {
        let machine = machine();
        let mut boot = boot(&machine);
        assert!(!arguments(&boot).contains(&"-S".to_owned()));
        boot.gdb = Some("gdb.sock");
        assert!(arguments(&boot).contains(&"-S".to_owned()));
    }

    #[test]
    fn a_replay_leaves_nothing_to_chance() {
        let machine = machine();
        let mut boot = boot(&machine);
        assert!(!arguments(&boot).contains(&"-icount".to_owned()));
        boot.replay_seed = Some(7);
        let args = arguments(&boot);
        assert_eq!(after(&args, "-icount"), ["shift=0,sleep=off"]);
        assert_eq!(after(&args, "-seed"), ["7"]);
        assert_eq!(after(&args, "-rtc"), ["base=2026-01-01,clock=vm"]);
    }

    #[test]
    fn a_profiler_may_lie_anywhere() {
        let machine = machine();
        let mut boot = boot(&machine);
        boot.profiler = Some(Path::new("/a,b/p.so"));
        assert_eq!(
            after(&arguments(&boot), "-plugin"),
            ["file=/a,,b/p.so,out=profile.txt"]
        );
    }

    #[test]
    fn the_machines_words_come_before_the_runs() {
        let machine = machine();
        let more = ["loglevel=8".to_owned()];
        let boot = Boot {
            cmdline: &more,
            ..boot(&machine)
        };
        assert_eq!(
            after(&arguments(&boot), "-append"),
            ["console=ttyS0 panic=-1 nokaslr hugepagesz=1G hugepages=2 loglevel=8"]
        );
    }
}
