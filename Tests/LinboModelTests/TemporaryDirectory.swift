import Foundation

/// A directory that goes when the test ends.
final class TemporaryDirectory {
    let path: String

    init() throws {
        var template = Array("/tmp/linbo-model-XXXXXX".utf8CString)
        path = String(cString: try some(mkdtemp(&template)))
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a new file and renames it to its place, as careful editors do.
    func write(_ text: String, to name: String) throws {
        try write(Array(text.utf8), to: name)
    }

    func write(_ bytes: [UInt8], to name: String) throws {
        let target = "\(path)/\(name)"
        if let slash = name.utf8.lastIndex(of: UInt8(ascii: "/")) { mkdir("\(path)/\(name[..<slash])", 0o755) }
        let stream = try some(fopen(target + ".new", "w"))
        fwrite(bytes, 1, bytes.count, stream)
        fclose(stream)
        rename(target + ".new", target)
    }

    func remove(_ name: String) { try? FileManager.default.removeItem(atPath: "\(path)/\(name)") }

    func makeDirectory(_ name: String) { mkdir("\(path)/\(name)", 0o755) }

    func makePipe(_ name: String) { mkfifo("\(path)/\(name)", 0o644) }
}
