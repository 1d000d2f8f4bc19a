#if hasFeature(Embedded)
    import CLibC
#else
    import Glibc
#endif

/// The environment as bytes: what a client sent need not be text.
package enum RawEnvironment {
    /// Entries `NAME=value` whose name begins so.
    package static func entries(prefix: String) -> [[UInt8]] {
        var entries: [[UInt8]] = []
        var cursor = environ
        while let entry = cursor.pointee {
            let bytes = Array(UnsafeRawBufferPointer(start: entry, count: strlen(entry)))
            if bytes.starts(with: prefix.utf8) { entries.append(bytes) }
            cursor += 1
        }
        return entries
    }
}
