import LinboModel
import Testing

@testable import DHCP

/// A school's hosts as the tests want them.
enum Samples {
    static let rows = """
        r1;pc01;win11;52:54:00:00:00:01;10.0.0.11;;;;student;;1
        r1;printer;win11;52:54:00:00:00:02;10.0.0.12;;;;printer;;0
        r1;pc03;2024;52:54:00:00:00:03;DHCP;;;filename "boot/grub/hostcfg/pc03.img", option root-path "/a b";student;;1

        """

    static func devices(_ rows: String, gym: String = "") throws -> Devices {
        let school = try #require(SchoolName("gym"))
        return Devices([
            Devices.parse(Array(rows.utf8), file: "devices.csv", school: .default),
            Devices.parse(Array(gym.utf8), file: "gym.devices.csv", school: school),
        ])
    }

    static func plan(_ server: DHCPServer, _ rows: String = rows, httpBoot: String? = nil) throws -> DHCPPlan {
        DHCPPlan(
            try devices(rows), server: server, nextServer: IPAddress("10.0.0.1"), httpBoot: httpBoot)
    }

    /// One host whose column 7 is `options`.
    static func plan(_ server: DHCPServer, options: String, pxe: Int = 1) throws -> DHCPPlan {
        try plan(server, "r1;pc01;win11;52:54:00:00:00:01;10.0.0.11;;;\(options);student;;\(pxe)\n")
    }

    static func text(_ server: DHCPServer, _ rows: String = rows) throws -> String {
        Rendering(try plan(server, rows)).text
    }
}
