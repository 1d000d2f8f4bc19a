import Foundation
import Testing

/// PCs that boot from the network: `Tests/Tools/pxe-lab`, in a namespace of its own.
struct Lab: Sendable {
    static let server = "10.77.0.1"

    enum Firmware: String, Sendable { case bios, uefi }

    /// What a PC is given by DHCP, besides its address 10.77.0.100 + number.
    struct Machine: Sendable {
        let number: Int
        let firmware: Firmware
        /// nil: what its firmware boots.
        var bootFile: String?

        var mac: String { String(format: "52:54:00:00:00:%02x", number) }
        var address: String { "10.77.0.\(100 + number)" }
        /// Its line of devices.csv.
        func row(key: String) -> String { "r101;pc0\(number);win11;\(mac);\(address);;\(key);;;;1;;;;" }
    }

    /// Why network boots can't run here; nil if they can.
    static var obstacle: String? {
        guard geteuid() == 0 else { return "not root" }
        return access("/dev/net/tun", W_OK) == 0 ? nil : "no /dev/net/tun"
    }

    let namespace: Namespace
    private let folder: String

    /// A bridge with the server's address, until the body ends.
    static func open(_ school: School, _ body: (Lab) async throws -> Void) async throws {
        let name = "linbo-\(UUID().uuidString.prefix(8).lowercased())"
        let lab = Lab(namespace: Namespace(name: name), folder: school.folder.path)
        try await lab.tool("up")
        do {
            try await body(lab)
        } catch {
            try? await lab.tool("down")
            throw error
        }
        try await lab.tool("down")
    }

    func startDHCP(for machines: [Machine]) async throws {
        var options: [String] = []
        for machine in machines {
            let tag = "pc\(machine.number)"
            options.append("--dhcp-host=\(machine.mac),set:\(tag),\(machine.address),pc0\(machine.number)")
            if let file = machine.bootFile { options.append("--dhcp-boot=tag:\(tag),\(file),,\(Self.server)") }
        }
        try await tool("dhcp", ["boot/grub/i386-pc/core.0", "boot/grub/x86_64-efi/core.efi"] + options)
    }

    /// Boots a PC until its serial console shows a text.
    /// - Returns: the console, without control sequences and carriage returns.
    func boot(_ machine: Machine, until text: String) async throws -> String {
        let log = "\(folder)/pc0\(machine.number).console"
        let result = try await run("boot", [machine.firmware.rawValue, machine.mac, log, "300", text])
        let console = String(decoding: try Data(contentsOf: URL(fileURLWithPath: log)), as: UTF8.self)
        let shown = console.replacing(/\u{1B}\[[0-9;=?]*[A-Za-z]/, with: "").replacingOccurrences(of: "\r", with: "")
        try #require(result.status == 0, "pc0\(machine.number): \(result)\n\(shown)")
        return shown
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
            environment: ["TMPDIR": folder, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"])
    }
}
