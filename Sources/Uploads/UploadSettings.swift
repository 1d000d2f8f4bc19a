/// `uploads:` of the configuration.
package struct UploadSettings: Sendable, Hashable {
    /// What a client's rsync may take for a basis, to send only what changed.
    package enum Basis: String, Sendable, Hashable, CaseIterable {
        /// The live image, where the filesystem can share its blocks with a second file (XFS, Btrfs); else nothing.
        case reflink
        /// The live image, copied if it can't be shared: slow, for schools behind a slow line.
        case copy
        case none
    }

    package var basis = Basis.reflink
    /// Bytes that stay free on the tree's filesystem.
    package var keepFree: Int64 = 1 << 30
    /// How long an image waits for its `.info`; then one is made.
    package var infoWait = Duration.seconds(600)
    /// How long a set with its `.info` waits for more, from the last file on. It goes live at most 10 s after the
    /// `.info`, whatever is still to come.
    package var settle = Duration.seconds(3)
    /// An upload that has not moved for so long gives way to a new one of the same PC, which was switched off in the
    /// middle; to another PC's after ten times that.
    package var stalled = Duration.seconds(120)
    /// Bytes a second that an upload brings at least, on average over `slowAfter`; one that brings less is ended. 0:
    /// never. A hundred PCs that share 100 Mbit/s have as much each.
    package var leastSpeed: Int64 = 100 << 10
    package var slowAfter = Duration.seconds(600)
    /// An upload that takes longer is ended, whatever its speed.
    package var longest = Duration.seconds(86_400)
    /// Uploads that run at once: in all, and from one address.
    package var atOnce = 40
    package var atOncePerAddress = 4
    /// Bytes that have come and are not live, of one address.
    package var perAddress: Int64 = 200 << 30
    /// Such bytes in all, what is in quarantine among them; nil: half of the filesystem.
    package var inAll: Int64?
    /// Whether clients may upload ISOs at all.
    package var takesISOs = true
    package var isoSize: Int64 = 20 << 30
    /// What an ISO leaves free besides `keepFree`, for images; nil: a tenth of the filesystem.
    package var isoKeepFree: Int64?
    /// How many of the ISOs that a newer one replaced are kept.
    package var isoBackups = 2
    /// How long broken-off uploads and what was refused are kept.
    package var keep = Duration.seconds(7 * 86_400)

    /// Besides `keepFree`.
    func keptFromISOs(_ space: FreeSpace) -> Int64 { isoKeepFree ?? space.size / 10 }

    /// Clients compare `.info` first, so a set that has it must not wait for long.
    package static let longestSettle = Duration.seconds(10)

    package init() {}
}
