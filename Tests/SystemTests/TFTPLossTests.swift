import Foundation
import Testing

/// Networks that lose, repeat, delay and reorder packets: everything arrives, byte for byte.
@Suite struct TFTPLossTests {
    static let size = 200_000
    static let windows = [1, 16]

    func open(
        _ namespace: Namespace? = nil, _ body: (School, String) async throws -> Void
    ) async throws {
        var options = School.Options.withTFTP("transfers-per-client: 1000\nrequests-per-second: 0")
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

    // Off where the kernel has no sch_netem (CONFIG_NET_SCH_NETEM; `tc qdisc add dev lo root netem` says "Specified
    // qdisc kind is unknown"), or the tests do not run as root: a namespace takes it.
    @Test(
        "a network namespace whose loopback is bad", .enabled(if: Netem.isThere, "as root, with sch_netem"),
        arguments: Netem.schedules, windows)
    func netem(schedule: [String], window: Int) async throws {
        try await Namespace.open { namespace in
            try await open(namespace) { school, file in
                let tc = try await namespace.run(["tc", "qdisc", "add", "dev", "lo", "root", "netem"] + schedule)
                try #require(tc.status == 0, "\(tc)")
                let (summary, result) = try await TFTPLoad.run(
                    [
                        "-p", "\(school.tftpPort)", "-f", "image", "-x", file, "-c", "10", "-n", "20", "-b", "1428",
                        "-w", "\(window)", "-r", "100", "-d", "600",
                    ], in: namespace)
                #expect(result.status == 0 && summary.ok == 20 && summary.mismatches == 0, "\(result)")
            }
        }
    }
}

/// Linux's network emulator.
enum Netem {
    static let schedules: [[String]] = [
        ["loss", "1%"], ["loss", "10%"], ["delay", "50ms", "30ms"], ["duplicate", "5%"],
        ["loss", "10%", "delay", "50ms", "30ms", "duplicate", "5%"],
    ]

    /// Asked of the kernel in a namespace that is gone at once.
    static let isThere = Namespace.isRoot && tried()

    private static func tried() -> Bool {
        let words = [
            "-n", "/bin/sh", "-c", "ip link set lo up && tc qdisc add dev lo root netem delay 1ms 2>/dev/null",
        ]
        guard
            let child = try? Child(
                "/usr/bin/unshare", words, environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"],
                output: STDERR_FILENO, errors: STDERR_FILENO)
        else { return false }
        while true {
            if let status = child.status { return status == 0 }
            usleep(2000)
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
