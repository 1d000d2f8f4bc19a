import Foundation
import FuzzKit
import LinboModel
import Testing

@testable import DHCP

@Suite("DHCP options of column 7")
struct StatementTests {
    @Test("What is known is a value, with or without quotes") func known() throws {
        #expect(try HostStatement("filename \"boot/grub/hostcfg/pc01.img\"") == .filename("boot/grub/hostcfg/pc01.img"))
        #expect(try HostStatement("filename boot/grub/x.img;") == .filename("boot/grub/x.img"))
        #expect(try HostStatement("next-server 10.0.0.9") == .nextServer(IPAddress(v4: 0x0A00_0009)))
        #expect(try HostStatement("max-lease-time 600") == .onlyISC("max-lease-time 600"))
        let option = try HostStatement("option domain-name foo.lan")
        #expect(option == .option(DHCPOption(name: "domain-name", text: "foo.lan")))
    }

    @Test(
        "Nothing breaks out of its block or line, nor reads files or runs programs",
        arguments: [
            "filename \"x\"; } host evil { ", "filename \"x\\\"; }\"", "filename \"x", "option root-path \"a\nb\"",
            "include \"/etc/shadow\"",
            "execute(\"/bin/sh\")", "if true { }", "on commit { }", "option routers 1.2.3.4; option x",
            "filename x # y", "option",
            "option routers", "option routers evil", "option domain-name a b", "next-server www.example.org",
            "filename", "filename \"\"",
            "\"filename\" x", "deny booting", "filename \"\u{FC}\"", "option x (y)", "option interface-mtu 70000",
            "option netbios-node-type -1", "option x {",
            "hardware ethernet 00:11:22:33:44:55",
            "option root-path \"\(String(repeating: "x", count: 256))\"",
            "filename \(String(repeating: "x", count: 128))",
        ])
    func hostile(text: String) throws {
        #expect(throws: StatementError.self) { try HostStatement(text) }
    }

    @Test("What is left out is told with its row and fix") func told() throws {
        let cases: [(server: DHCPServer, options: String, pxe: Int)] = [
            (.isc, "include \"/etc/shadow\"", 1), (.isc, "filename \"x.img\"", 0), (.dnsmasq, "max-lease-time 600", 1),
            (.kea, "option my-own 12", 1), (.dnsmasq, "next-server 10.0.0.9", 1),
        ]
        for (server, options, pxe) in cases {
            let plan = try Samples.plan(server, options: options, pxe: pxe)
            #expect(plan.problems.count == 1, "\(options)")
            #expect(plan.problems.first?.location.line == 1)
            #expect(!Rendering(plan).text.contains("shadow"))
        }
        #expect(try Samples.plan(.isc, options: "option my-own 12").problems.isEmpty)  // dhcpd.conf may define it
        #expect(try Samples.plan(.isc, options: "abcd").problems.isEmpty)  // fewer than five letters are none
    }

    @Test("Column 7 may name another group, and the server of a file") func overrides() throws {
        let options = "option nis-domain other,filename x.img,next-server 10.0.0.9"
        let isc = Rendering(try Samples.plan(.isc, options: options)).text
        #expect(isc.contains("extensions-path \"win11\""))
        #expect(!isc.contains("nis-domain \"win11\""))
        let dnsmasq = Rendering(try Samples.plan(.dnsmasq, options: options)).text
        #expect(dnsmasq.contains("dhcp-boot=tag:linbo-host-pc01,\"x.img\",,10.0.0.9\n"))
        #expect(dnsmasq.contains("tag:linbo-host-pc01,40,\"other\"\n"))
        #expect(!dnsmasq.contains("dhcp-host=52:54:00:00:00:01,set:linbo-group-win11"))
        let kea = try KeaFile(Rendering(try Samples.plan(.kea, options: options)).text)
        #expect(kea.option(40, of: 0) == "other")
        #expect(kea.reservations[0]["next-server"] as? String == "10.0.0.9")
    }

    @Test("dnsmasq takes some names for lease times: they are sent as options") func leaseTimes() throws {
        for name in ["101", "12h", "7d", "infinite", "ignore"] {
            let text = try Samples.text(.dnsmasq, "r1;\(name);g;52:54:00:00:00:01;DHCP;;;;x;;1\n")
            #expect(text.contains("dhcp-host=52:54:00:00:00:01,set:linbo-group-g,set:linbo-host-\(name)\n"))
            #expect(text.contains("tag:linbo-host-\(name),12,\"\(name)\"\n"))
        }
        #expect(
            try Samples.text(.dnsmasq, "r1;12hx;g;52:54:00:00:00:01;DHCP;;;;x;;1\n").contains("linbo-group-g,12hx\n"))
    }

    @Test("Whatever stands in column 7, the files keep their shape") func fuzz() throws {
        var fuzz = Fuzz(
            "column 7",
            texts: [
                "filename \"boot/grub/hostcfg/pc01.img\"", "option routers 10.0.0.1", "next-server 10.0.0.9",
                "max-lease-time 60",
                "option x-y 1:2 \"a\"",
            ], spice: "{}();\"\\#=,:option ")
        for _ in 0..<700 {
            let options = String(decoding: fuzz.next(), as: UTF8.self).filter { $0 != ";" && !$0.isNewline }
            for server in DHCPServer.allCases {
                let text = Rendering(try Samples.plan(server, options: options)).text
                if let wrong = wrong(text, server) {
                    Issue.record("\(options.debugDescription) made \(wrong)")
                    return
                }
            }
        }
    }

    /// - Returns: what is not as every file is.
    private func wrong(_ text: String, _ server: DHCPServer) -> String? {
        let lines = text.split(separator: "\n")
        switch server {
        case .isc:
            guard let start = lines.firstIndex(of: "host pc01 {"), lines.last == "}" else { return text }
            let inner = lines[(start + 1)..<(lines.count - 1)]
            let isRight = inner.allSatisfy { line in
                let bare = line.replacing(/"[^"\\]*"/, with: "")
                return bare.hasSuffix(";") && !bare.dropLast().contains { ";{}\"\\#()=".contains($0) }
            }
            return isRight ? nil : inner.joined(separator: "\n")
        case .dnsmasq:
            let starts = ["dhcp-match=", "dhcp-boot=", "dhcp-option-force=", "dhcp-host=", "#"]
            return lines.first { line in !starts.contains { line.hasPrefix($0) } }.map(String.init)
        case .kea:
            return (try? KeaFile(text))?.reservations.count == 1 ? nil : text
        }
    }
}
