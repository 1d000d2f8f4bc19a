import Testing

@testable import LinuxKit

@Suite struct BoundedCallTests {
    @Test(
        "the limit that has passed is told in a unit that shows it",
        arguments: [
            (Duration.seconds(30), "30s"), (.seconds(120), "120s"), (.seconds(4000), "4000s"),
            (.milliseconds(50), "50ms"), (.milliseconds(1500), "1500ms"),
        ])
    func overdue(_ limit: Duration, _ text: String) {
        #expect("\(Overdue(limit: limit))" == "no answer within \(text)")
    }
}
