import Foundation
import HookTesting
import HookWire
import LinuxKit
import Testing

/// A server in a network namespace, and PCs in their own, on a switch: rsyncd, the daemon, and udp-receiver as LINBO
/// runs it.
struct MulticastLab: Sendable {
    static let server = "10.77.0.1"
    static let image = "win11.qcow2"

    let directory: URL
    private let name = "lmc-\(UUID().uuidString.prefix(6).lowercased())"
    private let servers = ServerList()
    let pcs: Int

    /// - Parameter settings: lines below `multicast:`.
    static func open(pcs: Int, settings: String, size: Int, _ body: (MulticastLab) async throws -> Void) async throws {
        await Turnstile.shared.enter()
        do {
            let lab = try MulticastLab(pcs: pcs)
            do {
                try await lab.makeNetwork()
                try lab.makeFiles(settings, size: size)
                try await lab.startRsyncd()
                try await lab.startDaemon()
                try await body(lab)
            } catch {
                for log in ["hookd.log", "rsyncd.log"] { print("--- \(log)\n\(lab.text(log))") }
                await lab.close()
                throw error
            }
            await lab.close()
        } catch {
            await Turnstile.shared.leave()
            throw error
        }
        await Turnstile.shared.leave()
    }

    private init(pcs: Int) throws {
        var template = Array("/tmp/linbo-hookd-multicast.XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        chmod(path, 0o755)
        (directory, self.pcs) = (URL(fileURLWithPath: path), pcs)
    }

    private func close() async {
        for server in servers.all() { try? await server.stop() }
        for namespace in [name] + (1...pcs).map(namespace) {
            _ = try? await Command.run(Namespace.ip, ["netns", "del", namespace])
        }
        try? FileManager.default.removeItem(at: directory)
    }

    // MARK: Network

    private func namespace(of pc: Int) -> String { "\(name)-\(pc)" }

    /// A line each of ip(8), in one go.
    private func makeNetwork() async throws {
        var lines = ["netns add \(name)"]
        let inside = "-n \(name)"
        for pc in 1...pcs { lines.append("netns add \(namespace(of: pc))") }
        try await ip(lines)
        lines = [
            "link set lo up", "link add name br0 type bridge", "address add \(Self.server)/24 broadcast + dev br0",
        ]
        for pc in 1...pcs {
            lines.append("link add name v\(pc) type veth peer name eth0 netns \(namespace(of: pc))")
            lines.append("link set v\(pc) master br0 up")
        }
        try await ip(lines + ["link set br0 up"], inside)
        for pc in 1...pcs {
            try await ip(
                ["address add \(Self.address(of: pc))/24 broadcast + dev eth0", "link set lo up", "link set eth0 up"],
                "-n \(namespace(of: pc))")
        }
    }

    private func ip(_ lines: [String], _ inside: String = "") async throws {
        for line in lines {
            let words = inside.split(separator: " ") + line.split(separator: " ")
            let result = try await Command.run(Namespace.ip, words.map(String.init))
            try #require(result.status == 0, "ip \(line): \(result)")
        }
    }

    static func address(of pc: Int) -> String { "10.77.0.\(100 + pc)" }

    /// The PC's cable is out, or in.
    func plug(_ pc: Int, isIn: Bool) async throws {
        try await ip(["link set v\(pc) \(isIn ? "up" : "down")"], "-n \(name)")
    }

    // MARK: Files

    func write(_ bytes: [UInt8], to path: String) throws {
        let url = directory.appendingPathComponent(path)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
    }

    func text(_ path: String) -> String {
        (try? String(contentsOf: directory.appendingPathComponent(path), encoding: .utf8)) ?? "-"
    }

    /// Bytes that no two images share.
    static func bytes(_ size: Int, _ seed: UInt64) -> [UInt8] {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size + 8)
        while bytes.count < size {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            withUnsafeBytes(of: state) { bytes.append(contentsOf: $0) }
        }
        return Array(bytes.prefix(size))
    }

