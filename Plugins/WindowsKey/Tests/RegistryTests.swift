import HookHost
import HookTesting
import LinboModel
import LinuxKit
import Testing

@testable import WindowsKey

/// What the transform makes of a text, in each encoding that has all of its characters.
private func transform(
    _ template: [UInt8], domain: String? = "LINUXMUSTER", room: String = "r1", inject: Bool = false,
    windows: String? = Sample.windows
) throws -> Rewrite {
    let transform = RegistryTransform(room: room, group: "win", sambaDomain: domain, injectsRunOnce: inject)
    return transform.apply(to: template, try .sample(windows: windows))
}

enum FileEncoding: String, CaseIterable, Sendable {
    case utf16, utf8, latin1

    func callAsFunction(_ text: String) -> [UInt8] {
        switch self {
        case .utf16: WindowsKeyTests.utf16(text)
        case .utf8: bytes(text)
        case .latin1: WindowsKeyTests.latin1(text)
        }
    }
}

@Suite struct RegistryTests {
    @Test(arguments: FileEncoding.allCases, ["\r\n", "\n"])
    func placeholders(_ encoding: FileEncoding, _ end: String) throws {
        let before = ["ü", #""A"="@@windows_key@@|@@office_key@@""#, #""B"="@@room@@ @@group@@ @@sambadomain@@""#, ""]
        let after = ["ü", #""A"="\#(Sample.windows)|\#(Sample.office)""#, #""B"="R\\\"ä\" win LINUXMUSTER""#, ""]
        let rewrite = try transform(encoding(before.joined(separator: end)), room: "R\\\"ä\"")
        #expect(rewrite.bytes == encoding(after.joined(separator: end)))
        #expect(rewrite.remarks.isEmpty)
    }

    @Test(arguments: [
        "", "\u{0}\u{0}", "{$HostName$} @@hostname@@", "@@", "@@@@", "@@room@", "@@ room@@", "@@@room@@@", "a@b.c",
        "@@@@room@@@@",
        "@@ro om@@", "@@BBBBB-CCCCC-DDDDD-FFFFF-GGGGG@@",
    ])
    func untouched(_ text: String) throws {
        for encoding in FileEncoding.allCases {
            #expect(try transform(encoding(text), inject: true, windows: nil).bytes == nil)
        }
    }

    @Test func unknownPlaceholdersStayWithARemark() throws {
        let rewrite = try transform(bytes("\n@@room@@\n@@raum@@ @@ROOM@@\n"))
        #expect(rewrite.bytes == bytes("\nr1\n@@raum@@ @@ROOM@@\n"))
        #expect(
            rewrite.remarks == [
                "unknown placeholder @@raum@@ in line 3", "unknown placeholder @@ROOM@@ in line 3",
            ])
    }

    @Test func remarksAreLimited() throws {
        let rewrite = try transform(bytes(String(repeating: "@@x@@ ", count: 1000)))
        #expect(rewrite.remarks.count == 21 && rewrite.remarks.last == "980 more remarks on this file")
    }

    @Test func noValueNoText() throws {
        let rewrite = try transform(bytes("<@@windows_key@@><@@sambadomain@@>"), domain: nil, windows: nil)
        #expect(rewrite.bytes == bytes("<><>") && rewrite.remarks.count == 2)
        #expect(rewrite.remarks[0] == "@@windows_key@@ in line 1 replaced by nothing: the host has no value for it")
    }

    @Test func whatLatin1LacksStays() throws {
        let rewrite = try transform(bytes("@@room@@ @@group@@"), room: "Łódź")
        #expect(rewrite.bytes == bytes("@@room@@ win"))
        #expect(rewrite.remarks.first?.hasPrefix("@@room@@ in line 1 left as it is") == true)
        #expect(try transform(bytes("é@@room@@"), room: "Łódź").bytes == bytes("éŁódź"))
        #expect(try transform(utf16("@@room@@"), room: "Łódź").bytes == utf16("Łódź"))
        #expect(try transform(bytes("@@room@@"), room: "ä").bytes == latin1("ä"))
    }

    @Test func oddBytesStay() throws {
        let lone: [UInt8] = [0x00, 0xD8, 0x00, 0x00]
        let odd = utf16("") + lone + utf16("@@group@@").dropFirst(2) + lone + [0x41]
        #expect(try transform(odd).bytes == utf16("") + lone + utf16("win").dropFirst(2) + lone + [0x41])
        #expect(try transform([0xFF, 0x00, 0xC3] + bytes("@@group@@")).bytes == [0xFF, 0x00, 0xC3] + bytes("win"))
        for short: [UInt8] in [[0xFF], [0xFF, 0xFE], [0xFF, 0xFE, 0x40], [0xEF, 0xBB, 0xBF]] {
            #expect(try transform(short).bytes == nil)
        }
    }
}

/// Upstream: any key that ends in `Domain"=` is rewritten, CR is lost, a file with one right and one wrong entry is
/// left alone, UTF-16 never matches.
@Suite struct RegistryDomainTests {
    @Test(arguments: FileEncoding.allCases, ["\r\n", "\n"])
    func defect31EveryDomainAndNothingElse(_ encoding: FileEncoding, _ end: String) throws {
        let before = [
            "Windows Registry Editor Version 5.00", "[HKEY_LOCAL_MACHINE\\SYSTEM]", #""Domain"="OLD""#,
            #""Domain"="LINUXMUSTER""#, #""AltDomain"="OLD""#, #""NV Domain"="OLD""#, #"  "dOMAIN" = "O\"L\\D" ; "x""#,
            #""Domain"=-"#, #""Domain"=- ; gone"#, #"@="Domain""#, #"; "Domain"="OLD""#, #""X"="\"Domain\"=\"OLD\"""#,
            #"[Domain]"#, #""Domain"=hex(1):41,00,\"#, "  42,00,\\", "  00,00", #""Domain"=dword:00000001 ; one"#,
            #""Domain"="#, #""Domain"="OLD""#,
        ]
        var after = before
        after[2] = #""Domain"="LINUXMUSTER""#
        after[6] = #"  "dOMAIN" = "LINUXMUSTER" ; "x""#
        after.replaceSubrange(13...15, with: [after[2]])
        after[14] = #""Domain"="LINUXMUSTER" ; one"#
        after[15] = after[2]
        after[16] = after[2]
        let rewrite = try transform(encoding(before.joined(separator: end)))
        #expect(rewrite.bytes == encoding(after.joined(separator: end)))
        #expect(rewrite.remarks.isEmpty)
    }

