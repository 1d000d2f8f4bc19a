import Testing

@testable import DHCP

/// Where a server's own configuration reads the generated file.
@Suite struct IncludesTests {
    private static let file = "/etc/dhcp/devices.conf"

    @Test(
        "an include is found as each server reads it",
        arguments: [
            (DHCPServer.isc, "include \"FILE\";\n"), (.isc, "a;include\t\"FILE\" ; # the PCs\n"),
            (.isc, "# include \"FILE\";\nx \"a # b\";\n  include \"FILE\";"),
            (.dnsmasq, "conf-file=FILE"), (.dnsmasq, "a=b\n conf-file = FILE # the PCs\r\n"),
            (.dnsmasq, "dhcp-option=a#b\nconf-file=\"FILE\"\n"), (.dnsmasq, "#conf-file=FILE\nconf-file=FILE\n"),
            (.kea, "{ \"Dhcp4\": {\n<?include \"FILE\"?>\n} }"),
            (.kea, "{ \"a\": \"http://b\", <?include \"FILE\"?> }"),
            (.kea, "/* <?include \"FILE\"?> */ <?include \"FILE\"?>"),
        ])
    func found(_ server: DHCPServer, _ text: String) {
        let made = Includes(text.replacing("FILE", with: Self.file), for: server).replacing(Self.file, with: "/new")
        // What stands in a comment stays.
        let expected = text.split(separator: "FILE", omittingEmptySubsequences: false)
        let parts = expected.dropLast().joined(separator: Self.file) + "/new" + (expected.last ?? "")
        #expect(made == String(parts))
    }

    @Test(
        "a comment, a longer name or another directive is none",
        arguments: [
            (DHCPServer.isc, "include \"FILE.old\";"), (.isc, "# include \"FILE\";"), (.isc, "include \"/old/FILE\";"),
            (.isc, "a; # was: include \"FILE\";"), (.isc, "lease-file-name \"FILE\";"), (.isc, ""),
            (.isc, "preinclude \"FILE\";"), (.dnsmasq, "conf-file=FILE.old"), (.dnsmasq, "#conf-file=FILE"),
            (.dnsmasq, "a=b # conf-file=FILE"), (.dnsmasq, "dhcp-hostsfile=FILE"), (.dnsmasq, "conf-file=/x,FILE"),
            (.dnsmasq, "no-conf-file=FILE"), (.kea, "// <?include \"FILE\"?>"), (.kea, "# <?include \"FILE\"?>"),
            (.kea, "/* \n <?include \"FILE\"?>\n*/"), (.kea, "<?include \"FILE2\"?>"), (.kea, "\"a\": \"FILE\""),
        ])
    func none(_ server: DHCPServer, _ text: String) {
        let includes = Includes(text.replacing("FILE", with: Self.file), for: server)
        #expect(includes.replacing(Self.file, with: "/new") == nil)
    }
}
