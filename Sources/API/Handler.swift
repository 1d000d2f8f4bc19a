package import Foundation
import LinboModel

/// An operation, and what answers it. JSON goes in and out.
package struct Handler: Sendable {
    /// Its route and its summary are what a server needs to offer it.
    package let operation: any APIOperation.Type
    private let respond: @Sendable (Data, Actor) async throws -> Data

    /// - Parameter answer: on a thread that may block; what it throws, the server tells as a `Fault`.
    package init<Question: APIOperation>(
        _ operation: Question.Type, _ answer: @escaping @Sendable (Question, Actor) async throws -> Question.Answer
    ) {
        self.operation = operation
        respond = { json, actor in
            try APICoding.encoded(try await answer(try APICoding.decoded(Question.self, from: json), actor))
        }
    }

    /// - Parameter json: an object with the operation's properties.
    /// - Returns: the answer as JSON.
    /// - Throws: `Fault` of kind `invalid` if the object is none of this operation's; what the answer throws.
    package func callAsFunction(_ json: Data, by actor: Actor) async throws -> Data {
        try await respond(json, actor)
    }
}

/// How values look as JSON.
package enum APICoding {
    /// Keys in order: equal values give equal bytes.
    package static func encoded(_ value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(value)
    }

    /// - Throws: `Fault` that names the property and what is wrong with it.
    package static func decoded<Value: Decodable>(_ type: Value.Type, from json: Data) throws(Fault) -> Value {
        do {
            return try JSONDecoder().decode(type, from: json)
        } catch let fault as Fault {
            throw fault
        } catch let error as DecodingError {
            throw Fault(error)
        } catch {
            throw Fault(.invalid, "\(error)")
        }
    }
}

extension Fault {
    fileprivate init(_ error: DecodingError) {
        func name(_ path: [any CodingKey]) -> String { path.map(\.stringValue).joined(separator: ".") }
        switch error {
        case .keyNotFound(let key, let context):
            self.init(.invalid, "'\(name(context.codingPath + [key]))' is missing")
        case .valueNotFound(_, let context):
            self.init(.invalid, "'\(name(context.codingPath))' is missing")
        case .typeMismatch(let type, let context):
            self.init(.invalid, "'\(name(context.codingPath))' is no \(type)")
        case .dataCorrupted(let context) where context.codingPath.isEmpty:
            self.init(.invalid, "no JSON: \(context.debugDescription)")
        case .dataCorrupted(let context):
            self.init(.invalid, "'\(name(context.codingPath))': \(printable(context.debugDescription, most: 200))")
        @unknown default: self.init(.invalid, "\(error)")
        }
    }
}
