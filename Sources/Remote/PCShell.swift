import SSH

/// What is told to LINBO's shell (busybox's ash). Files of a step lie in a directory in the PC's memory, which goes with
/// the next boot.
///
/// A step outlives its connection: a switch that is restarted, or the daemon, must not end an image's sync at its half.
/// So its status is noted on the PC, its output is read to the end by somebody, and whoever comes back waits for it.
enum PCShell {
    private static let directory = "/tmp/linbo-hookd"
    /// Where the client looks for the password for uploads.
    static let secrets = "/tmp/rsyncd.secrets"

    /// Runs a command of LINBO's; the status is the command's.
    /// - Parameter tag: names the step: digits and dashes.
    static func run(_ command: String, tag: String) -> String {
        """
        trap '' HUP
        umask 077
        mkdir -p \(directory) && cd \(directory) || exit 125
        echo $$ >\(tag).pid
        { linbo_wrapper \(ShellWord.quoted(command)) 2>&1 </dev/null; echo $? >\(tag).new; mv \(tag).new \(tag).status; } | {
          cat
          cat >/dev/null
        }
        exit $(cat \(tag).status)
        """
    }

    /// Waits for a step that was begun by `run`: it writes the status, `gone` if the step died without one, or nothing if
    /// the PC knows no such step.
    static func wait(tag: String) -> String {
        """
        cd \(directory) 2>/dev/null || exit 0
        while [ -e \(tag).pid ]; do
          [ ! -e \(tag).status ] || exec cat \(tag).status
          [ -e /proc/$(cat \(tag).pid) ] || { [ -e \(tag).status ] || exec echo gone; }
          sleep 1
        done
        """
    }

    /// Writes `yes` if the PC still has a step in its memory.
    static func knows(tag: String) -> String { "[ ! -e \(directory)/\(tag).pid ] || echo yes" }

    /// Ends what runs for a step, all but what notes its status. It writes `left` if something does not end.
    static func stop(tag: String) -> String {
        """
        cd \(directory) 2>/dev/null && [ -e \(tag).pid ] || exit 0
        children() {
          for file in $(grep -ls "^PPid:[[:space:]]*$1\\$" /proc/[0-9]*/status); do
            child=${file#/proc/}
            echo ${child%/status}
          done
        }
        below() {
          for pid in $(children $1); do
            echo $pid
            below $pid
          done
        }
        # Who loses its parent is found no more: all that have been seen are looked at again.
        all=$(for pid in $(children $(cat \(tag).pid)); do below $pid; done)
        for signal in TERM TERM TERM KILL KILL KILL KILL KILL; do
          left=
          for pid in $all; do
            if grep -qs "^State:[[:space:]]*[^ZX]" /proc/$pid/status; then left="$left $pid $(below $pid)"; fi
          done
          [ -n "$left" ] || exit 0
          all=$left
          kill -$signal $left 2>/dev/null
          sleep 1
        done
        echo left
        """
    }

    /// Puts back what an order has changed. What GUI's automatic tasks would do again is turned off for this boot, as they
    /// could partition the disk of a PC that was synced just now.
    static func tidyUp(secret: Bool, screen: Bool) -> String {
        var lines = ["rm -rf \(directory)"]
        if secret { lines.append("rm -f \(secrets)") }
        if screen {
            lines.append(
                """
                [ -e /start.conf.bak ] || exit 0
                sed -i -e 's/^\\(AutoPartition\\|AutoFormat\\|AutoInitCache\\|Autostart\\)\\([[:space:]]*=\\).*/\\1\\2 no/I' \
                /start.conf.bak
                gui_ctl restore >/dev/null 2>&1
                """)
        }
        return lines.joined(separator: "\n")
    }

    /// Whether it is LINBO: an installed Linux that LINBO has synced has its keys, too.
    static let isLinbo = "test -e /start.conf"
    static let disable = "gui_ctl disable >/dev/null 2>&1"
}
