import Foundation
import HookTesting
import Testing

/// The tracker with the programs that PCs run: one that has the image and one that has nothing find each other by it,
/// and by nothing else.
@Suite(
    .enabled(if: Namespace.isRoot, "as root"),
    .enabled(if: TorrentLab.hasPrograms, "aria2c, ctorrent and transmission-cli"))
struct TrackerClientTests {
    /// A client, how it seeds, and how it downloads.
    enum Client: String, CaseIterable, Sendable {
        case aria2, ctorrent, transmission

        /// Those of LINBO's own configuration come first, then what lets it find others without the tracker is off.
        private static let aria2c = [
            "aria2c", "--enable-color=false", "--disable-ipv6=true", "--no-conf",
            "--enable-peer-exchange=false", "--bt-enable-lpd=false",
        ]

        func words(isSeed: Bool, address: String, _ scheme: String) -> [String] {
            switch self {
            case .aria2:
                // It asks trackers by UDP only with the socket that it has for DHT; it knows nobody there.
                Self.aria2c + ["--enable-dht=\(scheme == "udp")", "--dht-file-path=dht"]
                    + (isSeed ? ["-V", "--seed-ratio=0.0"] : ["-c", "--seed-time=0"]) + ["win11.qcow2.torrent"]
            case .ctorrent:
                ["ctorrent", "-e", isSeed ? "100" : "0", "-I", address, "-m", "1", "-M", "100", "-z", "128"]
                    // As LINBO seeds what it has checked before; else it asks while it still checks.
                    + (isSeed ? ["-f"] : []) + ["win11.qcow2.torrent"]
            case .transmission: ["transmission-cli", "-M", "-g", "config", "-w", ".", "win11.qcow2.torrent"]
            }
        }

        /// By its own will, when it has all.
        var ends: Bool { self != .transmission }

        func prepare(_ lab: TorrentLab) throws {
            guard self == .transmission else { return }
            for pc in ["2", "3"] {
                let folder = lab.directory.appending(path: "\(pc)/config")
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                let settings =
                    #"{"dht-enabled": false, "lpd-enabled": false, "pex-enabled": false, "utp-enabled": false}"#
                try Data(settings.utf8).write(to: folder.appending(path: "settings.json"))
            }
        }
    }

    private static let cases: [(Client, String)] = [
        (.aria2, "http"), (.aria2, "udp"), (.ctorrent, "http"), (.transmission, "http"), (.transmission, "udp"),
    ]

    @Test("a client that has the image and one that has nothing meet", arguments: cases)
    func meet(_ client: Client, _ scheme: String) async throws {
        try await TorrentLab.open(scheme) { lab in
            try client.prepare(lab)
            let tracker = try lab.tracker()
            defer { tracker.kill() }
            try await eventually("the tracker listens") { tracker.logged.contains("listens on port 6969") }
            let seed = try lab.client(2, client.words(isSeed: true, address: "10.79.0.2", scheme))
            defer { seed.kill() }
            try await eventually("the seed is known") { Self.told(tracker, "10.79.0.2") { $0.hasSuffix(" left 0") } }
            let leecher = try lab.client(3, client.words(isSeed: false, address: "10.79.0.3", scheme))
            defer { leecher.kill() }
            try await eventually("all is there") {
                Self.told(tracker, "10.79.0.3") { $0.hasPrefix("completed ") } && lab.received(3) == lab.image
            }
            #expect(Self.told(tracker, "10.79.0.3") { $0.hasPrefix("started ") && $0.hasSuffix(" left 5000000") })
            if client.ends {
                try await eventually("the client ends") { leecher.hasEnded }
                #expect(leecher.status == 0, "\(leecher.logged)")
                #expect(Self.told(tracker, "10.79.0.3") { $0.hasPrefix("stopped ") })
            }
        }
    }

    @Test("a torrent that is not published: the client says why it gets nothing") func refused() async throws {
        try await TorrentLab.open("http") { lab in
            let tracker = try lab.tracker()
            defer { tracker.kill() }
            try await eventually("the tracker listens") { tracker.logged.contains("listens on port 6969") }
            // The same image in a torrent of another name has another hash.
            let path = lab.directory.appending(path: "3/win11.qcow2.torrent")
            var bytes = Array(try Data(contentsOf: path))
            let name = Array("win11.qcow2".utf8)
            let start = try #require(bytes.indices.first { bytes[$0...].starts(with: name) })
            bytes[start] = UInt8(ascii: "W")
            try Data(bytes).write(to: path)
            let client = try lab.client(3, Client.aria2.words(isSeed: false, address: "10.79.0.3", "http"))
            defer { client.kill() }
            try await eventually("it is told") {
                client.logged.contains("Requested download is not authorized for use with this tracker.")
            }
        }
    }

    private static func told(_ tracker: Server, _ address: String, _ isIt: (Substring) -> Bool) -> Bool {
        tracker.logged.split(separator: "\n").contains { $0.contains(" \(address):") && isIt($0) }
    }
}
