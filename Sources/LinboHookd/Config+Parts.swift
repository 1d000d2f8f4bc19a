import HookConfig
import LinboModel

extension Config {
    /// A file as far as it is right, so that what it leads to can be checked, too. What is wrong is left out.
    /// - Returns: nil if nothing of it can be used; what is wrong in it.
    static func rightParts(of file: String) -> (config: Config?, problems: [Problem]) {
        var collector = ProblemCollector()
        func config(_ node: ConfigNode) -> Config? {
            collector.collect { () throws(ConfigError) in try Config(node, file: file) }
        }
        let node = collector.collect { () throws(ConfigError) in
            try ConfigNode(yaml: try ConfigFile.text(of: file), file: file)
        }
        guard let node else { return (nil, collector.problems) }
        guard case .map(let entries) = node.value else { return (config(node), collector.problems) }
        let right = entries.compactMap { entry in
            config(.section(entry)) == nil ? entry.rightItems { (try? Config($0, file: file)) != nil } : entry
        }
        let parts = ConfigNode(.map(right), at: node.location)
        // What is wrong is told once.
        let rest = collector.problems.isEmpty ? config(parts) : try? Config(parts, file: file)
        return (rest, collector.problems)
    }
}

extension ConfigNode {
    /// A configuration of one section.
    fileprivate static func section(_ entry: Entry) -> ConfigNode { ConfigNode(.map([entry]), at: entry.location) }
}

extension ConfigNode.Entry {
    /// Those items of a list that are right; nil if it is none.
    fileprivate func rightItems(_ isRight: (ConfigNode) -> Bool) -> Self? {
        guard case .list(let items) = value.value else { return nil }
        func entry(_ items: [ConfigNode]) -> Self {
            Self(key: key, location: location, value: ConfigNode(.list(items), at: value.location))
        }
        return entry(items.filter { isRight(.section(entry([$0]))) })
    }
}
