import Torrent

/// The head of an HTTP request (RFC 9112), as far as a tracker needs it.
enum HTTPRequest: Sendable, Hashable {
    /// The empty line is still to come.
    case incomplete
    case announce(AnnounceRequest)
    /// At least one.
    case scrape([InfoHash])
    /// One of the two that the tracker tells its client why it gets nothing.
    case refused(TrackerRefusal)
    /// No request for a tracker.
    case failed(Failure)

    enum Failure: String, Sendable, Hashable, CaseIterable {
        case badRequest = "400 Bad Request"
        case notFound = "404 Not Found"
        case methodNotAllowed = "405 Method Not Allowed"
        case tooLarge = "431 Request Header Fields Too Large"
    }

    /// In bytes.
    static let limit = 8192
    /// Of one scrape; more would not fit in a head.
    static let hashLimit = 300

    /// - Parameters:
    ///   - bytes: all that came until now.
    ///   - known: how many of them were looked at before, and held no end.
    init(parsing bytes: [UInt8], from known: Int = 0) {
        guard Self.hasEnd(bytes, from: known) else {
            self = bytes.count < Self.limit ? .incomplete : .failed(.tooLarge)
            return
        }
        let line = bytes.prefix { $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: "\n") }
        let words = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard bytes.count <= Self.limit else {
            self = .failed(.tooLarge)
            return
        }
        guard words.count == 3, words[2].starts(with: "HTTP/1.".utf8) else {
            self = .failed(.badRequest)
            return
        }
        guard words[0].elementsEqual("GET".utf8) else {
            self = .failed(.methodNotAllowed)
            return
        }
        let mark = words[1].firstIndex(of: UInt8(ascii: "?")) ?? words[1].endIndex
        self.init(path: words[1][..<mark], query: words[1][mark...].dropFirst())
    }

    private init(path: ArraySlice<UInt8>, query: ArraySlice<UInt8>) {
        do throws(TrackerRefusal) {
            if path.elementsEqual("/announce".utf8) {
                self = .announce(try AnnounceRequest(parsing: query))
            } else if path.elementsEqual("/scrape".utf8) {
                self = .scrape(try Self.hashes(query))
            } else {
                self = .failed(.notFound)
            }
        } catch {
            self = .refused(error)
        }
    }

    private static func hashes(_ query: ArraySlice<UInt8>) throws(TrackerRefusal) -> [InfoHash] {
        var hashes: [InfoHash] = []
        for field in QueryFields(query) where field.name == "info_hash" {
            guard hashes.count < hashLimit else { throw .tooMany }
            hashes.append(try AnnounceRequest.hash(field.value))
        }
        // All torrents at once would be a long answer to a short question.
        guard !hashes.isEmpty else { throw .missing("info_hash") }
        return hashes
    }

    /// Whether an empty line is there.
    private static func hasEnd(_ bytes: [UInt8], from known: Int) -> Bool {
        let newline = UInt8(ascii: "\n")
        var index = max(1, known)
        while index < bytes.count {
            if bytes[index] == newline {
                if bytes[index - 1] == newline { return true }
                if index > 1, bytes[index - 1] == UInt8(ascii: "\r"), bytes[index - 2] == newline { return true }
            }
            index += 1
        }
        return false
    }
}
