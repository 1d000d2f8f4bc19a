import Glibc
import HookConfig
import HookHost
import LinboModel
import Uploads

/// The two modules of rsyncd that fit a configuration, for `include` in rsyncd.conf(5).
package enum RsyncdConf {
    /// - Parameters:
    ///   - configFile: the configuration, as an absolute path.
    ///   - hook: linbo-hook, as an absolute path.
    package static func text(_ config: Config, configFile: String, hook: String) -> String {
        // Debian's shell would start a program of its own for it, and wait; `exec` saves that.
        let command = [
            "exec", quoted(hook), "--socket", quoted(config.socket), "--config", quoted(configFile), "--wait",
            "\(config.hook.wait.milliseconds)",
        ].joined(separator: " ")
        return """
            # Printed by `linboctl --config \(configFile) rsyncd-conf`; print it anew when that file changes.
            #
            # Among the global settings of rsyncd.conf, where alone they work:
            #   reverse lookup = no      a slow name server would hold up every client; identity goes by address
            #   listen backlog = 256     a room that boots at once; rsyncd's own value is 5
            #
            # About a tenth less CPU time a transfer: start rsyncd with RSYNC_SHELL=\(hook) in its environment
            # (systemd: `systemctl edit rsync`, [Service], Environment=RSYNC_SHELL=\(hook)). linbo-hook then runs its
            # own commands itself and hands all others to /bin/sh.
            #
            # In both modules, so that no connection lasts for ever:
            #   timeout           seconds without a byte in either direction. A PC that writes an image to a slow disk is
            #                     never that quiet, and rsync tells its client to give signs of life in time (since 3.1)
            #   max connections   a bound for memory, some 1 MiB each, not for fairness: linbo-hook lets one address have
            #                     a few only. Who comes beyond it is sent away, so it is more than PCs boot at once: twice
            #                     as many as devices.csv has, where that is more
            # Before a client has named its module no limit of rsyncd's holds: where strangers reach port 873, bound
            # rsync.service itself (systemctl edit rsync: [Service], TasksMax=5000, MemoryMax=4G).

            [linbo]
                comment = LINBO, each client its own
                path = \(config.linbo.views)/views/%RSYNC_HOST_ADDR%
                read only = yes
                list = yes
                use chroot = no
            \(limits(config))\
            \(identity(config.rsync.user, config.rsync.group))\
                early exec = \(command) early
                pre-xfer exec = \(command) pre
                post-xfer exec = \(command) post

            [linbo-upload]
                comment = LINBO uploads
                path = \(config.uploadPaths.base)/views/%RSYNC_HOST_ADDR%
                read only = no
                write only = yes
                list = no
                use chroot = no
            \(limits(config))\
            \(identity("root", "root"))\
                auth users = linbo
                secrets file = \(config.rsync.secrets)
                refuse options = \(refused)
                munge symlinks = yes
                early exec = \(command) early
                pre-xfer exec = \(command) pre
                post-xfer exec = \(command) post

            """
    }

    /// All options but those that an upload of a file needs: LINBO's client sends `-lHogDtpr --partial`
    /// (docs/linbo.md#what-is-uploaded), admins also the others. What is left out has rsync write elsewhere than into a
    /// temporary file beside the target, brings in what the client did not send, or gives the file attributes that its
    /// name alone does not tell of: owners by map, access control lists, extended attributes, capabilities; or it has
    /// rsyncd take memory or disk without limit. A list of what is allowed holds for options of later versions, too.
    /// rsync 3.2.0 and later know it.
    private static let refused = "* " + allowed.map { "!\($0)" }.joined(separator: " ")

    private static let allowed = [
        "archive", "hard-links", "copy-links", "partial", "compress*", "zc", "zl", "new-compress", "old-compress",
        "skip-compress", "checksum", "checksum-choice", "cc", "whole-file", "block-size", "sparse", "update",
        "existing",
        "ignore-existing", "ignore-times", "size-only", "modify-window", "numeric-ids", "bwlimit", "timeout",
        "contimeout", "fsync", "max-size", "min-size", "remove-source-files", "verbose", "quiet", "itemize-changes",
        "stats", "progress", "info", "human-readable", "no-*",
    ]

    /// The same for both modules: who hangs at the password prompt counts against the module's, and linbo-hook's own
    /// limits come after it.
    private static func limits(_ config: Config) -> String {
        // What counts connections is locked in a file that only root can make at rsyncd's own place.
        let lock = geteuid() == 0 ? "" : "    lock file = \(config.linbo.views)/rsyncd.lock\n"
        return
            "    timeout = \(config.rsync.timeout.milliseconds / 1000)\n    max connections = \(config.rsync.maxConnections)\n"
            + lock
    }

    /// An rsyncd that is not root can't become anybody else.
    private static func identity(_ user: String, _ group: String) -> String {
        geteuid() == 0 ? "    uid = \(user)\n    gid = \(group)\n" : ""
    }

    /// For the shell that rsyncd runs hooks by.
    static func quoted(_ word: String) -> String {
        let isPlain = word.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "/._-+:@,".utf8.contains(byte)
        }
        return isPlain
            ? word : "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
