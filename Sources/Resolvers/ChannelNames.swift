internal import Lockfile

/// How the channels of Nix are called, for somebody who mistyped one: `nixos-YY.MM`, `nixos-YY.MM-small`,
/// `nixpkgs-YY.MM-darwin`, and three that follow nixpkgs' main branch.
enum ChannelNames {
    private static let unstable = ["nixos-unstable", "nixpkgs-unstable", "nixos-unstable-small"]

    /// The names that one which is no channel's may have meant, the likeliest first; whether they are channels is for the
    /// host to say.
    static func candidates(for name: String) -> [String] {
        let text = name.lowercased()
        var candidates: [String] = []
        if let release = release(in: text) {
            for release in release {
                let variants =
                    if text.contains("darwin") {
                        ["nixpkgs-\(release)-darwin"]
                    } else if text.contains("small") {
                        ["nixos-\(release)-small", "nixos-\(release)"]
                    } else if text.hasPrefix("nixpkgs") {
                        // There is none without a system.
                        ["nixos-\(release)", "nixpkgs-\(release)-darwin"]
                    } else {
                        ["nixos-\(release)"]
                    }
                candidates += variants
            }
        } else {
            candidates = NearestNames.of(text, among: unstable, text: \.self)
            if candidates.isEmpty && text.contains("unstable") { candidates = unstable }
        }
        return Array(candidates.filter { !$0.utf8.elementsEqual(name.utf8) }.prefix(4))
    }

    /// The release that a number in a name is one for: `25.5`, `2505` and `25-05` are 25.05. Releases come in May and in
    /// November; another month may be either.
    private static func release(in text: String) -> [String]? {
        let numbers = text.split { !("0"..."9").contains($0) }
        guard let first = numbers.first, [2, 4].contains(first.count) else { return nil }
        let month = first.count == 4 ? first.suffix(2) : numbers.dropFirst().first ?? ""
        let year = first.prefix(2)
        switch Int(month) ?? 0 {
        case 5: return ["\(year).05"]
        case 11: return ["\(year).11"]
        // As they were until 2020.
        case 3: return ["\(year).03", "\(year).05"]
        case 9: return ["\(year).09", "\(year).11"]
        case 6...: return ["\(year).11", "\(year).05"]
        default: return ["\(year).05", "\(year).11"]
        }
    }
}
