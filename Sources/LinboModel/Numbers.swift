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
