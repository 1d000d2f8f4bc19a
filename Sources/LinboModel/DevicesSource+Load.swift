extension DevicesSource {
    /// 5,000 rows have about half a MiB.
    private static let sizeLimit = 64 << 20

    /// Loads what changed since `old`. A file whose new version is broken (unreadable, gone, NUL bytes, cut, not a
    /// single row left) keeps its old rows, with a problem that says so. Wrong rows do not make a file broken.
    package func load(keeping old: LoadedDevices?) -> LoadedDevices {
        var stamp = stamp()  // before reading: what changes meanwhile is seen by the next look
        if let error = stamp.directoryError { return without(directory: error, stamp: stamp, old: old) }
        var versions: [String: LoadedDevices.Version] = [:]
        for (offset, entry) in stamp.entries.enumerated() {
            let result = look(at: entry, old: old)
            versions[entry.file.path] = result.version
            if result.isUnread { stamp.entries[offset] = Stamp.Entry(file: entry.file, state: .unread) }
        }
        // A file that stays unreadable is tried at each look; that must not cost a new index each time.
        if let old, old.versions == versions, old.stamp.directoryError == nil {
            return LoadedDevices(devices: old.devices, stamp: stamp, problems: old.problems, versions: versions)
        }
        let devices = Devices(stamp.entries.compactMap { versions[$0.file.path]?.file })
        let missing = devices.hosts.isEmpty && devices.problems.isEmpty ? [nobody(in: versions.keys.sorted())] : []
        return LoadedDevices(devices: devices, stamp: stamp, problems: missing + devices.problems, versions: versions)
    }

    private func look(at entry: Stamp.Entry, old: LoadedDevices?) -> (version: LoadedDevices.Version?, isUnread: Bool) {
        let last = old?.versions[entry.file.path]
        let good = last?.file.hosts.isEmpty == false ? last : nil
        guard case .present(let state) = entry.state else {
            return (good.map { keep($0, because: "the file is gone") }, false)
        }
        if let last, old?.stamp.entries.contains(entry) == true { return (last, false) }
        do throws(FileError) {
            let bytes = try readFile(entry.file.path, limit: Self.sizeLimit)
            let new = Devices.parse(bytes, file: entry.file.path, school: entry.file.school)
            return (replace(good, by: LoadedDevices.Version(file: new, modified: state.modifiedAt)), false)
        } catch {
            let reason = "it can't be read (\(error))"
            guard let good else { return (unread(entry.file, reason), true) }
            return (keep(good, because: reason), true)
        }
    }

    /// The version that counts: the new one, unless it is broken and there are rows to keep.
    private func replace(_ old: LoadedDevices.Version?, by new: LoadedDevices.Version) -> LoadedDevices.Version {
        if let damage = new.file.damage {
            guard let old else { return new.adding(damaged(new.file, damage)) }
            return keep(old, because: damage.description, line: damage.line, new: new.file)
        }
        guard let old, new.file.hosts.isEmpty else { return new }
        return keep(old, because: "the new one has no valid row", new: new.file)
    }

    private func keep(_ old: LoadedDevices.Version, because reason: String, line: Int = 1, new: DevicesFile? = nil)
        -> LoadedDevices.Version
    {
        let problem = Problem(
            location: SourceLocation(file: old.file.path, line: line),
            what: "keeps the version of \(localTime(old.modified)) because \(reason)", fix: "write the file again")
        return LoadedDevices.Version(
            file: DevicesFile(
                path: old.file.path, school: old.file.school, hosts: old.file.hosts,
                problems: [problem] + (new?.problems ?? []), isKept: true),
            modified: old.modified)
    }
}

extension DevicesSource {
    private func without(directory error: FileError, stamp: Stamp, old: LoadedDevices?) -> LoadedDevices {
        let kept = old?.devices ?? .empty
        let problem = Problem(
            location: place,
            what: "the directory of the schools \(directory) can't be read (\(error))"
                + (kept.hosts.isEmpty ? "" : "; keeps the hosts it knows"),
            fix: "name the right directory, or let the daemon read it")
        return LoadedDevices(
            devices: kept, stamp: stamp, problems: [problem] + kept.problems, versions: old?.versions ?? [:])
    }

    private func unread(_ file: SchoolFile, _ reason: String) -> LoadedDevices.Version {
        let problem = Problem(
            location: SourceLocation(file: file.path, line: 1), what: "none of its hosts is known because \(reason)",
            fix: "let the daemon read it")
        return LoadedDevices.Version(
            file: DevicesFile(path: file.path, school: file.school, problems: [problem]), modified: 0)
    }

    private func damaged(_ file: DevicesFile, _ damage: DevicesFile.Damage) -> Problem {
        Problem(
            location: SourceLocation(file: file.path, line: damage.line), what: "the file is broken: \(damage)",
            fix: "write the file again")
    }

    private func nobody(in files: [String]) -> Problem {
        guard let file = files.first else {
            return Problem(
                location: place, what: "no devices.csv in any school's directory below \(directory)",
                fix: "name the directory that holds default-school/devices.csv", severity: .warning)
        }
        return Problem(
            location: SourceLocation(file: file, line: 1), what: "no host, here or in another school's file",
            fix: "write rows such as r101;pc01;win11;52:54:00:00:00:01;10.0.0.1;;;;;;1", severity: .warning)
    }
}

extension LoadedDevices.Version {
    fileprivate func adding(_ problem: Problem) -> Self {
        let file = DevicesFile(
            path: file.path, school: file.school, hosts: file.hosts, problems: [problem] + file.problems,
            damage: file.damage)
        return Self(file: file, modified: modified)
    }
}
