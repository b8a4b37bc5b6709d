/// Texts in which everything that any scheme knows meets everything else.
enum RandomVersion {
    private static let numbers = ["0", "1", "2", "10", "01", "2024", "99999999999999999999"]
    private static let words = [
        "a", "b", "rc", "alpha", "beta", "dev", "pre", "preview", "post", "r", "p", "SNAPSHOT", "M", "w", "za", "x1",
        "foo", "Final",
        "RC1", "rc10", "rc2", "1a", "0",
    ]
    private static let separators = [".", ".", "-", "_", ""]

    static func text(using generator: inout some RandomNumberGenerator) -> String {
        func one(_ choices: [String]) -> String { choices.randomElement(using: &generator) ?? "" }
        if Int.random(in: 0..<3, using: &generator) == 0 { return semver(one) }
        var text = one(["", "", "", "v", "1!"]) + one(numbers)
        let separator = one([".", ".", ".", ".", "_", "-"])
        for _ in 0..<Int.random(in: 0...3, using: &generator) { text += separator + one(numbers) }
        for _ in 0..<(Int.random(in: 0...5, using: &generator) / 2) {
            text += one(separators) + one(words) + one(["", "", "."]) + one(["", "1", "2", "10"])
        }
        return text + one(["", "", "", "", "", "+b.1", "+10"])
    }

    private static func semver(_ one: ([String]) -> String) -> String {
        let numbers = ["0", "1", "1", "2", "10"]
        let identifiers = ["0", "1", "10", "2", "alpha", "beta", "rc", "rc1", "rc10", "rc2", "-", "1a", "A"]
        var text = one(numbers) + "." + one(numbers) + "." + one(numbers)
        if one(["", "-"]) == "-" {
            text += "-" + one(identifiers)
            if one(["", "."]) == "." { text += "." + one(identifiers) }
        }
        return text + one(["", "", "", "+b.1"])
    }
}
