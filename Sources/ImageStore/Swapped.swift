package import LinboModel

/// A set that went live.
package struct Swapped: Sendable, Hashable {
    /// Whose set it is.
    package let image: ImageName
    /// The name of the directory in `images/<base>/backups/` that holds the set that was live before; nil if there was
    /// none.
    package let backup: String?
    /// What an admin should know, in sentences.
    package private(set) var remarks: [String]
    /// The set is live, but clearing up behind it failed: the next operation on this base, or `recover`, goes on.
    package let unfinished: ImageStoreError?

    /// - Parameter sentence: of what was finished before.
    func after(_ sentence: String?) -> Swapped {
        var copy = self
        if let sentence { copy.remarks.insert(sentence, at: 0) }
        return copy
    }
}
