package import ArgumentParser

/// A plugin with a command of its own below `linboctl`.
package protocol CommandProvider {
    static var command: any ParsableCommand.Type { get }
}
