package import LinboModel

/// What is wrong in the configuration file, where, and how to fix it. Several at once, so that an admin fixes them in
/// one go.
package struct ConfigError: Error, Sendable, CustomStringConvertible {
    /// Never empty.
    package let problems: [Problem]

    /// - Parameter problems: at least one.
    package init(_ problems: [Problem]) {
        self.problems = problems
    }

    /// A single problem, of severity `error`.
    package init(_ what: String, fix: String, at location: SourceLocation) {
        problems = [Problem(location: location, what: what, fix: fix, severity: .error)]
    }

    /// One line a problem: `FILE:LINE:COLUMN: what; fix`.
    package var description: String { problems.map(\.description).joined(separator: "\n") }
}
