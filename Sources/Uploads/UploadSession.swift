import Foundation
import HookConfig
import HookHost
import LinboModel
import LinuxKit

/// An upload from its first file until its set is live: what has come, who sends it, where it stands. One record on disk,
/// so that a daemon started later, or `once`, goes on with it; it moves with the files that it tells of.
struct UploadSession: Codable, Sendable, Equatable {
    /// A file that has come whole.
    struct Arrival: Codable, Sendable, Equatable {
        /// Milliseconds since 1970.
        let at: Int64
        let size: Int64
        let inode: UInt64
    }

    /// Why it lies in quarantine, and since when.
    struct Refused: Codable, Sendable, Equatable {
        /// Milliseconds since 1970.
        let at: Int64
        let reason: String
    }

    /// What is uploaded: an image, or of a file that is none the file's name.
    let image: String
    /// The uploader: its host's name, or its address.
    var label: String
    var address: String
    /// When the first of it was asked for.
    var opened: Int64
    /// Connections that send right now, by what their file's name has behind the image's.
    var underway: [String: String] = [:]
    var arrived: [String: Arrival] = [:]
    /// The kernel's boot: what came before another one may have been lost with its memory.
    var boot: String
    /// Whether all that arrived is known to be on disk.
    var isSynced = false
    /// nil: it is on its way. How far is told by where the record lies, as it moves with the files that it tells of.
    var refused: Refused?

    init(image: ImageName, client: Client) {
        self.init(image.text, by: client.label)
        address = client.address.description
    }

    /// Of a file that is no image's.
    init(_ name: String, by uploader: String) {
        image = name
        label = uploader
        address = ""
        opened = UnixTime.nowMilliseconds()
        boot = Self.currentBoot
    }

    static let currentBoot = WorkMark.currentBoot

    /// Whether the machine has not gone down since. Records of older daemons do not tell.
    var isOfThisBoot: Bool { boot.isEmpty || boot == Self.currentBoot }

    /// Milliseconds since 1970 at which the set goes live; nil while that is open. Only an image that is underway holds
    /// it up for as long as that takes: a small file that does not come to its end goes into the next set.
    func due(_ settings: UploadSettings) -> Int64? {
        guard let last = arrived.values.map(\.at).max(), underway[""] == nil else { return nil }
        if arrived[""] != nil, arrived[".info"] == nil { return last + settings.infoWait.milliseconds }
        // The torrent is the last that a client sends.
        if arrived[""] != nil, arrived[".torrent"] != nil, underway.isEmpty { return last }
        let latest = (arrived[".info"]?.at ?? last) + UploadSettings.longestSettle.milliseconds
        return underway.isEmpty ? min(last + settings.settle.milliseconds, latest) : latest
    }

    /// One client at a time sends an image and what belongs to it.
    /// - Throws: `Refusal`, which the client shows before it has sent anything.
    mutating func admit(_ client: Client, _ name: UploadName, _ connection: ConnectionID) throws(Refusal) {
        // What a dead connection has brought is still to be taken: it stays in the record, and holds up nobody.
        let alive = alive
        if !isHolder(client) {
            guard arrived.isEmpty, alive[""] == nil else {
                let since = localTime(Int(opened / 1000))
                throw Refusal("\(image) is being uploaded by \(label) since \(since): try again when that is done")
            }
            // A small file that is still coming keeps nobody from sending the image, as it could be sent for ever.
            underway = [:]
            opened = UnixTime.nowMilliseconds()
        }
        guard [nil, connection.description].contains(alive[name.suffix]) else {
            throw Refusal("\(image)\(name.suffix) is being uploaded by \(label) already")
        }
        label = client.label
        address = client.address.description
        underway[name.suffix] = connection.description
    }

    /// By its name or its address: an import of devices may give it another name meanwhile.
    private func isHolder(_ client: Client) -> Bool {
        label == client.label || address == client.address.description
    }

    /// - Throws: `Refusal` if the connection has given way to another one since it began.
    func checkHolds(_ name: UploadName, _ connection: ConnectionID) throws(Refusal) {
        guard underway[name.suffix] != connection.description else { return }
        throw Refusal("it gave way to a newer upload of \(image)")
    }

    /// The connection that sends a file, if that has not moved for so long that `client` may begin.
    func stalled(
        _ name: UploadName, for client: Client, _ settings: UploadSettings, lastMove: Int64
    ) -> ConnectionID? {
        let patience = settings.stalled * (isHolder(client) ? 1 : 10)
        guard UnixTime.now() - lastMove > patience.components.seconds else { return nil }
        return underway[name.suffix].flatMap { ConnectionID($0) }
    }

    /// Their connections are being ended: their `post` finds that they hold nothing any more.
    mutating func giveWay(_ ended: [ConnectionID]) {
        let names = Set(ended.map(\.description))
        underway = underway.filter { !names.contains($0.value) }
    }

    /// The connection is over.
    mutating func release(_ name: UploadName, _ connection: ConnectionID) {
        if underway[name.suffix] == connection.description { underway[name.suffix] = nil }
    }

    mutating func add(_ suffix: String, _ status: FileStatus, from client: Client) {
        label = client.label
        address = client.address.description
        arrived[suffix] = Arrival(at: UnixTime.nowMilliseconds(), size: status.size, inode: status.inode)
        boot = Self.currentBoot
        isSynced = false
    }

    /// Takes what lies in the set's directory and stands in no record: only what is whole gets there, and whoever put
    /// it there was killed before it could say so.
    mutating func adopt(_ directory: String) {
        for name in FileTree.names(in: directory) where name.hasPrefix(image) {
            let suffix = String(name.dropFirst(image.utf8.count))
            guard arrived[suffix] == nil, let status = FileStatus(at: "\(directory)/\(name)") else { continue }
            arrived[suffix] = Arrival(at: UnixTime.nowMilliseconds(), size: status.size, inode: status.inode)
            isSynced = false
        }
    }

    /// Forgets connections that are gone without having said so.
    mutating func forgetDead() { underway = alive }

    private var alive: [String: String] { underway.filter { ConnectionID($0.value)?.isAlive ?? false } }

    var isEmpty: Bool { underway.isEmpty && arrived.isEmpty }
}

extension UploadSession {
    /// Of an image; nil if there is none, or what is there is none of ours.
    static func read(_ path: String) -> UploadSession? {
        any(path).flatMap { ImageName($0.image) == nil ? nil : $0 }
    }

    /// The same of whatever file.
    static func any(_ path: String) -> UploadSession? {
        guard let (bytes, _) = try? FileBytes.read(path, limit: 1 << 20),
            let record = try? JSONDecoder().decode(UploadSession.self, from: Data(bytes)), record.isOurs
        else { return nil }
        return record
    }

    /// Whether its numbers are such as we write: there is arithmetic to do with them.
    private var isOurs: Bool {
        let times = Settled.times.lowerBound * 1000...Settled.times.upperBound * 1000
        return times.contains(opened)
            && arrived.values.allSatisfy { times.contains($0.at) && $0.size >= 0 }
    }

    /// - Throws: `SystemError`.
    func write(_ path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try AtomicFile.replace(path, with: Array(try encoder.encode(self)), mode: 0o600)
    }
}
