/// Names in archives, taken apart as current versions of Nix do.
enum TreePath {
    /// The most directories that may lie within each other, the root not counted (Nix's NAR limit of 64 levels).
    static let maximumDepth = 63
    /// The longest target of a symbolic link that current versions of Nix take.
    static let maximumTargetLength = 4095
    private static let maximumNameLength = 255
    private static let maximumPathLength = 4095

    /// The components of an entry's name: `.` and empty ones dropped, `..` taken back, never above the root.
    ///
    /// That is `CanonPath` of Nix 2.20 and later; older ones refuse `..`.
    /// - Throws: `TreeError`
    static func components(of path: [UInt8]) throws(TreeError) -> [ArraySlice<UInt8>] {
        guard path.count <= maximumPathLength else { throw .pathTooLong(path: path) }
        var components: [ArraySlice<UInt8>] = []
        for component in path.split(separator: UInt8(ascii: "/")) {
            switch component {
            case [0x2E]: continue
            case [0x2E, 0x2E]: _ = components.popLast()
            default:
                guard component.count <= maximumNameLength else { throw .nameTooLong(path: path) }
                components.append(component)
            }
        }
        return components
    }
}
