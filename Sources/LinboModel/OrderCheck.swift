/// Whether the PCs that commands are for have what the commands name, before any PC is told anything.
package enum OrderCheck {
    /// PCs are named one by one up to this many.
    private static let most = 5

    /// Numbers of systems and partitions, against each PC's start.conf.
    /// - Parameters:
    ///   - text: what `list` was parsed from.
    ///   - startConf: of a group; nil: it has none that can be read, and is not checked, as it may come before the PC
    ///     boots.
    /// - Throws: an error for the first number that some PC lacks. It names all PCs that lack it.
    package static func check(
        _ list: LinboCommandList, of text: String, for hosts: [Host], startConf: (GroupName) -> StartConf?
    ) throws(LinboCommandError) {
        let groups = Dictionary(grouping: hosts, by: \.group).sorted { $0.key < $1.key }
            .compactMap { group, hosts in startConf(group).map { (group, hosts, $0) } }
        let numbers =
            list.systemNumbers.map { ($0, "operating system", \StartConf.systems.count) }
            + list.partitionNumbers.map { ($0, "partition", \StartConf.partitions.count) }
        for (position, word, count) in numbers.sorted(by: { $0.0.column < $1.0.column }) {
            // A start.conf that has none at all says nothing of the disk.
            let lacking = groups.filter { (1..<position.number).contains($0.2[keyPath: count]) }
            guard !lacking.isEmpty else { continue }
            let sentences = lacking.map { group, hosts, conf in
                "\(names(hosts)) (group \(group)): no \(word) \(position.number), start.conf.\(group) has "
                    + "\(conf[keyPath: count])"
            }
            throw LinboCommandError(column: position.column, message: sentences.joined(separator: "\n"))
        }
    }

    private static func names(_ hosts: [Host]) -> String {
        let names = hosts.prefix(most).map(\.name.description).joined(separator: ", ")
        return hosts.count > most ? "\(names) and \(hosts.count - most) more" : names
    }
}
