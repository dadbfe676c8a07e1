// SPDX-License-Identifier: GPL-2.0-only

//! For tests: a VFIO device that pins pages, and an eye on the counters of a page.
//!
//! - `pin_probe`, a device without an IOMMU, pins pages of its container through
//!   `vfio_pin_pages()` when told to, as mediated devices do ([`device`], [`pins`]).
//! - `/dev/pin_probe` tells the reference and pin counts of any page of the caller ([`eye`]).
//!
//! What user space says and hears is in `pin_probe.h`.

use kernel::{
    miscdevice::{
        MiscDeviceOptions,
        MiscDeviceRegistration, //
    },
    prelude::*, //
};

mod device;
mod eye;
mod pins;

module! {
    type: PinProbe,
    name: "pin_probe",
    authors: ["kernel-series"],
    description: "A VFIO device that pins pages on request, for tests",
    license: "GPL",
}

/// Both go in this order, the opposite of the one in which they come.
#[pin_data]
struct PinProbe {
    #[pin]
    _eye: MiscDeviceRegistration<eye::Eye>,
    _device: device::Registration,
}

impl kernel::InPlaceModule for PinProbe {
    fn init(_module: &'static ThisModule) -> impl PinInit<Self, Error> {
        try_pin_init!(Self {
            _device: device::Registration::new(c"pin_probe")?,
            _eye <- MiscDeviceRegistration::register(MiscDeviceOptions {
                name: c"pin_probe",
            }),
        })
    }
}
