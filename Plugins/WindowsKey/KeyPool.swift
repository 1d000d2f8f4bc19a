import HookConfig
import HookHost
import HookStore
import LinboModel
import LinuxKit
import Synchronization

/// The pool file, read again when it changes. A file that is gone, unreadable or without a single key keeps the keys
/// of its last good version: hosts hold leases on them.
final class KeyPool: Sendable {
    let path: String
    private let state: Mutex<State>

    private struct State {
        /// Of the last look; nil if there was nothing to look at.
        var status: FileStatus?
        var entries: [KeyPoolFile.Entry]
        var problems: [Problem]
    }

    /// 60,000 keys and more.
    static let sizeLimit = 4 << 20

    /// - Parameter location: of the setting, for the error.
    /// - Throws: `ConfigError` if the file can't be read now.
    init(path: String, at location: SourceLocation) throws(ConfigError) {
        self.path = path
        do {
            let (bytes, status) = try FileBytes.read(path, limit: Self.sizeLimit)
            let file = KeyPoolFile(parsing: bytes, file: path)
            let missing = file.entries.isEmpty ? [Self.empty(path, keepsOld: false)] : []
            state = Mutex(State(status: status, entries: file.entries, problems: missing + file.problems))
        } catch {
            throw ConfigError(
                "the key pool can't be read: \(error)",
                fix: "name a regular file, no symlink, that the daemon may read", at: location)
        }
    }

    /// The keys of a product in the order of the file.
    func keys(_ product: Product) -> [KeyLedger.PoolKey] {
        refreshed().entries.filter { $0.product == product }.map(\.poolKey)
    }

    /// What is wrong with the file, and in it, by line.
    func problems() -> [Problem] { exposure + refreshed().problems }

    private var exposure: [Problem] {
        guard let status = FileStatus(at: path), status.kind == .regular, status.mode & 0o006 != 0 else { return [] }
        return [
            Problem(
                location: SourceLocation(file: path, line: 1),
                what: "every user of this server may read or write the key pool", fix: "chmod 600 \(path)",
                severity: .warning)
        ]
    }

    private func refreshed() -> State {
        let status = FileStatus(at: path)
        return state.withLock { state in
            switch (state.status, status) {
            case (nil, nil): return state
            case (let old?, let new?) where old.isUnchanged(from: new): return state
            default: break
            }
            state = load(status, keeping: state.entries)
            return state
        }
    }

    private func load(_ seen: FileStatus?, keeping old: [KeyPoolFile.Entry]) -> State {
        guard seen != nil else {
            return State(status: nil, entries: old, problems: [kept("the file is gone", fix: "put it back")])
        }
        do {
            let (bytes, status) = try FileBytes.read(path, limit: Self.sizeLimit)
            let file = KeyPoolFile(parsing: bytes, file: path)
            guard file.entries.isEmpty else {
                return State(status: status, entries: file.entries, problems: file.problems)
            }
            let problem = Self.empty(path, keepsOld: !old.isEmpty)
            return State(status: status, entries: old, problems: [problem] + file.problems)
        } catch {
            // No status: new rights, which no time tells of, are seen by the next look.
            return State(
                status: nil, entries: old,
                problems: [kept("the file can't be read: \(error)", fix: "let the daemon read it")])
        }
    }

    private func kept(_ what: String, fix: String) -> Problem {
        Problem(
            location: SourceLocation(file: path, line: 1), what: "\(what); its last keys are kept", fix: fix)
    }

    private static func empty(_ path: String, keepsOld: Bool) -> Problem {
        Problem(
            location: SourceLocation(file: path, line: 1),
            what: "no key in the key pool" + (keepsOld ? "; its last keys are kept" : ""),
            fix: "write lines such as windows;KEY;50;comment")
    }
}
