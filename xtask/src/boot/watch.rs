// SPDX-License-Identifier: GPL-2.0-only
//! The judgement over a running VM, as a state machine: what is heard, and
//! when, goes in; how the boot ended comes out. Pure, so that every way to die
//! is tested without a VM.

use std::collections::BTreeMap;
use std::time::Duration;

use guest::protocol::Event;
use serde::{Deserialize, Serialize};

use super::console::{self, Trouble};

/// After a report begins, how long the rest of it may take.
const REPORT: Duration = Duration::from_secs(2);
/// After `Bye`, how long the power may stay on.
const POWER_OFF: Duration = Duration::from_secs(20);

/// How long a VM may take.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// From start to [`Event::Hello`], seconds.
    pub boot_s: u64,
    /// Without a byte on either port, seconds; 0 for no limit.
    pub silence_s: u64,
    /// Each scenario, seconds.
    pub scenario_s: BTreeMap<String, u64>,
}

/// Something heard from a VM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// A line of the console.
    Console(String),
    /// An event on the result channel.
    Event(Event),
    /// A line on the result channel that is no event.
    Garbage(String),
    /// QEMU ended; what it said on stderr.
    Exited {
        /// Exit code; none where a signal ended it.
        code: Option<i32>,
        /// Its last words.
        stderr: String,
    },
    /// Nothing; time has passed.
    Nothing,
}

/// How a boot ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ending", rename_all = "snake_case")]
pub enum Ending {
    /// The guest did all it was asked and powered off.
    Completed,
    /// The kernel reported trouble.
    Trouble(Trouble),
    /// Init did not say hello in time.
    BootTimeout {
        /// The limit, seconds.
        limit_s: u64,
    },
    /// A scenario exceeded its deadline.
    ScenarioTimeout {
        /// Its name.
        scenario: String,
        /// The limit, seconds.
        limit_s: u64,
    },
    /// Neither port gave a byte.
    Silence {
        /// The limit, seconds.
        limit_s: u64,
    },
    /// QEMU went away before the guest was done.
    GuestGone {
        /// QEMU's exit code, and what it said.
        detail: String,
    },
    /// QEMU refused to start.
    QemuFailed {
        /// What it said.
        detail: String,
    },
    /// Init gave up.
    GuestFatal {
        /// Why.
        detail: String,
    },
    /// The guest does not keep to the protocol.
    Garbage {
        /// The line.
        line: String,
    },
    /// The user pressed Ctrl-C.
    Interrupted,
}

impl Ending {
    /// For people: what happened to the guest.
    pub fn describe(&self) -> String {
        match self {
            Self::Completed => "completed".into(),
            Self::Trouble(trouble) => format!("{}: {}", trouble.kind.name(), trouble.line),
            Self::BootTimeout { limit_s } => format!("the guest did not boot within {limit_s} s"),
            Self::ScenarioTimeout { scenario, limit_s } => {
                format!("{scenario} took longer than {limit_s} s")
            }
            Self::Silence { limit_s } => format!("the guest has been silent for {limit_s} s"),
            Self::GuestGone { detail } => format!("the guest went away: {detail}"),
            Self::QemuFailed { detail } => format!("QEMU does not start: {detail}"),
            Self::GuestFatal { detail } => format!("the guest's init gave up: {detail}"),
            Self::Garbage { line } => format!("the guest sent a line that is no event: {line:?}"),
            Self::Interrupted => "interrupted".into(),
        }
    }
}

/// Where the guest is.
#[derive(Debug, PartialEq, Eq)]
enum Phase {
    Booting,
    Idle,
    Running { scenario: String, since: Duration },
    Leaving { since: Duration },
}

/// The state machine. Times are since the start of the VM.
#[derive(Debug)]
pub struct Watch {
    limits: Limits,
    phase: Phase,
    last_heard: Duration,
    trouble: Option<(Trouble, Duration)>,
}

