package import HookHost
import LinuxKit

/// An upload whose connection lives, as far as limits ask.
package struct RunningUpload: Sendable, Hashable {
    package let connection: ConnectionID
    package let address: String
    /// The uploader's: its host's name, or its address.
    package let label: String
    package let name: UploadName
    /// How long its connection lives.
    package let age: Duration
    /// What rsync has received of it until now, and what it goes on from.
    package let bytes: Int64
    package let basis: Int64
    /// Something else than a file lies under its name: a directory, with what is in it.
    package let isDirectory: Bool

    package init(
        _ connection: ConnectionID, address: String, label: String, name: UploadName, age: Duration, bytes: Int64,
        basis: Int64 = 0, isDirectory: Bool = false
    ) {
        self.connection = connection
        self.address = address
        self.label = label
        self.name = name
        self.age = age
        self.bytes = bytes
        self.basis = basis
        self.isDirectory = isDirectory
    }

    /// Looks at what lies in the client's directory.
    package init(
        _ connection: ConnectionID, address: String, label: String, name: UploadName, token: UploadToken, asked: Int64,
        in view: String
    ) {
        let file = "\(view)/\(name.path.text)"
        let status = FileStatus(at: file)
        let isBasis = token.stamp != nil && token.stamp == status.map(FileStamp.init)
        self.init(
            connection, address: address, label: label, name: name, age: Self.age(of: connection, asked: asked),
            bytes: PartialTransfer.arriving(at: file) &+ (isBasis ? 0 : status?.size ?? 0),
            basis: token.stamp?.size ?? 0,
            isDirectory: status.map { $0.kind != .regular } ?? false)
    }

    /// By the kernel's clock, which nobody sets, and a daemon that was started later knows it, too.
    private static func age(of connection: ConnectionID, asked: Int64) -> Duration {
        let seconds =
            connection.started == 0
            ? (UnixTime.nowMilliseconds() - asked) / 1000
            : BootClock.seconds - Int64(connection.started / BootClock.ticks)
        return .seconds(max(0, seconds))
    }

    /// What is worth less gives way to what is worth more. ISOs are no image of anybody's; who is in no devices.csv may
    /// be anybody.
    package func worth(_ isKnown: Bool) -> Int {
        switch name {
        case .iso: 0
        case .image, .sidecar: isKnown ? 3 : 1
        case .registration: 2
        }
    }
}

extension UploadName {
    /// What a file of its kind can have at most; nil: as much as limits for all leave.
    var sizeLimit: Int64? {
        switch self {
        case .image, .iso: nil
        case .sidecar(_, let suffix): suffix == ".torrent" ? SetCheck.torrentLimit : SetCheck.textLimit
        case .registration: 64 << 10
        }
    }

    /// A few MiB at most, by a limit of its own.
    package var isSmall: Bool { sizeLimit != nil }

    /// How long it may take, whatever the settings say: small files are sent at once.
    var longest: Duration {
        switch self {
        case .image, .iso: .seconds(86_400 * 30)
        case .sidecar: .seconds(3600)
        case .registration: .seconds(60)
        }
    }
}
