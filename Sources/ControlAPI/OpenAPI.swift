import API
import Foundation

/// The description of the API (OpenAPI 3.1), made from the operations' own types.
enum OpenAPI {
    /// - Parameter version: the program's.
    static func document(_ operations: [any APIOperation.Type], version: String) throws -> Data {
        var paths: [String: [String: Any]] = [:]
        for operation in operations {
            let route = operation.route
            paths[route.path, default: [:]][route.method.rawValue.lowercased()] = description(of: operation)
        }
        return try JSONSerialization.data(
            withJSONObject: [
                "openapi": "3.1.0",
                "info": ["title": "linbo-hookd", "version": version],
                "paths": paths,
                "components": ["schemas": ["Problem": problem]],
            ], options: [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes])
    }

    private static func description(of operation: any APIOperation.Type) -> [String: Any] {
        let route = operation.route
        let inPath = Set(route.pathParameters)
        let properties = SchemaReader.schema(of: operation).properties
        let rest = properties.filter { !inPath.contains($0.name) }
        func parameter(_ property: Schema.Property, _ place: String) -> [String: Any] {
            var parameter: [String: Any] = [
                "name": property.name, "in": place, "schema": property.schema.json,
                "required": place == "path" || property.isRequired,
            ]
            // One text with commas between the values.
            if place == "query" { (parameter["style"], parameter["explode"]) = ("form", false) }
            return parameter
        }
        var parameters = properties.filter { inPath.contains($0.name) }.map { parameter($0, "path") }
        if route.method == .get { parameters += rest.map { parameter($0, "query") } }
        var entry: [String: Any] = [
            "operationId": "\(operation)", "summary": operation.summary,
            "responses": [
                "200": [
                    "description": "done",
                    "content": ["application/json": ["schema": answer(of: operation).json]],
                ],
                "default": [
                    "description": "not done, and why (RFC 9457)",
                    "content": ["application/problem+json": ["schema": ["$ref": "#/components/schemas/Problem"]]],
                ],
            ],
        ]
        if !parameters.isEmpty { entry["parameters"] = parameters }
        if route.method != .get, !rest.isEmpty {
            entry["requestBody"] = [
                "required": rest.contains(where: \.isRequired),
                "content": ["application/json": ["schema": Schema.object(rest).json]],
            ]
        }
        return entry
    }

    private static func answer<Question: APIOperation>(of operation: Question.Type) -> Schema {
        SchemaReader.schema(of: Question.Answer.self)
    }

    private static var problem: [String: Any] { SchemaReader.schema(of: Fault.self).json }
}
