package import Glibc

/// Of glibc 2.34; the Glibc module leaves it out.
@_silgen_name("posix_spawn_file_actions_addclosefrom_np")
private func addCloseFrom(_ actions: UnsafeMutablePointer<posix_spawn_file_actions_t>, _ first: Int32) -> Int32

/// Starts programs for threads that may block; tasks use `Programs`.
package enum Spawn {
    /// Starts a program. It has nothing of this process open but what is given, and no signal blocked or ignored.
    /// - Parameters:
    ///   - words: the program's absolute path and its arguments. No shell reads them.
    ///   - environment: all of it, `NAME=value`.
    ///   - input: what it reads; nil: nothing.
    ///   - output: nil: /dev/null.
    ///   - hasGroup: it leads a process group of its own.
    /// - Returns: its process, for waitpid(2).
    /// - Throws: `SystemError` that names the program.
    package static func start(
        _ words: [String], environment: [String], input: Int32? = nil, output: Int32? = nil, errors: Int32,
        hasGroup: Bool = false
    ) throws(SystemError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let input {
            posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
        } else {
            posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        }
        if let output {
            posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        } else {
            posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
        }
        posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO)
        // A socket of ours that a child held would outlive us, and take connections that nobody answers.
        _ = addCloseFrom(&actions, STDERR_FILENO + 1)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // Threads may block signals, and a child would inherit that.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        // What a shell starts in the background ignores SIGINT, and so would all that it starts.
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        let flags =
            POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | (hasGroup ? POSIX_SPAWN_SETPGROUP : 0)
        posix_spawnattr_setflags(&attributes, Int16(flags))
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        var entries: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
        defer { for pointer in arguments + entries { free(pointer) } }
        var process: pid_t = 0
        let code = posix_spawn(&process, words.first ?? "", &actions, &attributes, &arguments, &entries)
        guard code == 0 else { throw SystemError("run", words.first ?? "", code: code) }
        return process
    }
}
