import Foundation
import Testing

/// Networks that lose, repeat, delay and reorder packets: everything arrives, byte for byte.
@Suite struct TFTPLossTests {
    static let size = 200_000
    static let windows = [1, 16]

    func open(
        _ namespace: Namespace? = nil, listen address: String = "127.0.0.1",
        _ body: (School, String) async throws -> Void
    ) async throws {
        var options = School.Options.withTFTP(
            "transfers-per-client: 1000\nrequests-per-second: 0", listen: ["\(address):{tftp}"])
        options.startsDaemon = namespace == nil
        try await School.open(options) { school in
            let random = try #require(FileHandle(forReadingAtPath: "/dev/urandom"))
            try school.write(try random.read(upToCount: Self.size).map { Array($0) } ?? [], to: "srv/image")
            if let namespace { try await school.startDaemon(in: namespace) }
            try await body(school, school.tree.path + "/image")
        }
    }

    @Test(
        "packets lost at the client, both ways",
        arguments: [1, 10], windows)
    func lost(percent: Int, window: Int) async throws {
        try await open { school, file in
            let (summary, result) = try await TFTPLoad.run([
                "-p", "\(school.tftpPort)", "-f", "image", "-x", file, "-c", "10", "-n", "20", "-a", "10", "-b", "1428",
                "-w", "\(window)", "-t", "-l", "\(percent)", "-L", "\(percent)", "-S", "7", "-r", "100", "-d", "600",
            ])
            #expect(result.status == 0 && summary.ok == 20 && summary.mismatches == 0, "\(result)")
            #expect(summary.windowsize == window, "\(result)")
        }
    }

    @Test(
        "clients of the world behind a cable that loses, repeats, delays, and reorders",
        .enabled(if: Namespace.isRoot, "as root"), arguments: BadCable.all,
        TFTPClient.allCases.map { ($0, 1) } + [(.atftp, 16)])
    func badCable(_ cable: BadCable, of client: (program: TFTPClient, window: Int)) async throws {
        // curl waits 6 s for each packet that is lost, whatever server it asks.
        guard client.program != .curl || cable.loss == 0 else { return }
        try await cable.connect { serving, asking in
            try await open(serving, listen: BadCable.server) { school, file in
                let peer = SocketAddress(BadCable.server, school.tftpPort)
                let target = school.directory.appendingPathComponent("received").path
                let wishes = TFTPClient.Wishes(
                    blockSize: 1428, windowSize: client.window == 1 ? nil : client.window)
                let words = client.program.arguments("image", from: peer, into: target, wishes)
                // atftp and busybox end with an error if their OACK comes twice: then they are started again.
                try await eventually("the file arrives", within: .seconds(600)) {
                    let result = try await asking.run([client.program.program] + words)
                    guard result.status == 0 else {
                        try #require(!(result.output + result.errors).isEmpty, "\(client.program) says why")
                        return false
                    }
                    #expect(FileManager.default.contentsEqual(atPath: target, andPath: file), "\(result)")
                    return true
                }
            }
        }
    }
}

/// `Tests/Tools/bad-cable` between two network namespaces.
struct BadCable: Sendable, CustomTestStringConvertible {
    static let server = "10.99.0.1"
    static let client = "10.99.0.2"
    static let all = [
        BadCable(loss: 50), BadCable(duplication: 50), BadCable(delay: 20, jitter: 30),
        BadCable(loss: 50, duplication: 50, delay: 5, jitter: 10),
    ]

    /// Of a thousand packets, each way.
    var loss = 0
    var duplication = 0
    /// Milliseconds.
    var delay = 0
    var jitter = 0

    var testDescription: String { "loss \(loss), repetition \(duplication), delay \(delay) to \(delay + jitter) ms" }

    /// - Parameter body: gets the server's end and the client's.
    func connect(_ body: (Namespace, Namespace) async throws -> Void) async throws {
        let program = try await CTools.shared.built("bad-cable.c", [])
        let log = FileManager.default.temporaryDirectory.appendingPathComponent("bad-cable-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: log) }
        try await Namespace.open { server in
            try await Namespace.open { client in
                let figures = [loss, duplication, delay, jitter, 7].map { "\($0)" }
                let cable = try Server(program, [server.name, "cable", client.name, "cable"] + figures, log: log)
                do {
                    try await eventually("both ends are there") {
                        try #require(!cable.hasEnded, "\(cable.logged)")
                        return cable.logged.contains("ready")
                    }
                    for (end, address) in [(server, Self.server), (client, Self.client)] {
                        try await end.setInside("addr", "add", "\(address)/24", "dev", "cable")
                        try await end.setInside("link", "set", "cable", "up")
                    }
                    try await body(server, client)
                } catch {
                    if let status = cable.status { Issue.record("the cable ended: \(status), \(cable.logged)") }
                    try? await cable.stop()
                    throw error
                }
                try #require(!cable.hasEnded, "\(cable.logged)")
                try await cable.stop()
            }
        }
    }
}

extension TFTPLossTests {
    @Test("over an Ethernet of 1500 bytes no block needs IP fragments", .enabled(if: Namespace.isRoot, "as root"))
    func ethernet() async throws {
        try await Namespace.open { namespace in
            try await namespace.setInside("link", "set", "lo", "mtu", "1500")
            try await open(namespace) { school, file in
                for (wish, window) in [("65464", "1"), ("65464", "16"), ("1428", "16")] {
                    let (summary, result) = try await TFTPLoad.run(
                        [
                            "-p", "\(school.tftpPort)", "-f", "image", "-x", file, "-c", "10", "-b", wish, "-w",
                            window,
                        ], in: namespace)
                    #expect(result.status == 0 && summary.ok == 10, "\(result)")
                    #expect(summary.blksize == (wish == "1428" ? 1428 : 1468), "\(result)")
                }
            }
        }
    }
}
