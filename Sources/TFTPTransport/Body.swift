import CLinux
import Glibc
import HookHost
import Synchronization

/// What a transfer sends: bytes at one place of memory that stays while anybody holds this.
///
/// A file is mapped, never copied, and only the kernel reads the mapping, in `sendmsg`: a file that was cut off makes
/// that call fail with EFAULT where a read of our own would end the daemon with SIGBUS.
///
/// `@unchecked`: nobody writes to the memory, and it is given back in `deinit` alone.
final class Body: @unchecked Sendable {
    let start: UnsafeRawPointer
    let count: Int
    private let file: File?
    /// Bytes that were sent since the mapping's pages were dropped from this process.
    private let sent = Atomic<Int>(0)

    private struct File {
        let descriptor: Int32
        let status: FileStatus
    }

    /// The pages that a mapping has touched count as this process's memory; past this much they are let go. They stay
    /// in the page cache.
    private static let dropInterval = 16 << 20

    /// Bytes that were made for a client.
    init(_ bytes: [UInt8]) {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: max(bytes.count, 1), alignment: 16)
        bytes.withUnsafeBytes {
            memory.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(memory), byteCount: $0.count)
        }
        start = UnsafeRawPointer(memory)
        count = bytes.count
        file = nil
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

    func hasSent(_ bytes: Int) {
        guard file != nil, sent.add(bytes, ordering: .relaxed).newValue > Self.dropInterval else { return }
        sent.store(0, ordering: .relaxed)
        clinux_drop_pages(start, count)
    }
}
