/// The head of an HTTP request (RFC 9112), as far as one resource for `GET` needs it.
enum RequestHead: Equatable {
    /// The empty line is still to come.
    case incomplete
    case metrics
    /// Another method than GET.
    case otherMethod
    case notFound
    /// No request, or too long a one.
    case wrong

    static let limit = 8192

    init(_ bytes: [UInt8]) {
        guard let end = Self.end(bytes) else {
            self = bytes.count < Self.limit ? .incomplete : .wrong
            return
        }
        let line = bytes[..<end].prefix { $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: "\n") }
        let words = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard words.count == 3, words[2].starts(with: Array("HTTP/1.".utf8)) else {
            self = .wrong
            return
        }
        guard words[0].elementsEqual("GET".utf8) else {
            self = .otherMethod
            return
        }
        let path = words[1].prefix { $0 != UInt8(ascii: "?") }
        self = path.elementsEqual("/metrics".utf8) ? .metrics : .notFound
    }

    /// Where the empty line begins.
    private static func end(_ bytes: [UInt8]) -> Int? {
        bytes.indices.first { index in
            bytes[index...].starts(with: Array("\r\n\r\n".utf8)) || bytes[index...].starts(with: Array("\n\n".utf8))
        }
    }
}

/// Answers, whole.
enum Answer {
    static func bytes(_ status: String, type: String = "text/plain; charset=utf-8", _ body: String) -> [UInt8] {
        let body = Array(body.utf8)
        let head =
            "HTTP/1.1 \(status)\r\nContent-Type: \(type)\r\nContent-Length: \(body.count)\r\nConnection: close\r\n\r\n"
        return Array(head.utf8) + body
    }
}
