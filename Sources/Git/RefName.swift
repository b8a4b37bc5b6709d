/// The rules for names of refs.
///
/// The rules are those of `git check-ref-format`; they also keep a name from breaking out of a line of the protocol.
public enum RefName {
    /// Whether git allows `name` as a full ref name (`HEAD`, `refs/heads/main`) or as the end of one (`main`).
    public static func isValid(_ name: String) -> Bool {
        let bytes = Array(name.utf8)
        guard !bytes.isEmpty, bytes.count <= 4096, bytes != [UInt8(ascii: "@")], bytes.first != UInt8(ascii: "-")
        else { return false }
        let forbidden = Array("~^:?*[\\".utf8)
        var previous: UInt8 = 0
        for byte in bytes {
            if byte <= 0x20 || byte == 0x7F || forbidden.contains(byte) { return false }
            if previous == UInt8(ascii: ".") && byte == UInt8(ascii: ".") { return false }
            if previous == UInt8(ascii: "@") && byte == UInt8(ascii: "{") { return false }
            previous = byte
        }
        if previous == UInt8(ascii: ".") { return false }
        return bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy { component in
            guard let first = component.first else { return false }
            return first != UInt8(ascii: ".") && !component.ends(with: ".lock")
        }
    }

    static let heads = "refs/heads/"
    static let tags = "refs/tags/"

    /// The refs that a person may mean by `name`, most likely first.
    static func candidates(for name: String) -> [String] {
        let exact = hasPrefix(name, "refs/") ? [name] : []
        return exact + [ofBranch(name), ofTag(name)]
    }

    /// The full name of a branch.
    public static func ofBranch(_ name: String) -> String { heads + name }

    /// The full name of a tag.
    public static func ofTag(_ name: String) -> String { tags + name }

    /// A branch's name without `refs/heads/`; nil for every other ref.
    public static func branch(of ref: String) -> String? { rest(of: ref, behind: heads) }

    /// A tag's name without `refs/tags/`; nil for every other ref.
    public static func tag(of ref: String) -> String? { rest(of: ref, behind: tags) }

    /// By bytes: to `String`, a slash and the accent that follows it are one character.
    private static func rest(of ref: String, behind prefix: String) -> String? {
        hasPrefix(ref, prefix) ? String(decoding: ref.utf8.dropFirst(prefix.utf8.count), as: UTF8.self) : nil
    }

    // String comparison takes texts for equal that differ in Unicode normalisation; to git they are two refs.

    static func areEqual(_ left: String, _ right: String) -> Bool {
        left.utf8.elementsEqual(right.utf8)
    }

    static func hasPrefix(_ name: String, _ prefix: String) -> Bool {
        name.utf8.starts(with: prefix.utf8)
    }

    static func hasSuffix(_ name: String, _ suffix: String) -> Bool {
        name.utf8.ends(with: suffix)
    }
}

extension Collection<UInt8> {
    func ends(with suffix: String) -> Bool {
        count >= suffix.utf8.count && dropFirst(count - suffix.utf8.count).elementsEqual(suffix.utf8)
    }

    func starts(with prefix: String) -> Bool {
        starts(with: prefix.utf8)
    }
}
