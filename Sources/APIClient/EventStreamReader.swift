import Foundation

/// Cuts a stream of server-sent events (the HTML standard, 9.2) into the data of each.
struct EventStreamReader {
    private var rest = Data()
    private var data: [Data] = []

    /// - Returns: the data of those events that are whole now.
    mutating func add(_ bytes: Data) -> [Data] {
        rest.append(bytes)
        var events: [Data] = []
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            let line = rest[rest.startIndex..<end]
            rest = Data(rest[rest.index(after: end)...])
            if line.isEmpty {
                if !data.isEmpty { events.append(Data(data.joined(separator: [UInt8(ascii: "\n")]))) }
                data = []
            } else if line.starts(with: Array("data: ".utf8)) {
                data.append(Data(line.dropFirst("data: ".utf8.count)))
            }
        }
        return events
    }
}
