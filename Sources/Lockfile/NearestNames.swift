extension Pins {
    /// The names that a mistyped one may have meant, the likeliest first; at most three.
    public func nearestNames(to text: String) -> [PinName] { NearestNames.of(text, among: names, text: \.text) }
}

/// What somebody may have meant who typed a name that is none.
public enum NearestNames {
    /// The names nearest to a text, the likeliest first; at most three.
    ///
    /// A name counts when a third of its characters or less is to be changed, one in any case.
    public static func of<Name: Comparable>(
        _ wanted: String, among names: some Sequence<Name>, text: (Name) -> String
    ) -> [Name] {
        let wanted = Array(wanted.unicodeScalars)
        let near = names.compactMap { name -> (distance: Int, name: Name)? in
            let candidate = Array(text(name).unicodeScalars)
            let limit = max(1, max(wanted.count, candidate.count) / 3)
            guard abs(wanted.count - candidate.count) <= limit else { return nil }
            let distance = editDistance(wanted, candidate)
            return distance <= limit ? (distance, name) : nil
        }
        return near.sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }.prefix(3).map(\.name)
    }
}

/// How many characters are to be put in, taken out, replaced or swapped with their neighbour to get from one to the other.
///
/// Upper and lower case count as the same.
private func editDistance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
    let left = left.map(\.properties.lowercaseMapping)
    let right = right.map(\.properties.lowercaseMapping)
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for row in left.indices {
        var current = [row + 1]
        for column in right.indices {
            let isSame = left[row] == right[column]
            var best = min(last[column + 1] + 1, current[column] + 1, last[column] + (isSame ? 0 : 1))
            if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                best = min(best, beforeLast[column - 1] + 1)
            }
            current.append(best)
        }
        (beforeLast, last) = (last, current)
    }
    return last[right.count]
}
