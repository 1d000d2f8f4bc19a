package import Foundation

/// An operation as HTTP carries it: what stands in the path, what in the query, what in the body.
package struct Call: Sendable, Equatable {
    /// The operation's own.
    package let method: Route.Method
    /// With the query, percent-encoded.
    package let target: String
    /// JSON; nil: none.
    package let body: Data?

    /// - Throws: what encoding throws; `Fault` if a property of the path has no value.
    package init(_ operation: some APIOperation) throws {
        let route = type(of: operation).route
        var values = try JSONSerialization.jsonObject(with: APICoding.encoded(operation)) as? [String: Any] ?? [:]
        var parts: [String] = []
        for part in route.path.split(separator: "/").map(String.init) {
            guard part.hasPrefix("{"), part.hasSuffix("}") else {
                parts.append(part)
                continue
            }
            let name = String(part.dropFirst().dropLast())
            guard let text = values.removeValue(forKey: name).map({ Self.text($0) }), !text.isEmpty else {
                throw Fault(.invalid, "'\(name)' is missing")
            }
            parts.append(Self.encoded(text))
        }
        let path = "/" + parts.joined(separator: "/")
        method = route.method
        guard route.method == .get else {
            target = path
            body = try JSONSerialization.data(withJSONObject: values, options: .sortedKeys)
            return
        }
        let query = values.sorted { $0.key < $1.key }.map {
            "\(Self.encoded($0.key))=\(Self.encoded(Self.text($0.value)))"
        }
        target = query.isEmpty ? path : "\(path)?\(query.joined(separator: "&"))"
        body = nil
    }

    /// A list is one text, with commas between its values.
    private static func text(_ value: Any) -> String {
        switch value {
        case let list as [Any]: list.map { text($0) }.joined(separator: ",")
        // A number of one C char is what JSONSerialization makes of true and false.
        case let number as NSNumber where number.objCType.pointee == UInt8(ascii: "c"):
            number.boolValue ? "true" : "false"
        default: "\(value)"
        }
    }

    /// RFC 3986's unreserved characters stay.
    private static let plain = CharacterSet(
        charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")

    private static func encoded(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: plain) ?? ""
    }
}
