extension FixedWidthInteger {
    /// Decimal digits alone: Swift itself takes a sign, too. nil for anything else, and for more than fits.
    package init?(digits text: some StringProtocol) {
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        self.init(text, radix: 10)
    }
}

extension Sequence<Int64> {
    /// The sum, or the greatest number if that is too small for it: sizes of files are what clients and filesystems
    /// say.
    package func total() -> Int64 {
        reduce(0) { sum, number in
            let (result, isTooMuch) = sum.addingReportingOverflow(number)
            return isTooMuch ? .max : result
        }
    }
}
