// swift-tools-version: 6.2
import PackageDescription

let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")

/// Every plugin is a directory `Plugins/<Name>`: sources, `README.md`, and `Tests/`. A new one adds its name here, with
/// what it imports beyond the contract, and one line to `Sources/LinboHookd/PluginRegistry.swift`, where their order in
/// the chain is explained.
let plugins: [(name: String, imports: [Target.Dependency])] = [
    ("ClientLogs", ["CZlib", crypto]),
    ("WindowsKey", ["CLibXML2"]),
    ("Multicast", ["Supervision"]),
    ("OnbootCmd", []),
    ("TorrentCreate", ["Torrent", crypto]),
    ("Macct", ["Programs", "CLinux", subprocess]),
    ("GrubImg", ["CLinux", crypto, subprocess]),
]

let strict: [SwiftSetting] =
    [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
    ] + (Context.environment["LINBO_WARNINGS"] == "errors" ? [.treatAllWarnings(as: .error)] : [])

/// What every plugin may import: the host's contract and what lies below it, never a transport, never another plugin.
let pluginContract: [Target.Dependency] = [
    "API", "CommandLineKit", "Jobs", "LinuxKit", "HookHost", "HookStore", "HookConfig", "LinboModel",
    .product(name: "ArgumentParser", package: "swift-argument-parser"),
    .product(name: "Logging", package: "swift-log"), .product(name: "GRDB", package: "GRDB.swift"),
]

let pluginTargets: [Target] = plugins.flatMap { plugin in
    [
        Target.target(
            name: plugin.name, dependencies: pluginContract + plugin.imports, path: "Plugins/\(plugin.name)",
            exclude: ["README.md", "Tests"], swiftSettings: strict),
        Target.testTarget(
            name: "\(plugin.name)Tests",
            dependencies: [.init(stringLiteral: plugin.name), "FuzzKit", "HookTesting"] + pluginContract
                + plugin.imports,
            path: "Plugins/\(plugin.name)/Tests", swiftSettings: strict),
    ]
}

