import Glibc

/// Shows what is longer than the terminal a page at a time, as git and systemctl do: by `PAGER`, else less.
package enum Pager {
    /// Prints a text, by the pager if it is longer than the terminal that it goes to.
    package static func show(_ text: String) {
        let lines = text.utf8.count { $0 == UInt8(ascii: "\n") } + 1
        guard let height = Terminal.height, lines >= height, page(text + "\n") else { return print(text) }
    }

    /// The program and its arguments; none for an empty `PAGER`. It gets no shell.
    private static var words: [String] {
        (getenv("PAGER").map { String(cString: $0) } ?? "less").split(separator: " ").map(String.init)
    }

    /// - Returns: false if there is no such program, and nothing was shown.
    private static func page(_ text: String) -> Bool {
        // Colours pass, what fits one page is shown at once, and the screen stays as it is at the end.
        setenv("LESS", "FRX", 0)
        var ends: [Int32] = [-1, -1]
        guard !words.isEmpty, pipe(&ends) == 0 else { return false }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO)
        var arguments = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var process: pid_t = 0
        let code = posix_spawnp(&process, words[0], &actions, nil, &arguments, environ)
        close(ends[0])
        guard code == 0 else {
            close(ends[1])
            return false
        }
        // Whoever has read enough leaves before the end.
        signal(SIGPIPE, SIG_IGN)
        write(text, to: ends[1])
        close(ends[1])
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        return true
    }

    private static func write(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
