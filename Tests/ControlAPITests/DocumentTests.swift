import API
import Control
import Foundation
import HookHost
import LinboHookd
import Testing

@testable import ControlAPI

/// What `openapi.json` says of an operation is what its decoding takes.
@Suite struct DocumentTests {
    private static let operations: [any APIOperation.Type] =
        Control.operations.map(\.operation)
        + pluginRegistry.flatMap { type in
            (type as? any Administered.Type)?.handlers(among: { [] }, file: "").map(\.operation) ?? []
        }

    private static func sample(_ schema: Schema) -> Any {
        switch schema {
        case .string: "1"
        case .choice(let words): words.first ?? ""
        case .integer, .number: 1
        case .boolean: true
        case .list(let item): [sample(item)]
        case .map(let value): ["a": sample(value)]
        case .object(let properties): Dictionary(uniqueKeysWithValues: properties.map { ($0.name, sample($0.schema)) })
        case .any: [String: String]()
        }
    }

    /// Of another type than it says, as JSON has them.
    private static func wrong(_ schema: Schema) -> [Any] {
        switch schema {
        case .string: [1, true, [String](), [String: String]()]
        case .choice: ["no such word", 1]
        case .integer: ["1", true, [Int]()]
        case .number: ["1", true]
        case .boolean: [1, "true"]
        case .list: ["a", [String: String](), 1]
        case .map, .object: ["a", [Int](), 1]
        case .any: []
        }
    }

    private static func fault<Question: APIOperation>(_ operation: Question.Type, _ values: [String: Any]) throws
        -> Fault?
    {
        let json = try JSONSerialization.data(withJSONObject: values)
        do {
            _ = try APICoding.decoded(operation, from: json)
            return nil
        } catch {
            return error
        }
    }

    @Test("what it needs it can't be without, what may be missing may, and each has its one type")
    func properties() throws {
        for operation in Self.operations {
            let properties = SchemaReader.schema(of: operation).properties
            let whole = Dictionary(uniqueKeysWithValues: properties.map { ($0.name, Self.sample($0.schema)) })
            #expect(try Self.fault(operation, whole) == nil, "\(operation): \(whole)")
            for property in properties {
                var values = whole
                values[property.name] = nil
                let missing = try Self.fault(operation, values)
                #expect(
                    (missing != nil) == property.isRequired,
                    "\(operation).\(property.name): \(missing.map { "\($0)" } ?? "")")
                if let missing { #expect(missing.what == "'\(property.name)' is missing") }
                for other in Self.wrong(property.schema) {
                    values[property.name] = other
                    let fault = try Self.fault(operation, values)
                    #expect(
                        fault?.kind == .invalid && fault?.what.contains("'\(property.name)") == true,
                        "\(operation).\(property.name) of \(other): \(fault.map { "\($0)" } ?? "taken")")
                }
            }
        }
    }

    @Test("what stands in a path is always needed, and what is safe changes nothing by its name")
    func routes() {
        for operation in Self.operations {
            let route = operation.route
            let properties = SchemaReader.schema(of: operation).properties
            for name in route.pathParameters {
                let property = properties.first { $0.name == name }
                #expect(property?.isRequired == true, "\(operation): \(name)")
                // One segment of a path is one value.
                if case .list = property?.schema { Issue.record("\(operation): \(name)") }
            }
            #expect(route.path.hasPrefix("/v1/") && !route.path.hasSuffix("/"))
            // A query has no maps and no objects in it.
            guard route.method == .get else { continue }
            for property in properties {
                switch property.schema {
                case .map, .object, .any, .list(.object), .list(.list): Issue.record("\(operation): \(property.name)")
                default: break
                }
            }
        }
    }
}
