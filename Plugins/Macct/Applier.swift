import HookHost
import HookStore
import LinboModel
import LinuxKit

/// Writes images' hashes into accounts, many at once: one search, one transaction, one look whether they are there.
struct Applier: Sendable {
    typealias Entry = MachineAccountEntry

    enum Result: Sendable, Equatable {
        case over(Entry.State, String?)
        /// May go away: the AD is locked, restarts, or does not answer.
        case again(String)
    }

    private struct Task: Sendable {
        let entry: Entry
        let host: HostName
        let hashes: MachineHashes
    }

    private let macct: Macct
    private let directory: ActiveDirectory

    init(_ macct: Macct) {
        self.macct = macct
        directory = ActiveDirectory(tool: SambaTool(sam: macct.settings.sam, timeout: macct.settings.timeout))
    }

    /// - Parameter entries: at most one for each host.
    func apply(_ entries: [Entry]) async -> [(entry: Entry, result: Result)] {
        macct.context.hosts.refresh()
        var results: [(entry: Entry, result: Result)] = []
        var files: [ImageName: Swift.Result<MachineHashes, Unusable>] = [:]
        var tasks: [Task] = []
        for entry in entries {
            do throws(Unusable) {
                tasks.append(try task(entry, &files))
            } catch {
                results.append((entry, error.result))
            }
        }
        guard !tasks.isEmpty else { return results }
        do throws(SambaTool.Failure) {
            return results + (try await write(tasks))
        } catch {
            return results + tasks.map { ($0.entry, .again("\(error)")) }
        }
    }

    // MARK: What is to be written

    private struct Unusable: Error {
        let result: Result
    }

    /// Everything that was checked at the request is checked again: the queue may have held it for long.
    private func task(
        _ entry: Entry, _ files: inout [ImageName: Swift.Result<MachineHashes, Unusable>]
    ) throws(Unusable) -> Task {
        guard let name = HostName(entry.host), let host = macct.context.hosts.devices.host(named: name) else {
            throw Unusable(result: .over(.refused, "\(entry.host) is in no devices.csv any more"))
        }
        guard let image = ImageName(entry.image) else {
            throw Unusable(result: .over(.refused, "no name of an image"))
        }
        if let objection = macct.eligibility.objection(to: image, for: host) {
            throw Unusable(result: .over(.refused, objection))
        }
        let file = files[image] ?? Swift.Result { () throws(Unusable) in try self.hashes(of: image) }
        files[image] = file
        return Task(entry: entry, host: name, hashes: try file.get())
    }

    private func hashes(of image: ImageName) throws(Unusable) -> MachineHashes {
        let path = Captures.file(of: image, macct.context.tree)
        var bytes: [UInt8]
        do {
            let status: FileStatus
            (bytes, status) = try FileBytes.read(path, limit: 4 * MachineHashes.sizeLimit)
            guard status.mode & 0o022 == 0 else {
                wipe(&bytes)
                throw Unusable(result: .over(.refused, "\(path) can be written by others: chmod 600 it"))
            }
        } catch let unusable as Unusable {
            throw unusable
        } catch {
            throw Unusable(result: .over(.failed, "\(image) has no account saved beside it: \(error)"))
        }
        defer { wipe(&bytes) }
        do throws(AccountFile.Failure) {
            return try AccountFile.parse(bytes)
        } catch {
            throw Unusable(result: .over(.refused, "\(path): \(error)"))
        }
    }

    // MARK: Into the AD

    private func write(_ tasks: [Task]) async throws(SambaTool.Failure) -> [(entry: Entry, result: Result)] {
        let before = try await directory.accounts(of: tasks.map(\.host))
        var results: [(entry: Entry, result: Result)] = []
        var changes: [(task: Task, dn: String)] = []
        for task in tasks {
            if let account = before[task.host] {
                if let objection = account.objection {
                    results.append((task.entry, .over(.refused, objection)))
                } else if account.hashes == task.hashes {
                    results.append(
                        (task.entry, .over(.unchanged, "\(account.sAMAccountName) has these hashes already")))
                } else {
                    changes.append((task, account.dn))
                }
            } else {
                results.append((task.entry, .over(.failed, "the AD has no account \(ADAccount.name(of: task.host))")))
            }
        }
        guard !changes.isEmpty else { return results }
        let failures = await replace(changes[...])
        let after = try await directory.accounts(of: changes.map(\.task.host))
        for (task, _) in changes {
            if let account = after[task.host], account.hashes == task.hashes {
                results.append((task.entry, .over(.applied, "\(account.sAMAccountName), read back")))
            } else {
                results.append((task.entry, .again(failures[task.host] ?? "ldbmodify changed nothing")))
            }
        }
        return results
    }

    /// All in one transaction; if that fails, in halves, so that one bad account is no obstacle to the others.
    /// - Returns: why a host's account was not written, as far as a tool said so.
    private func replace(_ changes: ArraySlice<(task: Task, dn: String)>) async -> [HostName: String] {
        do throws(SambaTool.Failure) {
            try await directory.replace(changes.map { ($0.dn, $0.task.hashes) })
            return [:]
        } catch {
            guard changes.count > 1, error.isAboutRecords else {
                return Dictionary(uniqueKeysWithValues: changes.map { ($0.task.host, "\(error)") })
            }
            let middle = changes.startIndex + changes.count / 2
            let first = await replace(changes[..<middle])
            let second = await replace(changes[middle...])
            return first.merging(second) { one, _ in one }
        }
    }
}
