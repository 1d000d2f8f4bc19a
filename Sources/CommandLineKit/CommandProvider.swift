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
    ///   - replaces: what waits for them already is taken out; else nothing is done if something does.
    ///   - expires: after so long nobody gets it any more; nil: as the plugin's configuration says.
    ///   - options: the way to the daemon.
    /// - Returns: what was queued, and for whom, in words.
    /// - Throws: `Fault` and what else an answer of the daemon's can be.
    static func keep(
        _ command: String, for targets: [String], replaces: Bool, expires: String?, by options: CommonOptions
    ) async throws -> String

    /// - Returns: those of some hosts that have not fetched their last command.
    static func unfetched(among hosts: [String], by options: CommonOptions) async throws -> Set<String>
}
