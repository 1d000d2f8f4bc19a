/// What a PC's firmware boots, by the architecture that it sends (option 93, RFC 4578; numbers of IANA's registry
/// "Processor Architecture Types").
struct BootClass: Sendable, Hashable {
    /// As GRUB calls the platform.
    let platform: String
    let architectures: [UInt16]
    /// In the tree, without a leading slash (docs/linbo.md#dhcp).
    let file: String
    /// Whether the firmware fetches it by HTTP: then it wants a URL, and `HTTPClient` in option 60 (UEFI 2.10, 24.7).
    let isHTTP: Bool

    private init(_ platform: String, _ architectures: [UInt16], _ file: String, isHTTP: Bool = false) {
        self.platform = platform
        self.architectures = architectures
        self.file = file
        self.isHTTP = isHTTP
    }

    /// The first one is for all that are none of the others, as old firmware sends no architecture
    /// (docs/linbo.md#dhcp).
    static let all = [
        BootClass("i386-pc", [], "boot/grub/i386-pc/core.0"),
        BootClass("i386-efi", [6], "boot/grub/i386-efi/core.efi"),
        // 9 is what the registry has for x86-64, 7 what firmware sends: an old mix-up.
        BootClass("x86_64-efi", [7, 9], "boot/grub/x86_64-efi/core.efi"),
        BootClass("arm64-efi", [11], "boot/grub/arm64-efi/core.efi"),
        BootClass("x86_64-efi", [16], "boot/grub/x86_64-efi/core.efi", isHTTP: true),
        BootClass("arm64-efi", [19], "boot/grub/arm64-efi/core.efi", isHTTP: true),
    ]

    var isDefault: Bool { architectures.isEmpty }

    /// Those of all others.
    static var otherArchitectures: [UInt16] { all.flatMap(\.architectures) }

    /// The word for it in classes and tags.
    var name: String { isHTTP ? "linbo-http-\(platform)" : "linbo-\(platform)" }

    func file(below base: String?) -> String {
        isHTTP ? "\(base ?? "http://SERVER")/\(file)" : file
    }
}
