public import Lockfile
internal import NixHash

/// How pins that are updated are divided among pull requests.
public enum ProposalGrouping: String, CaseIterable, Sendable {
    /// All of them in one.
    case all
    /// Those of each group in one of their own, and those of no group together in one more.
    case group
    /// Each in one of its own.
    case each
}

/// The pins that are updated with one pull request, and the branch that it is made from.
public struct ProposalScope: Sendable, Equatable {
    /// Without `refs/heads/`; the same in every run.
    public let branch: String
    /// Every pin that could be in it.
    public let pins: [PinName]

    public init(branch: String, pins: [PinName]) {
        self.branch = branch
        self.pins = pins
    }

    /// Divides pins.
    ///
    /// - Parameters:
    ///   - pins: each with its group, if it has one.
    ///   - prefix: what every branch begins with.
    /// - Returns: in the order of the branches' names.
    public static func scopes(
        of pins: [(name: PinName, group: String?)], by grouping: ProposalGrouping, prefix: String
    ) -> [ProposalScope] {
        var branches: [String] = []
        var members: [String: [PinName]] = [:]
        for (name, group) in pins {
            let part: String? =
                switch grouping {
                case .all: nil
                case .group: group
                case .each: name.text
                }
            let branch = branch(prefix, part)
            if members[branch] == nil { branches.append(branch) }
            members[branch, default: []].append(name)
        }
        branches.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        return branches.map { ProposalScope(branch: $0, pins: members[$0] ?? []) }
    }

    /// Whether a branch can be one of ours: the prefix itself, or the prefix and a name.
    public static func isBranch(_ branch: String, prefix: String) -> Bool {
        let rest = branch.utf8.dropFirst(prefix.utf8.count)
        return branch.utf8.starts(with: prefix.utf8) && (rest.isEmpty || rest.first == UInt8(ascii: "-"))
    }

    /// The branch of a group or pin.
    ///
    /// A name that not every forge, shell and file system takes as a part of a branch's name is written with `-` in the place
    /// of what is in the way, and with the beginning of its own digest, so that two names never have one branch.
    static func branch(_ prefix: String, _ name: String?) -> String {
        guard let name else { return prefix }
        let plain = plain(name)
        guard !plain.utf8.elementsEqual(name.utf8) else { return "\(prefix)-\(name)" }
        let digest = SHA256.hash(Array(name.utf8)).hex.prefix(8)
        return plain.isEmpty ? "\(prefix)-\(digest)" : "\(prefix)-\(plain)-\(digest)"
    }

    /// The longest part of a name that is kept.
    private static let maximumLength = 100

    /// The name as `git check-ref-format` takes it, in lower case where file systems would take two for one.
    private static func plain(_ name: String) -> String {
        var bytes: [UInt8] = []
        for byte in name.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                bytes.append(byte)
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): bytes.append(byte | 0x20)
            // Neither two dots, nor one at the beginning or before `lock`.
            case UInt8(ascii: ".") where bytes.last.map { $0 != UInt8(ascii: ".") && $0 != UInt8(ascii: "-") } ?? false:
                bytes.append(byte)
            default: if bytes.last != UInt8(ascii: "-") { bytes.append(UInt8(ascii: "-")) }
            }
        }
        bytes = Array(bytes.prefix(maximumLength))
        while let last = bytes.last, last == UInt8(ascii: ".") || last == UInt8(ascii: "-") { bytes.removeLast() }
        while bytes.first == UInt8(ascii: "-") { bytes.removeFirst() }
        let text = String(decoding: bytes, as: UTF8.self)
        return text.hasSuffix(".lock") ? String(text.dropLast(".lock".count)) : text
    }
}
