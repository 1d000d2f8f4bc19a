import FuzzKit
import Testing

@testable import LinboModel

/// Random and mutated input never crashes a parser, and what it takes holds its promises. Run a failure again with
/// `LINBO_FUZZ_SEED`.
@Suite("Fuzz")
struct FuzzTests {
    @Test func addresses() {
        var fuzz = Fuzz(
            "address", texts: ["10.0.0.1", "255.255.255.255", "fe80::1%eth0", "::ffff:10.0.0.1", "2001:db8::1:0:0:1"],
            spice: "0123456789abcdef.:%")
        for _ in 0..<20_000 {
            let text = fuzz.nextText()
            guard let address = IPAddress(text) else { continue }
            guard IPAddress(address.description) == address, IPAddress(bytes: address.bytes) == address else {
                Issue.record("\(text.debugDescription) became \(address)")
                return
            }
        }
    }

    @Test func macs() {
        var fuzz = Fuzz("mac", texts: ["00:11:22:aA:bB:fF", "00-11-22-33-44-55"], spice: "0123456789abcdefAF:-")
        for _ in 0..<20_000 {
            let text = fuzz.nextText()
            guard let mac = MACAddress(text) else { continue }
            guard MACAddress(mac.description) == mac, MACAddress(bytes: mac.bytes) == mac else {
                Issue.record("\(text.debugDescription) became \(mac)")
                return
            }
        }
    }

    @Test func names() {
        var fuzz = Fuzz("name", texts: ["pc01", "R100-PC01", "win10.qcow2", "Bücherei", "a_b"], spice: "aZ09-_./")
        for _ in 0..<20_000 {
            let text = fuzz.nextText()
            if let name = HostName(text) {
                guard HostName(name.lowercased) == name, name.description == text, !text.contains("/") else {
                    Issue.record("\(text.debugDescription) became \(name)")
                    return
                }
            }
            if let group = GroupName(text),
                group.text.contains("/") || hasControlCharacter(text) || !text.utf8.allSatisfy({ $0 < 128 })
            {
                Issue.record("\(text.debugDescription) is a group")
            }
            if RoomName(text) != nil, text.contains("/") || text.hasPrefix(".") || hasControlCharacter(text) {
                Issue.record("\(text.debugDescription) is a room")
            }
        }
    }

    @Test func productKeys() {
        var fuzz = Fuzz(
            "key", texts: ["BCDFG-HJKMP-QRTVW-XY234-6789N", "vk7jg-bcdfg-hjkmp-qrtvw-xy234"],
            spice: "BCDFGHJKMPQRTVWXY2346789N-")
        for _ in 0..<20_000 {
            let text = fuzz.nextText()
            guard let key = try? ProductKey(text) else { continue }
            guard (try? ProductKey(key.text)) == key, !"\(key)".contains(key.text), key.text.utf8.count == 29 else {
                Issue.record("\(text.debugDescription) became a wrong key")
                return
            }
        }
    }

    @Test func commands() {
        var fuzz = Fuzz(
            "command",
            texts: [
                "partition,format:2,initcache:torrent,sync:1,start:1", #"create_image:1:"a b",upload_image:1,halt"#,
                #"create_qdiff:12:\"x\",noauto,disablegui"#, "label,new:3,postsync:1,prestart:9,poweroff,update,reboot",
            ], spice: #",:"\ 0123noauto"#)
        for _ in 0..<20_000 {
            let text = fuzz.nextText()
            do throws(LinboCommandError) {
                let list = try LinboCommandList(parsing: text)
                let again = try LinboCommandList(parsing: list.text)
                guard again.commands == list.commands, again.text == list.text, !hasControlCharacter(list.text),
                    list.text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).count
                        == list.commands.count
                else {
                    Issue.record("\(text.debugDescription) became \(list.text.debugDescription)")
                    return
                }
            } catch {
                let lines = error.caret(under: text).split(separator: "\n", omittingEmptySubsequences: false)
                guard error.column <= text.count, lines.count == 2 else {
                    Issue.record("\(text.debugDescription): \(error)")
                    return
                }
            }
        }
    }

    @Test func words() {
        var fuzz = Fuzz("word", texts: ["partition", "downloadType"], spice: "abc")
        for _ in 0..<3_000 {
            let word = fuzz.nextText()
            _ = nearestWord(to: word, in: ["partition", "sync", "ä", ""])
        }
    }
}
