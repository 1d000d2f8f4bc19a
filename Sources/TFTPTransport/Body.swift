import CLinux
import Glibc
import HookHost
import LinuxKit

/// What a transfer sends: bytes at one place of memory that stays while anybody holds this.
///
/// A file is mapped, never copied, and only the kernel reads the mapping, in `sendmsg`: a file that was cut off makes
/// that call fail with EFAULT where a read of our own would end the daemon with SIGBUS. Used by one engine's thread.
final class Body {
    let start: UnsafeRawPointer
    let count: Int
    private let file: File?
    /// Which chunks of the mapping were sent from since its pages were let go.
    private var touched: [Bool]

    private struct File {
        let descriptor: Int32
        let status: FileStatus
    }

    private static let chunkSize = 1 << 18
    /// What the disk is told of beforehand.
    private static let readAhead = 128 << 20

    /// Bytes that were made for a client.
    init(_ bytes: [UInt8]) {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: max(bytes.count, 1), alignment: 16)
        bytes.withUnsafeBytes {
            memory.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(memory), byteCount: $0.count)
        }
        start = UnsafeRawPointer(memory)
        count = bytes.count
        file = nil
        touched = []
    }

    /// - Throws: `SystemError`; ESTALE if the file at the path is no longer the one that was found there.
    init(_ file: TreeFile) throws(SystemError) {
        let path = file.absolutePath
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { throw SystemError("open", path) }
        guard let status = FileStatus(descriptor: descriptor), status.kind == .regular else {
            close(descriptor)
            throw SystemError("open", path, code: ESTALE)
        }
        count = Int(status.size)
        // An empty file can't be mapped, and needs no memory.
        guard let start = count == 0 ? UnsafeRawPointer(bitPattern: 1) : clinux_map(descriptor, count) else {
            let error = SystemError("mmap", path)
            close(descriptor)
            throw error
        }
        self.start = start
        self.file = File(descriptor: descriptor, status: status)
        touched = [Bool](repeating: false, count: count / Self.chunkSize + 1)
        posix_fadvise(descriptor, 0, off_t(min(count, Self.readAhead)), POSIX_FADV_WILLNEED)
    }

    deinit {
        guard let file else {
            start.deallocate()
            return
        }
        if count > 0 { munmap(UnsafeMutableRawPointer(mutating: start), count) }
        close(file.descriptor)
    }

    /// The bytes themselves, for what was made; a file is not read this way.
    var made: UnsafeRawBufferPointer? {
        file == nil ? UnsafeRawBufferPointer(start: start, count: count) : nil
    }

    func isStill(_ status: FileStatus) -> Bool {
        file?.status.isUnchanged(from: status) ?? false
    }

    /// Whether the file is as it was when it was opened. One that was written to in place is neither the old nor the
    /// new one.
    var isWhole: Bool {
        guard let file else { return true }
        return FileStatus(descriptor: file.descriptor)?.isUnchanged(from: file.status) ?? false
    }

    /// Notes that a part is about to be sent. Pages of a mapping that were sent from count as this process's memory.
    /// - Returns: how many bytes of it are new in that count.
    func touch(_ offset: Int, _ length: Int) -> Int {
        guard file != nil, length > 0 else { return 0 }
        var new = 0
        for chunk in (offset / Self.chunkSize)...((offset + length - 1) / Self.chunkSize) where !touched[chunk] {
            touched[chunk] = true
            new += Self.chunkSize
        }
        return new
    }

    /// Takes the mapping's pages out of this process's memory. They stay in the page cache.
    func letGoOfPages() {
        guard file != nil, count > 0 else { return }
        clinux_drop_pages(start, count)
        for chunk in touched.indices { touched[chunk] = false }
    }
}