    @Test func defect31RightFilesAreNotCopied() async throws {
        let lab = try Lab()
        try lab.write("REGEDIT4\r\n\"Domain\"=\"LINUXMUSTER\"\r\n", to: "tree/images/win/win.reg")
        let answer = try await lab.desk().answer("images/win/win.reg")
        #expect(answer.isFile && answer.trace.steps.map(\.action) == [.passed])
    }

    @Test(arguments: Depth.allCases) func defect31TheFileOnDiskStays(_ depth: Depth) async throws {
        let lab = try Lab()
        let template = bytes("REGEDIT4\r\n\"Domain\"=\"OLD\"\r\n")
        try lab.write(template, to: "tree/images/win/win.reg")
        let text = try await lab.desk().text("images/win/win.reg", over: depth)
        #expect(text == "REGEDIT4\r\n\"Domain\"=\"LINUXMUSTER\"\r\n")
        #expect(try FileBytes.read("\(lab.tree)/images/win/win.reg", limit: 99).bytes == template)
    }

    @Test(arguments: [
        ("\"Domain\"=hex:41,\\\n[HKEY]\n", "\"Domain\"=\"D\"\n[HKEY]\n"),
        ("\"Domain\"=hex:41,\\\n\"B\"=\"c\"\n", "\"Domain\"=\"D\"\n\"B\"=\"c\"\n"),
        ("\"Domain\"=hex:41,\\", "\"Domain\"=\"D\""), ("\"Domain\"=hex:41,\\\n\nx", "\"Domain\"=\"D\"\n\nx"),
        ("\"Domain\"=hex:41,\\ ; more\n 42 ; end\nx", "\"Domain\"=\"D\" ; end\nx"),
    ])
    func brokenDataSwallowsNothing(_ before: String, _ after: String) throws {
        #expect(try transform(bytes(before), domain: "D").bytes == bytes(after))
    }

    @Test func withoutAnEndQuoteItStays() throws {
        let rewrite = try transform(bytes("\"Domain\"=\"a\nb\"\n"))
        #expect(rewrite.bytes == nil)
        #expect(rewrite.remarks == ["\"Domain\" in line 1 left as it is: its value has no end quote"])
    }

