/// How texts are told apart and ordered in our files: by their UTF-8 bytes.
///
/// Swift's own `==` and `<` compare by Unicode's canonical equivalence, by which the composed and the decomposed `é`
/// are one text; in JSON, in Nix and in jq they are two.
public enum ByteOrder {
    /// Whether both texts have the same UTF-8 bytes.
    public static func areEqual(_ left: String, _ right: String) -> Bool {
        left.utf8.count == right.utf8.count && left.utf8.elementsEqual(right.utf8)
    }

    /// Whether `left` comes before `right`, byte by byte.
    public static func precedes(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }
}
