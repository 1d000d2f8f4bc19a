import Foundation
import HookHost
import LinboModel
import LinuxKit

/// Changes the file of the hosts that registered themselves; whoever does holds the lock of the schools' directory.
struct NewcomerBook {
    let newcomers: Newcomers

    private static let hour: Int64 = 3_600_000

    /// - Throws: `Refusal` beyond a limit, or while nobody can be noted.
    func checkRoom(for client: Client, _ settings: RegistrationSettings, now: Int64) throws(Refusal) {
        if let fault = newcomers.fault { throw Refusal("nobody can register: \(fault)") }
        let content = newcomers.content
        let recent = content.recent.filter { now - $0.at < Self.hour && $0.at <= now }
        guard recent.count < settings.perHour else {
            throw Refusal(
                "\(recent.count) hosts were registered within an hour (registration.per-hour): try again later")
        }
        let own = recent.filter { $0.by == client.address.description }.count
        guard own < settings.perHourPerAddress else {
            throw Refusal(
                "\(own) hosts were registered from \(client.address) within an hour (registration.per-hour-per-address): "
                    + "try again later")
        }
        let waiting = content.waiting.filter { !newcomers.isImported($0) }.count
        guard waiting < settings.pending else {
            throw Refusal(
                "\(waiting) registered hosts wait for an import (registration.pending): the admin imports devices, or runs "
                    + "linboctl hosts admit")
        }
    }

    /// Notes a host before its row is written: a row that nobody knows to be registered would have rights.
    /// - Throws: `Refusal`, `SystemError`.
    func add(_ newcomer: Newcomer) throws {
        var content = try read()
        content.recent = content.recent.filter { newcomer.at - $0.at < Self.hour && $0.at <= newcomer.at } + [newcomer]
        content.waiting.removeAll { $0.name == newcomer.name && $0.school == newcomer.school }
        content.waiting.append(newcomer)
        try write(content)
    }

    /// - Throws: `Refusal`, `SystemError`.
    func remove(_ isGone: (Newcomer) -> Bool) throws {
        var content = try read()
        let before = content
        content.waiting.removeAll(where: isGone)
        guard content != before else { return }
        try write(content)
    }

    /// What can't be read must not be written anew: those who waited would have rights then.
    private func read() throws -> Newcomers.Content {
        guard FileStatus(at: newcomers.file) != nil else { return Newcomers.Content() }
        let (bytes, _) = try FileBytes.read(newcomers.file, limit: Newcomers.sizeLimit)
        do {
            return try JSONDecoder().decode(Newcomers.Content.self, from: Data(bytes))
        } catch {
            throw Refusal("\(newcomers.file) is broken: the admin removes it after an import of devices")
        }
    }

    private func write(_ content: Newcomers.Content) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try AtomicFile.replace(newcomers.file, with: Array(try encoder.encode(content)), mode: 0o600)
    }
}