    @Test func withoutADomainItStays() throws {
        let rewrite = try transform(bytes("\"Domain\"=\"a\"\n"), domain: nil)
        #expect(rewrite.bytes == nil && rewrite.remarks.count == 1)
    }

    @Test func theSettingWinsOverSetupIni() async throws {
        let lab = try Lab()
        try lab.write("\"Domain\"=\"\"", to: "tree/a.reg")
        #expect(try await lab.desk("sambadomain: OTHER").text("a.reg") == "\"Domain\"=\"OTHER\"")
        #expect(try await lab.desk().text("a.reg") == "\"Domain\"=\"LINUXMUSTER\"")
    }
}

@Suite struct RunOnceTests {
    private static func section(_ end: String) -> String {
        [
            "", #"[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows\CurrentVersion\RunOnce]"#,
            #""LinboProductKey"="C:\\Windows\\System32\\cscript.exe //b C:\\Windows\\System32\\slmgr.vbs /ipk \#(Sample.windows)""#,
            "",
        ].joined(separator: end)
    }

    @Test(arguments: FileEncoding.allCases, ["\r\n", "\n"])
    func addedOnceInTheFilesOwnWay(_ encoding: FileEncoding, _ end: String) throws {
        let template = "REGEDIT4\(end);ü\(end)"
        let once = try #require(try transform(encoding(template), inject: true).bytes)
        #expect(once == encoding(template + Self.section(end)))
        #expect(try transform(once, inject: true).bytes == nil)
    }

    @Test(arguments: [("REGEDIT4", "\r\n"), ("REGEDIT4\n[A]", "\n"), ("REGEDIT4\r\n[A]", "\r\n")])
    func missingLastNewline(_ template: String, _ end: String) throws {
        #expect(try transform(bytes(template), inject: true).bytes == bytes(template + end + Self.section(end)))
    }

    @Test(arguments: [
        "REGEDIT4\n[hkey_local_machine\\software\\Microsoft\\Windows\\CurrentVersion\\RunOnce]\n\"linboproductkey\"=\"x\"\n"
    ])
    func notBesideOneOfTheSameName(_ template: String) throws {
        #expect(try transform(bytes(template), inject: true).bytes == nil)
    }

    @Test(arguments: ["", "no header\n", "\n\n"])
    func notWithoutAHeader(_ template: String) throws {
        let rewrite = try transform(bytes(template), inject: true)
        #expect(rewrite.bytes == nil)
        #expect(rewrite.remarks == ["RunOnce not added: the file does not begin as a registry file"])
    }

    @Test func notWithoutAKeyAndNotUnasked() async throws {
        #expect(try transform(bytes("REGEDIT4\n"), inject: true, windows: nil).bytes == nil)
        let lab = try Lab()
        try lab.write("REGEDIT4\n", to: "tree/a.reg")
        #expect(try await lab.desk().answer("a.reg").isFile)
        #expect(try await lab.desk("inject: runonce").text("a.reg") == "REGEDIT4\n" + Self.section("\n"))
    }
}

@Suite struct PlainTests {
    @Test(arguments: ["a.reg", "unattend.xml"])
    func unknownClients(_ path: String) async throws {
        let lab = try Lab()
        try lab.write("<u><ComputerName/></u>@@room@@", to: "tree/\(path)")
        let answer = try await lab.desk("inject: runonce").answer(path, as: 200)
        #expect(answer.isFile && answer.remarks == ["served plain: an unknown client"])
    }

    @Test(arguments: [("a.reg", 16), ("unattend.xml", 4)])
    func largeFiles(_ path: String, _ limit: Int) async throws {
        let lab = try Lab()
        try lab.write([UInt8](repeating: 0x40, count: limit << 20 + 1), to: "tree/\(path)")
        let answer = try await lab.desk().answer(path)
        #expect(answer.isFile && answer.remarks == ["served plain: larger than \(limit) MiB"])
    }

    @Test func absentFilesDirectoriesAndUploads() async throws {
        let lab = try Lab()
        try lab.write([], to: "tree/directory.reg/x")
        try lab.write("@@room@@", to: "tree/a.reg")
        let desk = try lab.desk()
        guard case .nothing(.missing) = try await desk.answer("no.reg").content,
            case .directory = try await desk.answer("directory.reg").content
        else {
            Issue.record("not as the tree has it")
            return
        }
        #expect(try await desk.answer("a.reg", intent: .store).isFile)
    }
}
