package import ArgumentParser

/// A plugin with a command of its own below `linboctl`.
package protocol CommandProvider {
    /// Its name is the word behind `linboctl`.
    static var command: any ParsableCommand.Type { get }
}
