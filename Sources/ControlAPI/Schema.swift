/// The form of a value as JSON, in the words of JSON Schema.
indirect enum Schema: Sendable, Equatable {
    case string
    case choice([String])
    case integer
    case number
    case boolean
    case list(Schema)
    case map(Schema)
    case object([Property])
    /// Deeper than anybody looks.
    case any

    struct Property: Sendable, Equatable {
        let name: String
        let schema: Schema
        let isRequired: Bool
    }

    var properties: [Property] {
        if case .object(let properties) = self { properties } else { [] }
    }

    /// For `JSONSerialization`.
    var json: [String: Any] {
        switch self {
        case .string: ["type": "string"]
        case .choice(let words): ["type": "string", "enum": words]
        case .integer: ["type": "integer"]
        case .number: ["type": "number"]
        case .boolean: ["type": "boolean"]
        case .list(let item): ["type": "array", "items": item.json]
        case .map(let value): ["type": "object", "additionalProperties": value.json]
        case .object(let properties): object(properties)
        case .any: [:]
        }
    }

    private func object(_ properties: [Property]) -> [String: Any] {
        let parts = Dictionary(properties.map { ($0.name, $0.schema.json) }) { first, _ in first }
        return [
            "type": "object", "properties": parts, "required": properties.filter(\.isRequired).map(\.name),
        ]
    }
}
