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
    /// How long broken-off uploads and what was refused are kept.
    package var keep = Duration.seconds(7 * 86_400)

    /// Clients compare `.info` first, so a set that has it must not wait for long.
    package static let longestSettle = Duration.seconds(10)

    package init() {}
}
