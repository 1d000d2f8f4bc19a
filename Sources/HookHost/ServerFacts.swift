package import LinboModel

/// What a server has and its clients ask for: by that a plugin that is not enabled says that it is called for.
package struct ServerFacts: Sendable {
    package let tree: Tree
    package let hosts: [Host]
    /// Paths that clients asked for in the last day and did not get.
    package let missed: Set<String>
    /// The images' folders and what lies in them.
    private let images: [String: [String]]

    package init(tree: Tree, hosts: [Host], missed: Set<String>) {
        self.tree = tree
        self.hosts = hosts
        self.missed = missed
        var images: [String: [String]] = [:]
        if let folder = try? TreePath("images") {
            for name in tree.names(in: folder) { images[name] = tree.names(in: folder.appending(name)) }
        }
        self.images = images
    }

    /// Files beside images, such as `images/win11/win11.qcow2.macct`, by what their names end in.
    package func besideImages(_ suffix: String) -> [String] {
        images.flatMap { folder, names in names.filter { $0.hasSuffix(suffix) }.map { "images/\(folder)/\($0)" } }
            .sorted()
    }
}
