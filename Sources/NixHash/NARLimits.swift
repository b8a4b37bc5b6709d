/// What may be in a NAR for every current version of Nix to take it.
///
/// Old versions had these limits from the operating system alone; they are the format's own since 2.28.7, 2.29.4, 2.30.5,
/// 2.31.5, 2.32.8, 2.33.6, 2.34.7 and 2.35.0.
public enum NARLimits {
    /// The longest name of a directory entry, in bytes.
    public static let nameLength = 255
    /// The longest target of a symbolic link, in bytes.
    public static let targetLength = 4095
    /// The most directories that may lie within each other, the root not counted.
    public static let depth = 63

    /// Whether a symbolic link in a NAR can have this target.
    public static func allows(target: [UInt8]) -> Bool {
        !target.isEmpty && target.count <= targetLength && !target.contains(0)
    }
}
