import Foundation
import Glibc
import HookStore
import HookTesting
import LinboModel
import Testing

/// Wake on LAN, as a network card hears it.
@Suite(.serialized) struct WakeTests {
    @Test(
        "each PC gets its packet three times; who came and who did not is told, with the time, and is in the audit log")
    func wake() async throws {
        var options = School.Options()
        options.linbo = "  subnets: {directory}/subnets.csv"
        try await School.open(options) { school in
            // The loopback network's broadcast, which this machine hears itself.
            try school.write("127.0.0.0/8;127.0.0.1;;;;\n", to: "subnets.csv")
            let card = try Card()
            async let waking = school.linboctl("wake", "pc01", "pc02", "--wait", "15s")
            try await eventually("all packets came") {
                card.hear(); return card.packets.count >= 6
            }
            _ = try await school.pull("start.conf.win11", as: 1)
            let result = try await waking
            #expect(result.status == 1)
            #expect(result.output.contains("pc01 came after"), "\(result)")
            #expect(result.output.contains("pc02 did not come within 15s"), "\(result)")
            #expect(result.output.contains("1 of 2 did not come within 15s: pc02"), "\(result)")
            card.hear()
            for number in 1...2 as ClosedRange<UInt8> {
                let mac: [UInt8] = [0x52, 0x54, 0, 0, 0, number]
                let expected = Array(repeating: 0xFF as UInt8, count: 6) + (0..<16).flatMap { _ in mac }
                #expect(card.packets.count { $0 == expected } == 3)
            }
            #expect(card.packets.count == 6)
            let acts = try await school.acts().filter { $0.path == "Wake-on-LAN" }
            #expect(acts.compactMap(\.host).sorted() == ["pc01", "pc02"])
        }
    }

    @Test("defect R8: of two schools' PCs of one name the one of the school that is named is woken, and no other")
    func twoSchools() async throws {
        try await Self.openWithCard { school, card, linboRemote in
            try school.write(
                "r1;pc01;win11;52:54:00:02:00:01;127.0.0.31;;;;classroom-studentcomputer;;1;;;;\n",
                to: "schools/other/other.devices.csv")
            #expect(try await school.linboctl("wake", "other-pc01").status == 0)
            #expect(try await school.linboctl("wake", "school:other").status == 0)
            for words in [["-i", "pc01", "-s", "other"], ["-s", "other", "-r", "r1"]] {
                let result = try await linboRemote(words + ["-w", "0"])
                #expect(result.status == 0, "\(result)")
            }
            try await eventually("all four calls' packets came") {
                card.hear()
                return card.packets.count >= 12
            }
            #expect(card.macs == [[0x52, 0x54, 0, 2, 0, 1]: 12])
            #expect(try await school.linboctl("wake", "pc01").status == 0)
            try await eventually("the other one is woken by its name") {
                card.hear()
                return card.macs[[0x52, 0x54, 0, 0, 0, 1]] == 3
            }
            #expect(card.macs[[0x52, 0x54, 0, 2, 0, 1]] == 12)
        }
    }

    @Test("defect R2: -u for several PCs wakes each by its own packets")
    func severalWithBroadcast() async throws {
        try await Self.openWithCard { _, card, linboRemote in
            let result = try await linboRemote(["-i", "pc01,pc02,pc03", "-w", "0", "-u"])
            #expect(result.status == 0, "\(result)")
            try await eventually("all packets came") {
                card.hear()
                return card.packets.count >= 9
            }
            #expect(card.macs == Dictionary(uniqueKeysWithValues: (1...3).map { ([0x52, 0x54, 0, 0, 0, $0], 3) }))
        }
    }

    private typealias Call = ([String]) async throws -> CommandResult

    /// A school whose PCs are woken on the loopback network, and linboctl by upstream's name.
    private static func openWithCard(_ body: (School, Card, Call) async throws -> Void) async throws {
        var options = School.Options()
        options.linbo = "  subnets: {directory}/subnets.csv"
        try await School.open(options) { school in
            try school.write("127.0.0.0/8;127.0.0.1;;;;\n", to: "subnets.csv")
            try school.link("linbo-remote", to: Programs.linboctl)
            let program = school.directory.appending(path: "linbo-remote").path
            try await body(school, try Card()) {
                try await Command.run(program, $0, environment: ["LINBO_HOOKD_CONFIG": school.config.path])
            }
        }
    }

    @Test(
        "by a frame of Ethernet, too, where asked: byte for byte, on the network that it is for",
        .enabled(if: Namespace.isRoot))
    func ethernet() async throws {
        var options = School.Options()
        options.startsDaemon = false
        try await School.open(options) { school in
            try await Namespace.open { namespace in
                try await namespace.setInside("link", "add", "server", "type", "veth", "peer", "name", "pc")
                for end in ["server", "pc"] { try await namespace.setInside("link", "set", end, "up") }
                let card = try Server(
                    Namespace.ip, Array(namespace.command(["/usr/bin/python3", "-c", Self.frames]).dropFirst()),
                    log: school.directory.appending(path: "frames"))
                defer { card.kill() }
                try await eventually("the card listens") { card.logged.contains("ready") }
                _ = try await school.start(
                    Namespace.ip,
                    Array(namespace.command([Programs.hookd, "serve", "--config", school.config.path]).dropFirst()))
                #expect(try await school.linboctl("wake", "pc01", "--ethernet").status == 0)
                let wanted = "ffffffffffff 0842 ffffffffffff" + String(repeating: "525400000001", count: 16)
                try await eventually("the frames are there") {
                    card.logged.split(separator: "\n").count { $0 == wanted } == 3
                }
                try await school.stopDaemon()
            }
        }
    }

    /// Prints destination, EtherType and bytes of all such frames at one end.
    private static let frames = """
        import socket
        card = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0842))
        card.bind(("pc", 0x0842))
        print("ready", flush=True)
        while True:
            frame = card.recv(2000)
            print(frame[:6].hex(), frame[12:14].hex(), frame[14:].hex(), flush=True)
        """

    @Test(
        "what makes no sense is refused, and nobody is woken",
        arguments: [
            (["wake", "pc99"], "pc99"), (["wake", "pc01", "--wait", "soon"], "write 30s or 5m"),
            (["wake", "pc01", "--wait", "2d"], "no time up to an hour"),
            (["wake", "pc01", "--wave", "0/30s"], "--wave"),
            (["wake", "pc01", "--wave", "10/30s", "--wait", "5m"], "leave out --wait"), (["wake"], "targets"),
        ])
    func refused(words: [String], message: String) async throws {
        try await School.open(School.Options()) { school in
            let result = try await Command.run(Programs.linboctl, words + ["--config", school.config.path])
            #expect(result.status != 0 && result.errors.contains(message), "\(result)")
            #expect(try await school.linboctl("jobs", "--all", "--json").output.contains("remote.wake") == false)
        }
    }
}

/// Hears what is broadcast to port 9.
private final class Card {
    private let descriptor: Int32
    private(set) var packets: [[UInt8]] = []

    init() throws {
        descriptor = try RawClient.bound(SocketAddress("127.255.255.255", 9))
    }

    deinit { close(descriptor) }

    /// How many packets came for each card.
    var macs: [[UInt8]: Int] { packets.reduce(into: [:]) { $0[Array($1.suffix(6)), default: 0] += 1 } }

    func hear() {
        var buffer = [UInt8](repeating: 0, count: 2000)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count >= 0 else { return }
            packets.append(Array(buffer.prefix(count)))
        }
    }
}
