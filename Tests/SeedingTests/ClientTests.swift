import Foundation
import HookTesting
import LinuxKit
import Testing
import Torrent

@testable import Seeding

/// LINBO's own clients, with LINBO's command lines, and a real tracker.
@Suite struct ClientTests {
    /// Of LINBO 7's and 4.3's `linbo_download_image`.
    private static let options = ["--enable-color=false", "--enable-dht=false", "--disable-ipv6=true"]
    private static let download =
        options + [
            "-c", "--console-log-level=notice", "--show-console-readout=true", "--summary-interval=3", "--seed-time=0",
        ]
    private static let ctorrent = ["-e", "0", "-m", "1", "-M", "100", "-z", "128", "-X", "touch I.complete"]

    /// A tracker that knows one torrent, and the seeder as its peer.
    private static func tracker(_ lab: SeedLab, _ bytes: [UInt8]) async throws -> (Server, TorrentFile) {
        let port = try FreePort.next()
        let torrent = try lab.seed("win11.qcow2", bytes, announce: "http://127.0.0.1:\(port)/announce")
        try Data(torrent.encoded()).write(to: lab.directory.appending(path: "win11.qcow2.torrent"))
        let directory = lab.path("tracker")
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try Data(torrent.infoHash.line.utf8).write(to: URL(filePath: "\(directory)/whitelist"))
        let tracker = try Server(
            "/usr/bin/opentracker",
            ["-i", "127.0.0.1", "-p", "\(port)", "-P", "\(port)", "-d", directory, "-w", "whitelist"],
            log: lab.directory.appending(path: "tracker.log"))
        let hash = torrent.infoHash.bytes.map { "%" + String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        let name = String(decoding: SeedEngine.peerID, as: UTF8.self)
        let announce =
            "http://127.0.0.1:\(port)/announce?info_hash=\(hash)&peer_id=\(name)"
            + "&port=\(lab.seeder.port)&uploaded=0&downloaded=0&left=0&compact=1&event=started"
        do {
            try await eventually("the tracker takes the seeder") {
                let answer = try await Command.run("/usr/bin/curl", ["-s", "-g", announce])
                return answer.status == 0 && answer.output.contains("interval")
            }
        } catch {
            tracker.kill()
            throw error
        }
        return (tracker, torrent)
    }

    private static func start(_ lab: SeedLab, _ client: String, in directory: String) throws -> Server {
        try FileManager.default.createDirectory(atPath: lab.path(directory), withIntermediateDirectories: true)
        let words =
            client == "aria2c"
            ? ["aria2c"] + download
            : ["ctorrent"] + ctorrent + ["-I", "127.0.0.2"]
        // Clients save where they are.
        return try Server(
            "/usr/bin/env", ["-C", lab.path(directory)] + words + [lab.path("win11.qcow2.torrent")],
            environment: ["http_proxy": "", "no_proxy": "*"], log: lab.directory.appending(path: "\(directory).log"))
    }

    @Test(
        "each of LINBO's clients gets the image, beside others, also while another one is published",
        arguments: ["aria2c", "ctorrent"])
    func clients(_ client: String) async throws {
        try await SeedLab.open { lab in
            let bytes = SeedLab.noise(20 << 20)
            let (tracker, torrent) = try await Self.tracker(lab, bytes)
            defer { tracker.kill() }
            // So that it is published in the middle.
            lab.seeder.limit(SeedLimits(total: 2 << 20))
            let clients = try (0..<2).map { try Self.start(lab, client, in: "\(client)\($0)") }
            defer { for client in clients { client.kill() } }
            try await eventually("something came") { (lab.state(torrent)?.uploaded ?? 0) > 0 }
            let new = SeedLab.noise(21 << 20)
            try lab.publish("win11.qcow2", new)
            #expect(lab.seeder.want([SeedWish(try lab.torrent("win11.qcow2"), path: lab.path("win11.qcow2"))]).isEmpty)
            lab.seeder.limit(SeedLimits())
            try await eventually("both have it: \(clients.map(\.logged))") { clients.allSatisfy(\.hasEnded) }
            for number in 0..<2 {
                #expect(clients[number].status == 0, "\(clients[number].logged)")
                #expect(try Data(contentsOf: URL(filePath: lab.path("\(client)\(number)/win11.qcow2"))) == Data(bytes))
            }
            #expect(try Data(contentsOf: URL(filePath: lab.path("win11.qcow2"))) == Data(new))
        }
    }

    @Test("while a PC seeds the old image, an old torrent beside the new one rolls nothing back")
    func noRollback() async throws {
        try await SeedLab.open { lab in
            let old = SeedLab.noise(4 << 20)
            let (tracker, torrent) = try await Self.tracker(lab, old)
            defer { tracker.kill() }
            try FileManager.default.createDirectory(atPath: lab.path("pc"), withIntermediateDirectories: true)
            try FileManager.default.copyItem(atPath: lab.path("win11.qcow2"), toPath: lab.path("pc/win11.qcow2"))
            let pc = try Server(
                "/usr/bin/env",
                ["-C", lab.path("pc"), "aria2c"] + Self.options
                    + ["-V", "--seed-ratio=0.0", lab.path("win11.qcow2.torrent")],
                environment: ["http_proxy": "", "no_proxy": "*"], log: lab.directory.appending(path: "pc.log"))
            defer { pc.kill() }
            var new = old
            new[3 << 20] ^= 0xFF
            try lab.publish("win11.qcow2", new)
            #expect(lab.seeder.want([SeedWish(torrent, path: lab.path("win11.qcow2"))]).isEmpty)
            let client = try Self.start(lab, "aria2c", in: "client")
            defer { client.kill() }
            try await eventually("it has it from the PC: \(client.logged)") { client.hasEnded }
            #expect(try Data(contentsOf: URL(filePath: lab.path("client/win11.qcow2"))) == Data(old))
            #expect(try Data(contentsOf: URL(filePath: lab.path("win11.qcow2"))) == Data(new))
            #expect(try lab.openImages().allSatisfy { $0.mode == Int(O_RDONLY) })
        }
    }
}