    private func makeFiles(_ settings: String, size: Int) throws {
        let rows = (1...pcs).map { pc in
            let number = pc < 10 ? "0\(pc)" : "\(pc)"
            return "r101;pc\(number);win11;52:54:00:00:01:\(number);\(Self.address(of: pc));;;;;;1;;;;\n"
        }
        try write(Array(rows.joined().utf8), to: "schools/default-school/devices.csv")
        try write(
            Array("[LINBO]\nDownloadType = multicast\n[OS]\nName = Windows\nBaseImage = \(Self.image)\n".utf8),
            to: "srv/start.conf.win11")
        try write(Self.bytes(size, 1), to: "srv/images/win11/\(Self.image)")
        try write(Array("[setup]\ndomainname = lmn.lan\n".utf8), to: "setup.ini")
        try write(Array("linbo:secret\n".utf8), to: "rsyncd.secrets")
        chmod(directory.path + "/rsyncd.secrets", 0o600)
        let indented = settings.split(separator: "\n").map { "      \($0)\n" }.joined()
        try write(
            Array(
                """
                linbo: {root: \(directory.path)/srv, schools: \(directory.path)/schools, setup: \(directory.path)/setup.ini}
                state: \(directory.path)/state
                socket: \(directory.path)/hook.sock
                rsync: {secrets: \(directory.path)/rsyncd.secrets, port: 873}
                tftp: {listen: []}
                uploads: {settle: 300ms}
                plugins:
                  - multicast:
                \(indented)
                """.utf8), to: "linbo-hookd.yaml")
    }

    // MARK: Server

    private func startRsyncd() async throws {
        let modules = try await linboctl("rsyncd-conf")
        try #require(modules.status == 0, "\(modules)")
        let head = """
            reverse lookup = no
            port = 873
            log file = \(directory.path)/rsyncd.log
            lock file = \(directory.path)/rsyncd.lock

            """
        try write(Array((head + modules.output).utf8), to: "rsyncd.conf")
        try start("rsyncd", Programs.rsync, ["--daemon", "--no-detach", "--config", "\(directory.path)/rsyncd.conf"])
    }

    @discardableResult
    private func start(_ log: String, _ program: String, _ words: [String]) throws -> Server {
        let server = try Server(
            Namespace.ip, ["netns", "exec", name, program] + words,
            log: directory.appendingPathComponent("\(log).log"))
        servers.add(server)
        return server
    }

    /// `ip netns exec` and setpriv become the program: their process is the daemon's.
    @discardableResult
    func startDaemon() async throws -> Server {
        // With no more rights than its unit has.
        let server = try start(
            "hookd", UnitRights.setpriv,
            try UnitRights.words() + [Programs.hookd, "serve", "--config", directory.path + "/linbo-hookd.yaml"])
        try await eventually("the daemon can be asked") {
            if server.hasEnded { throw NeverCame(description: "the daemon ended: \(server.logged)") }
            return HookSocket(connectingTo: directory.path + "/api.sock") != nil
                && HookSocket(connectingTo: directory.path + "/hook.sock") != nil
        }
        return server
    }

    /// Without a word to it. Its senders end with it.
    func killDaemon() async throws {
        let daemon = servers.all().first { $0.log.lastPathComponent == "hookd.log" }
        daemon?.signal(SIGKILL)
        try await eventually("it is gone") { daemon?.hasEnded ?? false }
    }

    /// Processes of udp-sender in this server's namespace.
    var senders: [String] {
        let own = FileIdentity(ofFileAt: "/run/netns/\(name)")
        return School.processes(mentioning: "/usr/bin/udp-sender").filter { process in
            own != nil && FileIdentity(ofFileAt: "/proc/\(process)/ns/net") == own
        }
    }

    /// An upload of another image, as LINBO does it; returns its bytes when it is live.
    func publish(as pc: Int = 1) async throws -> [UInt8] {
        try write(Self.bytes(8 << 20, 2), to: "outbox/raw")
        let file = directory.appendingPathComponent("outbox/\(Self.image)")
        let made = try await Command.run(
            "/usr/bin/qemu-img",
            ["convert", "-f", "raw", "-O", "qcow2", directory.path + "/outbox/raw", file.path])
        try #require(made.status == 0, "\(made)")
        let bytes = try Array(Data(contentsOf: file))
        let info =
            "[\"\(Self.image)\" Info File]\ntimestamp=\"202611291200\"\nimage=\"\(Self.image)\"\n"
            + "imagesize=\"\(bytes.count)\"\npartition=\"/dev/sda1\"\npartitionsize=\"52428800\"\n"
        try write(Array(info.utf8), to: "outbox/\(Self.image).info")
        for suffix in ["", ".info"] {
            let result = try await Command.run(
                Namespace.ip,
                [
                    "netns", "exec", namespace(of: pc), Programs.rsync, "--timeout=90", "-Ha", "--chmod=ug=rw,o=r",
                    file.path + suffix,
                    "rsync://linbo@\(Self.server)/linbo-upload/images/win11/\(Self.image)\(suffix)",
                ], environment: ["RSYNC_PASSWORD": "secret"])
            try #require(result.status == 0, "\(result)")
        }
        let live = directory.appendingPathComponent("srv/images/win11/\(Self.image)")
        try await eventually("it is live") { (try? Array(Data(contentsOf: live))) == bytes }
        return bytes
    }

