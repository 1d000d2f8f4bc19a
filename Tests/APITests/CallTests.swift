import API
import Foundation
import Testing

@Suite struct CallTests {
    private struct Ask: APIOperation {
        typealias Answer = [String]
        static let route = Route.get("/v1/pcs/{host}/things")
        static let summary = "Asks."
        var host: String
        var targets: [String]?
        var since: String?
        var limit: Int?
        var all: Bool?
    }

    private struct Tell: APIOperation {
        typealias Answer = [String]
        static let route = Route.post("/v1/images/{name}/rollback")
        static let summary = "Tells."
        var name: String
        var to: String?
    }

    @Test("path and query hold what the value holds, percent-encoded") func get() throws {
        let call = try Call(Ask(host: "a b/ä", targets: ["room:r1", "pc&2"], limit: 5, all: true))
        #expect(call.target == "/v1/pcs/a%20b%2F%C3%A4/things?all=true&limit=5&targets=room%3Ar1%2Cpc%262")
        #expect(call.body == nil && call.method == .get)
        #expect(try Call(Ask(host: "x")).target == "/v1/pcs/x/things")
    }

    @Test("what is told goes as a body") func post() throws {
        let call = try Call(Tell(name: "win11.qcow2", to: "202601010000"))
        #expect(call.target == "/v1/images/win11.qcow2/rollback")
        #expect(call.body == Data(#"{"to":"202601010000"}"#.utf8))
        #expect(throws: Fault.self) { try Call(Tell(name: "")) }
    }

    @Test("a fault comes back as it was, as RFC 9457 has it", arguments: Fault.Kind.allCases)
    func faults(_ kind: Fault.Kind) throws {
        let fault = Fault(kind, "what\nelse", at: "file:1", fix: "fix it")
        let json = try APICoding.encoded(fault)
        #expect(try APICoding.decoded(Fault.self, from: json) == fault)
        let object = try #require(try JSONSerialization.jsonObject(with: json) as? [String: Any])
        #expect(object["type"] as? String == "about:blank" && object["status"] as? Int == fault.status)
        #expect(object["detail"] as? String == "file:1: what\nelse; fix it")
    }

    @Test("what does not fit is named") func decoding() {
        func fault(_ json: String) -> String {
            do {
                _ = try APICoding.decoded(Ask.self, from: Data(json.utf8))
                return "none"
            } catch {
                return error.description
            }
        }
        #expect(fault("{}") == "'host' is missing")
        #expect(fault(#"{"host": 5}"#) == "'host' is no String")
        #expect(fault(#"{"host": "x", "limit": "5"}"#) == "'limit' is no Int")
        #expect(fault("[").hasPrefix("no JSON"))
    }
}
