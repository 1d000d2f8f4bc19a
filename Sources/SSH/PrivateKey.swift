import CLibSSH
import Glibc
import LinuxKit

/// The server's own key, by which PCs know it.
@SSHLoop
package final class PrivateKey {
    /// Why a file is no key that can be used.
    package struct Fault: Error, Sendable {
        /// With the file's name.
        package let what: String
        /// What to do about it.
        package let fix: String
    }

    let pointer: ssh_key

    /// - Parameter file: without a passphrase, as nobody is there to type one.
    /// - Throws: `SSHError.badKey`.
    package init(file: String) throws(SSHError) {
        do throws(Fault) { pointer = try Self.read(file) } catch { throw .badKey("\(error.what); \(error.fix)") }
    }

    isolated deinit {
        ssh_key_free(pointer)
    }

    /// Looks at a key without using it, on any thread.
    /// - Returns: nil: nothing is wrong with it.
    package nonisolated static func fault(in file: String) -> Fault? {
        do throws(Fault) {
            ssh_key_free(try read(file))
            return nil
        } catch {
            return error
        }
    }

    private nonisolated static func read(_ file: String) throws(Fault) -> ssh_key {
        guard access(file, R_OK) == 0 else {
            throw Fault(what: "\(SystemError("read", file))", fix: "name the key that LINBO accepts in remote.key")
        }
        var key: ssh_key?
        // Whoever is asked for a passphrase has none.
        var isLocked = false
        let code = withUnsafeMutablePointer(to: &isLocked) { pointer in
            ssh_pki_import_privkey_file(
                file, nil,
                { _, _, _, _, _, asked in
                    asked?.assumingMemoryBound(to: Bool.self).pointee = true
                    return -1
                }, pointer, &key)
        }
        if code == SSH_OK, let key { return key }
        guard isLocked else {
            throw Fault(what: "\(file) is no private key", fix: "name the key that LINBO accepts in remote.key")
        }
        throw Fault(
            what: "\(file) has a passphrase, and nobody is there to type it",
            fix:
                "take it off by `ssh-keygen -p -N '' -f \(file)`, or name another key in remote.key, whose public half "
                + "stands in /root/.ssh/authorized_keys when linbofs is built")
    }
}
