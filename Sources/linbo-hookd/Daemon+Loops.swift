import Foundation
import HookConfig
import HookHost
import HookStore
import Jobs
import LinboHookd
import LinboModel
import LinuxKit
import Logging
import Registration
import RsyncTransport
import Schedule
import Uploads

// What the daemon does again and again, until it is told to end.

extension Daemon {
    /// What is uploaded goes live here, and nowhere else.
    func publishAgainAndAgain(after pause: Duration) async {
        if pause > .zero {
            logger.critical("uploads go live from \(pause) on, so that clients are served until then")
            try? await Task.sleep(for: pause)
        }
        for sentence in assembly.publisher.recover() { logger.warning("uploads: \(sentence)") }
        while !Task.isCancelled {
            let wait = await assembly.publisher.publishDue()
            await assembly.uploadSignal.wait(atMost: wait)
        }
    }

    /// Others are told that an image is another one.
    func tellFollowers() async {
        while !Task.isCancelled {
            await followUps.runWaiting(assembly.config.followUps)
            try? await Task.sleep(for: .seconds(1))
        }
    }

    /// What is found wrong while the daemon runs reaches its log, once each.
    func tellDiagnoses() async {
        var told: Set<Problem> = []
        while !Task.isCancelled {
            // What hosts' files have wrong is told when they are read.
            let own = Set(assembly.hosts.problems)
            let found = Diagnosis(assembly).problems().filter { !own.contains($0) }
            for problem in found where !told.contains(problem) {
                logger.log(level: problem.severity == .error ? .error : .warning, "\(problem)")
            }
            told = Set(found)
            try? await Task.sleep(for: .seconds(300))
        }
    }

    /// Looks each second, in which a client sends a tenth of what is kept free by default.
    func keepLimits() async {
        var watch = UploadWatch(assembly.config.uploads)
        var settings = assembly.config.uploads
        while !Task.isCancelled {
            do {
                if settings != assembly.config.uploads {
                    settings = assembly.config.uploads
                    watch = UploadWatch(settings)
                }
                try assembly.hooks.uploads.keepLimits(&watch)
                try? await Task.sleep(for: .seconds(1))
            } catch {
                logger.error("uploads: \(error)")
                try? await Task.sleep(for: .seconds(30))
            }
        }
    }

    func sweepAgainAndAgain() async {
        var forgotten = ContinuousClock.now - .seconds(3600)
        assembly.hosts.readLeases()
        var swept = await assembly.hooks.clearUp()
        var stalled = StalledConnections(limit: assembly.config.hook.stalled)
        while !Task.isCancelled {
            let limit = assembly.config.hook.stalled
            if limit != stalled.limit { stalled = StalledConnections(limit: limit) }
            try? await Task.sleep(for: assembly.config.hook.sweep)
            assembly.hosts.refresh()
            assembly.hosts.readLeases()
            assembly.hosts.remember()
            swept += await assembly.hooks.sweep()
            assembly.hooks.endStalled(stalled)
            // `once` can send none.
            assembly.uploadSignal.send()
            if swept > 0 { logger.warning("\(swept) connections had died without telling their outcome") }
            swept = 0
            do {
                try assembly.registrar.settle(assembly.hosts.devices)
            } catch {
                logger.error("registered hosts: \(error)")
            }
            if ContinuousClock.now - forgotten >= .seconds(3600) {
                forgotten = .now
                forget()
            }
        }
    }

    /// Retention; boot commands and reboots that nobody fetched in time.
    private func forget() {
        assembly.publisher.forget()
        guard let store = assembly.store else { return }
        do {
            let cutoff = UnixTime.nowMilliseconds() - assembly.config.audit.keep.milliseconds
            let count = try store.audit.forget(before: cutoff)
            if count > 0 {
                logger.info("audit log: \(count) entries were older than \(assembly.config.audit.keep.text)")
            }
            try store.audit.shrink()
            try store.events.forget(before: cutoff)
            try JobQueue(store).forget(before: cutoff)
            try ScheduleBook(store).forget(before: cutoff)
            try store.images.forget()
            for case let plugin as any Stateful in assembly.runtime.plugins { try plugin.forget(before: cutoff) }
        } catch {
            logger.error("retention: \(error)")
        }
    }
}