    func linboctl(_ words: String...) async throws -> CommandResult {
        try await Command.run(Programs.linboctl, ["--config", directory.path + "/linbo-hookd.yaml"] + words)
    }

    /// linboctl by that name.
    func linboMulticast(_ verb: String) async throws -> CommandResult {
        let program = directory.path + "/linbo-multicast"
        if access(program, X_OK) != 0 {
            try FileManager.default.createSymbolicLink(atPath: program, withDestinationPath: Programs.linboctl)
        }
        return try await Command.run(
            program, [verb], environment: ["LINBO_HOOKD_CONFIG": directory.path + "/linbo-hookd.yaml", "LC_ALL": "C"])
    }

    struct Session: Decodable {
        struct Receiver: Decodable {
            let host: String?
            let state: String
        }
        let image: String
        let port: Int
        let phase: String
        let receivers: [Receiver]
        let bytes: Int64
        let wanted: [String]

        func states(_ state: String) -> [String] { receivers.filter { $0.state == state }.compactMap(\.host).sorted() }
    }

    func sessions() async throws -> [Session] {
        let result = try await linboctl("multicast", "--json")
        try #require(result.status == 0, "\(result)")
        return try JSONDecoder().decode([Session].self, from: Data(result.output.utf8))
    }

    func session(_ image: String = Self.image) async throws -> Session? {
        try await sessions().first { $0.image == image }
    }

    // MARK: PCs

    private func run(_ pc: Int, _ words: [String]) async throws -> CommandResult {
        try await Command.run(Namespace.ip, ["netns", "exec", namespace(of: pc)] + words)
    }

    /// Where a PC keeps its images.
    func cache(_ pc: Int) -> URL { directory.appendingPathComponent("cache/\(pc)") }

    func fetch(_ path: String, as pc: Int) async throws -> CommandResult {
        try FileManager.default.createDirectory(at: cache(pc), withIntermediateDirectories: true)
        return try await run(
            pc, [Programs.rsync, "--timeout=90", "rsync://\(Self.server)/linbo/\(path)", cache(pc).path + "/"])
    }

    /// `multicast.list`, as LINBO fetches it when it starts.
    func fetchList(_ pc: Int) async throws -> String {
        let result = try await fetch("multicast.list", as: pc)
        try #require(result.status == 0, "\(result)")
        return text("cache/\(pc)/multicast.list")
    }

    /// udp-receiver with LINBO's options; nil: the list does not have the image.
    func startReceiver(_ pc: Int, _ image: String = Self.image) throws -> Server? {
        let lines = text("cache/\(pc)/multicast.list").split(separator: "\n").map { $0.split(separator: " ") }
        guard let port = lines.first(where: { $0.first == image[...] })?.last?.split(separator: ":").last else {
            return nil
        }
        let server = try Server(
            Namespace.ip,
            [
                "netns", "exec", namespace(of: pc), "/usr/bin/udp-receiver", "--log", cache(pc).path + "/linbo.log",
                "--nosync", "--nokbd", "--interface", "eth0", "--rcvbuf", "4194304", "--portbase", String(port),
                "--file", cache(pc).path + "/\(image)",
            ], log: cache(pc).appendingPathComponent("receiver.log"))
        servers.add(server)
        return server
    }

    /// How an image came to a PC.
    enum Way: Sendable { case multicast, rsync }

    /// As LINBO does: by multicast, and by rsync where that is not offered or fails.
    func download(_ pc: Int, _ image: String = Self.image) async throws -> Way {
        if let receiver = try startReceiver(pc, image) {
            try await eventually("pc\(pc)'s receiver ends") { receiver.hasEnded }
            if receiver.status == 0 { return .multicast }
        }
        try? FileManager.default.removeItem(at: cache(pc).appendingPathComponent(image))
        let base = image.prefix { $0 != "." }
        let result = try await fetch("images/\(base)/\(image)", as: pc)
        try #require(result.status == 0, "\(result)")
        return .rsync
    }

    /// What a PC has now.
    func received(_ pc: Int, _ image: String = Self.image) -> [UInt8] {
        (try? Array(Data(contentsOf: cache(pc).appendingPathComponent(image)))) ?? []
    }
}
