package import API
package import LinboModel

/// For whom something is done: `pc01`, `room:r101`, `group:win11`, `school:x`, `all`; several, with commas or blanks
/// between them. A name with a blank stands in quotes (`room:"Raum 1"`), or is an element of its own (`room:Raum 1`).
package struct Targets: Sendable {
    private let pieces: [TargetPiece]

    /// Looks nothing up: a word that is wrong is told by `all` and `takingCommands`.
    package init(_ words: some Sequence<String>) {
        pieces = words.flatMap { TargetPiece.all(in: $0) }
    }

    /// Whether nobody is named. That is not everybody: what it means is the caller's.
    package var isEmpty: Bool { pieces.isEmpty }

    /// Those that take LINBO commands, and those of rooms and groups that do not.
    package struct Chosen: Sendable {
        /// In the order of the words, each once.
        package var hosts: [Host] = []
        /// Of rooms, groups and schools only: they have neither PXE flag 1 nor 2.
        package var skipped: [Host] = []

        /// The skipped ones for people, with their PXE flag.
        package var skippedNames: [String] { skipped.map { "\($0.name) (\($0.pxe))" } }
    }

    /// - Throws: `Fault` if there is no such host, or one that is named takes no commands.
    package func takingCommands(in directory: HostDirectory) throws(Fault) -> Chosen {
        var chosen = Chosen()
        var seen: Set<HostName> = []
        let words = words(directory)
        for word in words {
            let found = try hosts(word, directory)
            if !Self.isMany(word), let host = found.first, !host.takesCommands {
                throw Fault(
                    .conflict, "\(host.name) has PXE flag \(host.pxe) (\(host.source)): commands are for 1 and 2")
            }
            for host in found where seen.insert(host.name).inserted {
                if host.takesCommands { chosen.hosts.append(host) } else { chosen.skipped.append(host) }
            }
        }
        guard !chosen.hosts.isEmpty else {
            throw Fault(
                .conflict, "no host of \(words.joined(separator: ", ")) has PXE flag 1 or 2, which commands are for")
        }
        return chosen
    }

    /// All of them, each once, whether they take commands or not; `all` stands for those that boot from the network.
    /// - Throws: `Fault` if there is none of a name.
    package func all(in directory: HostDirectory) throws(Fault) -> [Host] {
        var seen: Set<HostName> = []
        var all: [Host] = []
        for word in words(directory) { all += try hosts(word, directory).filter { seen.insert($0.name).inserted } }
        return all
    }

    /// Blanks are between words, unless hosts have all of it as a room's name.
    private func words(_ directory: HostDirectory) -> [String] {
        pieces.flatMap { piece in
            guard piece.words.count > 1, let name = piece.unquoted, name.hasPrefix("room:"),
                directory.devices.hosts.contains(where: { $0.room == name.dropFirst("room:".count) })
            else { return piece.words }
            return [name]
        }
    }

    private static func isMany(_ word: String) -> Bool { word.contains(":") || word == "all" }

    private func hosts(_ word: String, _ directory: HostDirectory) throws(Fault) -> [Host] {
        let all = directory.devices.hosts
        if word == "all" { return try some(all.filter { $0.pxe != 0 }, word, directory) }
        let parts = word.split(separator: ":", maxSplits: 1).map(String.init)
        guard parts.count == 2, IPAddress(word) == nil else { return [try directory.host(word)] }
        let name = parts[1]
        switch parts[0] {
        case "group": return try some(all.filter { $0.group.description == name }, word, directory)
        case "room": return try some(all.filter { $0.room == name }, word, directory)
        case "school": return try some(all.filter { $0.school.text == name }, word, directory)
        default:
            throw Fault(
                .invalid, "\(quoted(word)) is no target", fix: "write a host, room:NAME, group:NAME, school:NAME or all"
            )
        }
    }

    private func some(_ hosts: [Host], _ word: String, _ directory: HostDirectory) throws(Fault) -> [Host] {
        guard !hosts.isEmpty else { throw directory.noHost("of \(word)") }
        return hosts
    }
}

extension HostDirectory {
    /// A host by its name or address, exactly as in devices.csv.
    /// - Throws: `Fault` with the nearest name.
    package func host(_ text: String) throws(Fault) -> Host {
        let devices = devices
        let found =
            IPAddress(text).flatMap { devices.host(at: $0) } ?? HostName(text).flatMap { devices.host(named: $0) }
        if let found { return found }
        // In another school a host's name has the school's prefix.
        let prefixed = devices.hosts.map(\.name.description).first {
            $0.lowercased().hasSuffix("-" + text.lowercased())
        }
        let nearest = prefixed ?? nearestWord(to: text, in: devices.hosts.map(\.name.description))
        throw noHost(quoted(text), hint: nearest.map { "; did you mean '\($0)'?" } ?? "")
    }

    /// The client that a host would be; or an unknown one at an address.
    /// - Throws: `Fault` as `host` does.
    package func client(_ text: String) throws(Fault) -> Client {
        if let address = IPAddress(text) { return client(at: address) }
        let host = try host(text)
        // The address of a host with DHCP changes: asked for by name it is recognised all the same.
        return Client(
            address: host.address ?? IPAddress(v4: 0), host: host, recognition: .assumed(host.source))
    }

    /// With what is wrong in the files: the host may stand in a row that could not be read.
    fileprivate func noHost(_ wanted: String, hint: String = "") -> Fault {
        let wrong = problems.map(\.description)
        guard !wrong.isEmpty else { return Fault(.missing, "no host \(wanted) in a devices.csv\(hint)") }
        let shown = shortened(wrong, to: 3, see: "linboctl check")
        return Fault(
            .missing,
            (["no host \(wanted) in what can be read of devices.csv\(hint)"] + shown).joined(separator: "\n"))
    }
}
