import Glibc

extension ImageStore {
    /// At start: finishes, or takes back, what a kill or a power cut stopped. What another process works on right now is
    /// left to it.
    /// - Returns: sentences that say what was done, and what could not be.
    package func recover() -> [String] {
        guard let folder = try? OpenFolder(work), let names = try? folder.names(), let tree = try? TreeRoots(root)
        else {
            return []
        }
        var sentences: [String] = []
        for name in names where folder.status(of: name)?.isFolder == true {
            do throws(ImageStoreError) {
                guard let place = Place.find(shop: name.description, in: tree, work: work) else { continue }
                let lock = try PlaceLock(place, work: work, patience: .zero, disk: disk)
                if let sentence = try Recovery(place: place, disk: disk).run() { sentences.append(sentence) }
                _ = consume lock
            } catch {
                if error.kind == .busy { continue }
                sentences.append("\(error)")
            }
        }
        return sentences
    }
}
