/// `remote:` how PCs that run LINBO are reached, and for how long.
package struct RemoteSettings: Sendable, Hashable {
    /// Of the server's private key, which LINBO accepts; nil: root's own, the first that is there.
    package var key: String?
    /// Of dropbear in LINBO.
    package var port: UInt16 = 2222
    /// So many PCs are at work at the same time.
    package var atOnce = 50
    /// How long a PC that was started or rebooted may take until it is heard of again; zero: nobody waits.
    package var seen: Duration = .seconds(300)
    /// For so long a PC whose connection broke in the middle of a command is looked for.
    package var lost: Duration = .seconds(120)
    /// How long commands may take, by their word; those that are not here have `usualLimits`.
    package var limits: [String: Duration] = [:]
    /// Where what an order's PC said is written, too, as `<host>.linbo-remote`, if the directory is there: upstream's
    /// programs look for it.
    package var logDirectory = "/var/log/linuxmuster/linbo"

    /// What stands in no configuration.
    package init() {}

    /// Where `ssh` itself looks.
    private static let rootKeys = ["id_ed25519", "id_ecdsa", "id_rsa"].map { "/root/.ssh/\($0)" }

    /// - Parameter isThere: whether a file is.
    package func keyFile(_ isThere: (String) -> Bool) -> String {
        key ?? Self.rootKeys.first(where: isThere) ?? Self.rootKeys[0]
    }

    /// Images take hours over a slow network; all else is done in minutes.
    package static let usualLimits: [String: Duration] = [
        "initcache": .seconds(4 * 3600), "sync": .seconds(4 * 3600), "new": .seconds(4 * 3600),
        "create_image": .seconds(6 * 3600), "create_qdiff": .seconds(6 * 3600),
        "upload_image": .seconds(6 * 3600), "upload_qdiff": .seconds(6 * 3600),
        "partition": .seconds(600), "label": .seconds(600), "format": .seconds(1800),
        "postsync": .seconds(1800), "prestart": .seconds(1800), "update": .seconds(1800),
        "start": .seconds(600), "reboot": .seconds(300), "halt": .seconds(300), "poweroff": .seconds(300),
    ]

    /// How long a command may take.
    package func limit(of word: String) -> Duration { limits[word] ?? Self.usualLimits[word] ?? .seconds(3600) }
}
