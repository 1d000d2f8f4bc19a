import CLibC

/// The daemon is silent: this process becomes `linbo-hookd once`, which does the same work by itself.
enum Once {
    /// Seconds after which the kernel ends it: nothing may wait for ever.
    static let limit: UInt32 = 120

    static func run(_ options: Options) -> Never {
        let program = besideThisProgram("linbo-hookd")
        guard Turn.wait(patience: options.patience) else {
            Main.finish(1, "linbo-hook: linbo-hookd does not answer, and too many wait: try again\n", to: STDOUT_FILENO)
        }
        alarm(limit)
        replace(program, with: [program, "once", options.call.word, "--config", options.config])
        Main.finish(1, "linbo-hook: linbo-hookd does not answer, and \(program) can't be run\n", to: STDOUT_FILENO)
    }

    /// The programs are installed side by side.
    static func besideThisProgram(_ name: String) -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { buffer in
            guard let base = buffer.baseAddress, case let count = readlink("/proc/self/exe", base, buffer.count),
                count > 0, count < buffer.count
            else { return "/usr/bin/\(name)" }
            let path = buffer[..<count].map { UInt8(bitPattern: $0) }
            let end = path.lastIndex(of: UInt8(ascii: "/")) ?? 0
            return String(decoding: path[..<end], as: UTF8.self) + "/" + name
        }
    }

    /// Returns only if the program can't be run.
    static func replace(_ program: String, with arguments: [String]) {
        var pointers: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
        pointers.append(nil)
        execve(program, pointers, environ)
        for pointer in pointers { free(pointer) }
    }
}
