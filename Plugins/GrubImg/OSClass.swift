/// The kind of a system, as themes name their icons: `win10_start.png`, `ubuntu_syncstart.png` (docs/linbo.md#menus).
enum OSClass {
    private static let words = [
        "win11", "win10", "win8", "win7", "ubuntu", "mint", "debian", "fedora", "opensuse", "suse", "arch", "centos",
        "reactos", "android",
    ]

    /// By the system's name, else its image's or icon's.
    static func word(name: String, image: String, icon: String, isWindows: Bool) -> String {
        for text in [name, image, icon] {
            let letters = text.lowercased().filter { $0.isASCII && ($0.isLetter || $0.isNumber) }
            let short = letters.replacing("windows", with: "win")
            if let word = words.first(where: { short.contains($0) }) { return word }
        }
        return isWindows ? "win10" : "linux"
    }
}
