/// A `start.conf.<group>` as LINBO's client reads it (docs/linbo.md#groups). All values are data: nothing is
/// ever evaluated.
package struct StartConf: Sendable {
    /// The `[LINBO]` section; of several the later keys win.
    package let linbo: Settings
    /// In order of appearance; the first one is number 1.
    package let partitions: [Partition]
    /// In order of appearance; the first one is number 1 in LINBO commands.
    package let systems: [OperatingSystem]
    /// Of the whole file; what is wrong with a key leaves its accessor nil.
    package let problems: [Problem]

    /// Without an `[OS]` section the client does not take the file, and uses the copy in its cache.
    package var isMinimal: Bool { systems.isEmpty }

    /// - Parameter file: the name that errors carry.
    package init(parsing bytes: [UInt8], file: String) {
        var reader = StartConfReader(file: file)
        reader.checkEncoding(bytes)
        for line in lines(of: bytes) { reader.read(line) }
        self = reader.finished()
    }

    init(linbo: Settings, partitions: [Partition], systems: [OperatingSystem], problems: [Problem]) {
        self.linbo = linbo
        self.partitions = partitions
        self.systems = systems
        self.problems = problems
    }
}

/// How clients get images.
package enum DownloadType: String, Sendable, Hashable, CaseIterable {
    case rsync, multicast, torrent
}

/// The firmware that a host image is built for.
package enum SystemType: String, Sendable, Hashable, CaseIterable {
    case bios, bios64, efi64
}
