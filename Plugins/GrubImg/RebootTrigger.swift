import HookStore

/// `<partition>#<kernel>#<initrd>#<append>#.reboot`, what a client wants booted once
/// (docs/linbo.md#paths-that-are-asked).
///
/// GRUB will run it, so each field is of few characters: no quotes, no blanks but between options, nothing that GRUB's
/// or a shell's words end with.
enum RebootTrigger {
    /// Why a trigger is none. Says what is wrong, not what was sent.
    struct Wrong: Error, Equatable, CustomStringConvertible {
        let description: String
    }

    private static let pathLimit = 255
    private static let appendLimit = 512

    static func parse(_ text: String) throws(Wrong) -> RebootRequest {
        let fields = text.split(separator: "#", omittingEmptySubsequences: false).map(String.init)
        guard fields.count == 5, fields[4] == ".reboot" else {
            throw Wrong(description: "not of the form (hdX,Y)#kernel#initrd#append#.reboot")
        }
        guard isPartition(fields[0]) else { throw Wrong(description: "no partition such as (hd0,1)") }
        guard isPath(fields[1]) else { throw Wrong(description: "no path of a kernel") }
        guard fields[2].isEmpty || isPath(fields[2]) else { throw Wrong(description: "no path of an initrd") }
        let append = fields[3].split(separator: " ").joined(separator: " ")
        guard append.utf8.count <= appendLimit, append.utf8.allSatisfy(isOption) else {
            throw Wrong(description: "kernel options with characters that GRUB or a shell takes for its own")
        }
        return RebootRequest(grub: fields[0], kernel: fields[1], initrd: fields[2], append: append)
    }

    /// `(hd0,1)`, `(hd0,gpt1)`, `(hd0,msdos1)`
    private static func isPartition(_ text: String) -> Bool {
        guard text.hasPrefix("(hd"), text.hasSuffix(")") else { return false }
        let parts = text.dropFirst(3).dropLast().split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count == 2, isNumber(parts[0]) else { return false }
        for scheme in ["gpt", "msdos"] where parts[1].hasPrefix(scheme) {
            return isNumber(parts[1].dropFirst(scheme.count))
        }
        return isNumber(parts[1])
    }

    private static func isNumber(_ text: Substring) -> Bool {
        (1...3).contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }

    private static func isPath(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        return !text.isEmpty && text.utf8.count <= pathLimit && !parts.contains("..") && parts.last?.isEmpty == false
            && text.utf8.first != UInt8(ascii: "-")
            && text.utf8.allSatisfy { isLetterOrDigit($0) || Array("._+@~-/".utf8).contains($0) }
    }

    private static func isOption(_ byte: UInt8) -> Bool {
        isLetterOrDigit(byte) || Array(" ._,=:/@+%~-".utf8).contains(byte)
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}
