import Glibc
import HookHost
import ImageStore
import LinboModel
import LinuxKit

extension SetPublisher {
    /// Finishes what a crash or a power cut has left half done; called once, before anything is published.
    /// - Returns: what was done, in sentences.
    package func recover() -> [String] {
        clear()
        let swaps = store.recover { name, work in
            let journal = FileStatus(at: "\(paths.swap)/\(name)/journal").map { "\($0.inode) \($0.changed)" }
            return try marks.during(.init(.swap, name, version: journal ?? "")) { work() }
        }
        return swaps + unreadable()
            + images(in: paths.due).map { "\($0) was on its way to go live: it goes on" }
            + images(in: paths.sets).map { "\($0) has come in part or whole: it waits for the rest" }
    }

    /// Removes what was written of records (`IMAGE.json.….new`) when their writers were killed.
    private func clear() {
        for directory in [paths.sets, paths.due] {
            for name in FileTree.names(in: directory) where name.hasSuffix(".new") {
                guard let end = name.firstRange(of: ".json."), let image = ImageName(name[..<end.lowerBound]) else {
                    continue
                }
                _ = try? paths.withLock(of: image) { unlink("\(directory)/\(name)") }
            }
        }
    }

    /// A set whose record can't be read would wait for ever, and hold up all later ones of its image: it goes to
    /// quarantine.
    private func unreadable() -> [String] {
        let places = [(paths.sets, paths.record), (paths.due, paths.dueRecord)] as [(String, (ImageName) -> String)]
        return places.flatMap { directory, record in
            images(in: directory).filter { UploadSession.read(record($0)) == nil }.map { image in
                do {
                    let reason = "its record can't be read: upload it again"
                    try paths.withLock(of: image) {
                        try quarantine.take(
                            "\(directory)/\(image)", of: UploadSession(image.text, by: "-"), reason: reason)
                        unlink(record(image))
                    }
                    return "\(image): \(reason); it is in quarantine"
                } catch {
                    return "\(image): its record can't be read, and it can't go to quarantine: \(error)"
                }
            }
        }
    }
}
