package import HookConfig
package import HookHost
import LinuxKit
import Logging
import Torrent

/// `images/<base>/<image>.torrent` and `.hash` that the tree does not have, or only of an older image: made when a
/// client asks, once (docs/linbo.md#torrents).
package struct TorrentCreate: ArrivalListener, PublishingStep, Advertised {
    package static let name: PluginName = "torrent-create"

    let settings: TorrentSettings
    let maker: TorrentMaker
    let logger: Logger

    /// - Throws: `ConfigError` if a setting below `torrent-create:` is wrong.
    package init(_ section: PluginSection, _ context: PluginContext) throws(ConfigError) {
        settings = try TorrentSettings(section)
        let cache = TorrentCache(directory: context.state + "/torrents", pieceLength: settings.pieceLength)
        logger = context.logger
        maker = TorrentMaker(cache: cache, settings: settings, marks: context.marks, logger: context.logger)
    }

    package var claims: [PathPattern] { ["images/*/*.torrent", "images/*/*.hash"] }

    /// There are torrents beside images, which only uploads bring now.
    package static func need(on server: ServerFacts) -> String? {
        let torrents = server.besideImages(".torrent")
        guard let first = torrents.first else { return nil }
        return
            "\(torrents.count) images have a torrent, \(first) the first: of a new image there is one only if its PC "
            + "uploads it"
    }

    package func resolve(_ request: Request, next: Next) async throws -> Resolution {
        // What a client uploads is compared with the file itself.
        guard request.intent != .store, let asked = AskedName(request.path),
            case .file(let image) = try await next(request.asking(for: asked.image)), image.status.size > 0
        else { return Resolution(try await next(request)) }
        guard case .file(let torrent) = try await next(request.asking(for: asked.torrent)) else {
            return await made(asked, image, request, remarks: [])
        }
        guard !torrent.status.isOlder(than: image.status) else {
            return await made(asked, image, request, remarks: ["the tree's torrent is older than the image"])
        }
        switch asked.kind {
        case .torrent: return Resolution(try await next(request))
        case .hash: return try Self.hash(of: torrent, beside: try await next(request))
        }
    }

    // MARK: The tree's own

    /// A client's uploaded torrent may have come without its `.hash`, or before it (defect 24,
    /// docs/linbo.md#defects-of-the-old-hooks): clients that compare the two would fetch the image at every boot.
    private static func hash(of torrent: TreeFile, beside content: Content) throws -> Resolution {
        let line: [UInt8]
        do {
            line = Array(try TorrentFile(parsing: torrent.read(limit: BencodeReader.sizeLimit)).infoHash.line.utf8)
        } catch {
            return Resolution(content, remarks: ["\(torrent.path): \(error)"])
        }
        guard case .file(let file) = content else { return Resolution(.made(MadeContent(line))) }
        if (try? file.read(limit: 1 << 10)) == line { return Resolution(content) }
        return Resolution(.made(MadeContent(line)), remarks: ["the tree's file is not of the tree's torrent"])
    }

    // MARK: Ours

    private func made(
        _ asked: AskedName, _ image: TreeFile, _ request: Request, remarks: [String]
    ) async -> Resolution {
        let version = ImageVersion(
            path: image.absolutePath, name: asked.image.name, identity: FileIdentity(image.status))
        let pieces: ArraySlice<UInt8>
        switch await answer(version, request) {
        case .pieces(let made): pieces = made
        case .later: return Self.nothing("the torrent is being made", remarks)
        case .failed(let error): return Self.nothing("no torrent: \(error)", remarks)
        case nil: return Self.nothing("the torrent is made when a client fetches it by its name", remarks)
        }
        let torrent = TorrentFile(
            name: version.name, length: version.identity.size, pieceLength: settings.pieceLength, pieces: pieces,
            isPrivate: settings.isPrivate, announce: settings.announce)
        let bytes =
            switch asked.kind {
            case .torrent: torrent.encoded()
            case .hash: Array(torrent.infoHash.line.utf8)
            }
        return Resolution(.made(MadeContent(bytes)), remarks: remarks)
    }

    /// nil: not there yet, and nobody asks for its bytes.
    private func answer(_ image: ImageVersion, _ request: Request) async -> TorrentMaker.Answer? {
        guard request.intent == .fetch, request.manner == .byName else {
            return maker.ready(image.identity).map { .pieces($0) }
        }
        return await maker.pieces(of: image)
    }

    /// The client falls back to rsync; an older torrent would have it fetch an image that is gone.
    private static func nothing(_ reason: String, _ remarks: [String]) -> Resolution {
        Resolution(.nothing(.hidden(reason)), remarks: remarks)
    }
}

extension FileStatus {
    fileprivate func isOlder(than other: FileStatus) -> Bool {
        (modified, modifiedNanoseconds) < (other.modified, other.modifiedNanoseconds)
    }
}
