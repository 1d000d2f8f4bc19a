import API
import APIClient
import FuzzKit
import Testing

/// Parameters on their way through HTTP.
@Suite struct QuestionTests {
    private static func lab() async throws -> APILab {
        let lab = try APILab()
        try await lab.start([Look.handler, Change.handler])
        return lab
    }

    @Test("what is asked arrives as it was, whatever stands in its texts") func roundTrip() async throws {
        let lab = try await Self.lab()
        var fuzz = Fuzz(
            "questions",
            texts: ["torrent:win11.qcow2", "a%41b", "100%", "a+b c", "../x", "ä/ö?#&=;", "%2F..%2f", "\"\\"],
            spice: "%/?#&=+.:;,\\\"'{}[]<>")
        for number in 0..<60 as Range<Int64> {
            let (name, word) = (fuzz.nextText(), fuzz.nextText())
            // Commas part the words of a list, which is one text in a query.
            let words = [word.replacing(",", with: ""), "x"].filter { !$0.isEmpty }
            if !name.isEmpty {
                var look = Look(name: name, words: words, count: number - 30, share: Double(number) / 8)
                (look.flag, look.form) = (number % 2 == 0, number % 3 == 0 ? .long : nil)
                #expect(try await lab.client.ask(look, within: .seconds(60)) == look)
            }
            var change = Change(id: .max - number, text: name, parts: [.init(text: word)])
            change.count = .min + number
            #expect(try await lab.client.ask(change, within: .seconds(60)).change == change)
        }
    }

    @Test(
        "what a query must not have is told by its name",
        arguments: [
            ("count=1.5", "count: '1.5' is no number"), ("count=9223372036854775808", "is no number"),
            ("count=", "is no number"),
            ("share=nan", "share: 'nan' is no number"), ("share=1e999", "is no number"),
            ("flag=yes", "neither true nor false"),
            ("form=LONG", "form: 'LONG' is none of short, long"), ("coutn=1", "'coutn'; did you mean 'count'?"),
            ("zzzzzzzz=1", "known: name, words, count, share, flag, form"), ("=1", "unknown parameter ''"),
            ("a%0Ab=1", "unknown parameter 'a%0Ab'"), ("count=1&count=2", "'count' is given twice; give it once"),
            ("name=b", "'name' is given twice"), ("words=a&words=b", "'words' is given twice"),
        ])
    func queries(_ query: String, _ words: String) async throws {
        let (status, body) = try await Self.lab().ask("GET", "/v1/looks/a?\(query)")
        #expect(status == 400 && body.contains(words) && body.contains("\"kind\":\"invalid\""), "\(body)")
    }

    @Test("a switch without a value is on, and a list without one is empty") func shortForms() async throws {
        let lab = try await Self.lab()
        for (query, flag) in [
            ("flag", true), ("flag=1", true), ("flag=true", true), ("flag=0", false), ("flag=false", false),
        ] {
            let (status, body) = try await lab.ask("GET", "/v1/looks/a?\(query)&words=")
            #expect(status == 200 && body.contains("\"flag\":\(flag)") && body.contains("\"words\":[]"), "\(body)")
        }
    }

    @Test(
        "a body that is none of the command's is told so",
        arguments: [
            ("[", "no JSON object"), ("[1]", "no JSON object"), ("null", "no JSON object"),
            ("\"text\"", "no JSON object"),
            ("{\"text\": \"\\ud800\"}", ""), ("{\"text\": 5}", "'text' is no String"),
            ("{\"text\": {}}", "'text' is no String"),
            ("{\"parts\": {}}", "'parts' is no"), ("{\"parts\": [1]}", "'parts.Index 0' is no"),
            ("{\"parts\": [{}]}", "'parts.Index 0.text' is missing"),
            ("{\"id\": 8}", "'id' is given twice"), ("{\"txt\": \"a\"}", "did you mean 'text'?"),
            ("{\"text\": 1e999}", ""),
            ("{\"count\": 1.5}", "'count' is no Int"), ("{\"count\": 1e30}", "'count' is no Int"),
            ("{\"count\": true}", "'count' is no"),
            ("{\"count\": 9223372036854775808}", ""),
            (String(repeating: "{\"text\":", count: 5000) + "1" + String(repeating: "}", count: 5000), ""),
        ])
    func bodies(_ text: String, _ words: String) async throws {
        let (status, body) = try await Self.lab().ask("POST", "/v1/changes/7", text)
        #expect(status == 400 && body.contains(words) && body.contains("\"kind\":\"invalid\""), "\(body)")
    }

    @Test("any body is a command or a problem, and numbers keep their digits") func fuzz() async throws {
        let lab = try await Self.lab()
        var fuzz = Fuzz(
            "bodies", texts: [#"{"text": "a\u00e4", "parts": [{"text": "b"}]}"#, #"{"text": null, "parts": []}"#],
            spice: "{}[]\",:\\0123456789.eE+-nulltruefalse ")
        for _ in 0..<300 {
            let (status, body) = try await lab.ask("POST", "/v1/changes/9007199254740993", fuzz.nextText())
            #expect(status == 400 || (status == 200 && body.contains("9007199254740993")), "\(status) \(body)")
        }
    }
}