let testTargets: [Target] = [
    // The tracker without a daemon, for real clients and benchmarks.
    .executableTarget(
        name: "tracker-alone",
        dependencies: [
            "LinboModel", "Torrent", "Tracker",
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ], path: "Tests/Tools/tracker-alone", swiftSettings: strict),
    // Seeded random input for the tests of parsers.
    .target(name: "FuzzKit", path: "Tests/FuzzKit", swiftSettings: strict),
    .testTarget(
        name: "CommandLineKitTests",
        dependencies: [
            "API", "APIClient", "CommandLineKit", "HookConfig", "HookWire", "LinboModel",
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ], swiftSettings: strict),
    .testTarget(name: "APITests", dependencies: ["API"], swiftSettings: strict),
    .testTarget(
        name: "APIClientTests", dependencies: ["API", "APIClient", "HookTesting", "HookWire", "LinuxKit", "FuzzKit"],
        swiftSettings: strict),
    .testTarget(
        name: "ControlAPITests",
        dependencies: [
            "API", "APIClient", "Control", "ControlAPI", "LinboHookd", "LinuxKit", "HookHost", "HookStore",
            "HookTesting", "HookWire", "FuzzKit", .product(name: "Hummingbird", package: "hummingbird"),
            .product(name: "HTTPTypes", package: "swift-http-types"), .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOPosix", package: "swift-nio"), .product(name: "Logging", package: "swift-log"),
        ], swiftSettings: strict),
    .testTarget(
        name: "HookConfigTests", dependencies: ["HookConfig", "LinboModel", "LinuxKit", "FuzzKit"],
        swiftSettings: strict),
    // A plugin of the tests' own, with all that one can have.
    .testTarget(
        name: "MotdTests",
        dependencies: pluginContract + [
            "Control", "ControlAPI", "APIClient", "HookTesting", "LinboHookd", "Timeline", "Uploads",
        ],
        swiftSettings: strict),
    .testTarget(
        name: "JobsTests",
        dependencies: [
            "API", "Jobs", "HookStore", "HookTesting", "LinuxKit", .product(name: "GRDB", package: "GRDB.swift"),
            .product(name: "Logging", package: "swift-log"),
        ], swiftSettings: strict),
    .testTarget(
        name: "ControlTests",
        dependencies: [
            "API", "Control", "HookHost", "HookStore", "HookTesting", "ImageStore", "Jobs", "LinboHookd", "LinboModel",
            "LinuxKit", "Schedule", "Timeline", "Uploads", .product(name: "GRDB", package: "GRDB.swift"),
        ], swiftSettings: strict),
    .testTarget(
        name: "SupervisionTests",
        dependencies: [
            "LinuxKit", "LinboModel", "Supervision", "HookTesting", .product(name: "Logging", package: "swift-log"),
        ], swiftSettings: strict),
    .testTarget(
        name: "TimelineTests",
        dependencies: [
            "Timeline", "HookHost", "HookStore", "LinboModel", .product(name: "Logging", package: "swift-log"),
        ], swiftSettings: strict),
    .testTarget(name: "LinuxKitTests", dependencies: ["LinuxKit", "FuzzKit", "HookTesting"], swiftSettings: strict),
    .testTarget(name: "ProgramsTests", dependencies: ["Programs", "HookTesting", "LinuxKit"], swiftSettings: strict),
    .testTarget(
        name: "HookWireTests", dependencies: ["LinuxKit", "HookWire", "HookTesting", "FuzzKit"], swiftSettings: strict),
    .testTarget(name: "LinboModelTests", dependencies: ["LinboModel", "FuzzKit"], swiftSettings: strict),
    .testTarget(
        name: "HookStoreTests",
        dependencies: [
            "HookStore", "LinboModel", .product(name: "GRDB", package: "GRDB.swift"),
            .product(name: "Logging", package: "swift-log"),
        ], swiftSettings: strict),
    .testTarget(
        name: "HookHostTests",
        dependencies: [
            "LinuxKit", "HookHost", "HookConfig", "HookStore", "HookTesting", "LinboModel", "FuzzKit",
            .product(name: "GRDB", package: "GRDB.swift"), .product(name: "Logging", package: "swift-log"),
        ], swiftSettings: strict),
    .testTarget(
        name: "RegistrationTests",
        dependencies: [
            "LinuxKit", "Registration", "HookHost", "LinboModel", "FuzzKit",
            .product(name: "Logging", package: "swift-log"),
        ], swiftSettings: strict),
    .testTarget(
        name: "RsyncTransportTests",
        dependencies: [
            "LinuxKit", "RsyncTransport", "HookConfig", "HookHost", "HookTesting", "HookWire", "LinboModel",
            "Registration", "Uploads", "FuzzKit",
            .product(name: "Logging", package: "swift-log"),
        ],
        swiftSettings: strict),
    .testTarget(
        name: "UploadsTests",
        dependencies: [
            "LinuxKit", "Uploads", "HookHost", "HookConfig", "HookStore", "HookTesting", "HookWire", "ImageStore",
            "LinboModel", "Registration", "Torrent", "FuzzKit",
            .product(name: "Logging", package: "swift-log"),
        ], swiftSettings: strict),
    .testTarget(
        name: "RemoteTests",
        dependencies: [
            "FuzzKit", "HookHost", "HookStore", "HookTesting", "Jobs", "LinboHookd", "LinboModel", "LinuxKit", "Remote",
            "SSH", .product(name: "GRDB", package: "GRDB.swift"), .product(name: "Logging", package: "swift-log"),
        ], swiftSettings: strict),
    .testTarget(
        name: "ScheduleTests",
        dependencies: [
            "API", "Schedule", "FuzzKit", "HookStore", "HookTesting", "LinuxKit",
            .product(name: "GRDB", package: "GRDB.swift"), .product(name: "Logging", package: "swift-log"),
        ], swiftSettings: strict),
    .testTarget(
        name: "SSHTests", dependencies: ["SSH", "HookTesting", "LinboModel", "LinuxKit"], swiftSettings: strict),
    .testTarget(
        name: "HookMetricsTests", dependencies: ["HookMetrics", "HookStore", "LinboModel"], swiftSettings: strict),
    .testTarget(
        name: "TFTPTransportTests",
        dependencies: [
            "LinuxKit", "TFTPTransport", "HookHost", "LinboModel", "FuzzKit",
            .product(name: "DequeModule", package: "swift-collections"),
            .product(name: "HeapModule", package: "swift-collections"),
        ], swiftSettings: strict),
    .testTarget(
        name: "TorrentTests",
        dependencies: ["LinuxKit", "Torrent", "FuzzKit", .product(name: "Crypto", package: "swift-crypto")],
        swiftSettings: strict),
    .testTarget(
        name: "TrackerTests",
        dependencies: [
            "LinuxKit", "LinboModel", "Torrent", "Tracker", "FuzzKit", "HookTesting",
            .product(name: "Crypto", package: "swift-crypto"),
        ], swiftSettings: strict),
    .testTarget(
        name: "SeedingTests",
        dependencies: [
            "Seeding", "FuzzKit", "HookTesting", "LinboModel", "LinuxKit", "Torrent",
            .product(name: "Logging", package: "swift-log"),
        ], swiftSettings: strict),
    .testTarget(
        name: "ImageStoreTests", dependencies: ["LinuxKit", "ImageStore", "LinboModel", "FuzzKit", "HookTesting"],
        swiftSettings: strict),
    .testTarget(
        name: "DHCPTests", dependencies: ["LinuxKit", "DHCP", "HookHost", "LinboModel", "FuzzKit"],
        swiftSettings: strict),
    .testTarget(name: "SelfTestTests", dependencies: ["SelfTest", "LinboModel"], swiftSettings: strict),
    .testTarget(
        name: "LinboHookdTests",
        dependencies: [
            "LinuxKit", "LinboHookd", "HookHost", "HookConfig", "HookStore", "LinboModel", "TFTPTransport",
            "Uploads", "FuzzKit", "HookTesting", "Remote", "SSH",
            .product(name: "Logging", package: "swift-log"),
        ],
        swiftSettings: strict),
    .testTarget(
        name: "linboctlTests",
        dependencies: ["linboctl", "CommandLineKit", "FuzzKit", "HookHost", "LinboModel", "HookTesting"],
        swiftSettings: strict),
    .testTarget(
        name: "SystemTests",
        dependencies: [
            "LinuxKit", "LinboHookd", "HookHost", "HookStore", "HookWire", "LinboModel", "RsyncTransport",
            "TFTPTransport",
            "Torrent", "linbo-hookd", "API", "Control", "Timeline", "Supervision", "OnbootCmd", "Macct", "GrubImg",
            "HookTesting",
        ], exclude: [], swiftSettings: strict),
]

