import Glibc
import LinuxKit

extension ImageStore {
    /// At start: finishes, or takes back, what a kill or a power cut stopped. What another process works on right now
    /// is left to it.
    /// - Parameter guarded: is handed each piece of that work with its name, and does it or throws instead.
    /// - Returns: sentences that say what was done, and what could not be.
    package func recover(
        _ guarded: (_ name: String, _ work: () -> String?) throws -> String? = { _, work in work() }
    ) -> [String] {
        guard let directory = try? OpenDirectory(work), let names = try? directory.names(),
            let tree = try? TreeRoots(root)
        else {
            return []
        }
        return names.filter { directory.status(of: $0)?.isDirectory == true }.compactMap { name in
            guard let place = Place.find(shop: name.description, in: tree, work: work) else { return nil }
            do { return try guarded(name.description) { recover(place) } } catch { return "\(place.label): \(error)" }
        }
    }

    private func recover(_ place: Place) -> String? {
        do throws(ImageStoreError) {
            return try withLock(of: place, patience: .zero) { () throws(ImageStoreError) in
                try Recovery(place: place, disk: disk).run().sentence
            }
        } catch {
            return error.kind == .busy ? nil : "\(error)"
        }
    }
}
