import HookConfig
import HookHost
import LinboModel
import LinuxKit

/// An image that is on its way: what `linboctl images uploads` shows.
package struct PendingUpload: Sendable, Codable, Equatable {
    package enum State: String, Sendable, Codable, CaseIterable {
        /// A client sends right now.
        case receiving
        /// What has come waits for the rest of its set.
        case settling
        /// The set is looked at, and brought into the tree.
        case publishing
        /// It broke off; the next try goes on from there.
        case broken
    }

    package var image: String
    package var state: State
    /// nil: nobody's, as it broke off.
    package var uploader: String?
    /// What has come whole, by its names.
    package var files: [String]
    /// Bytes that have come, or came until it broke off.
    package var bytes: Int64
    /// Milliseconds since 1970.
    package var since: Int64

    /// All of them, by image.
    package static func all(in paths: UploadPaths) -> [PendingUpload] {
        let records = [(paths.due, State.publishing), (paths.sets, .settling)].flatMap { directory, state in
            FileTree.names(in: directory).filter { $0.hasSuffix(".json") }
                .compactMap { UploadSession.read("\(directory)/\($0)") }.map { PendingUpload($0, state, paths) }
        }
        let broken = FileTree.names(in: paths.partials).compactMap { name in
            FileStatus(at: "\(paths.partials)/\(name)").map { status in
                PendingUpload(
                    image: name, state: .broken, uploader: nil, files: [], bytes: status.size,
                    since: status.changed * 1000)
            }
        }
        return (records + broken).sorted { ($0.image, $0.since) < ($1.image, $1.since) }
    }

    init(_ record: UploadSession, _ state: State, _ paths: UploadPaths) {
        var record = record
        record.forgetDead()
        image = record.image
        self.state = state == .settling && !record.underway.isEmpty ? .receiving : state
        uploader = record.label
        files = record.arrived.keys.sorted().map { record.image + $0 }
        var sizes = record.arrived.values.map(\.size)
        if record.underway[""] != nil, let name = ImageName(image) {
            sizes.append(PartialTransfer.arriving(at: "\(paths.view(of: record.address))/\(name.path)"))
        }
        bytes = sizes.total()
        since = record.opened
    }

    private init(
        image: String, state: State, uploader: String?, files: [String], bytes: Int64, since: Int64
    ) {
        self.image = image
        self.state = state
        self.uploader = uploader
        self.files = files
        self.bytes = bytes
        self.since = since
    }
}
