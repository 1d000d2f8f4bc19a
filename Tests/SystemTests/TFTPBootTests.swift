import Foundation
import HookStore
import LinboModel
import OnbootCmd
import Testing

/// PCs boot from the network by the firmware that schools have: iPXE's ROM, EDK2's PXE client, and GRUB of both kinds.
// As root, with /dev/net/tun: QEMU's network card is on a bridge in a network namespace.
@Suite(.enabled(if: Lab.obstacle == nil, "as root, with /dev/net/tun")) struct TFTPBootTests {
    /// Past block 65535 in GRUB's blocks of 1024 bytes.
    private static let largeSize = 100_000_000
    private static let smallSize = 2_000_001

    private static let machines = [
        // The ROM loads GRUB's core; EDK2 asks for its size first; the ROM loads a script, which loads the core.
        Lab.Machine(number: 1, firmware: .bios), Lab.Machine(number: 2, firmware: .uefi),
        Lab.Machine(number: 3, firmware: .bios, bootFile: "boot.ipxe"),
    ]

    private static let menu = """
        serial --unit=0 --speed=115200
        terminal_output serial
        echo "pc at $net_default_ip by $grub_platform"
        cat /images/win11/win11.reg
        cat /linbocmd/$net_default_ip.cmd
        sha256sum /files/$grub_platform
        echo "all is loaded"

        """

    private func writeTree(_ school: School) async throws {
        let random = try #require(FileHandle(forReadingAtPath: "/dev/urandom"))
        for (name, size) in [("efi", Self.largeSize), ("pc", Self.smallSize)] {
            try school.write(try random.read(upToCount: size).map { Array($0) } ?? [], to: "srv/files/\(name)")
        }
        try school.setHosts(Self.machines.map { $0.row(key: School.key($0.number)) })
        try school.write(Self.menu, to: "srv/boot/grub/grub.cfg")
        try school.write("#!ipxe\nchain boot/grub/i386-pc/core.0\n", to: "srv/boot.ipxe")
        // Modules are loaded over TFTP, as on a LINBO server.
        let made = try await Command.run(
            "/usr/bin/grub-mknetdir",
            [
                "--net-directory=\(school.tree.path)", "--subdir=boot/grub", "--fonts=", "--locales=", "--themes=",
                "--install-modules=normal configfile echo cat hashsum gcry_sha256 serial terminal tftp net",
            ])
        try #require(made.status == 0, "\(made)")
    }

    private func digest(of path: String, in school: School) async throws -> String {
        let result = try await Command.run("/usr/bin/sha256sum", ["\(school.tree.path)/\(path)"])
        return String(result.output.prefix(64))
    }

    @Test("BIOS, UEFI and an iPXE script: each PC has its own bytes, and a large file arrives whole")
    func boots() async throws {
        var options = School.Options.withTFTP(listen: ["\(Lab.server):69"])
        options.startsDaemon = false
        try await School.open(options) { school in
            try await writeTree(school)
            let before = try await school.fingerprint()
            try await Lab.open(school) { lab in
                try await school.startDaemon(in: lab.namespace)
                for (host, command) in [("pc01", "sync:1"), ("pc02", "start:1")] {
                    #expect(try await school.linboctl("onboot", "add", host, command).status == 0)
                }
                try await lab.startDHCP(for: Self.machines)
                try await together(Self.machines.count, at: 2) { number in
                    let machine = Self.machines[number]
                    let platform = machine.firmware == .bios ? "pc" : "efi"
                    let console = try await lab.boot(machine, until: "all is loaded")
                    #expect(console.contains("pc at \(machine.address) by \(platform)\n"), "\(console)")
                    let digest = try await digest(of: "files/\(platform)", in: school)
                    #expect(console.contains("\(digest)  /files/\(platform)\n"), "\(console)")
                    let keys = (1...3).filter { console.contains(School.key($0)) }
                    #expect(keys == [machine.number], "\(console)")
                    let commands = ["sync:1\n", "start:1\n"].filter { console.contains($0) }
                    #expect(commands == [["sync:1\n"], ["start:1\n"], []][number], "\(console)")
                }
                try await eventually("both commands are delivered") {
                    try await school.onboot().map(\.state) == [.delivered, .delivered]
                }
                try await checkAudit(school)
            }
            #expect(try await school.fingerprint() == before)
        }
    }

    /// What the firmware asked for, as the server saw it.
    private func checkAudit(_ school: School) async throws {
        let expected: [(host: String, path: String, options: String, bytes: Int)] = [
            ("pc02", "files/efi", "blksize 1024, tsize \(Self.largeSize)", Self.largeSize),
            ("pc01", "files/pc", "blksize 1024, tsize \(Self.smallSize)", Self.smallSize),
            ("pc03", "boot.ipxe", "blksize 1432", 0), ("pc01", "boot/grub/i386-pc/core.0", "blksize 1432", 0),
            ("pc02", "boot/grub/x86_64-efi/core.efi", "windowsize 4", 0),
        ]
        for row in expected {
            try await school.auditEntry(of: row.path, "\(row)") { entry in
                entry.host == row.host && entry.outcome == .delivered && entry.reason?.contains(row.options) == true
                    && (row.bytes == 0 || entry.bytes == Int64(row.bytes))
            }
        }
    }
}
