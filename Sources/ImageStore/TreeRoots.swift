import Glibc

/// The LINBO root and `images` below it, symlinks resolved.
struct TreeRoots: Sendable {
    let top: String
    let images: String

    init(_ root: String) throws(ImageStoreError) {
        top = try Self.resolved(root, fix: "set linbo.root in the configuration to the LINBO tree")
        images = try Self.resolved("\(root)/images", fix: "make this directory, mode 0755")
        guard images.hasPrefix(top + "/") else { throw Self.leaves("\(root)/images", images) }
    }

    static func resolved(_ path: String, fix: String) throws(ImageStoreError) -> String {
        guard let pointer = realpath(path, nil) else {
            let code = errno
            throw ImageStoreError(
                .system(call: "realpath", code: code), path, String(cString: strerror(code)), fix: fix)
        }
        defer { free(pointer) }
        return String(cString: pointer)
    }

    static func leaves(_ path: String, _ target: String) -> ImageStoreError {
        ImageStoreError(
            .unfit, path, "the symlink leads to \(target), which is no directory for images in the tree",
            fix: "make it lead to a directory of its own below the LINBO root, or remove it")
    }
}
