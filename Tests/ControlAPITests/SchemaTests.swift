import API
import Control
import Foundation
import HookHost
import HookStore
import LinboHookd
import Testing

@testable import ControlAPI

@Suite struct SchemaTests {
    private struct Inner: Codable {
        var word: Word
        var list: [Int64]
    }

    private enum Word: String, Codable, CaseIterable { case one, two }

    private struct Outer: Codable {
        var text: String
        var number: Int?
        var flag: Bool
        var inner: Inner
        var map: [String: Double]
    }

    @Test("a type's form is what its own decoding asks for") func forms() {
        #expect(
            SchemaReader.schema(of: Outer.self)
                == .object([
                    .init(name: "text", schema: .string, isRequired: true),
                    .init(name: "number", schema: .integer, isRequired: false),
                    .init(name: "flag", schema: .boolean, isRequired: true),
                    .init(
                        name: "inner",
                        schema: .object([
                            .init(name: "word", schema: .choice(["one", "two"]), isRequired: true),
                            .init(name: "list", schema: .list(.integer), isRequired: true),
                        ]), isRequired: true),
                    .init(name: "map", schema: .map(.number), isRequired: true),
                ]))
    }

    @Test("openapi.json has each operation once, with all that its types hold") func document() throws {
        let plugins = pluginRegistry.flatMap { type in
            (type as? any Administered.Type)?.handlers(among: { [] }, file: "").map(\.operation) ?? []
        }
        let operations = Control.operations.map(\.operation) + plugins
        #expect(Set(operations.map { "\($0.route)" }).count == operations.count, "each route once")
        for operation in operations {
            #expect(SchemaReader.isWhole(operation), "\(operation): parts of it can't be seen")
            #expect(SchemaReader.isWhole(Self.answer(of: operation)), "\(operation): parts of its answer can't be seen")
            #expect(operation.summary.hasSuffix(".") || operation.summary.hasSuffix("?"), "\(operation)")
        }
        let page = try String(
            contentsOf: URL(filePath: #filePath).appending(path: "../../../docs/api.md").standardized, encoding: .utf8)
        for operation in operations {
            #expect(page.contains("`\(operation.route)`"), "docs/api.md lacks \(operation.route)")
        }
        for kind in Event.Kind.allCases {
            #expect(page.contains("`\(kind.rawValue)`"), "docs/api.md lacks \(kind.rawValue)")
        }
        let json = try OpenAPI.document(operations, version: "1")
        let object = try #require(try JSONSerialization.jsonObject(with: json) as? [String: Any])
        let paths = try #require(object["paths"] as? [String: [String: Any]])
        #expect(paths.values.map(\.count).reduce(0, +) == operations.count)
        #expect(object["openapi"] as? String == "3.1.0")
    }

    private static func answer<Question: APIOperation>(of operation: Question.Type) -> any Decodable.Type {
        Question.Answer.self
    }
}
