import HookHost
import HookTesting
import LinboModel
import Testing

@testable import WindowsKey

@Suite struct KeyFileTests {
    @Test func bothKeysUpperCased() async throws {
        let lab = try Lab()
        let text = try await lab.desk().text("winact/0123.winkey")
        #expect(text == "winkey=\(Sample.windows)\nofficekey=\(Sample.office)\n")
    }

    @Test(arguments: ["a.winkey", "winact/x.winkey", "a/b/c/d.winkey"])
    func anyDirectory(_ path: String) async throws {
        let lab = try Lab()
        #expect(try await lab.desk().text(path)?.hasPrefix("winkey=") == true)
    }

    @Test(arguments: [
        (Sample.office, "", "officekey=\(Sample.office)\n"), ("", Sample.windows, "winkey=\(Sample.windows)\n"),
    ])
    func oneKey(_ office: String, _ windows: String, _ expected: String) async throws {
        let lab = try Lab(devices: "r;pc01;win;00:11:22:33:44:01;127.0.0.2;\(office);\(windows);;;;1\n")
        #expect(try await lab.desk().text("x.winkey") == expected)
    }

    @Test func noKeyAndUnknownClientGetNothing() async throws {
        let lab = try Lab()
        let desk = try lab.desk()
        #expect(try await desk.answer("x.winkey", as: 2).hiddenReason == "pc02 has no key")
        #expect(try await desk.answer("x.winkey", as: 200).hiddenReason == "an unknown client gets no keys")
    }

    @Test func realFilesAreNeverServed() async throws {
        let lab = try Lab()
        try lab.write("winkey=$(reboot)\n", to: "tree/winact/real.winkey")
        let desk = try lab.desk()
        #expect(try await desk.answer("winact/real.winkey").made?.starts(with: "winkey=BBBBB".utf8) == true)
        #expect(try await desk.answer("winact/real.winkey", as: 2).hiddenReason != nil)
        #expect(try await desk.answer("winact/real.winkey", as: 200).hiddenReason != nil)
        #expect(try await desk.answer("winact/real.winkey", manner: .inDirectory).hiddenReason != nil)
        #expect(try await desk.answer("winact/real.winkey", intent: .store).hiddenReason != nil)
    }

    @Test(arguments: [
        "BBBBB-CCCCC-DDDDD-FFFFF-GGGG", "AAAAA-CCCCC-DDDDD-FFFFF-GGGGG", "$(id)", "BBBBB-CCCCC-DDDDD-FFFFF-GGGGG'",
    ])
    func badKeysAreReportedAndNeverSent(_ key: String) async throws {
        let lab = try Lab(devices: "r;pc01;win;00:11:22:33:44:01;127.0.0.2;;\(key);;;;1\n")
        let desk = try lab.desk()
        #expect(try await desk.answer("x.winkey").hiddenReason == "pc01 has no key")
        let problem = try #require(desk.hosts.problems.first)
        #expect(problem.location.file.hasSuffix("devices.csv") && problem.location.line == 1)
        #expect(!problem.description.contains(key))
    }

    @Test func sameSecondsForTheSameBytes() async throws {
        let lab = try Lab()
        let desk = try lab.desk()
        guard case .made(let first) = try await desk.answer("x.winkey").content,
            case .made(let again) = try await desk.answer("x.winkey", intent: .probe).content
        else {
            Issue.record("no key file")
            return
        }
        #expect(first.modified == again.modified && first.bytes == again.bytes && !first.isOneShot)
    }

    /// Upstream greps for the host's name as a word: `pc01` found `r100-pc01` too.
    @Test func defect33OneHostOneKey() async throws {
        let lab = try Lab(
            devices: """
                r1;r100-pc01;win;00:11:22:33:44:09;127.0.0.10;;\(Sample.second);;;;1
                r1;pc01;win;00:11:22:33:44:01;127.0.0.2;;\(Sample.first);;;;1
                """)
        let desk = try lab.desk()
        #expect(try await desk.text("x.winkey") == "winkey=\(Sample.first)\n")
        #expect(try await desk.text("x.winkey", as: 9) == "winkey=\(Sample.second)\n")
    }

    /// Upstream looks into the default school's file only.
    @Test func defect33OtherSchools() async throws {
        let lab = try Lab()
        try lab.write(
            "r;pc01;win;00:11:22:33:55:01;127.0.0.50;;\(Sample.second);;;;1\n", to: "schools/west/west.devices.csv")
        #expect(try await lab.desk().text("x.winkey", as: 49) == "winkey=\(Sample.second)\n")
    }
}
