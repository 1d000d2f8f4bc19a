import Foundation
import Testing

/// PCs that boot from the network: `Tests/Tools/pxe-lab`, in a namespace of its own.
struct Lab: Sendable {
    static let server = "10.77.0.1"

    enum Firmware: String, Sendable { case bios, uefi, secureboot }

    /// What a PC is given by DHCP, besides its address 10.77.0.100 + number.
    struct Machine: Sendable {
        let number: Int
        let firmware: Firmware
        /// nil: what its firmware boots.
        var bootFile: String?
        /// DHCP tells LINBO and GRUB the group.
        var group = "win11"
        /// A disk image.
        var disk: String?

        var mac: String { String(format: "52:54:00:00:00:%02x", number) }
        var address: String { "10.77.0.\(100 + number)" }
        /// Its line of devices.csv.
        func row(key: String) -> String { "r101;pc0\(number);\(group);\(mac);\(address);;\(key);;;;1;;;;" }
    }

    /// Why network boots can't run here; nil if they can.
    static var obstacle: String? {
        guard geteuid() == 0 else { return "not root" }
        return access("/dev/net/tun", W_OK) == 0 ? nil : "no /dev/net/tun"
    }

    let namespace: Namespace
    private let directory: String

    /// A bridge with the server's address, until the body ends.
    static func open(_ school: School, _ body: (Lab) async throws -> Void) async throws {
        let name = "linbo-\(UUID().uuidString.prefix(8).lowercased())"
        let lab = Lab(namespace: Namespace(name: name), directory: school.directory.path)
        try await lab.tool("up")
        do {
            try await body(lab)
        } catch {
            _ = try? await lab.tool("down")
            throw error
        }
        try await lab.tool("down")
    }

    func startDHCP(for machines: [Machine]) async throws {
        var options: [String] = []
        for machine in machines {
            let tag = "pc\(machine.number)"
            options.append("--dhcp-host=\(machine.mac),set:\(tag),\(machine.address),pc0\(machine.number)")
            options += ["18", "option:nis-domain"].map {
                "--dhcp-option-force=tag:\(tag),\($0),\(machine.group)"
            }
            if let file = machine.bootFile { options.append("--dhcp-boot=tag:\(tag),\(file),,\(Self.server)") }
        }
        try await tool("dhcp", ["boot/grub/i386-pc/core.0", "boot/grub/x86_64-efi/core.efi"] + options)
    }

    /// Boots a PC until its serial console shows a text.
    /// - Returns: the console, without control sequences and carriage returns.
    func boot(_ machine: Machine, until text: String) async throws -> String {
        let log = "\(directory)/pc0\(machine.number).console"
        // EDK2 wakes only disks that it may boot from.
        let disk =
            machine.disk.map {
                ["-drive", "file=\($0),format=raw,if=none,id=d", "-device", "virtio-blk-pci,drive=d,bootindex=2"]
            } ?? []
        let result = try await run("boot", [machine.firmware.rawValue, machine.mac, log, "300", text] + disk)
        let console = String(decoding: try Data(contentsOf: URL(fileURLWithPath: log)), as: UTF8.self)
        let shown = console.replacing(/\u{1B}\[[0-9;=?]*[A-Za-z]/, with: "").replacingOccurrences(of: "\r", with: "")
        try #require(result.status == 0, "pc0\(machine.number): \(result)\n\(shown)")
        return shown
    }

    /// `linbo64` and `linbofs64` that do what LINBO's client does first.
    static func makeClient(in directory: String) async throws {
        let result = try await Command.run(Programs.tool("tiny-client"), [directory])
        try #require(result.status == 0, "\(result)")
    }

    /// A disk image with one partition that holds what is in a directory.
    static func makeDisk(_ file: String, of directory: String) async throws {
        let result = try await Command.run(Programs.tool("pxe-lab"), ["disk", "-", file, directory])
        try #require(result.status == 0, "\(result)")
    }

    /// rsyncd with the school's modules on its usual port, as PCs ask it.
    func startRsyncd(_ school: School) async throws {
        let usual = try school.read("rsyncd.conf").split(separator: "\n").filter {
            !$0.hasPrefix("port =") && !$0.hasPrefix("address =")
        }
        try school.write(
            usual.joined(separator: "\n").replacing("rsyncd.lock", with: "lab.lock") + "\n", to: "lab-rsyncd.conf")
        let words = namespace.command(
            [Programs.rsync, "--daemon", "--no-detach", "--config", "\(school.directory.path)/lab-rsyncd.conf"])
        school.servers.add(
            try Server(
                words[0], Array(words.dropFirst()), log: school.directory.appendingPathComponent("lab-rsyncd.out")))
        try await eventually("rsyncd listens in the namespace") {
            try await namespace.run([Programs.rsync, "rsync://\(Self.server)/"]).status == 0
        }
    }

    /// A PC asks for a file by rsync without being switched on.
    func pull(_ path: String, as machine: Machine, into directory: String) async throws -> CommandResult {
        try await namespace.setInside("addr", "add", "\(machine.address)/24", "dev", "br0")
        let result = try await namespace.run(
            [Programs.rsync, "--address=\(machine.address)", "rsync://\(Self.server)/linbo/\(path)", directory])
        try await namespace.setInside("addr", "del", "\(machine.address)/24", "dev", "br0")
        return result
    }

    @discardableResult
    private func tool(_ verb: String, _ arguments: [String] = []) async throws -> CommandResult {
        let result = try await run(verb, arguments)
        try #require(result.status == 0, "pxe-lab \(verb): \(result)")
        return result
    }

    private func run(_ verb: String, _ arguments: [String]) async throws -> CommandResult {
        try await Command.run(
            Programs.tool("pxe-lab"), [verb, namespace.name] + arguments,
            environment: ["TMPDIR": directory, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"])
    }
}
