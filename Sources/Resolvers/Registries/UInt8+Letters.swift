extension UInt8 {
    /// Whether it is an ASCII letter or digit.
    var isAlphanumeric: Bool {
        switch self {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: false
        }
    }

    /// Whether it is an ASCII letter.
    var isLetter: Bool { isAlphanumeric && self > 0x39 }

    /// Of ASCII's capital letters the small ones; any other byte as it is.
    var lowercased: UInt8 { (0x41...0x5A).contains(self) ? self | 0x20 : self }
}
