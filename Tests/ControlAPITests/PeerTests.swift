import API
import Glibc
import HookTesting
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import ControlAPI

/// Who may ask.
@Suite struct PeerTests {
    private static let nobody: UInt32 = 65_534
    private static let noGroup = "linbo-none"

    @Test("root and the daemon's own user may ask, and members; a group that is not there has none")
    func mayAsk() throws {
        let root = Peer(process: 1, user: 0, group: Self.nobody)
        let own = Peer(process: 1, user: geteuid(), group: Self.nobody)
        #expect(root.mayAsk(group: Self.noGroup) && own.mayAsk(group: Self.noGroup))
        let stranger = Peer(process: 1, user: 54_321, group: 54_321)
        #expect(!stranger.mayAsk(group: Self.noGroup) && !stranger.mayAsk(group: "root"))
        // By the process's group, as newgrp and setpriv give it.
        #expect(Peer(process: 1, user: 54_321, group: 0).mayAsk(group: "root"))
        // By the system's groups, whatever the process's is; root's are those that each system has.
        #expect(Accounts.isMember(0, of: "root") && !Accounts.isMember(0, of: Self.noGroup))
        #expect(!Accounts.isMember(54_321, of: "root"))
    }

    @Test("a user of many groups and a group of many members are found, with however little room at first")
    func manyGroups() {
        let all = Accounts.groups(of: "root", 0)
        #expect(all.contains(0))
        for room in [0, 1, 2] as [Int32] { #expect(Accounts.groups(of: "root", 0, room: room) == all) }
        for room in [0, 1, 7] { #expect(Accounts.number(of: "root", room: room) == 0) }
        #expect(Accounts.number(of: Self.noGroup, room: 1) == nil)
    }

    @Test("who has no name is called by the number, and so is a process that is gone")
    func actors() {
        #expect(Peer(process: .max, user: 54_321, group: 0).actor == Actor(name: "54321"))
        #expect(Peer(process: .max, user: 0, group: 0).actor == Actor(name: "root"))
    }

    @Test("a unix socket has its peer by the kernel's word, another one has none") func channels() async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let lab = try APILab()
        let accepted = Mutex<[any Channel]>([])
        func serve(_ bind: (ServerBootstrap) async throws -> any Channel) async throws -> any Channel {
            try await bind(
                ServerBootstrap(group: group).childChannelInitializer { channel in
                    accepted.withLock { $0.append(channel) }
                    return channel.eventLoop.makeSucceededVoidFuture()
                })
        }
        let local = try await serve { try await $0.bind(unixDomainSocketPath: lab.socket).get() }
        let first = try await ClientBootstrap(group: group).connect(unixDomainSocketPath: lab.socket).get()
        try await eventually("it is accepted") { accepted.withLock { $0.count } == 1 }
        let peer = await Peer(of: accepted.withLock { $0[0] })
        #expect(peer?.process == getpid() && peer?.user == geteuid() && peer?.group == getegid())
        let remote = try await serve { try await $0.bind(host: "127.0.0.1", port: 0).get() }
        let address = try #require(remote.localAddress)
        let second = try await ClientBootstrap(group: group).connect(to: address).get()
        try await eventually("it is accepted") { accepted.withLock { $0.count } == 2 }
        #expect(await Peer(of: accepted.withLock { $0[1] }) == nil)
        for channel in [first, second, local, remote] { try await channel.close().get() }
    }
}
