public import Lockfile
public import Resolvers

/// Another tool that pins sources, whose lock can be taken over.
public enum ForeignTool: String, CaseIterable, Sendable {
    /// https://github.com/andir/npins
    case npins
    /// https://github.com/nmattia/niv
    case niv
    /// The lock of a flake, which Nix writes.
    case flake
    /// https://github.com/nikstur/lon
    case lon

    /// Where the tool keeps its lock, from the project's folder.
    public var usualPath: String {
        switch self {
        case .npins: "npins/sources.json"
        case .niv: "nix/sources.json"
        case .flake: "flake.lock"
        case .lon: "lon.lock"
        }
    }

    /// Where the lock may be in a folder that was given instead of the file, the likeliest first.
    public var pathsInFolder: [String] {
        let name = String(
            usualPath[(usualPath.lastIndex(of: "/").map(usualPath.index(after:)) ?? usualPath.startIndex)...])
        return name == usualPath ? [name] : [name, usualPath]
    }

    /// The tools whose lock can be written too, for a way back.
    public static let writable: [ForeignTool] = [.npins, .niv]

    /// Reads the tool's lock.
    /// - Parameter hosts: where the forges are, for the locks that do not say which URL was fetched;
    ///   where the public ones are when not given.
    /// - Throws: `LockfileError` for what is no JSON or not what the format has at its top; `MigrationError`. What is wrong
    ///   with one pin is in `ForeignLock.skipped`.
    public func read(
        _ bytes: [UInt8], at hosts: ServiceHosts = ServiceHosts(environment: [:])
    ) throws -> ForeignLock {
        switch self {
        case .npins: try NpinsLock.read(bytes)
        case .niv: try NivLock.read(bytes)
        case .flake: try FlakeLock.read(bytes, at: hosts)
        case .lon: try LonLock.read(bytes)
        }
    }

    /// Whether the tool has to be told which branch is a pin's default one, which upstream alone knows.
    public func needsDefaultBranch(_ pin: Pin) -> Bool { self == .npins && NpinsLock.needsDefaultBranch(pin) }

    /// Writes pins as the tool's lock; nil for a tool whose lock is only read.
    /// - Parameter defaultBranches: the default branches of those pins for which `needsDefaultBranch`, by the pins' names.
    public func write(_ pins: Pins, defaultBranches: [PinName: String] = [:]) -> ForeignFile? {
        switch self {
        case .npins: NpinsLock.write(pins, defaultBranches: defaultBranches)
        case .niv: NivLock.write(pins)
        case .flake, .lon: nil
        }
    }
}
