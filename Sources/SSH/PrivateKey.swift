import CLibSSH

/// The server's own key, by which PCs know it.
@SSHLoop
package final class PrivateKey {
    let pointer: ssh_key

    /// - Parameter file: without a passphrase, as nobody is there to type one.
    /// - Throws: `SSHError.badKey`.
    package init(file: String) throws(SSHError) {
        var key: ssh_key?
        let code = ssh_pki_import_privkey_file(file, nil, nil, nil, &key)
        guard code == SSH_OK, let key else {
            throw .badKey(
                code == SSH_EOF
                    ? "\(file): no such key, or it can't be read; name the key that LINBO accepts in remote.key"
                    : "\(file): no private key without a passphrase")
        }
        pointer = key
    }

    isolated deinit {
        ssh_key_free(pointer)
    }
}
