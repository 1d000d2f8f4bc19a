/// A program that shall run for as long as the daemon does, or as often as somebody wants it to.
package struct ServiceSpec: Sendable, Hashable {
    /// When it is started again, in systemd's words (`Restart=` of systemd.service(5)).
    package enum Restart: Sendable, Hashable {
        /// However it ended.
        case always
        /// Not if it ended with status 0: then its work is done, and it runs again once `Supervisor.restart` says so.
        case onFailure
    }

    /// By which it is known; one of a name.
    package let name: String
    /// The program's absolute path, and its arguments. No shell reads them.
    package let words: [String]
    /// Nothing of the daemon's own is handed on.
    package let environment: [String: String]
    /// A file that it reads as its standard input, opened anew at each start; nil: it reads nothing.
    package let input: String?
    /// Whose rights it has; nil: the daemon's.
    package let user: String?
    /// When it is started again.
    package let restart: Restart

    /// - Parameters:
    ///   - words: the program's absolute path, and its arguments.
    ///   - environment: all of it.
    ///   - input: a file's path, which the daemon opens with its own rights, for reading alone.
    ///   - user: with the group of the same user, and no other; it counts if the daemon is root.
    package init(
        _ name: String, _ words: [String], environment: [String: String] = [:], input: String? = nil,
        user: String? = nil, restart: Restart = .always
    ) {
        self.name = name
        self.words = words
        self.environment = environment
        self.input = input
        self.user = user
        self.restart = restart
    }
}

/// How a service is right now.
package struct ServiceReport: Sendable, Codable, Equatable {
    /// What the daemon is doing with it.
    package enum State: String, Sendable, Codable, CaseIterable {
        /// Its process is there.
        case running
        /// It ended, and is started again after a pause that grows.
        case waiting
        /// It was told to end, and has not yet.
        case stopping
        /// It ended with status 0, its work is done.
        case done
    }

    /// That of its `ServiceSpec`.
    package let name: String
    /// At the daemon's last look, which is less than a second ago.
    package let state: State
    /// While it runs.
    package let process: Int32?
    /// Since when it is so, milliseconds since 1970.
    package let since: Int64
    /// How often it ended by itself since the daemon's start.
    package let ends: Int
    /// How it ended last, in words; nil: it never did.
    package let lastEnd: String?
    /// What was started, or is to be: program and arguments.
    package let words: [String]
}

/// A line that a service wrote, to its standard output or error.
package struct ServiceLine: Sendable, Codable, Equatable {
    /// Milliseconds since 1970.
    package let at: Int64
    /// With `?` for what is not printable, and cut at 1000 characters.
    package let text: String
}
