import Glibc

/// The LINBO root and `images` below it, symlinks resolved.
struct TreeRoots: Sendable {
    let top: String
    let images: String

    init(_ root: String) throws(ImageStoreError) {
        top = try Self.resolved(root, mend: "set linbo.root in the configuration to the LINBO tree")
        images = try Self.resolved("\(root)/images", mend: "make this folder, mode 0755")
        guard images.hasPrefix(top + "/") else { throw Self.leaves("\(root)/images", images) }
    }

    static func resolved(_ path: String, mend: String) throws(ImageStoreError) -> String {
        guard let pointer = realpath(path, nil) else {
            let code = errno
            throw ImageStoreError(
                .system(call: "realpath", code: code), path, String(cString: strerror(code)), mend: mend)
        }
        defer { free(pointer) }
        return String(cString: pointer)
    }

    static func leaves(_ path: String, _ target: String) -> ImageStoreError {
        ImageStoreError(
            .unfit, path, "the symlink leads to \(target), which is no folder for images in the tree",
            mend: "make it lead to a folder of its own below the LINBO root, or remove it")
    }
}
