import HookHost
import LinboModel
import LinuxKit

/// Reads a kept log from its end, or on from where somebody has read to.
struct LogTail {
    /// A place in a log, which stays the same when the log's file is put aside: how many were put aside before that
    /// file was begun, and bytes from its start.
    struct Place: Equatable, CustomStringConvertible {
        let file: Int64
        let offset: Int64

        init(file: Int64, offset: Int64) {
            (self.file, self.offset) = (file, offset)
        }

        init?(_ text: String) {
            let parts = text.split(separator: "-", omittingEmptySubsequences: false)
            guard parts.count == 2, let file = Int64(digits: parts[0]), let offset = Int64(digits: parts[1]) else {
                return nil
            }
            self.init(file: file, offset: offset)
        }

        var description: String { "\(file)-\(offset)" }
    }

    struct Page {
        var lines: [String] = []
        /// Where the next page begins; nil: there is no log.
        var next: Place?
        /// What stood between is not kept any more.
        var hasGap = false
    }

    /// Bytes of a page that goes on from somewhere.
    static let pageSize = 1 << 18
    /// Bytes of the last lines, however many are wanted.
    private static let mostBytes = 8 << 20
    private static let longestLine = 4096
    /// A log is put aside before it is larger, unless a PC's own is.
    private static let fileLimit = 512 << 20

    private struct File {
        let path: String
        let number: Int64
        let size: Int64
    }

    /// Oldest first.
    private let files: [File]

    /// - Parameter place: the host's directory, which nobody changes meanwhile.
    init(in place: String) {
        let count = LogShelf.putAside(in: place)
        files = LogShelf.logs(in: place).compactMap { path, age in
            guard let status = FileStatus(at: path), status.isRegular else { return nil }
            return File(path: path, number: count - age, size: status.size)
        }
    }

    /// The last lines.
    func last(_ count: Int) throws -> Page {
        var text: [UInt8] = []
        var ends = 0
        for file in files.reversed() where ends < count && text.count < Self.mostBytes {
            let bytes = try FileBytes.read(file.path, limit: Self.fileLimit).bytes
            ends += bytes.count { $0 == 0x0A }
            text = bytes + text
        }
        text.removeFirst(max(0, text.count - Self.mostBytes))
        return Page(lines: Self.lines(text[Self.start(of: count, in: text)...]), next: end)
    }

    /// At most a page; whoever got lines asks again.
    func page(after place: Place, lines count: Int) throws -> Page {
        guard let index = files.firstIndex(where: { $0.number == place.file && $0.size >= place.offset })
        else {
            var page = try last(count)
            page.hasGap = true
            return page
        }
        var start = place.offset
        for file in files[index...] {
            let bytes = try FileBytes.read(file.path, limit: Self.fileLimit).bytes
            let rest = bytes.dropFirst(Int(start))
            if !rest.isEmpty {
                var piece = rest.prefix(Self.pageSize)
                if piece.count < rest.count, let end = piece.lastIndex(of: 0x0A) { piece = piece[...end] }
                return Page(
                    lines: Self.lines(piece),
                    next: Place(file: file.number, offset: start + Int64(piece.count)))
            }
            start = 0
        }
        return Page(next: end)
    }

    private var end: Place? {
        files.last.map { Place(file: $0.number, offset: $0.size) }
    }

    /// Where the last lines begin; all of them end with a newline.
    private static func start(of count: Int, in text: [UInt8]) -> Int {
        var left = count
        var index = text.endIndex
        while let end = text[..<index].lastIndex(of: 0x0A) {
            // The newline before the first of them.
            if left == 0 { return end + 1 }
            left -= 1
            index = end
        }
        return text.startIndex
    }

    /// What a PC wrote can't move the cursor of whoever reads it.
    private static func lines(_ text: ArraySlice<UInt8>) -> [String] {
        let whole = text.last == 0x0A ? text.dropLast() : text
        guard !text.isEmpty else { return [] }
        return whole.split(separator: 0x0A, omittingEmptySubsequences: false).map { line in
            printable(
                String(decoding: line.last == 0x0D ? line.dropLast() : line, as: UTF8.self), most: longestLine)
        }
    }
}
