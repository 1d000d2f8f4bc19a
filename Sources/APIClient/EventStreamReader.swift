import API
import Foundation

/// Cuts a stream of server-sent events (the HTML standard, 9.2) into the data of each.
struct EventStreamReader {
    /// Of a line that has not ended yet.
    private var rest = Data()
    /// Of an event that has not ended yet.
    private var data: [Data] = []
    private var size = 0

    /// More than any event has; a socket of another program's might never end one.
    static let limit = 1 << 20

    /// - Returns: the data of those events that are whole now.
    /// - Throws: `Fault` for an event without end.
    mutating func add(_ bytes: Data) throws(Fault) -> [Data] {
        var events: [Data] = []
        var start = bytes.startIndex
        while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
            if let event = take(rest + bytes[start..<end]) { events.append(event) }
            rest = Data()
            start = bytes.index(after: end)
        }
        rest.append(bytes[start...])
        guard rest.count + size <= Self.limit else { throw Fault(.failed, "an event of more than 1 MiB") }
        return events
    }

    /// - Returns: the event's data if it ends with this line.
    private mutating func take(_ line: Data) -> Data? {
        let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
        guard line.isEmpty else {
            guard line.starts(with: "data:".utf8) else { return nil }
            let value = line.dropFirst("data:".utf8.count)
            data.append(Data(value.first == UInt8(ascii: " ") ? value.dropFirst() : value))
            size += value.count
            return nil
        }
        defer { (data, size) = ([], 0) }
        return data.isEmpty ? nil : Data(data.joined(separator: [UInt8(ascii: "\n")]))
    }
}
