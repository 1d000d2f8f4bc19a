import CommandLineKit
import Control
import Glibc
import LinboHookd
import LinuxKit
import Remote

/// linbo-ssh and linbo-scp: OpenSSH and rsync, with the server's key, and with the PCs' keys that are trusted here.
struct PCShellCommand {
    private let options: CommonOptions
    private static let client = "/usr/bin/ssh"
    private static let rsync = "/usr/bin/rsync"
    /// What PCs' keys are kept as: all PCs have the same.
    private static let alias = "linbo"
    /// As ssh has it for whatever went wrong before the command ran.
    private static let failed: Int32 = 255

    init(_ options: CommonOptions) {
        self.options = options
    }

    func ssh(_ words: [String]) async -> Int32 {
        let settings = (try? options.load())?.remote ?? RemoteSettings()
        let home = getenv("HOME").map { String(cString: $0) } ?? "/root"
        let file = "\(home)/.ssh/linbo_known_hosts"
        do {
            let keys = try await options.ask(GetHostKeys()).filter(\.isTrusted)
            if keys.isEmpty {
                Terminal.complain(
                    "linbo-ssh: no PC's key is trusted yet: the first one that a PC shows to `linboctl remote` will be")
                return Self.failed
            }
            let text = keys.map { "\(Self.alias) \($0.type) \($0.base64)\n" }.joined()
            try FileTree.makeDirectory("\(home)/.ssh", mode: 0o700)
            try AtomicFile.replace(file, with: Array(text.utf8), mode: 0o600)
        } catch {
            // Without the daemon those count that it trusted last.
            Terminal.complain("linbo-ssh: \(error)")
            guard FileStatus(at: file) != nil else { return Self.failed }
        }
        let key = settings.keyFile { FileStatus(followingLinks: $0) != nil }
        return DropIns.become(Self.client, Self.arguments(words, port: settings.port, key: key, known: file))
    }

    /// Of each option of ssh the first one counts: a caller's `StrictHostKeyChecking=no` does not.
    static func arguments(_ words: [String], port: UInt16, key: String, known file: String) -> [String] {
        let fixed = [
            "Port=\(port)", "User=root", "IdentityFile=\"\(key)\"", "HostKeyAlias=\(alias)",
            "UserKnownHostsFile=\"\(file)\"", "GlobalKnownHostsFile=/dev/null", "StrictHostKeyChecking=yes",
            "UpdateHostKeys=no", "HostKeyAlgorithms=+ssh-rsa",
        ]
        return ["-F", "none"] + fixed.flatMap { ["-o", $0] } + words
    }

    /// rsync, which starts linbo-ssh from where linbo-scp is.
    static func scp(_ words: [String], calledAs path: String) -> Int32 {
        DropIns.become(rsync, copyArguments(words, calledAs: path))
    }

    static func copyArguments(_ words: [String], calledAs path: String) -> [String] {
        let directory = path.lastIndex(of: "/").map { path[...$0] } ?? ""
        // rsync splits this itself, and knows quotes.
        return ["-e", "'\(directory)linbo-ssh'"] + words
    }
}
