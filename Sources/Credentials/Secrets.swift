internal import Synchronization
internal import Transfer

/// The secrets that a run knows, and how to keep them out of what it prints and writes.
///
/// The second line of defence: nothing is meant to print a secret, but a server may send one back in its error page.
public final class Secrets: Sendable {
    private struct Form {
        let bytes: [UInt8]
        /// Whether nobody would write it by chance, so that to find it says that the secret leaked.
        let isTelling: Bool
    }

    private let forms = Mutex<[Form]>([])

    /// Shorter ones are left alone: `***` in every other word would say more about a secret than the words do.
    private static let shortest = 4
    /// From this length on it is no coincidence to find one.
    private static let telling = 8
    private static let stars = Array("***".utf8)
    private static let ellipsis = Array("…".utf8)

    public init() {}

    /// Takes note of a secret: as it is, percent-encoded, and as HTTP's `Basic` scheme encodes it, with whatever
    /// user name.
    public func add(user: String, secret: String) {
        var texts = [
            secret, Self.percentEncoded(secret, "0123456789ABCDEF"), Self.percentEncoded(secret, "0123456789abcdef"),
        ]
        // Padding may be missing where it is shown.
        texts.append(String(BasicAuthentication.encode(user: user, secret: secret).prefix { $0 != "=" }))
        texts += Self.innerDigits(secret).filter { $0.utf8.count >= Self.telling }
        forms.withLock { forms in
            for text in texts where text.utf8.count >= Self.shortest {
                guard !forms.contains(where: { $0.bytes.elementsEqual(text.utf8) }) else { continue }
                forms.append(Form(bytes: Array(text.utf8), isTelling: text.utf8.count >= Self.telling))
            }
            // The longest first, so that of one that begins with another nothing stays.
            forms.sort { $0.bytes.count > $1.bytes.count }
        }
    }

    /// The text with stars in place of every secret, and of the beginning of one that is cut off by `…`.
    public func redacted(_ text: String) -> String {
        let forms = forms.withLock { $0 }
        guard !forms.isEmpty else { return text }
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = 0
        var isChanged = false
        while index < bytes.count {
            let rest = bytes[index...]
            if let form = forms.first(where: { rest.starts(with: $0.bytes) }) {
                result += Self.stars
                index += form.bytes.count
                isChanged = true
            } else if let length = Self.lengthCutOff(rest, forms) {
                result += Self.stars
                index += length
                isChanged = true
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return isChanged ? String(decoding: result, as: UTF8.self) : text
    }

    /// How long the beginning of a secret is that stands here and ends in `…`; nil when there is none.
    private static func lengthCutOff(_ rest: ArraySlice<UInt8>, _ forms: [Form]) -> Int? {
        for form in forms where rest.first == form.bytes.first {
            let common = zip(rest, form.bytes).prefix { $0 == $1 }.count
            if common >= telling, rest.dropFirst(common).starts(with: ellipsis) { return common }
        }
        return nil
    }

    /// Whether a secret stands in the text that cannot be there by chance.
    public func leak(into text: String) -> Bool {
        let forms = forms.withLock { $0.filter(\.isTelling) }
        guard !forms.isEmpty else { return false }
        let bytes = Array(text.utf8)
        return bytes.indices.contains { index in
            forms.contains { bytes[index...].starts(with: $0.bytes) }
        }
    }

    /// What is the same in base 64 whatever stands before and behind the secret, such as another user's name: the digits
    /// that are made of nothing but it, for each of the three places where it may begin.
    private static func innerDigits(_ secret: String) -> [String] {
        ["", "a", "aa"].map { user in
            let before = user.utf8.count + 1
            let digits = BasicAuthentication.encode(user: user, secret: secret)
            return String(digits.prefix((before + secret.utf8.count) * 8 / 6).dropFirst((before * 8 + 5) / 6))
        }
    }

    private static func percentEncoded(_ text: String, _ digits: String) -> String {
        let digits = Array(digits.utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: bytes.append(byte)
            case _ where "-._~".utf8.contains(byte): bytes.append(byte)
            default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
