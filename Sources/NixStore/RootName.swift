internal import NixHash

/// What the link is called that keeps a pin from being collected as garbage.
public enum RootName {
    /// As many bytes as file systems take for a name.
    private static let longest = 255
    /// How much of a name that is too long is kept, for people.
    private static let kept = 200

    /// The file name for a pin's name; no two names have the same.
    ///
    /// Letters, digits and `+-._?=` stay, but for a dot at the beginning; of everything else, `%` among it, each byte is
    /// `%XX`. A name that gets too long so is cut, and `%-` and 160 bits of the SHA-256 of the whole name take the
    /// place of the rest, which no encoded name has in it.
    public static func encode(_ name: String) -> String {
        var text = ""
        for (index, byte) in name.utf8.enumerated() {
            let stays = StorePath.isAllowed(byte) && !(index == 0 && byte == UInt8(ascii: "."))
            if stays {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                text += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        guard text.utf8.count > longest else { return text }
        // Not in the middle of `%XX`, for which `%-` would else be taken.
        var beginning = text.prefix(kept)
        if let sign = beginning.suffix(2).firstIndex(of: "%") { beginning = beginning[..<sign] }
        // 160 bits, as in store paths: all of them would leave little room for what a person reads.
        return beginning + "%-" + SHA256.hash(Array(name.utf8)).hex.prefix(40)
    }
}
