package import LinboModel

/// `dhcp:` of the configuration.
package struct DHCPSettings: Sendable {
    /// Which server includes the file.
    package let server: DHCPServer
    /// What the server includes.
    package let file: String
    /// Where boot files are fetched; nil: as `setup.ini` has it.
    package let nextServer: IPAddress?
    /// The server's own configuration, which includes `file`; nil: it is checked without.
    package let main: String?
    /// The program that checks; nil: the server's, wherever it is installed.
    package let checker: String?
    /// The command after a replacement, as an argument list; empty: none.
    package let reload: [String]
    /// The tree by HTTP; nil: HTTP boot is off.
    package let httpBoot: String?

    /// Values as the section's reader checked them; what has a default may be left out there.
    package init(
        server: DHCPServer, file: String, nextServer: IPAddress? = nil, main: String? = nil, checker: String? = nil,
        reload: [String] = [], httpBoot: String? = nil
    ) {
        self.server = server
        self.file = file
        self.nextServer = nextServer
        self.main = main
        self.checker = checker
        self.reload = reload
        self.httpBoot = httpBoot
    }
}
