/// What commands are about on PCs of a group, for people.
extension StartConf {
    /// Such as `Windows 11 (win11.qcow2) on /dev/sda2`; nil: the command is about no single thing.
    package func object(of command: LinboCommand) -> String? {
        switch command {
        case .sync(let number), .new(let number), .postsync(let number), .start(let number), .prestart(let number),
            .createImage(let number, _), .createQdiff(let number, _), .uploadImage(let number),
            .uploadQdiff(let number):
            guard systems.indices.contains(number - 1) else { return nil }
            let system = systems[number - 1]
            let image = system.baseImage.map { " (\($0))" } ?? ""
            return "\(system.name ?? "system \(number)")\(image)\(system.root.map { " on \($0)" } ?? "")"
        case .format(let number?):
            guard partitions.indices.contains(number - 1) else { return nil }
            let partition = partitions[number - 1]
            let words = [partition.label, partition.fsType].compactMap { $0 }
            return (partition.dev ?? "partition \(number)")
                + (words.isEmpty ? "" : " (\(words.joined(separator: ", ")))")
        case .partition, .format(nil):
            return partitions.compactMap(\.dev).joined(separator: " ")
        case .label, .initcache, .reboot, .halt, .poweroff, .update, .noauto, .disablegui: return nil
        }
    }

    /// The keys by which the PC's screen does something by itself whenever it appears.
    package var automatic: [String] {
        let keys = [
            ("AutoPartition", linbo.autoPartition), ("AutoFormat", linbo.autoFormat),
            ("AutoInitCache", linbo.autoInitCache), ("Autostart", systems.contains { $0.autostart }),
        ]
        return keys.filter(\.1).map(\.0)
    }
}
