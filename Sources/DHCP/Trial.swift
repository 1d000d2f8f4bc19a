import Glibc
import HookHost
import LinboModel
import LinuxKit

/// A whole configuration in files of its own, for a server's checker; they go with this value.
struct Trial: ~Copyable {
    /// The configuration that includes the generated one.
    let main: String
    /// The generated one.
    let included: String

    /// Beside the file that is to be replaced, as AppArmor lets a DHCP server read nothing elsewhere; hidden names, as
    /// dnsmasq reads all others in /etc/dnsmasq.d.
    init(_ rendering: Rendering, _ settings: DHCPSettings) throws(DHCPError) {
        let unique = String(UInt64.random(in: 0...(.max)), radix: 36)
        let slash = settings.file.utf8.lastIndex(of: UInt8(ascii: "/")) ?? settings.file.startIndex
        var directory = String(settings.file[..<slash])
        if access(directory, W_OK) != 0 { directory = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp" }
        included = "\(directory)/.linbo-dhcp-\(unique).conf"
        main = "\(directory)/.linbo-dhcp-\(unique).main"
        let text = try Self.main(settings, including: included)
        do throws(SystemError) {
            try AtomicFile.replace(included, with: Array(rendering.text.utf8), mode: 0o644)
            try AtomicFile.replace(main, with: Array(text.utf8), mode: 0o644)
        } catch {
            unlink(included)
            throw DHCPError("\(error)", fix: "make the directory, or run this as root")
        }
    }

    deinit {
        unlink(included)
        unlink(main)
    }

    /// Keeps the files until here.
    borrowing func hold() {}

    /// The admin's own configuration with the generated file in the old one's place, or the least that includes it.
    private static func main(_ settings: DHCPSettings, including file: String) throws(DHCPError) -> String {
        guard let main = settings.main else {
            return switch settings.server {
            case .isc: "include \"\(file)\";\n"
            case .dnsmasq: "conf-file=\(file)\n"
            case .kea:
                "{ \"Dhcp4\": { \"interfaces-config\": { \"interfaces\": [] }, \"lease-database\": { \"type\": \"memfile\", "
                    + "\"persist\": false }, \"subnet4\": [],\n<?include \"\(file)\"?>\n} }\n"
            }
        }
        let text: String
        do {
            text = String(decoding: try FileBytes.read(followingLinks: main, limit: 16 << 20), as: UTF8.self)
        } catch {
            throw DHCPError("\(error)", fix: "name the right file in dhcp.main")
        }
        guard let made = Includes(text, for: settings.server).replacing(settings.file, with: file) else {
            throw DHCPError(
                "\(main) does not include \(settings.file), so the server would not read it",
                fix: "add this line: \(settings.server.includeLine(settings.file))")
        }
        return made
    }
}

extension DHCPServer {
    /// What an admin adds to the server's own configuration.
    package func includeLine(_ file: String) -> String {
        switch self {
        case .isc: "include \"\(file)\";"
        case .dnsmasq: "conf-file=\(file)"
        case .kea: "<?include \"\(file)\"?> as the last entry of \"Dhcp4\""
        }
    }
}
