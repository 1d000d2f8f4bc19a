package import LinboModel

/// What is wrong in the configuration file, where, and how to mend it. Several at once, so that an admin mends them in
/// one go.
package struct ConfigError: Error, Sendable, CustomStringConvertible {
    /// Never empty.
    package let problems: [Problem]

    package init(_ problems: [Problem]) {
        self.problems = problems
    }

    package init(_ what: String, mend: String, at location: SourceLocation) {
        problems = [Problem(location: location, what: what, mend: mend, severity: .error)]
    }

    /// One line a problem: `FILE:LINE:COLUMN: what; mend`.
    package var description: String { problems.map(\.description).joined(separator: "\n") }
}
