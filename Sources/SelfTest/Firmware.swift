import Glibc

/// What the PC of a test has instead of a BIOS chip.
package enum Firmware: String, Sendable, CaseIterable, Codable {
    /// QEMU's BIOS with iPXE for its card, or UEFI (OVMF).
    case bios, uefi

    private static let boot = "/usr/lib/ipxe/qemu/pxe-e1000.rom"
    /// Debian 12 and 13 name them differently.
    private static let codes = ["/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_CODE.fd"]
    private static let variables = ["/usr/share/OVMF/OVMF_VARS_4M.fd", "/usr/share/OVMF/OVMF_VARS.fd"]

    private static func there(_ paths: [String]) -> String? { paths.first { access($0, R_OK) == 0 } }

    /// A file that must be there, and its Debian package.
    var needs: [(isThere: Bool, package: String)] {
        switch self {
        case .bios: [(Self.there([Self.boot]) != nil, "ipxe-qemu")]
        case .uefi: [(Self.there(Self.codes) != nil && Self.there(Self.variables) != nil, "ovmf")]
        }
    }

    /// Where the firmware's variables are copied from, as it writes into them.
    var variables: String? { self == .uefi ? Self.there(Self.variables) : nil }

    /// QEMU's options for a PC with one network card that it boots from.
    func machine(mac: String, variables: String) -> [String] {
        switch self {
        case .bios: ["-device", "e1000,netdev=n,mac=\(mac),romfile=\(Self.boot),bootindex=1"]
        case .uefi:
            [
                "-drive", "if=pflash,format=raw,readonly=on,file=\(Self.there(Self.codes) ?? "")",
                "-drive", "if=pflash,format=raw,file=\(variables)",
                "-device", "virtio-net-pci,netdev=n,mac=\(mac),romfile=,bootindex=1",
            ]
        }
    }
}
