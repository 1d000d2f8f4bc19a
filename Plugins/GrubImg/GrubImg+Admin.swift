package import API
import Foundation
import HookConfig
import HookHost
import HookStore
package import Jobs
import LinboModel
import LinuxKit

// GRUB images of PCs, and kernels that they boot once.

/// Asked by `linboctl grub-img build`. It is a job: the answer comes before the images are made.
package struct BuildImages: APIOperation {
    /// The job's result is a list of these.
    package struct Image: Codable, Sendable {
        /// Hostname, as in devices.csv.
        package let host: String
        /// File name below `boot/grub/hostcfg`, such as `pc01.img`.
        package let file: String
        /// Where it lies on the server; nil: there is none.
        package let path: String?
        /// Size of the image; nil: there is none.
        package let bytes: Int64?
        /// Made now, and not there already.
        package let isNew: Bool
        /// Why there is no image; nil: it is there.
        package let problem: String?
    }
    package typealias Answer = Job
    package static let route = Route.post("/v1/grub-img/build")
    package static let summary = "Makes the images of PCs now, which else are made when they are asked for."

    /// Hosts, `room:NAME`, `group:NAME`; by default all that boot over the network.
    package var targets: [String]?
    /// By default the group's SystemType decides.
    package var platform: Platform?
}

/// Asked by `linboctl grub-img reboots`.
package struct GetReboots: APIOperation {
    package typealias Answer = [RebootEntry]
    package static let route = Route.get("/v1/reboots")
    package static let summary = "Kernels that PCs asked to boot once: what waits, or is uncertain."

    /// What is over, too.
    package var all: Bool?
}

/// Asked by `linboctl grub-img reboot-again`. The old entry stays; what waits then has a number of its own.
package struct RepeatReboot: APIOperation {
    package typealias Answer = RebootEntry
    package static let route = Route.post("/v1/reboots/{number}/repeat")
    package static let summary = "Lets a PC boot a kernel again, which it may have booted."

    /// `RebootEntry.id`, of one that is over or uncertain.
    package var number: Int64
    /// How long it waits, such as `10m`.
    package var expires: String?
}

extension GrubImg: Administered, JobProvider {
    /// Work on the database; images are made by a job.
    package static let operations: [OperationOf<GrubImg>] = [
        OperationOf(BuildImages.self) { plugin, question, actor in try plugin.wantBuild(question, by: actor) },
        OperationOf(GetReboots.self) { plugin, question, _ in
            let journal = RebootJournal(database: try plugin.context.database().database)
            try journal.settle(now: UnixTime.now())
            return try journal.list(all: question.all ?? false)
        },
        OperationOf(RepeatReboot.self) { plugin, question, actor in
            try plugin.repeatReboot(question, by: actor)
        },
    ]

    private func repeatReboot(_ question: RepeatReboot, by actor: Actor) throws -> RebootEntry {
        let store = try context.database()
        let journal = RebootJournal(database: store.database)
        let span = try question.expires.map { text throws(Fault) in
            guard let span = Duration(parsing: text) else {
                throw Fault(.invalid, "\(quoted(text)) is no span of time", at: "expires", fix: "write 10m or 12h")
            }
            return span.milliseconds / 1000
        }
        guard let old = try journal.entry(question.number) else {
            throw Fault(.missing, "no reboot has the number \(question.number)")
        }
        guard old.state != .waiting, old.state != .opened else {
            throw Fault(.conflict, "reboot \(question.number) waits already")
        }
        let now = UnixTime.now()
        let row = AuditEntry("reboot again", by: actor, host: old.host, subject: old.kernel, detail: old.grub)
        let number = try store.record([row]) { database in
            try RebootJournal.set(
                database, host: old.host, old.request,
                expires: now + (span ?? Int64(settings.rebootExpires.components.seconds)),
                now: now)
        }
        guard let entry = try journal.entry(number) else { throw Fault(.missing, "reboot \(number) is gone") }
        return entry
    }

    // MARK: Building

