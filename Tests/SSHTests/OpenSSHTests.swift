import Foundation
import HookTesting
import LinboModel
import SSH
import Testing

/// Sessions with OpenSSH, which LINBO may have one day, and other systems have now.
@Suite struct OpenSSHTests {
    @Test(
        "commands, files and statuses are as with dropbear, whatever key it shows",
        arguments: ["ed25519", "ecdsa", "rsa"])
    func sessions(type: String) async throws {
        try await Lab.open { lab in
            let directory = lab.directory.appending(path: "openssh")
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            try FileManager.default.createDirectory(atPath: "/run/sshd", withIntermediateDirectories: true)
            let hostKey = directory.appending(path: "host").path
            let made = try await Command.run("/usr/bin/ssh-keygen", ["-q", "-t", type, "-N", "", "-f", hostKey])
            #expect(made.status == 0, "\(made)")
            let port = try FreePort.next()
            let options = [
                "ListenAddress=127.0.1.40", "Port=\(port)", "HostKey=\(hostKey)", "UsePAM=no", "StrictModes=no",
                "PermitRootLogin=yes", "AuthorizedKeysFile=\(lab.pcs.key.path).pub", "PidFile=none",
            ]
            let server = try Server(
                "/usr/sbin/sshd", ["-D", "-e", "-f", "/dev/null"] + options.flatMap { ["-o", $0] },
                log: directory.appending(path: "sshd.log"))
            defer { server.kill() }
            let address = try #require(IPAddress("127.0.1.40"))
            let key = try await PrivateKey(file: lab.pcs.key.path)
            var session: SSHSession?
            try await eventually("sshd listens") {
                if server.hasEnded { throw NeverCame(description: server.logged) }
                session = try? await SSHSession.open(
                    .init(address, port: port), key: key, within: .seconds(60), trusts: { $0.type.contains(type) })
                return session != nil
            }
            let open = try #require(session)
            #expect(try await open.ran("echo one; echo two >&2; exit 3") == ("one\ntwo\n", 3))
            let path = directory.appending(path: "it's").path
            try await open.write(Array("secret".utf8), to: path, within: .seconds(60))
            #expect(try await open.read(path, most: 100, within: .seconds(60)) == Array("secret".utf8))
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }
    }
}
