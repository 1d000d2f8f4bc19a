import Testing

@testable import LinboModel

@Suite("LINBO commands")
struct CommandTests {
    @Test(
        arguments: [
            ("partition,label,format,format:2", [.partition, .label, .format(nil), .format(2)]),
            ("initcache,initcache:multicast", [.initcache(nil), .initcache(.multicast)]),
            (
                "sync:1, new:2 ,postsync:3,prestart:99,start:4",
                [.sync(1), .new(2), .postsync(3), .prestart(99), .start(4)]
            ),
            (
                #"create_image:1:"my  text",create_qdiff:2"#,
                [.createImage(1, comment: "my text"), .createQdiff(2, comment: nil)]
            ),
            (#"create_qdiff:1:\"über\",upload_qdiff:1"#, [.createQdiff(1, comment: "über"), .uploadQdiff(1)]),
            (#"create_image:1:"",upload_image:1"#, [.createImage(1, comment: nil), .uploadImage(1)]),
            ("disablegui,noauto,update,noauto,reboot", [.update, .reboot, .noauto, .disablegui]),
            ("label,halt", [.label, .halt]), ("noauto,poweroff", [.poweroff, .noauto]),
        ] as [(String, [LinboCommand])])
    func parses(_ text: String, _ commands: [LinboCommand]) throws {
        let list = try LinboCommandList(parsing: text)
        #expect(list.commands == commands)
        #expect(try LinboCommandList(parsing: list.text).commands == commands)
    }

    @Test func canonicalText() throws {
        let list = try LinboCommandList(parsing: #"noauto, sync:1 ,create_image:2:"a  b""#)
        #expect(list.text == #"sync:1,create_image:2:\"a b\",noauto"#)
        #expect(list.systemNumbers == [.init(number: 1, column: 13), .init(number: 2, column: 29)])
        #expect(try LinboCommandList(parsing: "format:3").partitionNumbers == [.init(number: 3, column: 7)])
    }

    @Test(arguments: [
        ("sync:1", false, false), ("upload_image:1", true, true), ("create_qdiff:1", false, true),
        ("upload_qdiff:2,halt", true, true),
    ])
    func kinds(_ text: String, _ needsPassword: Bool, _ createsOrUploads: Bool) throws {
        let list = try LinboCommandList(parsing: text)
        #expect(list.needsPassword == needsPassword && list.createsOrUploads == createsOrUploads)
    }

    @Test(arguments: [
        ("", 0, "missing"), ("sync:1,", 7, "missing"), (",noauto", 0, "missing"), ("sync:1,,halt", 7, "missing"),
        ("snyc:1", 0, "'sync'"), ("Sync:1", 0, "'sync'"), ("xyzzy", 0, "unknown command"),
        ("linbo:pw,sync:1", 0, "added by the server"),
        ("linbo", 0, "added by the server"), ("sync", 4, "sync:1"), ("sync:", 5, "number"), ("sync:0", 5, "number"),
        ("sync:01", 5, "number"),
        ("sync:100", 5, "1 to 99"), ("sync:99999999999999999999", 5, "number"), ("sync:-1", 5, "number"),
        ("sync:1:2", 6, "comma"),
        ("sync: 1", 5, "number"), ("halt:1", 4, "comma"), ("halt reboot", 5, "comma"),
        ("initcache:torent", 10, "'torrent'"),
        ("initcache:ftp", 10, "rsync, multicast"), ("format:", 7, "number"), ("create_image:1:text", 15, "quotes"),
        (#"create_image:1:"a,b""#, 17, "splits"), (#"create_image:1:"a:b""#, 17, "splits"),
        (#"create_image:1:"a"#, 17, "end"),
        (#"create_image:1:"a\"#, 17, "end"), (#"create_image:1:\"a""#, 18, "end"),
        ("create_image:1:\"a\u{1B}b\"", 17, "control"),
        ("create_image:1:\"a,\u{301}b\"", 17, "splits"), (#"create_image:1:"a$b""#, 17, "shell"),
        (#"create_image:1:"my noauto""#, 16, "obey"), (#"create_image:1:"all *""#, 20, "names of its files"),
        (#"create_image:1:"ok?""#, 18, "names of its files"), (#"create_qdiff:1:"[x]""#, 16, "names of its files"),
        ("sync:1\n", 5, "number"), ("sync:1\u{301}", 5, "number"), ("äöü,sync", 0, "unknown"),
    ])
    func refuses(_ text: String, _ column: Int, _ message: String) throws {
        let error = try some(#expect(throws: LinboCommandError.self) { try LinboCommandList(parsing: text) })
        #expect(error.column == column, "\(error)")
        #expect(error.message.contains(message), "\(error)")
    }

    @Test func caret() throws {
        let text = "format,snyc:1"
        let error = try some(#expect(throws: LinboCommandError.self) { try LinboCommandList(parsing: text) })
        #expect(error.caret(under: text) == "format,snyc:1\n       ^")
        #expect(error.description == "at character 8: unknown command 'snyc'; did you mean 'sync'?")
    }

    @Test func endlessText() {
        let text = Array(repeating: "halt", count: 2_000).joined(separator: ",")
        #expect(throws: LinboCommandError.self) { try LinboCommandList(parsing: text) }
    }
}
