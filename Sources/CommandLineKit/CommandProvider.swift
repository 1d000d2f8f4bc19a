package import ArgumentParser

/// A plugin with a command of its own below `linboctl`.
package protocol CommandProvider {
    /// Its name is the word behind `linboctl`.
    static var command: any ParsableCommand.Type { get }
}

/// A plugin that keeps commands until their PC's next boot: what `linboctl remote --onboot` gives away.
package protocol BootCommandKeeper {
    /// Queues commands, for all PCs or none.
    /// - Parameters:
    ///   - expires: after so long nobody gets it any more; nil: as the plugin's configuration says.
    ///   - options: the way to the daemon.
    /// - Returns: what was queued, and for whom, in words.
    /// - Throws: `Fault` and what else an answer of the daemon's can be.
    static func keep(
        _ command: String, for targets: [String], expires: String?, by options: CommonOptions
    ) async throws -> String
}
