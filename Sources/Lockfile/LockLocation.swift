/// Where the lock is.
public enum LockLocation: Sendable, Equatable {
    /// A folder with `pins.json` and the `default.nix` that reads it.
    case directory(String)
    /// A JSON file alone.
    case file(String)

    /// The path of the JSON file.
    public var path: String {
        switch self {
        case .directory(let folder): Self.join(folder, "pins.json")
        case .file(let file): file
        }
    }

    /// The path of `default.nix`; nil where none is kept.
    public var defaultNixPath: String? {
        switch self {
        case .directory(let folder): Self.join(folder, "default.nix")
        case .file: nil
        }
    }

    static func join(_ folder: String, _ name: String) -> String {
        folder.isEmpty ? name : folder.utf8.last == UInt8(ascii: "/") ? folder + name : "\(folder)/\(name)"
    }
}
