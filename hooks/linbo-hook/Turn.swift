import CLibC

/// A place among the few `once` that run at the same time: a room that boots while the daemon is stopped would start
/// hundreds of them, each slower for all others.
///
/// Places are files that a process has locked (flock(2)): the lock goes on in the program that it becomes, and ends
/// with it. Without a directory for them a hook goes on without a place: nobody may be kept from booting. Who has
/// waited for too long does not, or the longest queue would end as hundreds at once.
enum Turn {
    /// How long a hook waits for a place, in waits for a silent daemon: five minutes, unless `--wait` says otherwise.
    private static let waits = 150

    /// Milliseconds between two tries: a newcomer rests longer than those who have waited.
    private static let naps: ClosedRange<Int32> = 8...32

    /// - Parameter patience: milliseconds that the daemon may be silent.
    /// - Returns: false if no place was free for too long.
    static func wait(patience: Int) -> Bool {
        guard let path = Environment.text("RSYNC_MODULE_PATH"), let address = Environment.text("RSYNC_HOST_ADDR"),
            let paths = ViewPaths(modulePath: path, address: address)
        else { return true }
        let places = files(in: paths.places)
        guard !places.isEmpty else { return true }
        let deadline = Deadline(inMilliseconds: waits * patience)
        let taken = take(one: places, start: Int(getpid()) % places.count, before: deadline)
        for place in places where place != taken { close(place) }
        return taken >= 0
    }

    /// The descriptors survive execve(2), or the lock would not.
    private static func files(in directory: String) -> [Int32] {
        if mkdir(directory, 0o700) != 0 && errno != EEXIST { return [] }
        let cores = max(1, min(64, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
        var places: [Int32] = []
        for number in 0..<(2 * cores) {
            let place = open("\(directory)/\(number)", O_RDWR | O_CREAT, 0o600)
            if place >= 0 { places.append(place) }
        }
        return places
    }

    /// - Returns: -1 if none was free in time.
    private static func take(one places: [Int32], start: Int, before deadline: Deadline) -> Int32 {
        var nap = naps.upperBound
        var tries = 0
        while !deadline.hasPassed {
            let place = places[(start + tries) % places.count]
            if flock(place, LOCK_EX | LOCK_NB) == 0 { return place }
            tries += 1
            // All of them at first, then one at a time.
            guard tries >= places.count else { continue }
            _ = poll(nil, 0, nap)
            nap = max(naps.lowerBound, nap - 1)
        }
        return -1
    }
}
