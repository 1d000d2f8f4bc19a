import CLibSSH

/// The public key by which a PC shows that it is the one that was seen before.
package struct HostKey: Sendable, Hashable, Codable {
    /// As in known_hosts: `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa`.
    package let type: String
    /// The key itself, in base64.
    package let base64: String
    /// As `ssh-keygen -l` shows it: `SHA256:` and 43 characters.
    package let fingerprint: String

    /// - Parameter fingerprint: that of the same key.
    package init(type: String, base64: String, fingerprint: String) {
        self.type = type
        self.base64 = base64
        self.fingerprint = fingerprint
    }

    /// What the peer of a session has shown; nil before the key exchange.
    init?(of session: ssh_session) {
        var key: ssh_key?
        guard ssh_get_server_publickey(session, &key) == SSH_OK, let key else { return nil }
        defer { ssh_key_free(key) }
        var text: UnsafeMutablePointer<CChar>?
        guard ssh_pki_export_pubkey_base64(key, &text) == SSH_OK, let text else { return nil }
        defer { ssh_string_free_char(text) }
        guard let type = ssh_key_type_to_char(ssh_key_type(key)), let fingerprint = Self.fingerprint(of: key) else {
            return nil
        }
        self.init(type: String(cString: type), base64: String(cString: text), fingerprint: fingerprint)
    }

    private static func fingerprint(of key: ssh_key) -> String? {
        var hash: UnsafeMutablePointer<UInt8>?
        var length = 0
        guard ssh_get_publickey_hash(key, SSH_PUBLICKEY_HASH_SHA256, &hash, &length) == SSH_OK else { return nil }
        defer { ssh_clean_pubkey_hash(&hash) }
        guard let text = ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, length) else { return nil }
        defer { ssh_string_free_char(text) }
        return String(cString: text)
    }
}
