/// What a start.conf's keys must hold (docs/linbo.md#groups).
extension StartConfReader {
    mutating func check(_ section: Section) {
        switch section.kind {
        case .linbo:
            check("downloadtype", of: section, "write rsync, multicast or torrent") {
                DownloadType(rawValue: $0.lowercased()) != nil
            }
            check("systemtype", of: section, "write bios, bios64 or efi64") {
                SystemType(rawValue: $0.lowercased()) != nil
            }
            check("server", of: section, "write the server's address") { IPAddress($0) != nil }
            check("group", of: section, "write the name after 'start.conf.'") { GroupName($0) != nil }
        case .partition:
            need(["dev"], in: section)
            check("dev", of: section, "write a device such as /dev/sda1") { $0.hasPrefix("/dev/") }
            check("size", of: section, "write a number and k, M, G or T, or nothing for the rest of the disk") {
                kibibytes($0) != nil
            }
        case .os:
            // The importer drops a system without one of these, and all systems after it.
            need(["name", "baseimage", "root", "kernel", "initrd", "append"], in: section)
        }
    }

    private mutating func check(
        _ key: String, of section: Section, _ fix: String, isRight: (String) -> Bool
    ) {
        guard let (value, line) = section.entries[key], !value.isEmpty, !isRight(value) else { return }
        problem(line, "\(quoted(value)) is no \(key)", fix, .error)
    }

    private mutating func need(_ keys: [String], in section: Section) {
        let missing = keys.filter { section.entries[$0] == nil }
        guard !missing.isEmpty else { return }
        problem(section.line, "[\(section.kind)] without \(missing.joined(separator: ", "))", "write them", .warning)
    }

    private mutating func problem(_ line: Int, _ what: String, _ fix: String, _ severity: Problem.Severity) {
        add(
            Problem(
                location: SourceLocation(file: problems.file, line: line), what: what, fix: fix, severity: severity))
    }
}

extension StartConfReader.Kind: CustomStringConvertible {
    var description: String {
        switch self {
        case .linbo: "LINBO"
        case .partition: "Partition"
        case .os: "OS"
        }
    }

    /// nil: the key is one that some part of LINBO reads or carries.
    func fix(ofUnknown key: String) -> String? {
        guard !known.contains(key) else { return nil }
        return nearestWord(to: key, in: known).map { "did you mean '\($0)'?" } ?? "no part of LINBO reads it: remove it"
    }

    private var known: [String] {
        switch self {
        case .linbo:
            [
                "cache", "group", "downloadtype", "kerneloptions", "autoinitcache", "autopartition", "autoformat",
                "roottimeout", "locale", "guidisabled", "theme", "clientdetailsvisiblebydefault", "server",
                "systemtype",
                "useminimallayout", "school",
            ]
        case .partition: ["dev", "label", "size", "id", "fstype", "bootable"]
        case .os:
            [
                "name", "description", "version", "iconname", "baseimage", "root", "kernel", "initrd", "append",
                "startenabled", "syncenabled", "newenabled", "remotesyncenabled", "autostart", "autostarttimeout",
                "defaultaction", "hidden", "boot", "image",
            ]
        }
    }
}
