/// Where something stands in a file.
package struct SourceLocation: Sendable, Hashable, CustomStringConvertible {
    /// Its path, as whoever read it named it.
    package let file: String
    /// 1-based.
    package let line: Int
    /// 1-based, in characters; nil if the whole line is meant.
    package let column: Int?

    /// Both numbers are 1-based.
    package init(file: String, line: Int, column: Int? = nil) {
        self.file = file
        self.line = line
        self.column = column
    }

    /// `FILE:LINE` or `FILE:LINE:COLUMN`, as editors jump to it.
    package var description: String {
        guard let column else { return "\(file):\(line)" }
        return "\(file):\(line):\(column)"
    }
}

/// Something wrong in a file of the admin's, with its fix. Never holds a secret.
package struct Problem: Error, Sendable, Hashable, CustomStringConvertible {
    /// How much of the file does not count because of it.
    package enum Severity: String, Sendable, Hashable {
        /// It keeps the daemon, or all PCs, from working.
        case error
        /// A row is left out: its PC is nobody. All others are served.
        case leftOut = "left out"
        /// All was taken, but it may not do what the admin means.
        case warning
    }

    /// The row or key that is wrong, or the setting that names what is.
    package let location: SourceLocation
    /// One clause, without a full stop.
    package let what: String
    /// What the admin does about it, as an order.
    package let fix: String
    /// How much is lost meanwhile.
    package let severity: Severity

    /// - Parameter what: without a secret: problems are logged.
    package init(location: SourceLocation, what: String, fix: String, severity: Severity = .error) {
        self.location = location
        self.what = what
        self.fix = fix
        self.severity = severity
    }

    /// `FILE:LINE:COLUMN: what; fix`
    package var description: String { "\(location): \(what); \(fix)" }
}
