import HookStore

/// GRUB's environment block: 1024 bytes, lines `name=value`, the rest filled with `#`.
enum GrubEnvBlock {
    static let size = 1024

    /// nil if it is too long. Values hold nothing that needs an escape (`RebootTrigger`).
    static func bytes(_ request: RebootRequest) -> [UInt8]? {
        let lines = [
            "# GRUB Environment Block", "reboot_grub=\(request.grub)", "reboot_kernel=\(request.kernel)",
            "reboot_initrd=\(request.initrd)", "reboot_append=\(request.append)",
        ]
        let text = Array(lines.map { "\($0)\n" }.joined().utf8)
        guard text.count <= size else { return nil }
        return text + [UInt8](repeating: UInt8(ascii: "#"), count: size - text.count)
    }
}
