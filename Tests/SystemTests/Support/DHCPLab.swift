import Foundation
import HookWire
import Testing

/// A DHCP server with the configuration that `linboctl dhcp apply` made, and a PC that asks it over a cable.
struct DHCPLab: Sendable {
    /// The servers by the words of `dhcp.server`.
    enum Kind: String, CaseIterable, Sendable { case isc, dnsmasq, kea }

    /// Where `Tests/Tools/unpack-packages` put servers whose packages would start services.
    private static let unpacked = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent(".build/dhcp-servers").path

    /// For programs that were unpacked. Kea does not start while the process runs that its file of this name tells of,
    /// and that may be any by now.
    private var environment: [String: String] {
        [
            "PATH": "\(Self.unpacked)/usr/sbin:/usr/sbin:/usr/bin:/sbin:/bin",
            "LD_LIBRARY_PATH": "\(Self.unpacked)/libraries",
            "KEA_LOCKFILE_DIR": "none", "KEA_PIDFILE_DIR": directory.path,
        ]
    }

    static let server = "10.78.0.1"

    /// Of what udhcpc tells.
    private static let words: Set = [
        "ip", "siaddr", "boot_file", "hostname", "serverid", "nisdomain", "opt18", "rootpath",
    ]

    let kind: Kind
    let directory: URL

    /// - Parameter rows: of the default school's devices.csv.
    static func open(
        _ kind: Kind, rows: String, settings: String = "", _ body: (DHCPLab) async throws -> Void
    ) async throws {
        var template = Array("/tmp/linbo-hookd-dhcp.XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let lab = DHCPLab(kind: kind, directory: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(at: lab.directory) }
        try FileManager.default.createDirectory(
            atPath: path + "/schools/default-school", withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: path + "/schools/gym", withIntermediateDirectories: true)
        try lab.write(rows, to: "schools/default-school/devices.csv")
        try lab.write(
            """
            linbo: {root: \(path)/srv, schools: \(path)/schools, setup: \(path)/setup.ini}
            state: \(path)/state
            socket: \(path)/hook.sock
            dhcp:
              server: \(kind.rawValue)
              file: \(lab.file)
              next-server: \(server)
            \(settings.replacingOccurrences(of: "{directory}", with: path))
            """, to: "linbo-hookd.yaml")
        try FileManager.default.createDirectory(atPath: path + "/srv", withIntermediateDirectories: true)
        let daemon = try Server(
            Programs.hookd, ["serve", "--config", path + "/linbo-hookd.yaml"], environment: lab.environment,
            log: lab.directory.appendingPathComponent("hookd.log"))
        do {
            // One whose configuration is wrong ends by itself.
            try await eventually("the daemon can be asked, or has ended") {
                daemon.hasEnded || HookSocket(connectingTo: path + "/api.sock") != nil
            }
            try await body(lab)
        } catch {
            try? await daemon.stop()
            throw error
        }
        try await daemon.stop()
    }

    /// What the server includes.
    var file: String { directory.appendingPathComponent("linbo.conf").path }

    func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: directory.appendingPathComponent(name))
    }

    func read(_ name: String) throws -> String {
        try String(contentsOf: directory.appendingPathComponent(name), encoding: .utf8)
    }

    func linboctl(_ words: String...) async throws -> CommandResult {
        try await Command.run(
            Programs.linboctl, ["--config", directory.appendingPathComponent("linbo-hookd.yaml").path, "dhcp"] + words)
    }

    // MARK: The exchange

    /// The server runs in a namespace of its own, the PC in another.
    func serving(_ body: (Namespace) async throws -> Void) async throws {
        try await Namespace.open { inside in
            try await Namespace.open { outside in
                try await inside.setInside(
                    "link", "add", "s0", "type", "veth", "peer", "name", "c0", "netns", outside.name)
                try await inside.setInside("addr", "add", "\(Self.server)/24", "dev", "s0")
                try await inside.setInside("link", "set", "s0", "up")
                try await outside.setInside("link", "set", "c0", "up")
                // Kea looks once, at its start, and leaves out an interface that is not running yet.
                for (end, link) in [(inside, "s0"), (outside, "c0")] {
                    try await eventually("\(link) is up") {
                        try await end.run(["ip", "-br", "link", "show", link]).output.contains(" UP ")
                    }
                }
                let words = inside.command(try command())
                let server = try Server(
                    words[0], Array(words.dropFirst()), environment: environment,
                    log: directory.appendingPathComponent("server.log"))
                do {
                    try await eventually("it listens on its port") {
                        try #require(!server.hasEnded, "\(kind): \(server.logged)")
                        return try await inside.run(["ss", "-Hlnu", "sport", "=", ":67"]).output.contains(":67")
                    }
                    try await body(outside)
                } catch {
                    try? await server.stop()
                    throw error
                }
                try #require(!server.hasEnded, "\(kind): \(server.logged)")
                try await server.stop()
            }
        }
    }

    /// The least that an admin's own configuration has, and the generated file in it.
    private func command() throws -> [String] {
        let main = directory.appendingPathComponent("main.conf").path
        switch kind {
        case .isc:
            try write(
                """
                authoritative; ping-check false;
                subnet 10.78.0.0 netmask 255.255.255.0 { range 10.78.0.100 10.78.0.200; }
                include "\(file)";
                """, to: "main.conf")
            try write("", to: "leases")
            let leases = directory.appendingPathComponent("leases").path
            return ["dhcpd", "-f", "-4", "-q", "-cf", main, "-lf", leases, "--no-pid", "s0"]
        case .dnsmasq:
            try write(
                """
                port=0\nno-ping\ninterface=s0\nbind-interfaces\nleasefile-ro\npid-file=\ndhcp-authoritative
                dhcp-range=10.78.0.100,10.78.0.200,255.255.255.0,1h\nconf-file=\(file)\n
                """, to: "main.conf")
            return ["dnsmasq", "--no-daemon", "--conf-file=\(main)"]
        case .kea:
            try write(
                """
                { "Dhcp4": { "interfaces-config": { "interfaces": [ "s0" ] },
                  "lease-database": { "type": "memfile", "persist": false },
                  "subnet4": [ { "subnet": "10.78.0.0/24", "pools": [ { "pool": "10.78.0.100-10.78.0.200" } ] } ],
                  <?include "\(file)"?> } }
                """, to: "main.conf")
            return ["kea-dhcp4", "-c", main]
        }
    }

    /// Asks as a PC does, and as LINBO does.
    /// - Parameter architecture: option 93, in hex; nil: none is sent.
    /// - Returns: what udhcpc tells its script, by its words; empty if nobody answered.
    func ask(_ pc: Namespace, mac: String, architecture: String?) async throws -> [String: String] {
        // The link stays up: the kernel brings one that was down up again when it has the time, among all other tests
        // late.
        try await pc.setInside("link", "set", "c0", "address", mac)
        let option = architecture.map { ["-x", "0x5d:\($0)"] } ?? []
        let result = try await pc.run(
            [
                "busybox", "udhcpc", "-f", "-q", "-n", "-t", "100", "-T", "1", "-i", "c0", "-s",
                Programs.tool("tell-lease"),
            ] + option)
        let pairs = result.output.split(separator: "\n").compactMap { line -> (String, String)? in
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return parts.count == 2 ? (String(parts[0]), String(parts[1])) : nil
        }
        return Dictionary(pairs) { first, _ in first }.filter { Self.words.contains($0.key) }
    }
}
