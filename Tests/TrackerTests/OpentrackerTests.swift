import Foundation
import HookTesting
import Testing
import Torrent

@testable import Tracker

/// The tracker that LINBO's servers have had, asked the same.
@Suite("beside opentracker") struct OpentrackerTests {
    private static let program = "/usr/bin/opentracker"

    @Test("the same questions have the same fields, figures and peers", .enabled(if: access(program, X_OK) == 0))
    func answers() async throws {
        let folder = URL(filePath: NSTemporaryDirectory()).appending(path: "opentracker-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let published = try torrent(1)
        try Data(published.infoHash.line.utf8).write(to: folder.appending(path: "whitelist"))
        // As root it changes its root directory, and becomes somebody else there.
        let isRoot = geteuid() == 0
        for path in [folder.path, folder.appending(path: "whitelist").path] { chmod(path, 0o755) }
        let port = try FreePort.next()
        let theirs = try Server(
            Self.program,
            [
                "-i", "127.0.0.1", "-p", "\(port)", "-P", "\(port)", "-d", folder.path, "-u",
                isRoot ? "nobody" : NSUserName(),
                "-w", isRoot ? "/whitelist" : folder.appending(path: "whitelist").path,
            ], log: folder.appending(path: "log"))
        defer { theirs.kill() }
        try await eventually("opentracker listens: \(theirs.logged)") { FreePort.listens(port) }

        try await TrackerLab.open { lab in
            lab.tracker.publish([published])
            let hash = "info_hash=\(encoded(published.infoHash.bytes))"
            let steps: [(address: String, target: String)] = [
                ("127.0.0.2", "/announce?\(query(left: 0, event: "started"))"),
                ("127.0.0.3", "/announce?\(query(port: 6882, event: "started", "&numwant=10"))"),
                ("127.0.0.3", "/announce?\(query(port: 6882, left: 400, "&numwant=10"))"),
                ("127.0.0.3", "/scrape?\(hash)"),
                ("127.0.0.3", "/announce?\(query(port: 6882, left: 0, event: "completed"))"),
                ("127.0.0.4", "/scrape?\(hash)"),
                ("127.0.0.2", "/announce?\(query(left: 0, event: "stopped"))"),
                ("127.0.0.4", "/scrape?\(hash)"),
                ("127.0.0.4", "/announce?\(query(7, port: 6883))"),
            ]
            for step in steps {
                let theirs = try await TrackerLab.get(step.target, from: step.address, port: port)
                let ours = try await lab.get(step.target, from: step.address)
                #expect(try Self.fields(theirs.body, step) == Self.fields(ours.body, step), "\(step.target)")
                #expect(theirs.head.split(separator: "\r\n").first?.dropFirst(9) == "200 OK")
            }
        }
        try await theirs.stop()
    }

    /// What both shall say alike. Not so are the intervals; opentracker tells everybody of itself, and seeds of seeds;
    /// and it does not tell who stops how often a torrent was downloaded.
    private static func fields(_ body: [UInt8], _ step: (address: String, target: String)) throws -> [String: Bencode] {
        guard case .dictionary(let entries) = try BencodeReader.parse(body) else { return [:] }
        var fields: [String: Bencode] = [:]
        for entry in entries {
            let key = String(decoding: entry.key, as: UTF8.self)
            switch key {
            case "interval", "min interval": fields[key] = .integer(0)
            case "downloaded" where step.target.contains("event=stopped"): break
            case "peers":
                let isSeed = step.target.contains("left=0")
                let peers = TrackerLab.peers(entry.value.bytes).filter { !isSeed && !$0.hasPrefix(step.address) }
                fields[key] = .list(peers.sorted().map { .text($0) })
            default: fields[key] = entry.value
            }
        }
        return fields
    }
}
