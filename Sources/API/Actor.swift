/// Who asks for something to be done.
package struct Actor: Sendable, Hashable, CustomStringConvertible {
    /// The user's name, or its number if it has none.
    package let name: String
    /// Who logged in before becoming that user by sudo or su; nil: nobody else.
    package let login: String?

    /// - Parameter login: the same name as `name` is none.
    package init(name: String, login: String? = nil) {
        self.name = name
        self.login = login == name ? nil : login
    }

    /// The daemon, by itself.
    package static let server = Actor(name: "the server")

    /// A schedule that is due.
    /// - Parameter owner: who wanted it, in words.
    package static func schedule(_ number: Int64, of owner: String) -> Actor {
        Actor(name: "schedule \(number) of \(owner)")
    }

    /// `anna`, or `root (anna)`.
    package var description: String { login.map { "\(name) (\($0))" } ?? name }
}
