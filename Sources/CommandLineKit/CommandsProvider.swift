package import ArgumentParser

/// A plugin with several commands of its own below `linboctl`, which have nothing in common but the plugin.
package protocol CommandsProvider {
    /// In the order in which help shows them.
    static var commands: [any ParsableCommand.Type] { get }
}
