import Glibc

/// What this process has open.
package enum OpenDescriptors {
    /// Sees to it that no program that is started from now on inherits anything but its standard input and output: for
    /// what libraries open without `O_CLOEXEC`. A listening socket in a child would go on taking connections that
    /// nobody answers, after this process has ended.
    package static func closeOnExec() {
        guard let directory = opendir("/proc/self/fd") else { return }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard let descriptor = Int32(name), descriptor > STDERR_FILENO else { continue }
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        }
    }
}
