import Foundation
import HookHost
import LinboModel
import LinuxKit
import Registration
import Synchronization
import Testing

@Suite("Registrations at the same time")
struct RegistrationRaceTests {
    @Test("Many at once: every row once, none lost") func manyHosts() async throws {
        let schools = try TestSchools()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 100..<140 {
                group.addTask {
                    let new = row("pc\(number)", mac: "00:11:22:33:55:\(number - 90)", address: "10.0.1.\(number)")
                    try schools.register(new, as: "pc\(number).new")
                }
            }
            try await group.waitForAll()
        }
        let devices = Devices.parse(schools.bytes(), file: "devices.csv", school: .default)
        #expect(devices.problems.isEmpty)
        let names = ["pc10", "pc11"] + (100..<140).map { "pc\($0)" }
        #expect(devices.hosts.map(\.name.description).sorted() == names.sorted())
    }

    @Test("One host twenty times at once: one row") func oneHost() async throws {
        let schools = try TestSchools()
        let taken = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<20 {
                let new = number % 2 == 0 ? row("pc55") : row("pc55", mac: "00:11:22:33:44:56", address: "DHCP")
                group.addTask { (try? schools.register(new, as: "pc55.new")) != nil }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(taken == 1)
        #expect(Devices.parse(schools.bytes(), file: "", school: .default).hosts.count == 3)
    }

    @Test("Other processes with the lock: every row once, and the doubles are seen") func processes() async throws {
        let schools = try TestSchools()
        let file = "\(schools.base)/\(TestSchools.devices)"
        let script = #"n=$(cat "$1"); sleep 0.02; printf '%s\n%s' "$n" "$2" >"$1""#  // reads, waits, writes whole
        let others = try (0..<8).map { number in
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/flock")
            let new = row("other\(number)", mac: "00:11:22:33:66:0\(number)", address: "10.0.2.\(number + 1)")
            process.arguments = ["\(schools.base)/schools", "sh", "-c", script, "sh", file, new]
            try process.run()
            return process
        }
        for number in 10..<20 {
            try schools.register(
                row("own\(number)", mac: "00:11:22:33:77:\(number)", address: "10.0.3.\(number)"),
                as: "own\(number).new")
        }
        for other in others { other.waitUntilExit() }
        #expect(Devices.parse(schools.bytes(), file: "", school: .default).hosts.count == 2 + 8 + 10)
        #expect(throws: Refusal.self) { try schools.register(row("other7"), as: "other7.new") }
    }

    private final class Flag: Sendable {
        let isSet = Atomic<Bool>(false)
    }

    @Test("A host whose file others change meanwhile counts once") func changedMeanwhile() throws {
        var settings = RegistrationSettings()
        settings.perHour = 1
        let schools = try TestSchools(settings: settings)
        let path = "\(schools.base)/\(TestSchools.devices)"
        let isOver = Flag()
        NamedThread.start("another program") {
            var time = 0
            while !isOver.isSet.load(ordering: .relaxed) {
                time += 1
                let times = [timespec(tv_sec: time, tv_nsec: 0), timespec(tv_sec: time, tv_nsec: 0)]
                _ = utimensat(AT_FDCWD, path, times, 0)
            }
        }
        defer { isOver.isSet.store(true, ordering: .relaxed) }
        do { try schools.register(row("pc55"), as: "pc55.new") } catch let refusal as Refusal {
            #expect(refusal.reason.contains("changed by another program"))
        }
        #expect(schools.newcomers.content.recent.count == 1)
    }
}
