import Foundation
import Glibc
import HookHost
import HookTesting
import LinboModel
import LinuxKit
import Testing

@testable import WindowsKey

private func transform(
    _ template: [UInt8], windows: String? = Sample.windows, join: String? = "lm.lan"
) throws -> Rewrite {
    let file = AnswerFile(computerName: try #require(HostName("pc01")), joinDomain: join)
    return file.apply(to: template, try .sample(windows: windows))
}

/// A file as Windows System Image Manager writes it.
private func answers(key: String, shellKey: String, name: String, domain: String, encoding: String = "utf-8") -> String
{
    """
    <?xml version="1.0" encoding="\(encoding)"?>
    <unattend xmlns="urn:schemas-microsoft-com:unattend" xmlns:wcm="http://schemas.microsoft.com/WMIConfig/2002/State">
        <settings pass="windowsPE">
            <component name="Microsoft-Windows-Setup"><UserData>
                <ProductKey wcm:action="modify"><Key>\(key)</Key><WillShowUI>OnError</WillShowUI></ProductKey>
                <Organization>Käthe &amp; Łódź</Organization>
            </UserData></component>
        </settings>
        <settings pass="specialize">
            <component name="Microsoft-Windows-Shell-Setup">
                <ComputerName>\(name)</ComputerName><ProductKey>\(shellKey)</ProductKey>
            </component>
            <component name="Microsoft-Windows-UnattendedJoin"><Identification>
                <Credentials><Domain>stays</Domain></Credentials><JoinDomain>\(domain)</JoinDomain>
            </Identification></component>
        </settings>
    </unattend>

    """
}

@Suite struct AnswerFileTests {
    private static let before = answers(key: "old", shellKey: "<!-- none -->", name: "*", domain: "<![CDATA[old]]>")
    private static let after = answers(
        key: Sample.windows, shellKey: Sample.windows, name: "pc01", domain: "lm.lan")

    @Test func setsWhatIsThereAndKeepsTheRest() throws {
        #expect(try transform(bytes(Self.before)) == Rewrite(bytes: bytes(Self.after)))
        #expect(try transform(bytes(Self.after)) == Rewrite(bytes: nil))
    }

    @Test(
        "a name that Windows can't have stays as it was, with a remark",
        arguments: [
            ("raum101-lehrer-pc-neu", "21 letters"), ("10001", "a number"),
        ])
    func namesOfWindows(_ name: String, _ words: String) throws {
        let host = try #require(HostName(name))
        let rewrite = AnswerFile(computerName: host, joinDomain: "lm.lan").apply(to: bytes(Self.before), try .sample())
        let text = String(decoding: try #require(rewrite.bytes), as: UTF8.self)
        #expect(text.contains("<ComputerName>*</ComputerName>") && text.contains("lm.lan"))
        #expect(rewrite.remarks.contains { $0.contains("ComputerName stays") && $0.contains(words) })
    }

    @Test func keepsUTF16WithItsMark() throws {
        let before = answers(key: "a", shellKey: "a", name: "a", domain: "a", encoding: "utf-16")
        let after = answers(
            key: Sample.windows, shellKey: Sample.windows, name: "pc01", domain: "lm.lan", encoding: "utf-16")
        #expect(try transform(utf16(before)).bytes == utf16(after))
        #expect(try transform(swapped(utf16(before))).bytes == swapped(utf16(after)))
    }

    @Test(arguments: [
        ([0xEF, 0xBB, 0xBF] + bytes(before), [0xEF, 0xBB, 0xBF] + bytes(after)),
        (
            latin1("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<u>ä<ComputerName/></u>\n"),
            latin1("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<u>ä<ComputerName>pc01</ComputerName></u>\n")
        ),
        (bytes("<u>ä<ComputerName/></u>\n"), bytes("<u>ä<ComputerName>pc01</ComputerName></u>\n")),
        (
            bytes("<?xml version=\"1.0\"?>\n<u>ä<ComputerName/></u>\n"),
            bytes("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<u>ä<ComputerName>pc01</ComputerName></u>\n")
        ),
    ])
    func keepsItsEncoding(_ before: [UInt8], _ after: [UInt8]) throws {
        #expect(try transform(before).bytes == after)
    }

    @Test(arguments: [
        "<u/>", "<u><Computername/></u>", "<x:u xmlns:x='urn:other'><x:ComputerName/></x:u>",
        "<u><ComputerName><a/></ComputerName></u>", "<u><UserData><ProductKey/></UserData></u>",
        "<u><ProductKey><WillShowUI>x</WillShowUI></ProductKey></u>", "<u><ComputerName>pc01</ComputerName></u>",
        "<u ComputerName='x'><!-- <ComputerName/> --></u>",
    ])
    func leavesTheRest(_ template: String) throws {
        #expect(try transform(bytes(template)) == Rewrite(bytes: nil))
    }

    @Test func prefixedNames() throws {
        let file = { (name: String) in
            "<u:u xmlns:u=\"urn:schemas-microsoft-com:unattend\"><u:ComputerName>\(name)</u:ComputerName></u:u>\n"
        }
        #expect(try transform(bytes(file("*"))).bytes == bytes(file("pc01")))
    }

    @Test func withoutAValueItStays() throws {
        let template = bytes("<u><ProductKey>old</ProductKey><JoinDomain>old</JoinDomain></u>")
        #expect(try transform(template, windows: nil, join: nil).bytes == nil)
        #expect(try transform(template, windows: nil, join: "a&b").bytes == nil)
    }

    @Test func whichDomain() async throws {
        let template = bytes("<u><JoinDomain/></u>")
        let expected = { (domain: String) in "<u><JoinDomain>\(domain)</JoinDomain></u>\n" }
        let lab = try Lab()
        try lab.write(template, to: "tree/win/unattend.xml")
        #expect(try await lab.desk("join-domain: x.lan").text("win/unattend.xml") == expected("x.lan"))
        #expect(try await lab.desk().text("win/unattend.xml") == expected("lm.lan"))
        let short = try Lab(setup: "sambadomain = LM\n")
        try short.write(template, to: "tree/a.unattend.xml")
        #expect(try await short.desk().text("a.unattend.xml") == expected("LM"))
        let none = try Lab(setup: "")
        try none.write(template, to: "tree/a.unattend.xml")
        #expect(try await none.desk().answer("a.unattend.xml").isFile)
    }

    private func swapped(_ bytes: [UInt8]) -> [UInt8] {
        stride(from: 0, to: bytes.count, by: 2).flatMap { [bytes[$0 + 1], bytes[$0]] }
    }
}

@Suite struct HostileXMLTests {
    @Test(arguments: [
        ("", 1), ("no xml", 1), ("<u>\n\n<a></u>", 3), ("<u>&none;</u>", 1), ("\n<?xml version='1.0'?><u/>", 2),
        ("<u>\n\u{1}</u>", 2), ("<?xml version='1.0' encoding='none'?><u/>", 1),
    ])
    func malformedIsServedPlain(_ text: String, _ line: Int) throws {
        #expect(try transform(bytes(text)) == Rewrite(remarks: ["served plain: no well-formed XML, line \(line)"]))
    }

    /// The kernel tells of every opening of the file behind the entity.
    @Test func externalEntitiesAreNeverOpened() throws {
        let lab = try Lab()
        try lab.write("<ComputerName/>", to: "secret")
        let secret = "\(lab.directory)/secret"
        let watch = inotify_init1(Int32(IN_NONBLOCK))
        defer { close(watch) }
        #expect(inotify_add_watch(watch, secret, UInt32(IN_OPEN)) > 0)
        let texts = [
            "<!DOCTYPE u [<!ENTITY x SYSTEM \"file://\(secret)\">]><u><ComputerName>&x;</ComputerName></u>",
            "<!DOCTYPE u SYSTEM \"file://\(secret)\"><u><ComputerName/></u>",
            "<!DOCTYPE u [<!ENTITY % x SYSTEM \"file://\(secret)\"> %x;]><u><ComputerName/></u>",
        ]
        for text in texts {
            #expect(try transform(bytes(text)) == Rewrite(remarks: ["served plain: \(XMLTree.Failure.doctype)"]))
        }
        #expect(!hasEvent(watch))
        _ = try FileBytes.read(secret, limit: 99)
        #expect(hasEvent(watch), "the watch sees an opening")
    }

    private func hasEvent(_ watch: Int32) -> Bool {
        var event = [UInt8](repeating: 0, count: 256)
        return read(watch, &event, event.count) > 0
    }

    /// The limit is against a hang, not for speed.
    @Test(.timeLimit(.minutes(10)))
    func billionLaughs() throws {
        var text = "<!DOCTYPE u [<!ENTITY e0 \"ha\">"
        for level in 1...30 {
            text += "<!ENTITY e\(level) \"" + String(repeating: "&e\(level - 1);", count: 10) + "\">"
        }
        let rewrite = try transform(bytes(text + "]><u><ComputerName>&e30;</ComputerName></u>"))
        #expect(rewrite.bytes == nil && rewrite.remarks.first?.hasPrefix("served plain: ") == true)
    }

    @Test func deepNesting() throws {
        let text = String(repeating: "<a>", count: 100_000)
        #expect(try transform(bytes(text)).bytes == nil)
    }

    /// While stderr leads to a file for a moment, other tests may write there too.
    @Test func nothingOnStandardError() throws {
        let lab = try Lab()
        let path = "\(lab.directory)/stderr"
        let saved = dup(STDERR_FILENO)
        let file = open(path, O_RDWR | O_CREAT, 0o600)
        dup2(file, STDERR_FILENO)
        for text in ["<u>&a;", "<!DOCTYPE", "\u{0}", "<?xml encoding='x'?>", "<a:b/>"] {
            _ = try transform(bytes(text))
        }
        fflush(nil)
        dup2(saved, STDERR_FILENO)
        close(file)
        close(saved)
        let written = String(decoding: try FileBytes.read(path, limit: 1 << 20).bytes, as: UTF8.self)
        #expect(!written.contains("error :") && !written.contains("Entity:"), "\(written)")
    }
}
