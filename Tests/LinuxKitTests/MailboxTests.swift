import Glibc
import LinuxKit
import Testing

@Suite("mailbox") struct MailboxTests {
    @Test("messages come in their order and wake epoll; a closed one takes none") func messages() throws {
        let (mailbox, poller) = (try Mailbox<Int>("test"), try Poller("test"))
        #expect(poller.watch(mailbox.descriptor))
        #expect(!mailbox.hasMessages && Self.isReady(poller) == false)
        #expect(mailbox.post(1) && mailbox.post(2))
        #expect(mailbox.hasMessages && Self.isReady(poller))
        #expect(mailbox.take() == [1, 2])
        #expect(!mailbox.hasMessages && mailbox.take().isEmpty && Self.isReady(poller) == false)
        mailbox.post(3)
        #expect(mailbox.close() == [3])
        #expect(!mailbox.post(4) && mailbox.take().isEmpty)
        #expect(!poller.watch(-1))
    }

    private static func isReady(_ poller: Poller) -> Bool {
        var entry = pollfd(fd: poller.descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, 0) == 1
    }
}
