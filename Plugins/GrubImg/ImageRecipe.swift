import Crypto
import Foundation

/// All that decides the bytes of a GRUB image.
struct ImageRecipe: Sendable {
    let parts: GrubDirectory.Parts
    /// Where GRUB looks for its configuration and modules.
    let prefix: String
    /// Files in the image itself.
    let files: [Tar.Entry]

    static let memdisk = "(memdisk)/boot/grub"

    /// A host's image: its first configuration and its menu are in it.
    static func host(_ parts: GrubDirectory.Parts, first: String, menu: [UInt8]) -> ImageRecipe {
        ImageRecipe(
            parts: parts, prefix: memdisk,
            files: [
                Tar.Entry(name: "boot/grub/grub.cfg", bytes: Array(first.utf8)),
                Tar.Entry(name: "boot/grub/menu.cfg", bytes: menu),
            ])
    }

    /// The image that firmware loads for every PC: it fetches its configuration from where it came.
    static func core(_ parts: GrubDirectory.Parts) -> ImageRecipe {
        ImageRecipe(parts: parts, prefix: "/boot/grub", files: [])
    }

    private var modules: [String] { parts.modules + (files.isEmpty ? [] : ["memdisk", "tar"]) }

    /// The same inputs have the same one on every server; 64 hexadecimal digits.
    var digest: String {
        var hash = SHA256()
        func add(_ bytes: [UInt8]) {
            hash.update(data: Array("\(bytes.count):".utf8))
            hash.update(data: bytes)
        }
        for word in ["1", parts.platform.format, prefix] + modules { add(Array(word.utf8)) }
        add(parts.digest)
        for file in files {
            add(Array(file.name.utf8))
            add(file.bytes)
        }
        return hash.finalize().map { String(UInt16($0) | 0x100, radix: 16).dropFirst() }.joined()
    }

    var archive: [UInt8]? { files.isEmpty ? nil : Tar.archive(files) }

    func arguments(archive: String?, output: String) -> [String] {
        ["-O", parts.platform.format, "-d", parts.directory, "-p", prefix, "-o", output]
            + (archive.map { ["-m", $0] } ?? []) + modules
    }
}
