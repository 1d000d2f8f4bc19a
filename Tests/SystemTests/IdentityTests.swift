import Foundation
import Testing

/// Who is who: by address, by MAC for `DHCP` hosts, and nobody else gets anything of a host's own.
@Suite struct IdentityTests {
    @Test func anUnknownClientGetsPlainFilesAndNothingSecret() async throws {
        try await School.open { school in
            try school.write("sync:1\n", to: "srv/linbocmd/127.0.0.201.cmd")
            let result = try await school.pull("start.conf.win11", as: 200)
            #expect(result.status == 0, "\(result)")
            #expect(try await school.pull("images/win11/win11.reg", as: 200).status == 0)
            #expect(try !school.received("win11.reg", by: 200).contains("VVVVV"))
            #expect(try await school.pull("winact/x.winkey", as: 200).status == 23)
            #expect(try await school.pull("linbocmd/127.0.0.201.cmd", as: 200).status == 23)
            try await eventually("why says unknown") {
                let why = try await school.linboctl("why", "127.0.0.201").output
                return why.contains("unknown client") && why.contains("is in no devices.csv")
                    && why.contains("start.conf.win11")
            }
        }
    }

    @Test(arguments: ["dnsmasq", "isc", "kea"])
    func aHostWithDHCPIsFoundByItsLease(_ format: String) async throws {
        let mac = "52:54:00:00:77:01"
        let address = "127.0.0.150"
        var options = School.Options()
        options.extra = "identity:\n  leases:\n    - \(format): {directory}/leases\n"
        try await School.open(options) { school in
            let future = Int(Date().timeIntervalSince1970) + 36_000
            let text =
                switch format {
                case "dnsmasq": "\(future) \(mac) \(address) lab *\n"
                case "isc":
                    "lease \(address) {\n  starts 1 2020/01/01 00:00:00;\n  ends never;\n  binding state active;\n"
                        + "  hardware ethernet \(mac);\n}\n"
                default:
                    "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context\n"
                        + "\(address),\(mac),,3600,\(future),1,0,0,lab,0,\n"
                }
            try school.write(text, to: "leases")
            try school.setHosts([
                School.row(1), "r9;lab;win11;\(mac);DHCP;;\(School.key(9));;classroom-studentcomputer;;1",
            ])
            #expect(try await school.pull("images/win11/win11.reg", as: 149).status == 0)
            #expect(try school.received("win11.reg", by: 149).contains(School.key(9)))
            let explained = try await school.linboctl("explain", address, "images/win11/win11.reg")
            #expect(explained.output.contains("\(mac) in \(school.directory.path)/leases"), "\(explained)")
        }
    }

    @Test func aHostWithDHCPIsFoundByTheNeighbourTable() async throws {
        var options = School.Options()
        options.extra = "identity:\n  neighbours: {directory}/arp\n  leases: []\n"
        try await School.open(options) { school in
            try school.write(
                "IP address       HW type     Flags       HW address            Mask     Device\n"
                    + "127.0.0.150      0x1         0x2         52:54:00:00:77:01     *        eth0\n", to: "arp")
            try school.setHosts(["r9;lab;win11;52-54-00-00-77-01;DHCP;;\(School.key(9));;classroom-studentcomputer;;1"])
            #expect(try await school.pull("images/win11/win11.reg", as: 149).status == 0)
            #expect(try school.received("win11.reg", by: 149).contains(School.key(9)))
        }
    }

    @Test func devicesAreReloadedAndABrokenVersionKeepsTheOld() async throws {
        try await School.open { school in
            try school.setHosts([School.row(1, windowsKey: School.key(33))])
            #expect(try await school.pull("images/win11/win11.reg", as: 1).status == 0)
            #expect(try school.received("win11.reg", by: 1).contains(School.key(33)))
            try school.write([0, 1, 2, 3], to: "schools/default-school/devices.csv")
            #expect(try await school.pull("images/win11/win11.reg", as: 1, into: "again").status == 0)
            #expect(try school.received("win11.reg", by: 1, into: "again").contains(School.key(33)))
            let status = try await school.linboctl("status")
            #expect(status.status == 1 && status.output.contains("devices.csv"), "\(status)")
            #expect(try school.read("hookd.log").contains("devices.csv"))
            let check = try await school.linboctl("check")
            #expect(check.status == 1 && check.output.contains("devices.csv:"), "\(check)")
        }
    }

    @Test func doubledHostsAreToldWithBothLines() async throws {
        try await School.open { school in
            try school.setHosts([School.row(1), School.row(2), School.row(1)])
            let check = try await Command.run(Programs.hookd, ["check", "--config", school.config.path])
            #expect(check.status == 1)
            #expect(check.output.contains("devices.csv:4") && check.output.contains(":2"), "\(check)")
            #expect(try await school.pull("images/win11/win11.reg", as: 2).status == 0)
            #expect(try school.received("win11.reg", by: 2).contains(School.key(2)))
        }
    }
}
