import API
import Synchronization

/// One that has all that a question can have, and is answered with itself.
struct Look: APIOperation, Equatable {
    enum Form: String, Codable, CaseIterable { case short, long }

    typealias Answer = Look
    static let route = Route.get("/v1/looks/{name}")
    static let summary = "Looks."
    var name: String
    var words: [String]?
    var count: Int64?
    var share: Double?
    var flag: Bool?
    var form: Form?

    static let handler = Handler(Look.self) { question, _ in question }
}

/// The same of a command, and who gave it.
struct Change: APIOperation, Equatable {
    struct Answer: Codable, Sendable, Equatable {
        let change: Change
        let actor: String
    }
    struct Part: Codable, Sendable, Equatable { var text: String }

    static let route = Route.post("/v1/changes/{id}")
    static let summary = "Changes."
    var id: Int64
    var count: Int64?
    var text: String?
    var parts: [Part]?

    static let handler = Handler(Change.self) { change, actor in .init(change: change, actor: actor.description) }
}

/// Fails by an error of the test's own.
struct Fail: APIOperation {
    typealias Answer = String
    static let route = Route.post("/v1/fail")
    static let summary = "Fails."
}
