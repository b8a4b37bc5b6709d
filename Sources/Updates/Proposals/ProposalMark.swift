public import Git
internal import NixHash

/// The last line of a proposal's commit, by which pinr knows it again as it made it.
///
/// It is a digest of what the commit is: its tree, its parent, its message, and what it was made for. Whoever adds to the
/// commit, edits its message or puts it elsewhere makes another commit, which the line does not belong to; a commit on top
/// has none. So a branch is only ever replaced when nothing of anybody else is on it. Against forgery it does nothing, nor has
/// it to.
public struct ProposalMark: Sendable, Equatable {
    static let key = "Pinr-Proposal: "

    /// The base branch and the file that the commit is for: another run, for others, leaves it alone.
    private let purpose: String

    /// - Parameters:
    ///   - lock: the path of the file with the pins, from the top of the work tree.
    ///   - base: the branch that is proposed to, without `refs/heads/`.
    public init(lock: String, base: String) {
        purpose = "\(base)\0\(lock)"
    }

    /// The message with the line at its end.
    public func sign(_ message: String, tree: ObjectID, parent: ObjectID) -> String {
        let text = Self.trimmed(message)
        return "\(text)\n\n\(Self.key)\(digest(text, tree: tree, parent: parent))\n"
    }

    /// Whether a commit is as pinr made it for this purpose.
    ///
    /// - Parameter message: the commit's, byte by byte.
    public func isOn(_ commit: GitCommit, message: [UInt8]) -> Bool {
        guard commit.parents.count == 1, let parent = commit.parents.first,
            let message = String(validating: message, as: UTF8.self)
        else { return false }
        let lines = message.split(separator: "\n", omittingEmptySubsequences: false)
        guard let end = lines.lastIndex(where: { !$0.isEmpty }), lines[end].utf8.starts(with: Self.key.utf8)
        else { return false }
        let text = Self.trimmed(lines[..<end].joined(separator: "\n"))
        let expected = Self.key + digest(text, tree: commit.tree, parent: parent)
        return lines[end].utf8.elementsEqual(expected.utf8)
    }

    private func digest(_ text: String, tree: ObjectID, parent: ObjectID) -> String {
        SHA256.hash(Array("\(tree)\0\(parent)\0\(purpose)\0\(text)".utf8)).hex
    }

    /// Git takes empty lines off the end of a message, and so do forges.
    private static func trimmed(_ message: String) -> String {
        var bytes = Array(message.utf8)
        while let last = bytes.last, last == UInt8(ascii: "\n") || last == UInt8(ascii: " ") { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }
}
