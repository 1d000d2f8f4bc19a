import API
import Foundation
import Hummingbird
import LinboModel

/// An operation's properties, gathered from path, query and body into one JSON object.
struct Question {
    let json: Data

    /// - Parameter schema: the operation's: by it the texts of path and query become numbers and lists.
    /// - Throws: `Fault` for a property that there is none of, or two of, or a value of another type.
    init(_ request: Request, _ context: Context, _ body: Data, _ route: Route, _ schema: Schema) throws(Fault) {
        var values = try Self.object(body, route)
        // JSONDecoder would call all of the body no JSON, and name no property.
        for property in schema.properties where property.schema == .integer {
            guard let number = values[property.name] as? Double, Int64(exactly: number) == nil else { continue }
            throw Fault(.invalid, "'\(property.name)' is no Int")
        }
        func add(_ name: String, _ text: String) throws(Fault) {
            // Which of the two is meant, nobody but the caller knows.
            guard values[name] == nil else {
                throw Fault(.invalid, "\(quoted(name)) is given twice", fix: "give it once")
            }
            values[name] = try Self.value(text, named: name, schema)
        }
        for (name, text) in request.uri.queryParameters { try add(String(name), String(text)) }
        for name in route.pathParameters {
            guard let text = context.parameters.get(name)?.removingPercentEncoding else { continue }
            try add(name, text)
        }
        try Self.check(values, schema)
        guard let json = try? JSONSerialization.data(withJSONObject: values) else { throw Fault(.invalid, "no JSON") }
        self.json = json
    }

    private static func object(_ body: Data, _ route: Route) throws(Fault) -> [String: Any] {
        guard route.method != .get, !body.isEmpty else { return [:] }
        guard let object = try? JSONSerialization.jsonObject(with: body) as? [String: Any] else {
            throw Fault(.invalid, "the body is no JSON object")
        }
        return object
    }

    /// - Parameter place: what the object itself is called; empty: it is the operation's own.
    private static func check(_ values: [String: Any], _ schema: Schema, in place: String = "") throws(Fault) {
        let known = schema.properties.map(\.name)
        for (name, value) in values.sorted(by: { $0.key < $1.key }) {
            guard let property = schema.properties.first(where: { $0.name == name }) else {
                let nearest = nearestWord(to: name, in: known).map { "did you mean '\($0)'?" }
                throw Fault(
                    .invalid, "unknown parameter \(quoted(place + name))",
                    fix: nearest ?? (known.isEmpty ? "there is none" : "known: \(known.joined(separator: ", "))"))
            }
            if case .object = property.schema, let parts = value as? [String: Any] {
                try check(parts, property.schema, in: "\(place)\(name).")
            }
        }
    }

    private static func value(_ text: String, named name: String, _ schema: Schema) throws(Fault) -> Any {
        switch schema.properties.first(where: { $0.name == name })?.schema {
        case .integer:
            guard let number = Int64(text) else { throw Fault(.invalid, "\(quoted(text)) is no number", at: name) }
            return number
        case .number:
            guard let number = Double(text), number.isFinite else {
                throw Fault(.invalid, "\(quoted(text)) is no number", at: name)
            }
            return number
        case .boolean:
            guard let flag = ["true": true, "1": true, "": true, "false": false, "0": false][text] else {
                throw Fault(.invalid, "\(quoted(text)) is neither true nor false", at: name)
            }
            return flag
        case .list: return text.split(separator: ",").map(String.init)
        case .choice(let words):
            guard words.contains(text) else {
                throw Fault(.invalid, "\(quoted(text)) is none of \(words.joined(separator: ", "))", at: name)
            }
            return text
        default: return text
        }
    }
}
