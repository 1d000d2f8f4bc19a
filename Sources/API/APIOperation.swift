/// Something that can be asked of the daemon or told to it: a value, whose properties are its parameters.
///
/// An operation is declared once. By it the command line asks, the API answers, and `openapi.json` describes both.
package protocol APIOperation: Codable, Sendable {
    /// What comes back, as JSON.
    associatedtype Answer: Codable & Sendable

    /// By which HTTP finds it; no two operations share one.
    static var route: Route { get }

    /// One sentence: what it does.
    static var summary: String { get }
}

/// Where an operation is found over HTTP.
package struct Route: Sendable, Hashable, CustomStringConvertible {
    /// What HTTP (RFC 9110) calls safe is a `get`: it changes nothing.
    package enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
        case delete = "DELETE"
    }

    /// HTTP's, which also says whether parameters stand in the query (`get`) or in the body.
    package let method: Method
    /// Such as `/v1/pcs/{host}`: what is in braces is a property of the operation, as a part of the path.
    package let path: String

    /// What only looks.
    package static func get(_ path: String) -> Route { Route(method: .get, path: path) }
    /// What changes something.
    package static func post(_ path: String) -> Route { Route(method: .post, path: path) }
    /// What takes something away.
    package static func delete(_ path: String) -> Route { Route(method: .delete, path: path) }

    /// The properties that stand in the path.
    package var pathParameters: [String] {
        path.split(separator: "/").compactMap { part in
            part.hasPrefix("{") && part.hasSuffix("}") ? String(part.dropFirst().dropLast()) : nil
        }
    }

    /// As `openapi.json` and errors name an operation: `GET /v1/pcs/{host}`.
    package var description: String { "\(method.rawValue) \(path)" }
}
