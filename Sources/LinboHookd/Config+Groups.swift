import HookHost

extension Config {
    /// Groups that have a start.conf.
    package var groups: [String] {
        tree.names(in: .root).filter { $0.hasPrefix("start.conf.") }.map { String($0.dropFirst("start.conf.".count)) }
    }
}
