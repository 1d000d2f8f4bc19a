package import LinboModel

/// What a server has and its clients ask for: by that a plugin that is not enabled says that it is called for.
package struct ServerFacts: Sendable {
    /// What lies on the server.
    package let tree: Tree
    /// Of all schools' devices.csv.
    package let hosts: [Host]
    /// Paths that clients asked for in the last day and did not get.
    package let missed: Set<String>
    /// The images' directories and what lies in them.
    private let images: [String: [String]]

    /// Reads the images' directories at once; the rest is looked up by whoever asks.
    package init(tree: Tree, hosts: [Host], missed: Set<String>) {
        self.tree = tree
        self.hosts = hosts
        self.missed = missed
        var images: [String: [String]] = [:]
        if let directory = try? TreePath("images") {
            for name in tree.names(in: directory) { images[name] = tree.names(in: directory.appending(name)) }
        }
        self.images = images
    }

    /// Files beside images, such as `images/win11/win11.qcow2.macct`, by what their names end in.
    package func besideImages(_ suffix: String) -> [String] {
        images.flatMap { directory, names in names.filter { $0.hasSuffix(suffix) }.map { "images/\(directory)/\($0)" } }
            .sorted()
    }
}
