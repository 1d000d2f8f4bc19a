/// Finds the form of a type by having it decode itself from a decoder that notes what is asked for. So what
/// `openapi.json` says of a type is what the type itself does.
///
/// A type whose decoding fails for an empty text or a zero is a text here, which holds for names and addresses.
enum SchemaReader {
    private static let deepest = 12

    static func schema(of type: any Decodable.Type) -> Schema { read(type, depth: 0).schema }

    /// Whether nothing of a type stays unseen, because one of its parts has no sample.
    static func isWhole(_ type: any Decodable.Type) -> Bool { read(type, depth: 0).isWhole }

    /// What is found of a type.
    fileprivate struct Reading {
        let schema: Schema
        /// To go on with; nil: none can be made.
        let value: (any Decodable)?
        /// Nothing of it stays unseen.
        var isWhole = true

        init(_ schema: Schema, _ value: (any Decodable)?, isWhole: Bool = true) {
            self.schema = schema
            self.value = value
            self.isWhole = isWhole
        }
    }

    fileprivate static func read(_ type: any Decodable.Type, depth: Int) -> Reading {
        switch type {
        case is String.Type: return Reading(.string, "")
        case is Bool.Type: return Reading(.boolean, false)
        case let number as any (FixedWidthInteger & Decodable).Type: return Reading(.integer, number.init(0))
        case is Double.Type: return Reading(.number, 0.0)
        case let choice as any (CaseIterable & Decodable).Type: return words(of: choice)
        case let list as any ListForm.Type:
            let item = part(list.item, depth)
            return Reading(.list(item.schema), list.none, isWhole: item.isWhole)
        case let map as any MapForm.Type:
            let value = part(map.value, depth)
            return Reading(.map(value.schema), map.none, isWhole: value.isWhole)
        case let optional as any OptionalForm.Type:
            let wrapped = read(optional.wrapped, depth: depth)
            return Reading(wrapped.schema, optional.none, isWhole: wrapped.isWhole)
        default: return object(type, depth: depth)
        }
    }

    private static func part(_ type: any Decodable.Type, _ depth: Int) -> Reading {
        depth < deepest ? read(type, depth: depth + 1) : Reading(.any, nil)
    }

    private static func words<Choice: CaseIterable & Decodable>(of choice: Choice.Type) -> Reading {
        let words = choice.allCases.compactMap { ($0 as? any RawRepresentable)?.rawValue as? String }
        return Reading(.choice(words), choice.allCases.first)
    }

    private static func object(_ type: any Decodable.Type, depth: Int) -> Reading {
        guard depth < deepest else { return Reading(.any, nil) }
        let notes = Notes(depth: depth)
        let value = try? type.init(from: NotingDecoder(notes: notes))
        let schema = notes.isKeyed ? .object(notes.properties) : notes.single ?? .string
        return Reading(schema, value, isWhole: value != nil && notes.isWhole)
    }
}

// MARK: Forms

private protocol ListForm {
    static var item: any Decodable.Type { get }
    static var none: any Decodable { get }
}

extension Array: ListForm where Element: Decodable {
    fileprivate static var item: any Decodable.Type { Element.self }
    fileprivate static var none: any Decodable { [Element]() }
}

private protocol MapForm {
    static var value: any Decodable.Type { get }
    static var none: any Decodable { get }
}

extension Dictionary: MapForm where Key == String, Value: Decodable {
    fileprivate static var value: any Decodable.Type { Value.self }
    fileprivate static var none: any Decodable { [String: Value]() }
}

private protocol OptionalForm {
    static var wrapped: any Decodable.Type { get }
    static var none: any Decodable { get }
}

extension Optional: OptionalForm where Wrapped: Decodable {
    fileprivate static var wrapped: any Decodable.Type { Wrapped.self }
    fileprivate static var none: any Decodable { Self.none as Self }
}

// MARK: The decoder

private final class Notes {
    let depth: Int
    var isKeyed = false
    var isWhole = true
    var properties: [Schema.Property] = []
    var single: Schema?
    /// Those that may be missing.
    var optional: Set<String> = []

    init(depth: Int) {
        self.depth = depth
    }

    /// - Returns: a value to go on with.
    func read<Value: Decodable>(_ type: Value.Type, named name: String) -> Value? {
        let reading = SchemaReader.read(type, depth: depth + 1)
        isWhole = isWhole && reading.isWhole
        if !properties.contains(where: { $0.name == name }) {
            properties.append(.init(name: name, schema: reading.schema, isRequired: !optional.contains(name)))
        }
        return reading.value as? Value
    }
}

/// No sample can be made of a type.
private struct NoSample: Error {}

private struct NotingDecoder: Decoder {
    let notes: Notes
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        notes.isKeyed = true
        return KeyedDecodingContainer(NotingKeys(notes: notes))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer { throw NoSample() }
    func singleValueContainer() throws -> any SingleValueDecodingContainer { NotingValue(notes: notes) }
}

private struct NotingKeys<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let notes: Notes
    var codingPath: [any CodingKey] { [] }
    var allKeys: [Key] { [] }

    func contains(_ key: Key) -> Bool { true }

    /// Asked before what may be missing is decoded.
    func decodeNil(forKey key: Key) throws -> Bool {
        notes.optional.insert(key.stringValue)
        return false
    }

    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
        guard let value = notes.read(type, named: key.stringValue) else { throw NoSample() }
        return value
    }

    func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T? {
        notes.optional.insert(key.stringValue)
        _ = notes.read(type, named: key.stringValue)
        return nil
    }

    func nestedContainer<Other: CodingKey>(
        keyedBy type: Other.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Other> { throw NoSample() }
    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer { throw NoSample() }
    func superDecoder() throws -> any Decoder { throw NoSample() }
    func superDecoder(forKey key: Key) throws -> any Decoder { throw NoSample() }
}

private struct NotingValue: SingleValueDecodingContainer {
    let notes: Notes
    var codingPath: [any CodingKey] { [] }

    func decodeNil() -> Bool { false }

    func decode<T: Decodable>(_ type: T.Type) throws -> T {
        let reading = SchemaReader.read(type, depth: notes.depth + 1)
        notes.single = reading.schema
        guard let value = reading.value as? T else { throw NoSample() }
        return value
    }
}
