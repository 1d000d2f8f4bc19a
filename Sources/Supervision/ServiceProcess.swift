import Glibc
import LinuxKit

/// pipe(2) that sets flags as well, in one call; the Glibc module leaves it out.
@_silgen_name("pipe2")
private func pipe2(_ ends: UnsafeMutablePointer<Int32>, _ flags: Int32) -> Int32

/// One run of a service: its process, the leader of a group of its own, and the pipe that it writes to.
final class ServiceProcess {
    let process: Int32
    let output: Int32
    /// What it reads, as it was at its start.
    let input: FileIdentity?
    /// It has closed the pipe, and may run on.
    private(set) var isSilent = false

    /// `setpriv` has the kernel end it when the thread ends that started it: no service outlives a daemon that is
    /// killed.
    private static func starter(_ user: String?) throws(SystemError) -> [String] {
        var words = ["/usr/bin/setpriv", "--pdeathsig", "KILL"]
        if let user, geteuid() == 0 {
            guard let entry = getpwnam(user)?.pointee else { throw SystemError("find user", user, code: ENOENT) }
            words += ["--reuid", "\(entry.pw_uid)", "--regid", "\(entry.pw_gid)", "--clear-groups", "--no-new-privs"]
        }
        return words + ["--"]
    }

    /// To be called by a thread that lives as long as the daemon.
    /// - Throws: `SystemError`.
    init(_ spec: ServiceSpec) throws(SystemError) {
        var ends: [Int32] = [-1, -1]
        guard pipe2(&ends, O_CLOEXEC) == 0 else { throw SystemError("pipe2", spec.name) }
        defer { close(ends[1]) }
        do throws(SystemError) {
            let input = try spec.input.map { path throws(SystemError) in try Self.open(path) }
            defer { if let input { close(input) } }
            self.input = input.flatMap { FileStatus(descriptor: $0) }.map { FileIdentity($0) }
            process = try Spawn.start(
                Self.starter(spec.user) + spec.words, environment: spec.environment.map { "\($0.key)=\($0.value)" },
                input: input, output: ends[1], errors: ends[1], hasGroup: true)
        } catch {
            close(ends[0])
            throw error
        }
        output = ends[0]
        _ = fcntl(output, F_SETFL, O_NONBLOCK)
    }

    deinit { close(output) }

    /// A FIFO or a device that lies there keeps no thread waiting.
    private static func open(_ path: String) throws(SystemError) -> Int32 {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw SystemError("open", path) }
        return descriptor
    }

    /// What it wrote since.
    func read() -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < 1 << 16 {
            let (count, code) = withUnsafeTemporaryAllocation(byteCount: 8192, alignment: 8) { buffer in
                let count = Glibc.read(output, buffer.baseAddress, buffer.count)
                let code = errno
                if count > 0 { bytes.append(contentsOf: buffer[..<count]) }
                return (count, code)
            }
            if count > 0 { continue }
            if count < 0, code == EAGAIN || code == EINTR { break }
            isSilent = true
            break
        }
        return bytes
    }

    /// How a process ended.
    enum End: CustomStringConvertible {
        case status(Int32)
        case signal(Int32)

        var description: String {
            switch self {
            case .status(let status): "it ended with status \(status)"
            case .signal(let number): "signal \(number) ended it"
            }
        }

        var isSuccess: Bool { if case .status(0) = self { true } else { false } }
    }

    /// nil: it runs.
    func reap() -> End? {
        var raw: Int32 = 0
        guard waitpid(process, &raw, WNOHANG) == process else { return nil }
        let signal = raw & 0x7F
        return signal == 0 ? .status((raw >> 8) & 0xFF) : .signal(signal)
    }

    /// To it and all that it started.
    func signal(_ number: Int32) { _ = kill(-process, number) }
}
