import LinboModel

/// A kind of firmware that GRUB boots on: a directory of Debian's GRUB, the image's format, what is in it.
package enum Platform: String, Codable, Sendable, Hashable, CaseIterable {
    case bios = "i386-pc"
    case efi64 = "x86_64-efi"
    case efi32 = "i386-efi"
    case arm64 = "arm64-efi"

    /// What `.img` means for a group's `SystemType`; BIOS if there is none (docs/linbo.md#host-images).
    init(_ type: SystemType?) {
        self = type == .efi64 ? .efi64 : .bios
    }

    /// grub-mkimage's `-O`.
    var format: String { self == .bios ? "i386-pc-pxe" : rawValue }

    /// The image that firmware loads for every PC.
    var coreName: String { self == .bios ? "core.0" : "core.efi" }

    /// What a host's image has behind the host's name, besides `.img`.
    package var imageSuffix: String {
        switch self {
        case .bios: ".0"
        case .efi64: ".efi"
        case .efi32: ".ia32.efi"
        case .arm64: ".arm64.efi"
        }
    }

    /// Debian's package of its directory.
    var package: String {
        switch self {
        case .bios: "grub-pc-bin"
        case .efi64: "grub-efi-amd64-bin"
        case .efi32: "grub-efi-ia32-bin"
        case .arm64: "grub-efi-arm64-bin"
        }
    }

    /// Files besides modules that end up in an image.
    var parts: [String] {
        self == .bios
            ? ["kernel.img", "pxeboot.img", "lzma_decompress.img", "moddep.lst"] : ["kernel.img", "moddep.lst"]
    }

    /// As LINBO's images have them (docs/linbo.md#host-images), and what our configurations use besides. Those that a
    /// version of GRUB does not have are left out.
    var modules: [String] {
        let common = [
            "all_video", "boot", "chain", "configfile", "cpuid", "echo", "net", "ext2", "extcmd", "fat", "gettext",
            "gfxmenu", "gfxterm", "gzio", "http", "iso9660", "ntfs", "linux", "linux16", "loadenv", "loopback",
            "minicmd",
            "normal", "part_gpt", "part_msdos", "png", "progress", "read", "regexp", "reiserfs", "search",
            "search_fs_file", "search_fs_uuid", "search_label", "sleep", "terminal", "test", "tftp",
        ]
        return common
            + (self == .bios
                ? ["biosdisk", "gfxterm_background", "ntldr", "pxe"]
                : ["efi_gop", "efi_uga", "efifwsetup", "efinet", "linuxefi", "lsefi", "lsefimmap", "lsefisystab"])
    }
}
