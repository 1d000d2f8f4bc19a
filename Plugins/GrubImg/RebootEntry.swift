import GRDB

/// What GRUB shall boot once: a kernel on a disk (contract §2 row 22).
package struct RebootRequest: Sendable, Codable, Hashable {
    /// `(hd0,1)`
    package let grub: String
    package let kernel: String
    /// Empty: none.
    package let initrd: String
    package let append: String

    package init(grub: String, kernel: String, initrd: String, append: String) {
        self.grub = grub
        self.kernel = kernel
        self.initrd = initrd
        self.append = append
    }
}

/// A one-shot reboot of one host, and where it is on its way.
package struct RebootEntry: Sendable, Codable, Equatable, FetchableRecord {
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

    package let id: Int64
    package let host: String
    package let grub: String
    package let kernel: String
    package let initrd: String
    package let append: String
    package let state: State
    /// How often GRUB has opened it.
    package let opens: Int
    /// When it did first.
    package let opened: Int64?
    /// Seconds since 1970, as are the others.
    package let created: Int64
    package let expires: Int64
    package let changed: Int64

    package var request: RebootRequest { RebootRequest(grub: grub, kernel: kernel, initrd: initrd, append: append) }
}
