import Glibc
package import LinboModel

/// Why an image must not go live, in words, with the fix.
package struct ImageRefusal: Error, Sendable, Hashable, CustomStringConvertible {
    /// The file's name.
    package let name: String
    /// What is wrong with it.
    package let what: String
    /// What whoever uploaded it can do about it.
    package let fix: String

    /// `win11.qcow2: what; fix`.
    package var description: String { "\(name): \(what); \(fix)" }
}

/// Looks at an image that has arrived, before it goes live: clients lay it onto their disks as it is.
package struct ImageCheck: Sendable {
    /// The image that has arrived.
    package let name: ImageName
    /// Of the live `<base>.qcow2`, that a difference is made from; nil if there is none that can be read.
    package let baseInfo: ImageInfo?

    /// What is known of an image that may go live.
    package struct Findings: Sendable, Hashable {
        /// Of the file, in bytes.
        package let size: Int64
        /// Of an image in qcow2 form.
        package let header: Qcow2Header?
        /// nil: none came.
        package let info: ImageInfo?
        /// What an admin should know, in sentences.
        package let remarks: [String]
    }

    /// - Parameter baseInfo: see there; of no use for others than differences.
    package init(_ name: ImageName, baseInfo: ImageInfo?) {
        self.name = name
        self.baseInfo = baseInfo
    }

    /// Reads the first bytes of an image, the tables of a qcow2, and its whole `.info`.
    /// - Parameters:
    ///   - image: where it lies.
    ///   - info: where its `.info` lies; nil: none came.
    /// - Throws: `ImageRefusal`
    package func check(image: String, info: String?) throws(ImageRefusal) -> Findings {
        let file = try FirstBytes(image, limit: Qcow2Header.prefix, name: name.text)
        guard file.size > 0 else { throw refusal("it is empty", "upload it again") }
        var remarks: [String] = []
        var header: Qcow2Header?
        switch name.kind {
        case .iso: try checkISO(file)
        case .qcow2, .qdiff:
            let found = try self.header(file)
            try checkTables(found, image)
            header = found
        }
        let parsed = try info.map { path throws(ImageRefusal) in try self.info(path, size: file.size) }
        if parsed == nil { remarks.append("no .info came: clients fetch \(name) each time") }
        if name.kind == .qdiff { try checkBase(parsed, &remarks) }
        return Findings(size: file.size, header: header, info: parsed, remarks: remarks)
    }

    // MARK: qcow2

    private func header(_ file: FirstBytes) throws(ImageRefusal) -> Qcow2Header {
        let header: Qcow2Header
        do { header = try Qcow2Header(parsing: file.bytes) } catch {
            throw refusal("\(error)", "make the image anew: `qemu-img check` tells whether the client's copy is good")
        }
        guard header.virtualSize > 0 else { throw refusal("the disk in it has no bytes", "make the image anew") }
        guard UInt64(file.size) >= header.shortestFile else {
            throw refusal(
                "it has \(file.size) bytes and its tables end at \(header.shortestFile): it was cut off",
                "upload it again")
        }
        guard !header.isCorrupt else {
            throw refusal("QEMU has marked it as corrupt", "run `qemu-img check -r all` on it, or make it anew")
        }
        guard header.unknownFeatures == 0 else {
            throw refusal(
                "it needs features that are unknown here", "make it without these, by the QEMU that LINBO has")
        }
        if let data = header.dataFile {
            throw refusal(
                "its data lie in another file" + (data.isEmpty ? "" : ", \(quoted(data))"),
                "make it without data_file: an image is one file")
        }
        try checkBacking(header)
        return header
    }

    private func checkTables(_ header: Qcow2Header, _ path: String) throws(ImageRefusal) {
        let file = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard file >= 0 else {
            throw refusal("it can't be read: \(String(cString: strerror(errno)))", "upload it again")
        }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else {
            throw refusal("it can't be read: \(String(cString: strerror(errno)))", "upload it again")
        }
        do throws(Qcow2Tables.Fault) {
            var tables = Qcow2Tables(header, file, size: UInt64(clamping: status.st_size))
            try tables.check()
        } catch {
            throw refusal(
                "it was cut off or is broken: \(error)",
                "look at the client's copy by `qemu-img check`; if that is good, upload it again")
        }
    }

    private func checkBacking(_ header: Qcow2Header) throws(ImageRefusal) {
        guard name.kind == .qdiff else {
            guard let backing = header.backingFile else { return }
            throw refusal(
                "it is a difference to \(quoted(backing)), no whole image",
                "convert it by `qemu-img convert -O qcow2`, or upload it as \(name.base).qdiff")
        }
        let wanted = "\(name.base).qcow2"
        let fix = "make it by `qemu-img create -f qcow2 -b \(wanted) -F qcow2`, in the directory of \(wanted)"
        guard let backing = header.backingFile else { throw refusal("it is no difference to \(wanted)", fix) }
        guard backing == wanted, backing.utf8.elementsEqual(wanted.utf8) else {
            throw refusal("it is a difference to \(quoted(backing)), not to \(wanted)", fix)
        }
        if let format = header.backingFormat, format != "qcow2" {
            throw refusal("it takes \(wanted) for a file of format \(quoted(format))", fix)
        }
    }

    /// The difference must be made from the live image; onto another one it would destroy the file system.
    private func checkBase(_ info: ImageInfo?, _ remarks: inout [String]) throws(ImageRefusal) {
        guard let baseInfo else {
            remarks.append("there is no live \(name.base).qcow2 with an .info: whether \(name) fits is not known")
            return
        }
        guard let made = info?.backingFileTimestamp else {
            remarks.append("no .info says from which \(name.base).qcow2 it was made")
            return
        }
        guard made == baseInfo.timestamp else {
            throw refusal(
                "it was made from the \(name.base).qcow2 of \(made), and the one of \(baseInfo.timestamp) is live",
                "sync the client, and make the difference anew")
        }
    }

    // MARK: iso

    /// ECMA-119: the first volume descriptor lies at 32768, with its type in the first byte.
    private func checkISO(_ file: FirstBytes) throws(ImageRefusal) {
        guard file.bytes.count > 32_774, file.bytes[32_769..<32_774].elementsEqual("CD001".utf8) else {
            throw refusal("it is no image of a CD (ISO 9660)", "look whether the right file was uploaded")
        }
    }

    // MARK: .info

    private func info(_ path: String, size: Int64) throws(ImageRefusal) -> ImageInfo {
        let file = try FirstBytes(path, limit: 70_000, name: name.text + ".info")
        let info: ImageInfo
        do { info = try ImageInfo(parsing: file.bytes, file: name.text + ".info") } catch {
            throw ImageRefusal(
                name: name.text + ".info", what: "line \(error.location.line): \(error.what)", fix: error.fix)
        }
        guard info.image == name.text else {
            throw refusal("its .info is of \(info.image)", "upload the .info that belongs to it")
        }
        guard info.imageSize == UInt64(size) else {
            throw refusal(
                "it has \(size) bytes, and its .info says \(info.imageSize)", "upload both again: one of them is old")
        }
        return info
    }

    private func refusal(_ what: String, _ fix: String) -> ImageRefusal {
        ImageRefusal(name: name.text, what: what, fix: fix)
    }
}

/// The beginning of a regular file that is no symlink, and its size.
private struct FirstBytes {
    let bytes: [UInt8]
    let size: Int64

    init(_ path: String, limit: Int, name: String) throws(ImageRefusal) {
        func failure() -> ImageRefusal {
            ImageRefusal(
                name: name, what: "it can't be read: \(String(cString: strerror(errno)))", fix: "upload it again")
        }
        let file = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else { throw failure() }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw failure() }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw ImageRefusal(name: name, what: "it is no regular file", fix: "upload the file itself")
        }
        size = Int64(status.st_size)
        var bytes = [UInt8](repeating: 0, count: min(limit, Int(size)))
        var done = 0
        while done < bytes.count {
            let got = bytes.withUnsafeMutableBytes {
                pread(file, $0.baseAddress?.advanced(by: done), $0.count - done, off_t(done))
            }
            if got < 0 && errno == EINTR { continue }
            guard got >= 0 else { throw failure() }
            guard got > 0 else { break }
            done += got
        }
        self.bytes = Array(bytes.prefix(done))
    }
}
