/// One command of LINBO's client, as linbo-remote and the kernel parameter `linbocmd=` give it
/// (docs/linbo.md#boot-commands). Numbers are positions in start.conf, from 1.
package enum LinboCommand: Sendable, Hashable {
    /// Partitions the disk as start.conf says.
    case partition
    /// Gives the partitions their labels.
    case label
    /// One partition, or all.
    case format(Int?)
    /// The client ignores the type and takes start.conf's.
    case initcache(DownloadType?)
    /// Makes the system's disk as its image has it, as far as it differs.
    case sync(Int)
    /// Formats first, then the same.
    case new(Int)
    /// Runs the image's postsync script again.
    case postsync(Int)
    /// Boots the system.
    case start(Int)
    /// Runs the image's prestart script, and boots nothing.
    case prestart(Int)
    /// Makes an image of the system, in the client's cache; the comment describes it.
    case createImage(Int, comment: String?)
    /// The same for a difference to the image that is there.
    case createQdiff(Int, comment: String?)
    /// Sends the image from the cache to the server.
    case uploadImage(Int)
    /// Sends the difference from the cache to the server.
    case uploadQdiff(Int)
    case reboot
    case halt
    case poweroff
    /// Brings LINBO itself in the client's cache up to date.
    case update
    /// The client does nothing by itself at its next boot.
    case noauto
    /// The client shows no buttons at its next boot.
    case disablegui
}

extension LinboCommand: CustomStringConvertible {
    /// As linbo-remote writes it into a file: a comment stands between `\"` and `\"`, backslashes included.
    package var description: String {
        switch self {
        case .format(let number?): "\(word):\(number)"
        case .initcache(let type?): "\(word):\(type.rawValue)"
        case .createImage(let number, let comment?), .createQdiff(let number, let comment?):
            #"\#(word):\#(number):\"\#(comment)\""#
        case .sync(let number), .new(let number), .postsync(let number), .start(let number), .prestart(let number),
            .createImage(let number, nil), .createQdiff(let number, nil), .uploadImage(let number),
            .uploadQdiff(let number):
            "\(word):\(number)"
        default: word
        }
    }

    /// The command's word.
    package var word: String {
        switch self {
        case .partition: "partition"
        case .label: "label"
        case .format: "format"
        case .initcache: "initcache"
        case .sync: "sync"
        case .new: "new"
        case .postsync: "postsync"
        case .start: "start"
        case .prestart: "prestart"
        case .createImage: "create_image"
        case .createQdiff: "create_qdiff"
        case .uploadImage: "upload_image"
        case .uploadQdiff: "upload_qdiff"
        case .reboot: "reboot"
        case .halt: "halt"
        case .poweroff: "poweroff"
        case .update: "update"
        case .noauto: "noauto"
        case .disablegui: "disablegui"
        }
    }

    /// Uploads need the password of the server.
    package var isUpload: Bool {
        switch self {
        case .uploadImage, .uploadQdiff: true
        default: false
        }
    }

    /// Makes an image or sends one: for a single host only (docs/linbo.md#boot-commands).
    package var createsOrUploads: Bool {
        switch self {
        case .createImage, .createQdiff, .uploadImage, .uploadQdiff: true
        default: false
        }
    }

    /// As `linbo_wrapper` takes it for one argument: a comment without signs around it.
    package var argument: String {
        switch self {
        case .createImage(let number, let comment?), .createQdiff(let number, let comment?):
            "\(word):\(number):\(comment)"
        default: description
        }
    }

    /// LINBO ends with it: nothing can be told to the PC afterwards.
    package var leaves: Bool {
        switch self {
        case .start, .reboot, .halt, .poweroff: true
        default: false
        }
    }

    /// Whether the PC is on afterwards, if LINBO ends with it.
    package var comesBack: Bool { self != .halt && self != .poweroff }

    /// What is lost by it, for people; nil: nothing that an image does not bring back.
    package var loss: String? {
        switch self {
        case .partition: "all partitions of the disk"
        case .format(nil): "all partitions of the disk, and what is on them"
        case .format(let number?): "what is on partition \(number)"
        case .new(let number): "what is on the partition of system \(number)"
        case .createImage(let number, _): "the image of system \(number) in the PC's cache"
        case .createQdiff(let number, _): "the qdiff of system \(number) in the PC's cache"
        case .uploadImage(let number): "the image of system \(number) on the server, which gets a backup"
        case .uploadQdiff(let number): "the qdiff of system \(number) on the server, which gets a backup"
        default: nil
        }
    }

    /// No action of its own: it stands last, whatever the order was.
    var isFlag: Bool { self == .noauto || self == .disablegui }
}
