/// The word of `words` that a mistyped one most likely means; nil if none is near. Case is ignored; of equally near
/// words the first wins. Used for "did you mean" in errors.
package func nearestWord(to word: some StringProtocol, in words: some Sequence<String>) -> String? {
    let longest = 40
    let wanted = Array(word.lowercased().unicodeScalars.prefix(longest + 1))
    guard (1...longest).contains(wanted.count) else { return nil }
    var best: (word: String, distance: Int)?
    for candidate in words {
        let distance = editDistance(wanted, Array(candidate.lowercased().unicodeScalars))
        guard distance <= max(1, wanted.count / 3), distance < best?.distance ?? .max else { continue }
        best = (candidate, distance)
    }
    return best?.word
}

/// How many letters must be put in, taken out, replaced or swapped with their neighbour.
private func editDistance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for row in left.indices {
        var current = [row + 1]
        for column in right.indices {
            let replaced = last[column] + (left[row] == right[column] ? 0 : 1)
            var cost = min(replaced, last[column + 1] + 1, current[column] + 1)
            let isSwap =
                row > 0 && column > 0 && left[row] == right[column - 1] && left[row - 1] == right[column]
            if isSwap { cost = min(cost, beforeLast[column - 1] + 1) }
            current.append(cost)
        }
        beforeLast = last
        last = current
    }
    return last[right.count]
}