    /// `grub-img.build`: makes the images of `BuildImages`, at most an hour long.
    package var jobKinds: [JobKind] {
        [
            JobKind(Self.buildKind, limit: .seconds(3600)) { job, run in
                let question = try job.order(BuildImages.self)
                let images = try await build(question, run)
                let failed = images.filter { $0.problem != nil }
                for image in failed { run.log("\(image.host): \(image.problem ?? "")") }
                return JobResult(
                    note: "\(images.count - failed.count) images of \(images.count) PCs",
                    result: String(decoding: try APICoding.encoded(images), as: UTF8.self))
            }
        ]
    }

    private static let buildKind = "grub-img.build"

    private func wantBuild(_ question: BuildImages, by actor: Actor) throws -> Job {
        context.hosts.refresh()
        // Names that are wrong are told at once.
        _ = try hosts(question)
        let subject = question.targets?.joined(separator: " ") ?? "all"
        let wish = try JobWish(Self.buildKind, subject: subject, order: question)
        let job = try context.database().record([AuditEntry("grub-img build", by: actor, subject: subject)]) {
            try JobQueue.add($0, wish, by: actor.description, now: UnixTime.nowMilliseconds())
        }
        context.jobSignal.send()
        return job
    }

    private func hosts(_ question: BuildImages) throws -> [LinboModel.Host] {
        try question.targets.map { try Targets($0).all(in: context.hosts) }
            ?? context.hosts.devices.hosts.filter { $0.pxe != 0 }
    }

    /// In the order of the hosts; the maker bounds how many are made at once.
    private func build(_ question: BuildImages, _ run: JobRun) async throws -> [BuildImages.Image] {
        context.hosts.refresh()
        let wanted = try hosts(question)
        let runtime = Runtime(plugins: [self], tree: context.tree, logger: context.logger)
        return try await withThrowingTaskGroup(of: (Int, BuildImages.Image).self) { group in
            var rest = wanted.enumerated().makeIterator()
            func next() {
                guard let (index, host) = rest.next() else { return }
                group.addTask {
                    try Task.checkCancellation()
                    return (index, await image(of: host, question, runtime))
                }
            }
            // As many as are made at once: one that is stopped has no more under way.
            for _ in 0..<ProcessInfo.processInfo.activeProcessorCount { next() }
            var rows: [(Int, BuildImages.Image)] = []
            for try await row in group {
                rows.append(row)
                next()
                // One write for each hundredth, however many PCs there are.
                if rows.count * 100 / wanted.count > (rows.count - 1) * 100 / wanted.count {
                    run.progress(rows.count * 100 / wanted.count)
                }
            }
            return rows.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private func image(of host: LinboModel.Host, _ question: BuildImages, _ runtime: Runtime) async -> BuildImages.Image
    {
        let name = "\(host.name.lowercased)\(question.platform?.imageSuffix ?? ".img")"
        func row(_ file: TreeFile?, isNew: Bool = false, _ problem: String? = nil) -> BuildImages.Image {
            .init(
                host: host.name.description, file: name, path: file?.absolutePath, bytes: file?.status.size,
                isNew: isNew, problem: problem)
        }
        do {
            let path = try TreePath("boot/grub/hostcfg/\(name)")
            let ready = try await file(path, host, runtime, intent: .probe)
            var image = ready
            if image == nil { image = try await file(path, host, runtime, intent: .fetch) }
            guard let image else { return row(nil, "no image") }
            return row(image, isNew: ready == nil)
        } catch {
            return row(nil, "\(error)")
        }
    }

    private struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    /// As the host would get it over TFTP.
    private func file(
        _ path: TreePath, _ host: LinboModel.Host, _ runtime: Runtime, intent: Intent
    ) async throws -> TreeFile? {
        let client = Client(
            address: host.address ?? IPAddress(v4: 0), host: host, recognition: .address(host.source))
        let answer = try await runtime.resolveFollowingLinks(
            Request(
                client: client, over: .tftp, path: path, intent: intent,
                connection: ConnectionID(process: getpid(), started: 0)))
        switch answer.content {
        case .file(let file): return file
        case .nothing(let absence) where intent == .fetch: throw Missing(description: absence.description)
        default: return nil
        }
    }
}
