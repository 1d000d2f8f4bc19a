/// Where something stands in a file.
package struct SourceLocation: Sendable, Hashable, CustomStringConvertible {
    package let file: String
    /// 1-based.
    package let line: Int
    /// 1-based, in characters; nil if the whole line is meant.
    package let column: Int?

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
    package enum Severity: String, Sendable, Hashable {
        /// It keeps the daemon, or all PCs, from working.
        case error
        /// A row is left out: its PC is nobody. All others are served.
        case leftOut = "left out"
        /// All was taken, but it may not do what the admin means.
        case warning
    }

    package let location: SourceLocation
    package let what: String
    package let fix: String
    package let severity: Severity

    package init(location: SourceLocation, what: String, fix: String, severity: Severity = .error) {
        self.location = location
        self.what = what
        self.fix = fix
        self.severity = severity
    }

    /// `FILE:LINE:COLUMN: what; fix`
    package var description: String { "\(location): \(what); \(fix)" }
}
