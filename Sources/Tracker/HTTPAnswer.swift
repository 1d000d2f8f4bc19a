/// Answers by HTTP, whole.
enum HTTPAnswer {
    static func ok(_ body: [UInt8]) -> [UInt8] { bytes("200 OK", body) }

    static func failed(_ failure: HTTPRequest.Failure) -> [UInt8] {
        bytes(failure.rawValue, Array("\(failure.rawValue)\n".utf8))
    }

    private static func bytes(_ status: String, _ body: [UInt8]) -> [UInt8] {
        let fields = ["Content-Type: text/plain", "Content-Length: \(body.count)", "Connection: close"]
        let head = "HTTP/1.1 \(status)\r\n\(fields.joined(separator: "\r\n"))\r\n\r\n"
        return Array(head.utf8) + body
    }
}
