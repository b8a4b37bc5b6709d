import Testing
import Versions

/// Versions in a row, as `1.0-rc1 < 1.0 = 1.0.0 < 1.1`, and where that order is written down or was seen.
struct OrderChain: Sendable, CustomTestStringConvertible {
    let scheme: VersionScheme
    let source: String
    /// The spellings of each place, the lowest place first.
    let places: [[String]]

    init(_ scheme: VersionScheme, from source: String, _ text: String) {
        self.scheme = scheme
        self.source = source
        var places: [[String]] = []
        var isEqual = false
        for word in text.split(whereSeparator: \.isWhitespace) {
            switch word {
            case "<": isEqual = false
            case "=": isEqual = true
            default:
                if isEqual {
                    places[places.count - 1].append(String(word))
                } else {
                    places.append([String(word)])
                }
            }
        }
        self.places = places
    }

    var testDescription: String { "\(scheme.rawValue): \(source)" }

    /// What is compared with its neighbour: how many orderings the chain states.
    var orderings: Int { places.reduce(0) { $0 + $1.count } - 1 }
}