let sourceTargets: [Target] = [
    // What rsyncd runs for every transfer: Embedded Swift, fully static (docs/hook-path.md has the figures). It
    // compiles the sources of HookWire itself, by a symlink, as the two modes have no modules in common.
    .executableTarget(
        name: "linbo-hook", dependencies: ["CLibC"], path: "hooks/linbo-hook",
        swiftSettings: strict + [
            .enableExperimentalFeature("Embedded"), .unsafeFlags(["-wmo", "-parse-as-library"]),
        ],
        linkerSettings: [
            .unsafeFlags(["-enable-experimental-feature", "Embedded", "-Xclang-linker", "-static"])
        ]),
    // The C library where there is no Glibc module.
    .target(name: "CLibC"),
    // Files whole or not at all, locks with a deadline, processes, clocks, threads: what every room needs of the
    // system.
    .target(
        name: "LinuxKit", dependencies: ["CLinux", .product(name: "DequeModule", package: "swift-collections")],
        swiftSettings: strict),
    .target(name: "HookWire", dependencies: ["LinuxKit"], swiftSettings: strict),
    .target(name: "LinboModel", swiftSettings: strict),
    .target(
        name: "HookConfig", dependencies: ["LinboModel", "LinuxKit", .product(name: "Yams", package: "Yams")],
        swiftSettings: strict),
    .target(
        name: "HookStore",
        dependencies: [
            "API", "LinboModel", .product(name: "GRDB", package: "GRDB.swift"),
            .product(name: "GRDBSQLite", package: "GRDB.swift"), .product(name: "Logging", package: "swift-log"),
        ], swiftSettings: strict),
    // Programs that run as long as the daemon: started again, ended with it.
    .target(
        name: "Supervision",
        dependencies: ["LinboModel", "LinuxKit", .product(name: "Logging", package: "swift-log")],
        swiftSettings: strict),
    // What somebody wants done: durable, once, tried again, cancelled, with its log.
    .target(
        name: "Jobs",
        dependencies: [
            "API", "HookConfig", "HookStore", "LinboModel", "LinuxKit", .product(name: "GRDB", package: "GRDB.swift"),
            .product(name: "Logging", package: "swift-log"),
        ], swiftSettings: strict),
    .target(
        name: "HookHost",
        dependencies: [
            "API", "Jobs", "Supervision", "LinuxKit", "LinboModel", "HookConfig", "HookStore", "HookWire",
            .product(name: "Logging", package: "swift-log"),
        ], swiftSettings: strict),
    // What every PC does and how its boots went, from the audit log and from what is on the way.
    .target(
        name: "Timeline",
        dependencies: [
            "HookHost", "HookStore", "LinboModel", "LinuxKit", .product(name: "Logging", package: "swift-log"),
        ], swiftSettings: strict),
    // New hosts, from a client's row into a school's devices.csv.
    .target(
        name: "Registration",
        dependencies: ["LinuxKit", "HookHost", "LinboModel", .product(name: "Logging", package: "swift-log")],
        swiftSettings: strict),
    // What clients upload, from its first byte to the moment when it goes live.
    .target(
        name: "Uploads",
        dependencies: [
            "LinuxKit", "CLinux", "HookConfig", "HookHost", "HookStore", "HookWire", "ImageStore", "LinboModel",
            "Registration",
            "Torrent",
            .product(name: "Logging", package: "swift-log"),
        ], swiftSettings: strict),
    .target(
        name: "RsyncTransport",
        dependencies: [
            "LinuxKit", "HookHost", "HookStore", "HookWire", "LinboModel", "Uploads",
            .product(name: "Logging", package: "swift-log"),
        ], swiftSettings: strict),
    // System calls that Swift's Glibc module leaves out.
    .target(name: "CLinux"),
    .target(
        name: "TFTPTransport",
        dependencies: [
            "LinuxKit", "CLinux", "HookHost", "HookStore", "HookWire", "LinboModel",
            .product(name: "DequeModule", package: "swift-collections"),
            .product(name: "HeapModule", package: "swift-collections"),
            .product(name: "Logging", package: "swift-log"),
        ], swiftSettings: strict),
    .target(
        name: "HookMetrics",
        dependencies: [
            "CLinux", "LinuxKit", "HookHost", "HookStore", "LinboModel",
            .product(name: "CoreMetrics", package: "swift-metrics"),
            .product(name: "Metrics", package: "swift-metrics"), .product(name: "Logging", package: "swift-log"),
        ], swiftSettings: strict),
    // Torrents of images: bencode, hashing on all cores, checking. Knows nothing of requests and plugins.
    .target(
        name: "Torrent", dependencies: ["LinuxKit", "CLinux", .product(name: "Crypto", package: "swift-crypto")],
        swiftSettings: strict),
    // Which PCs have a torrent, or how far they are: a tracker that knows rooms and subnets.
    .target(
        name: "Tracker",
        dependencies: [
            "LinuxKit", "CLinux", "LinboModel", "Torrent", .product(name: "Crypto", package: "swift-crypto"),
            .product(name: "DequeModule", package: "swift-collections"),
        ], swiftSettings: strict),
    // Images to BitTorrent's peers: seeds, and can do nothing else.
    .target(
        name: "Seeding",
        dependencies: [
            "CLinux", "LinboModel", "LinuxKit", "Torrent", .product(name: "Crypto", package: "swift-crypto"),
            .product(name: "DequeModule", package: "swift-collections"),
            .product(name: "Logging", package: "swift-log"),
        ], swiftSettings: strict),
    // The sets of files below images/: swapped whole, rolled back, pruned. Knows nothing of requests and plugins.
    .target(name: "ImageStore", dependencies: ["LinuxKit", "CLinux", "LinboModel"], swiftSettings: strict),
    // Other programs: a time limit, failures in words.
    .target(
        name: "Programs", dependencies: [.product(name: "Subprocess", package: "swift-subprocess")],
        swiftSettings: strict),
    // The configuration of DHCP servers: hosts, boot files, checked and replaced.
    .target(
        name: "DHCP",
        dependencies: [
            "LinuxKit", "HookHost", "LinboModel", "Programs", .product(name: "Subprocess", package: "swift-subprocess"),
        ],
        swiftSettings: strict),
    // Boots a PC in QEMU, in a network namespace.
    .target(
        name: "SelfTest",
        dependencies: [
            "DHCP", "LinboModel", "Programs", .product(name: "Subprocess", package: "swift-subprocess"),
        ],
        swiftSettings: strict),
    .systemLibrary(
        name: "CLibXML2", path: "Sources/CLibXML2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
    .systemLibrary(
        name: "CLibICal", path: "Sources/CLibICal", pkgConfig: "libical", providers: [.apt(["libical-dev"])]),
    // What somebody wants done later, or again and again.
    .target(
        name: "Schedule",
        dependencies: [
            "API", "CLibICal", "HookStore", "LinboModel", "LinuxKit",
            .product(name: "GRDB", package: "GRDB.swift"), .product(name: "Logging", package: "swift-log"),
        ], swiftSettings: strict),
    .systemLibrary(name: "CZlib", path: "Sources/CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CLibSSH", path: "Sources/CLibSSH", pkgConfig: "libssh", providers: [.apt(["libssh-dev"])]),
    // Commands and files on PCs, by ssh, all on one thread. Knows nothing of LINBO.
    .target(
        name: "SSH",
        dependencies: [
            "CLibSSH", "CLinux", "HookConfig", "LinboModel", "LinuxKit",
            .product(name: "DequeModule", package: "swift-collections"),
        ], swiftSettings: strict),
    // What can be asked of the daemon and told to it: operations, faults, who asks.
    .target(name: "API", dependencies: ["LinboModel"], swiftSettings: strict),
    // Asks a running daemon.
    .target(
        name: "APIClient",
        dependencies: [
            "API", "LinboModel", .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOPosix", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
        ], swiftSettings: strict),
    // What commands below linboctl share: the way to the daemon, tables, terminals.
    .target(
        name: "CommandLineKit",
        dependencies: [
            "API", "APIClient", "HookConfig", "Jobs", "LinboModel",
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ], swiftSettings: strict),
    // HTTP and JSON before operations; it holds no rule of its own.
    .target(
        name: "ControlAPI",
        dependencies: [
            "API", "LinboModel", "LinuxKit", .product(name: "Hummingbird", package: "hummingbird"),
            .product(name: "HummingbirdCore", package: "hummingbird"),
            .product(name: "HTTPTypes", package: "swift-http-types"), .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "Logging", package: "swift-log"),
        ], swiftSettings: strict),
    .target(
        name: "LinboHookd",
        dependencies: [
            "LinuxKit", "HookHost", "HookConfig", "HookStore", "HookWire", "LinboModel", "RsyncTransport",
            "TFTPTransport", "Jobs", "Supervision", "Timeline",
            "HookMetrics", "DHCP", "SelfTest", "ImageStore", "Registration", "Remote", "SSH", "Schedule", "Uploads",
            "Programs",
            .product(name: "Logging", package: "swift-log"),
            .product(name: "Subprocess", package: "swift-subprocess"),
            .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            .product(name: "UnixSignals", package: "swift-service-lifecycle"),
        ] + plugins.map { .init(stringLiteral: $0.name) }, swiftSettings: strict),
    // What tests of plugins are made of: a server in a temporary directory, at three depths. For tests alone.
    .target(
        name: "HookTesting",
        dependencies: [
            "HookConfig", "HookHost", "HookStore", "HookWire", "LinboHookd", "LinboModel", "RsyncTransport",
            "TFTPTransport", .product(name: "Logging", package: "swift-log"),
        ], swiftSettings: strict),
    // What PCs are told from here: to wake, and LINBO's commands over ssh.
    .target(
        name: "Remote",
        dependencies: [
            "CLinux", "SSH", "HookConfig", "HookHost", "HookStore", "Jobs", "LinboModel", "LinuxKit",
            .product(name: "DequeModule", package: "swift-collections"), .product(name: "GRDB", package: "GRDB.swift"),
            .product(name: "Logging", package: "swift-log"),
        ], swiftSettings: strict),
    // Every query and every command, once.
    .target(
        name: "Control",
        dependencies: [
            "API", "Jobs", "Supervision", "LinboHookd", "LinuxKit", "HookConfig", "HookHost", "HookStore", "LinboModel",
            "RsyncTransport", "Timeline",
            "TFTPTransport", "ImageStore", "Uploads", "DHCP", "APIClient", "Remote", "Schedule", "SSH",
            .product(name: "GRDB", package: "GRDB.swift"), .product(name: "Logging", package: "swift-log"),
        ], swiftSettings: strict),
    .executableTarget(
        name: "linbo-hookd",
        dependencies: [
            "LinboHookd", "LinuxKit", "HookConfig", "HookHost", "HookWire", "HookStore", "RsyncTransport", "LinboModel",
            "Control", "ControlAPI", "API", "CommandLineKit", "Jobs", "Supervision", "Registration", "Schedule",
            "Uploads",
            "TFTPTransport", "Timeline",
            "APIClient",
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
            .product(name: "Logging", package: "swift-log"),
            .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            .product(name: "UnixSignals", package: "swift-service-lifecycle"),
        ],
        swiftSettings: strict),
    .executableTarget(
        name: "linboctl",
        dependencies: [
            "API", "APIClient", "CommandLineKit", "Control", "Jobs", "Supervision", "LinuxKit", "LinboHookd",
            "HookConfig", "HookHost",
            "HookStore", "LinboModel", "Remote", "TFTPTransport", "Uploads", "ImageStore", "DHCP", "SelfTest",
            "Programs", "Schedule",
            "Timeline", .product(name: "ArgumentParser", package: "swift-argument-parser"), subprocess,
        ],
        swiftSettings: strict),
]

let package = Package(
    name: "linbo-hookd",
    products: [
        .executable(name: "linbo-hookd", targets: ["linbo-hookd"]),
        .executable(name: "linboctl", targets: ["linboctl"]),
        .executable(name: "linbo-hook", targets: ["linbo-hook"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    ],
    targets: sourceTargets + testTargets + pluginTargets)
