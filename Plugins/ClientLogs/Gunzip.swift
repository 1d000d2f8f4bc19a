import CZlib

/// Files that come from PCs, so that nobody knows how large they are inside.
enum Gunzip {
    enum Failure: Error, Equatable, CustomStringConvertible {
        case noGzip
        case tooLarge(Int)
        case broken

        var description: String {
            switch self {
            case .noGzip: "it is no gzip file"
            case .tooLarge(let bytes): "it has more than \(bytes) bytes inside"
            case .broken: "it is broken, or ends too early"
            }
        }
    }

    /// The first member of a gzip file; what stands behind it does not count.
    /// - Parameter most: bytes that it may have inside.
    static func bytes(of file: [UInt8], most: Int) throws(Failure) -> [UInt8] {
        guard file.starts(with: [0x1F, 0x8B, 8]) else { throw .noGzip }
        var stream = z_stream()
        guard linbo_gunzip_init(&stream) == Z_OK else { throw .broken }
        defer { inflateEnd(&stream) }
        var file = file
        var output: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        let status = file.withUnsafeMutableBufferPointer { input -> Int32 in
            stream.next_in = input.baseAddress
            stream.avail_in = uInt(clamping: input.count)
            var status = Z_OK
            while status == Z_OK, output.count <= most {
                status = chunk.withUnsafeMutableBufferPointer { room in
                    stream.next_out = room.baseAddress
                    stream.avail_out = uInt(room.count)
                    return inflate(&stream, Z_NO_FLUSH)
                }
                output += chunk[..<(chunk.count - Int(stream.avail_out))]
            }
            return status
        }
        guard output.count <= most else { throw .tooLarge(most) }
        // What ends too early is Z_BUF_ERROR: there is nothing more to read.
        guard status == Z_STREAM_END else { throw .broken }
        return output
    }
}
