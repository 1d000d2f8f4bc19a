import Foundation
import LinboModel
import Testing

@testable import DHCP

@Suite("DHCP configurations")
struct RenderingTests {
    @Test("ISC: host blocks with their fields in linuxmuster's order") func isc() throws {
        let text = try Samples.text(.isc)
        #expect(
            text.hasSuffix(
                """
                host pc01 {
                  option host-name "pc01";
                  hardware ethernet 52:54:00:00:00:01;
                  fixed-address 10.0.0.11;
                  option extensions-path "win11";
                  option nis-domain "win11";
                }

                host printer {
                  option host-name "printer";
                  hardware ethernet 52:54:00:00:00:02;
                  fixed-address 10.0.0.12;
                  filename "";
                }

                host pc03 {
                  option host-name "pc03";
                  hardware ethernet 52:54:00:00:00:03;
                  option extensions-path "2024";
                  option nis-domain "2024";
                  filename "boot/grub/hostcfg/pc03.img";
                  option root-path "/a b";
                }


                """))
    }

    @Test("dnsmasq: a line for each host, groups and boot files by tag") func dnsmasq() throws {
        let text = try Samples.text(.dnsmasq)
        #expect(
            text.hasSuffix(
                """
                dhcp-host=52:54:00:00:00:01,set:linbo-group-win11,10.0.0.11,pc01
                dhcp-host=52:54:00:00:00:02,set:linbo-off,10.0.0.12,printer
                dhcp-host=52:54:00:00:00:03,set:linbo-group-2024,set:linbo-own,set:linbo-host-pc03,pc03
                dhcp-option-force=tag:linbo-host-pc03,17,"/a b"
                dhcp-boot=tag:linbo-host-pc03,"boot/grub/hostcfg/pc03.img",,10.0.0.1

                """))
        #expect(text.contains("dhcp-option-force=tag:linbo-group-2024,40,\"2024\"\n"))
        #expect(text.contains("\n#dhcp-option-force=tag:linbo-http-x86_64-efi,60,HTTPClient\n"))
    }

    @Test("Kea: JSON with a class for each architecture and a reservation for each host") func kea() throws {
        let kea = try KeaFile(try Samples.text(.kea))
        #expect(kea.reservations.map { $0["hostname"] as? String } == ["pc01", "printer", "pc03"])
        #expect(kea.reservations[0]["ip-address"] as? String == "10.0.0.11")
        #expect(kea.reservations[1]["client-classes"] as? [String] == ["linbo-off"])
        #expect(kea.reservations[2]["boot-file-name"] as? String == "boot/grub/hostcfg/pc03.img")
        #expect(kea.option(40, of: 2) == "2024")
        #expect(kea.option(17, of: 2) == "/a b")
        #expect(kea.classes.count == 5)
    }

    @Test(
        "The same devices make the same bytes; another host changes its own lines only", arguments: DHCPServer.allCases)
    func stable(server: DHCPServer) throws {
        let text = try Samples.text(server)
        #expect(try Samples.text(server) == text)
        let changed = Samples.rows + "r1;pc09;win11;52:54:00:00:00:09;10.0.0.19;;;;student;;1\n"
        let changes = DHCPChanges(from: text, to: try Samples.text(server, changed))
        #expect(changes.added.count == 1)
        #expect(changes.added[0].contains("pc09"))
        #expect(changes.changed.isEmpty && changes.removed.isEmpty)
        let moved = Samples.rows.replacing("10.0.0.11", with: "10.0.0.111")
        let move = DHCPChanges(from: text, to: try Samples.text(server, moved))
        #expect(move.changed.count == 1 && move.added.isEmpty && move.removed.isEmpty)
        #expect(move.lines.contains { $0.hasPrefix("-") && $0.contains("10.0.0.11") })
        #expect(move.lines.contains { $0.hasPrefix("+") && $0.contains("10.0.0.111") })
        #expect(DHCPChanges(from: try Samples.text(server, changed), to: text).removed.count == 1)
    }

    @Test("HTTP boot is there, off, until it is configured", arguments: DHCPServer.allCases)
    func httpBoot(server: DHCPServer) throws {
        let off = Rendering(try Samples.plan(server)).text.split(separator: "\n").filter { $0.contains("http:") }
        #expect(!off.isEmpty)
        #expect(off.allSatisfy { $0.hasPrefix("#") || $0.hasPrefix("  //") })
        let on = Rendering(try Samples.plan(server, httpBoot: "http://10.0.0.1")).text
        #expect(on.contains("http://10.0.0.1/boot/grub/x86_64-efi/core.efi"))
        #expect(on.contains("HTTPClient"))
    }

    @Test("A MAC that stands twice is given to nobody, nor is an address; names have their school's prefix")
    func doubles() throws {
        let rows = """
            r1;pc01;g;52:54:00:00:00:01;10.0.0.11;;;;x;;1
            r1;pc02;g;52:54:00:00:00:01;10.0.0.12;;;;x;;1
            r1;pc03;g;52:54:00:00:00:03;10.0.0.13;;;;x;;1
            r1;pc04;g;52:54:00:00:00:04;10.0.0.13;;;;x;;1

            """
        let devices = try Samples.devices(rows, gym: "r1;pc01;g;52:54:00:00:00:06;DHCP;;;;x;;1\n")
        let text = Rendering(DHCPPlan(devices, server: .dnsmasq, nextServer: nil)).text
        let hosts = text.split(separator: "\n").filter { $0.hasPrefix("dhcp-host") }
        #expect(
            hosts == [
                "dhcp-host=52:54:00:00:00:03,set:linbo-group-g,pc03",
                "dhcp-host=52:54:00:00:00:04,set:linbo-group-g,pc04",
                "dhcp-host=52:54:00:00:00:06,set:linbo-group-g,gym-pc01",
            ])
        #expect(devices.problems.count == 2)
    }

    @Test("A line of the file leads back to its row") func rows() throws {
        for server in DHCPServer.allCases {
            let rendering = Rendering(try Samples.plan(server))
            let lines = rendering.text.split(separator: "\n", omittingEmptySubsequences: false)
            for (index, line) in lines.dropLast().enumerated() {
                let found = try #require(rendering.line(index + 1))
                #expect(found.text == line)
                if line.contains("pc03.img") { #expect(found.source?.line == 3) }
            }
            #expect(rendering.line(lines.count) == nil)
        }
    }
}

/// What Kea would read.
struct KeaFile {
    let classes: [[String: Any]]
    let reservations: [[String: Any]]

    init(_ text: String) throws {
        let lines = text.split(separator: "\n").filter { !$0.drop { $0 == " " }.hasPrefix("//") }
        let json = try JSONSerialization.jsonObject(with: Data("{\(lines.joined(separator: "\n"))}".utf8))
        let members = try #require(json as? [String: Any])
        classes = try #require(members["client-classes"] as? [[String: Any]])
        reservations = try #require(members["reservations"] as? [[String: Any]])
    }

    func option(_ code: Int, of host: Int) -> String? {
        let options = reservations[host]["option-data"] as? [[String: Any]]
        return options?.last { $0["code"] as? Int == code }?["data"] as? String
    }
}
