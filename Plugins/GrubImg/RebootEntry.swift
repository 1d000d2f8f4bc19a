import GRDB

/// What GRUB shall boot once: a kernel on a disk (docs/linbo.md#paths-that-are-asked).
package struct RebootRequest: Sendable, Codable, Hashable {
    /// `(hd0,1)`
    package let grub: String
    /// Path on that partition, as GRUB takes it.
    package let kernel: String
    /// Empty: none.
    package let initrd: String
    /// Kernel options, one blank between two; empty: none.
    package let append: String

    /// Fields of a `.reboot` request, in its order; `RebootTrigger` has checked them.
    package init(grub: String, kernel: String, initrd: String, append: String) {
        self.grub = grub
        self.kernel = kernel
        self.initrd = initrd
        self.append = append
    }
}

/// A one-shot reboot of one host, and where it is on its way.
package struct RebootEntry: Sendable, Codable, Equatable, FetchableRecord {
    /// In `waiting` and `opened` GRUB may still get it; the rest is over.
    package enum State: String, Sendable, Codable, CaseIterable {
        case waiting
        /// GRUB has opened it; it opens it twice, to see whether it is there and to read it.
        case opened
        /// GRUB has read it, and the host has gone on.
        case done
        /// GRUB may have read it. Counts as done; an admin can ask for it again.
        case uncertain
        case expired
        /// The host has asked for another one.
        case replaced
    }

    /// Row in table `reboot`; the number that `linboctl grub-img reboots` shows.
    package let id: Int64
    /// Hostname, as in devices.csv.
    package let host: String
    /// GRUB's name of the partition, such as `(hd0,1)`.
    package let grub: String
    /// Path on that partition.
    package let kernel: String
    /// Path on that partition; empty: none.
    package let initrd: String
    /// Kernel options; empty: none.
    package let append: String
    /// Changed by GRUB's openings, by the host's next step of a boot, and by time.
    package let state: State
    /// How often GRUB has opened it.
    package let opens: Int
    /// When it did first.
    package let opened: Int64?
    /// Seconds since 1970, as are the others.
    package let created: Int64
    /// From then on a waiting one is not given to GRUB any more.
    package let expires: Int64
    /// When `state` became what it is, or GRUB opened it last.
    package let changed: Int64

    /// What GRUB is told, without whose it is.
    package var request: RebootRequest { RebootRequest(grub: grub, kernel: kernel, initrd: initrd, append: append) }
}
