import HookHost

/// Which uploads go beyond a limit. It remembers how far each had come, and decides; others measure and end.
package struct UploadWatch: Sendable {
    private struct Sample {
        let age: Duration
        let bytes: Int64
    }

    private var samples: [ConnectionID: Sample] = [:]
    /// Ended, and not gone yet.
    private var ended: Set<ConnectionID> = []
    private let settings: UploadSettings

    /// Checking what rsync goes on from brings no bytes: so fast it is read at least.
    private static let basisSpeed: Int64 = 20 << 20

    package init(_ settings: UploadSettings) {
        self.settings = settings
    }

    /// Looks at all uploads that run.
    /// - Parameter isKnown: whether an address is that of a host without doubt.
    /// - Returns: those to be ended, and why.
    package mutating func look(
        at running: [RunningUpload], stock: UploadStock?, space: FreeSpace, isKnown: (String) -> Bool
    ) -> [(upload: RunningUpload, ending: Ending)] {
        let alive = Set(running.map(\.connection))
        samples = samples.filter { alive.contains($0.key) }
        let isEnding = !ended.isDisjoint(with: alive)
        ended.formIntersection(alive)
        var endings: [(RunningUpload, Ending)] = []
        var rest: [RunningUpload] = []
        for upload in running where !ended.contains(upload.connection) {
            if let ending = fault(of: upload) ?? isoFault(of: upload, space) {
                endings.append((upload, ending))
            } else {
                rest.append(upload)
            }
        }
        endings += tooMuch(&rest, stock)
        // What was ended is still to be removed: then there may be enough.
        if endings.isEmpty, !isEnding || space.bytes < space.kept / 4 { endings += noSpace(rest, space, isKnown) }
        ended.formUnion(endings.map(\.0.connection))
        return endings
    }

    /// What is wrong with one upload by itself.
    private mutating func fault(of upload: RunningUpload) -> Ending? {
        if upload.isDirectory { return Ending("it sends a directory, and one file was asked for") }
        if let limit = upload.name.sizeLimit, upload.bytes > limit {
            return Ending("it has more than \(limit) bytes, the limit for such a file")
        }
        let longest = min(settings.longest, upload.name.longest)
        if upload.age > longest { return Ending("it took longer than \(longest) (uploads.longest)", keeps: true) }
        return isSlow(upload) ? Ending("it brought less than uploads.least-speed, \(speed)", keeps: true) : nil
    }

    /// The last of the disk is for images.
    private func isoFault(of upload: RunningUpload, _ space: FreeSpace) -> Ending? {
        guard upload.name.isISO else { return nil }
        if upload.bytes > settings.isoSize {
            return Ending("it has more than \(settings.isoSize) bytes (uploads.iso-size)")
        }
        guard space.bytes <= space.kept &+ settings.keptFromISOs(space) else { return nil }
        return Ending("\(space.bytes >> 20) MiB are free, and the rest is for images (uploads.iso-keep-free)")
    }

    private var speed: String { "\(settings.leastSpeed >> 10) KiB a second over \(settings.slowAfter)" }

    private mutating func isSlow(_ upload: RunningUpload) -> Bool {
        // At first it may be that a basis is read.
        guard let sample = samples[upload.connection] else {
            let basis = Duration.seconds(upload.basis / Self.basisSpeed)
            samples[upload.connection] = Sample(age: upload.age + basis, bytes: upload.bytes)
            return false
        }
        let time = upload.age - sample.age
        guard time >= settings.slowAfter else { return false }
        samples[upload.connection] = Sample(age: upload.age, bytes: upload.bytes)
        let (least, isTooMuch) = settings.leastSpeed.multipliedReportingOverflow(by: time.components.seconds)
        return !isTooMuch && upload.bytes &- sample.bytes < least
    }

    /// One address may have so much, and no more.
    private func tooMuch(_ rest: inout [RunningUpload], _ stock: UploadStock?) -> [(RunningUpload, Ending)] {
        var sums = stock?.byAddress ?? [:]
        for upload in rest { sums[upload.address, default: 0] &+= upload.bytes }
        let limit = settings.perAddress
        let many = rest.filter { !$0.name.isSmall && sums[$0.address, default: 0] > limit }
        rest.removeAll { many.contains($0) }
        let ending = Ending("more than \(limit) bytes of its address are on the way (uploads.per-address)")
        return many.map { ($0, ending) }
    }

    /// The least worthy first, the newest of those that are worth the same: who began early shall come to an end. The
    /// less there is left, the more go at once.
    private func noSpace(
        _ rest: [RunningUpload], _ space: FreeSpace, _ isKnown: (String) -> Bool
    ) -> [(RunningUpload, Ending)] {
        guard space.isTooLittle, !rest.isEmpty else { return [] }
        let worth = Dictionary(uniqueKeysWithValues: rest.map { ($0.connection, $0.worth(isKnown($0.address))) })
        let queue = rest.sorted { one, other in
            (worth[one.connection] ?? 0, one.age) < (worth[other.connection] ?? 0, other.age)
        }
        var free = space.bytes
        var count = 0
        for upload in queue {
            count += 1
            free &+= max(0, upload.bytes)
            if free > space.kept, !space.lacksFiles || count > queue.count / 2 { break }
        }
        if space.bytes < space.kept / 2 { count = max(count, (queue.count + 1) / 2) }
        if space.bytes < space.kept / 4 { count = queue.count }
        return queue.prefix(count).map { ($0, Ending("the server's disk is full: \(space)")) }
    }
}
