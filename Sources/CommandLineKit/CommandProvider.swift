package import ArgumentParser

/// A plugin with a command of its own below `linboctl`.
package protocol CommandProvider {
    /// Its name is the word behind `linboctl`.
    static var command: any ParsableCommand.Type { get }
}

/// A plugin that does the work of upstream's programs, for those who call them.
package protocol DropInProvider {
    /// linboctl looks here for the name that it was called by.
    static var dropIns: [DropIn] { get }
}

/// One of upstream's programs, as its callers know it.
package struct DropIn: Sendable {
    /// Of the program, such as `linbo-multicast`.
    package let name: String
    /// Does its work for the words behind the name, and answers with the exit status. What it throws is told, and is 1.
    package let run: @Sendable (_ words: [String], _ options: CommonOptions) async throws -> Int32

    /// - Parameter name: without a path.
    package init(
        name: String, run: @escaping @Sendable (_ words: [String], _ options: CommonOptions) async throws -> Int32
    ) {
        self.name = name
        self.run = run
    }
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
