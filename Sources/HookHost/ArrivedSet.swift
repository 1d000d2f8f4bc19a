package import LinboModel
package import LinuxKit

/// An image and what came with it, whole, right before it goes live (docs/linbo.md#images). Plugins look at it and add
/// to it by what they return; they write nothing into it themselves.
package struct ArrivedSet: Sendable {
    /// A file of the set: as it was uploaded, or the live one.
    package struct File: Sendable {
        /// On disk. It may be read, never written.
        package let absolutePath: String
        /// As of when the set was put together.
        package let status: FileStatus

        /// A file as it lies on disk.
        package init(absolutePath: String, status: FileStatus) {
            self.absolutePath = absolutePath
            self.status = status
        }
    }

    /// The image's, which its sidecars' names begin with.
    package let name: ImageName
    /// The image itself: what was uploaded, or the live one if only files beside it were.
    package let image: File
    /// Whether the image is another one than the live one.
    package let isNewImage: Bool
    /// What came beside it, by what its name has behind the image's: `.info`, `.torrent`.
    package let sidecars: [String: File]
    /// Of the address that it was uploaded from; its host is looked up when the set is due.
    package let uploader: Client

    /// `SetPublisher` puts it together.
    package init(
        name: ImageName, image: File, isNewImage: Bool, sidecars: [String: File], uploader: Client
    ) {
        self.name = name
        self.image = image
        self.isNewImage = isNewImage
        self.sidecars = sidecars
        self.uploader = uploader
    }

    /// The same set with other files beside the image.
    package func with(_ sidecars: [String: File]) -> ArrivedSet {
        ArrivedSet(
            name: name, image: image, isNewImage: isNewImage, sidecars: sidecars, uploader: uploader)
    }
}

/// A file that a plugin adds to a set, or takes out of it.
package struct Sidecar: Sendable, Hashable {
    /// What its name has behind the image's, such as `.macct`.
    package let suffix: String
    /// nil: there shall be none; one that lies beside the live image goes with the old set.
    package let bytes: [UInt8]?
    /// Permission bits of the file.
    package let mode: UInt32
    /// What an admin should know; never a secret.
    package let remark: String?

    /// - Parameter bytes: nil: there shall be none.
    package init(suffix: String, bytes: [UInt8]?, mode: UInt32 = 0o644, remark: String? = nil) {
        self.remark = remark
        self.suffix = suffix
        self.bytes = bytes
        self.mode = mode
    }
}

/// An image that is on its way: rsync appends to a temporary file of `directory`, and renames it to `name` at the end.
package struct ArrivingImage: Sendable {
    /// By which name it will lie there.
    package let name: ImageName
    /// Absolute.
    package let directory: String
    /// Whose connection it is.
    package let uploader: Client
    /// Whether the client's connection lives.
    package let isUnderway: @Sendable () -> Bool

    /// - Parameter isUnderway: asked again and again by whoever follows the upload.
    package init(
        name: ImageName, directory: String, uploader: Client, isUnderway: @escaping @Sendable () -> Bool
    ) {
        self.name = name
        self.directory = directory
        self.uploader = uploader
        self.isUnderway = isUnderway
    }
}
