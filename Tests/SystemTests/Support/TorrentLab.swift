import Foundation
import HookTesting
import Testing
import Torrent

/// A school of three machines, each in a network namespace of its own: a server with the tracker at 10.79.0.1, and PCs
/// at 10.79.0.2 and on, on one switch. Clients refuse peers on loopback.
struct TorrentLab: Sendable {
    static let programs = ["aria2c", "ctorrent", "transmission-cli"]
    static let hasPrograms = programs.allSatisfy { access("/usr/bin/\($0)", X_OK) == 0 }

    let server: Namespace
    /// By the last number of their address, from 2 on.
    let pcs: [Namespace]
    let directory: URL
    /// What is to be distributed.
    let image: [UInt8]

    /// - Parameter scheme: of the torrent's announce URL: `http` or `udp`.
    static func open(_ scheme: String, _ body: (TorrentLab) async throws -> Void) async throws {
        var template = Array("/tmp/linbo-hookd-torrent.XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        let directory = URL(
            fileURLWithPath: String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self))
        defer { try? FileManager.default.removeItem(at: directory) }
        try await Namespace.open { server in
            try await Namespace.open { first in
                try await Namespace.open { second in
                    let lab = try TorrentLab(server: server, pcs: [first, second], directory: directory, scheme)
                    try await lab.connect()
                    try await body(lab)
                }
            }
        }
    }

    private init(server: Namespace, pcs: [Namespace], directory: URL, _ scheme: String) throws {
        (self.server, self.pcs, self.directory) = (server, pcs, directory)
        var state: UInt64 = 1
        image = (0..<5_000_000).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 33)
        }
        for folder in ["2", "3"] {
            try FileManager.default.createDirectory(
                at: directory.appending(path: folder), withIntermediateDirectories: true)
        }
        let seeded = directory.appending(path: "2/win11.qcow2")
        try Data(image).write(to: seeded)
        let length = 256 << 10
        let torrent = TorrentFile(
            name: "win11.qcow2", length: Int64(image.count), pieceLength: length,
            pieces: try PieceHasher(pieceLength: length).hash(seeded.path).pieces[...],
            announce: "\(scheme)://10.79.0.1:6969/announce")
        for folder in ["2", "3"] {
            try Data(torrent.encoded()).write(to: directory.appending(path: "\(folder)/win11.qcow2.torrent"))
        }
    }

    private func connect() async throws {
        try await server.setInside("link", "add", "br0", "type", "bridge")
        try await server.setInside("addr", "add", "10.79.0.1/24", "dev", "br0")
        try await server.setInside("link", "set", "br0", "up")
        for (index, pc) in pcs.enumerated() {
            let port = "pc\(index + 2)"
            try await server.setInside(
                "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", pc.name)
            try await server.setInside("link", "set", port, "master", "br0", "up")
            try await pc.setInside("addr", "add", "10.79.0.\(index + 2)/24", "dev", "eth0")
            try await pc.setInside("link", "set", "eth0", "up")
        }
    }

    /// The tracker, which says what it hears.
    func tracker() throws -> Server {
        let command = server.command([
            Programs.directory.appending(path: "tracker-alone").path, "--changes", "--listen", "10.79.0.1:6969",
            directory.appending(path: "2/win11.qcow2.torrent").path,
        ])
        return try Server(command[0], Array(command.dropFirst()), log: directory.appending(path: "tracker.log"))
    }

    /// A client on a PC, started in the PC's folder.
    func client(_ pc: Int, _ words: [String]) throws -> Server {
        let folder = directory.appending(path: "\(pc)").path
        let command = pcs[pc - 2].command(["/usr/bin/env", "-C", folder, "HOME=\(folder)"] + words)
        return try Server(command[0], Array(command.dropFirst()), log: directory.appending(path: "\(pc).log"))
    }

    /// What a PC has of the image.
    func received(_ pc: Int) -> [UInt8] {
        (try? Data(contentsOf: directory.appending(path: "\(pc)/win11.qcow2"))).map { Array($0) } ?? []
    }
}
