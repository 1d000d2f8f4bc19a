/// A live image, as it lies on the disk.
package struct ImageListing: Sendable, Hashable, Codable {
    /// Its file name.
    package let image: String
    /// Its directory, from the LINBO root on.
    package let directory: String
    /// nil: there are only backups of it.
    package let size: Int64?
    /// Of the file, seconds since 1970.
    package let modified: Int64?
    /// Of its `.info`; nil if there is none that can be read.
    package let timestamp: String?
    /// Suffixes of what lies beside it, such as `.torrent`.
    package let sidecars: [String]
    /// In sentences.
    package let problems: [String]
    /// Newest first.
    package let backups: [ImageBackup]
}

/// All that lies below `images/`.
package struct ImageInventory: Sendable, Hashable, Codable {
    /// By name.
    package let images: [ImageListing]
    /// What the old hooks left: files that end in `.BAK`, and `images/tmp`; from the LINBO root on.
    package let leftovers: [String]
    /// Directories that could not be looked at, with the reason.
    package let problems: [String]
}
