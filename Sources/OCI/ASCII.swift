/// Equality by bytes, where `String`'s own is by canonical equivalence.
func sameBytes(_ left: String, _ right: String) -> Bool { left.utf8.elementsEqual(right.utf8) }

/// With ASCII's capital letters as small ones; every other byte stays, whatever character it is a part of.
func asciiLowercased(_ text: String) -> String {
    String(decoding: text.utf8.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }, as: UTF8.self)
}