impl Watch {
    /// A VM that was just started.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            phase: Phase::Booting,
            last_heard: Duration::ZERO,
            trouble: None,
        }
    }

    /// What is heard at `now`; how the boot ended, if it did. After an ending
    /// the VM is to be killed.
    pub fn hear(&mut self, now: Duration, heard: &Heard) -> Option<Ending> {
        if !matches!(heard, Heard::Nothing) {
            self.last_heard = now;
        }
        let ending = match heard {
            Heard::Console(line) => self.console(now, line),
            Heard::Event(event) => self.event(now, event),
            Heard::Garbage(line) => Some(Ending::Garbage { line: line.clone() }),
            Heard::Exited { code, stderr } => Some(self.exited(*code, stderr)),
            Heard::Nothing => None,
        };
        ending.or_else(|| self.overdue(now))
    }

    fn console(&mut self, now: Duration, line: &str) -> Option<Ending> {
        if self.trouble.is_none() {
            self.trouble = console::judge(line).map(|trouble| (trouble, now + REPORT));
        } else if console::ends_report(line) {
            return self
                .trouble
                .take()
                .map(|(trouble, _)| Ending::Trouble(trouble));
        }
        None
    }

    fn event(&mut self, now: Duration, event: &Event) -> Option<Ending> {
        match event {
            Event::Hello { .. } | Event::End { .. } => self.phase = Phase::Idle,
            Event::Start { scenario } => {
                self.phase = Phase::Running {
                    scenario: scenario.clone(),
                    since: now,
                }
            }
            Event::Bye => self.phase = Phase::Leaving { since: now },
            Event::Fatal { detail } => {
                return Some(Ending::GuestFatal {
                    detail: detail.clone(),
                });
            }
            Event::Subtest { .. }
            | Event::Kernel { .. }
            | Event::Symbols { .. }
            | Event::Calibrated { .. }
            | Event::Sample { .. }
            | Event::Functions { .. }
            | Event::NoSample { .. }
            | Event::Alive
            | Event::Exited { .. } => {}
        }
        None
    }

    fn exited(&mut self, code: Option<i32>, stderr: &str) -> Ending {
        if let Some((trouble, _)) = self.trouble.take() {
            return Ending::Trouble(trouble);
        }
        let said = stderr.trim();
        match self.phase {
            Phase::Leaving { .. } => Ending::Completed,
            Phase::Booting if code != Some(0) => Ending::QemuFailed {
                detail: said.to_owned(),
            },
            _ => {
                let how = code.map_or_else(
                    || "killed by a signal".to_owned(),
                    |code| format!("QEMU exited with {code}"),
                );
                Ending::GuestGone {
                    detail: if said.is_empty() {
                        how
                    } else {
                        format!("{how}: {said}")
                    },
                }
            }
        }
    }

    fn overdue(&mut self, now: Duration) -> Option<Ending> {
        if let Some((_, until)) = &self.trouble {
            return (now >= *until)
                .then(|| {
                    self.trouble
                        .take()
                        .map(|(trouble, _)| Ending::Trouble(trouble))
                })
                .flatten();
        }
        match &self.phase {
            Phase::Booting if now >= Duration::from_secs(self.limits.boot_s) => {
                return Some(Ending::BootTimeout {
                    limit_s: self.limits.boot_s,
                });
            }
            Phase::Running { scenario, since } => {
                if let Some(&limit_s) = self.limits.scenario_s.get(scenario)
                    && now >= *since + Duration::from_secs(limit_s)
                {
                    return Some(Ending::ScenarioTimeout {
                        scenario: scenario.clone(),
                        limit_s,
                    });
                }
            }
            Phase::Leaving { since } if now >= *since + POWER_OFF => {
                return Some(Ending::Silence {
                    limit_s: POWER_OFF.as_secs(),
                });
            }
            _ => {}
        }
        let silence_s = self.limits.silence_s;
        // A kernel is silent for a while when it boots; its deadline is another.
        let listening = !matches!(self.phase, Phase::Booting | Phase::Leaving { .. });
        (listening && silence_s > 0 && now >= self.last_heard + Duration::from_secs(silence_s))
            .then_some(Ending::Silence { limit_s: silence_s })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::boot::console::Kind;

    fn limits() -> Limits {
        Limits {
            boot_s: 30,
            silence_s: 10,
            scenario_s: BTreeMap::from([("many".to_owned(), 60)]),
        }
    }

    fn hello() -> Heard {
        Heard::Event(Event::Hello {
            release: "7.3".into(),
        })
    }

    fn start() -> Heard {
        Heard::Event(Event::Start {
            scenario: "many".into(),
        })
    }

    fn console(line: &str) -> Heard {
        Heard::Console(line.into())
    }

    /// Feeds a history of (second, what is heard) and returns the first ending.
    fn ending(history: &[(u64, Heard)]) -> Option<Ending> {
        let mut watch = Watch::new(limits());
        history
            .iter()
            .find_map(|(second, heard)| watch.hear(Duration::from_secs(*second), heard))
    }

    fn exited(code: i32) -> Heard {
        Heard::Exited {
            code: Some(code),
            stderr: String::new(),
        }
    }

    #[test]
    fn a_guest_that_says_bye_and_powers_off_completed() {
        assert_eq!(
            ending(&[(1, hello()), (2, Heard::Event(Event::Bye)), (3, exited(0))]),
            Some(Ending::Completed)
        );
    }

    #[test]
    fn a_guest_that_goes_without_bye_is_no_pass() {
        assert!(matches!(
            ending(&[(1, hello()), (2, start()), (3, exited(0))]),
            Some(Ending::GuestGone { .. })
        ));
        assert!(matches!(
            ending(&[(1, exited(0))]),
            Some(Ending::GuestGone { .. })
        ));
    }

    #[test]
    fn qemu_that_does_not_start_says_why() {
        let said = Heard::Exited {
            code: Some(1),
            stderr: "qemu: invalid accelerator kvm\n".into(),
        };
        assert_eq!(
            ending(&[(0, said)]),
            Some(Ending::QemuFailed {
                detail: "qemu: invalid accelerator kvm".into()
            })
        );
    }

    #[test]
    fn a_boot_that_hangs_ends_at_its_deadline_though_the_console_talks() {
        assert_eq!(
            ending(&[(1, console("Booting")), (29, console("still here"))]),
            None
        );
        assert_eq!(
            ending(&[(29, console("x")), (30, Heard::Nothing)]),
            Some(Ending::BootTimeout { limit_s: 30 })
        );
    }

    #[test]
    fn a_scenario_that_hangs_has_its_own_deadline_though_the_guest_lives() {
        let alive = || Heard::Event(Event::Alive);
        let mut history = vec![(1, hello()), (2, start())];
        history.extend((3..=61).map(|second| (second, alive())));
        assert_eq!(ending(&history), None);
        history.push((62, alive()));
        assert_eq!(
            ending(&history),
            Some(Ending::ScenarioTimeout {
                scenario: "many".into(),
                limit_s: 60
            })
        );
    }

    #[test]
    fn silence_is_noticed_before_the_deadline() {
        assert_eq!(
            ending(&[(1, hello()), (2, start()), (12, Heard::Nothing)]),
            Some(Ending::Silence { limit_s: 10 })
        );
        assert_eq!(
            ending(&[
                (1, hello()),
                (2, start()),
                (11, console("x")),
                (20, Heard::Nothing)
            ]),
            None
        );
    }

    #[test]
    fn a_report_is_read_to_its_end_and_then_the_guest_is_ended() {
        let warn = console("WARNING: mm/gup.c:1 at f");
        let told = Ending::Trouble(Trouble {
            kind: Kind::Warn,
            line: "WARNING: mm/gup.c:1 at f".into(),
        });
        let history = [
            (1, hello()),
            (2, start()),
            (3, warn.clone()),
            (3, console(" f+0x1/0x2")),
            (4, console("---[ end trace 0 ]---")),
        ];
        assert_eq!(ending(&history[..4]), None);
        assert_eq!(ending(&history), Some(told.clone()));
        assert_eq!(
            ending(&[(3, warn.clone()), (5, Heard::Nothing)]),
            Some(told.clone()),
            "a report without an end"
        );
        assert_eq!(
            ending(&[(3, warn), (3, exited(0))]),
            Some(told),
            "a guest that dies of it"
        );
    }

    #[test]
    fn trouble_after_bye_is_trouble() {
        let history = [
            (1, hello()),
            (2, Heard::Event(Event::Bye)),
            (2, console("BUG: Bad page state")),
            (3, exited(0)),
        ];
        assert!(matches!(ending(&history), Some(Ending::Trouble(_))));
    }

    #[test]
    fn garbage_on_the_result_channel_ends_the_guest() {
        assert!(matches!(
            ending(&[(1, Heard::Garbage("{".into()))]),
            Some(Ending::Garbage { .. })
        ));
    }

    #[test]
    fn a_guest_that_does_not_power_off_is_noticed() {
        assert_eq!(
            ending(&[
                (1, hello()),
                (2, Heard::Event(Event::Bye)),
                (22, Heard::Nothing)
            ]),
            Some(Ending::Silence { limit_s: 20 })
        );
    }
}
