package import API
package import HookStore
package import ImageStore
import LinboModel
package import Uploads

// Images: what is live, who uploaded what when, backups, and the way back.

/// Asked by `linboctl images`. Reads the images' directories anew.
package struct GetImages: APIOperation {
    package typealias Answer = ImageInventory
    package static let route = Route.get("/v1/images")
    package static let summary = "All images with what belongs to them, their backups, and what is wrong with them."

    /// Of all images.
    package init() {}
}

/// Asked by `linboctl images history`.
package struct GetImageHistory: APIOperation {
    /// What is there, and how it came to be.
    package struct Answer: Codable, Sendable {
        /// The image as it is now, with its backups.
        package let live: ImageListing
        /// Oldest first.
        package let history: [ImageHistoryEntry]
    }
    package static let route = Route.get("/v1/images/{name}/history")
    package static let summary = "Who uploaded an image when, what became of it, and its backups."

    /// An image's file name, or its base: `win11` is `win11.qcow2`.
    package var name: String
    /// At most so many entries, the newest.
    package var limit: Int?

    /// - Parameter limit: nil: 200.
    package init(name: String, limit: Int?) {
        self.name = name
        self.limit = limit
    }
}

/// Asked by `linboctl images rollback`.
package struct RollBackImage: APIOperation {
    /// What is live now.
    package struct Answer: Codable, Sendable {
        /// File name, such as `win11.qcow2`.
        package let image: String
        /// The backup whose set is live now.
        package let used: String
        /// The backup that holds the set that was live before; nil if there was none.
        package let backup: String?
        /// Of the set that is live now, `YYYYMMDDhhmm` from its `.info`; nil: it has none.
        package let timestamp: String?
        /// What an admin should know of the exchange, in words; none if all went as usual.
        package let remarks: [String]
        /// What is left to do, in words; nil if all is done.
        package let unfinished: String?
    }
    package static let route = Route.post("/v1/images/{name}/rollback")
    package static let summary = "Makes an earlier set of an image live again, at once and whole."

    /// An image's file name, or its base.
    package var name: String
    /// A backup's name; the newest by default.
    package var to: String?

    /// - Parameter to: nil: the newest backup.
    package init(name: String, to: String?) {
        self.name = name
        self.to = to
    }
}

/// Asked by `linboctl images prune`.
package struct PruneImages: APIOperation {
    package typealias Answer = [Pruned]
    package static let route = Route.post("/v1/images/prune")
    package static let summary = "Removes the oldest backups of an image, or of all."

    /// An image's file name, or its base; nil: all images.
    package var name: String?
    /// How many of the newest backups of each image stay.
    package var keep: Int
    /// Only tells what would go.
    package var isTrial: Bool?

    /// - Parameter name: nil: all images.
    package init(name: String?, keep: Int, isTrial: Bool) {
        self.name = name
        self.keep = keep
        self.isTrial = isTrial
    }
}

/// Asked by `linboctl images uploads`.
package struct GetUploads: APIOperation {
    package typealias Answer = [PendingUpload]
    package static let route = Route.get("/v1/uploads")
    package static let summary = "Uploads that run, sets that wait, uploads that broke off."

    /// Of all uploads.
    package init() {}
}

/// Asked by `linboctl images quarantine list`.
package struct GetQuarantine: APIOperation {
    package typealias Answer = [Quarantine.Entry]
    package static let route = Route.get("/v1/quarantine")
    package static let summary = "What was refused, and what the daemon died at more than once; oldest first."

    /// All of it: there is no filter.
    package init() {}
}

/// Asked by `linboctl images quarantine retry`.
package struct RetryQuarantined: APIOperation {
    /// Which entry it was.
    package struct Answer: Codable, Sendable {
        /// As it was asked for.
        package let name: String
    }
    package static let route = Route.post("/v1/quarantine/{name}/retry")
    package static let summary = "Has an entry looked at once more, as if it had just come."

    /// As `GetQuarantine` tells it.
    package var name: String

    /// - Parameter name: as `GetQuarantine` tells it.
    package init(name: String) {
        self.name = name
    }
}

/// Asked by `linboctl images quarantine discard`.
package struct DiscardQuarantined: APIOperation {
    package typealias Answer = RetryQuarantined.Answer
    package static let route = Route.delete("/v1/quarantine/{name}")
    package static let summary = "Removes an entry with its files."

    /// As `GetQuarantine` tells it.
    package var name: String

    /// - Parameter name: as `GetQuarantine` tells it.
    package init(name: String) {
        self.name = name
    }
}
