import Glibc

/// Files of `/proc`: their size is not known before they are read.
package enum ProcFile {
    /// - Returns: nil if it can't be read.
    package static func read(_ path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        return withUnsafeTemporaryAllocation(byteCount: 16_384, alignment: 8) { buffer in
            while true {
                let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
                guard count > 0 else { return count == 0 ? bytes : nil }
                bytes.append(contentsOf: buffer[..<count])
            }
        }
    }
}
