internal import JSON
internal import Lockfile
internal import Resolvers

/// The lock of a flake, versions 5 to 7, as Nix writes it ("Lock files" in the manual's page on `nix flake`).
///
/// It is a graph: each node has the inputs of a flake, by their names, and what is fetched for it. The inputs of the root
/// are what the flake's owner has asked for, and become pins; theirs are locked in their own trees.
enum FlakeLock {
    private static let newestVersion = 7

    /// - Parameter hosts: where the forges are, whose archives a lock does not name by their URLs.
    /// - Throws: `LockfileError`, `MigrationError`
    static func read(_ bytes: [UInt8], at hosts: ServiceHosts) throws -> ForeignLock {
        let json = try JSON(foreign: bytes)
        guard let version = json.object?["version"], json.object?["nodes"]?.object != nil else {
            throw MigrationError.notItsLock(.flake)
        }
        guard let number = version.integer, (5...newestVersion).contains(Int(number)) else {
            throw MigrationError.unknownVersion(
                String(decoding: version.serializedCompactly(), as: UTF8.self), newest: newestVersion)
        }
        var graph = try FlakeGraph(Fields(foreign: json, at: FieldPath()))
        var lock = ForeignLock()
        for (name, reference) in try graph.rootInputs {
            try lock.take(name) { try FlakeInput(name, graph.node(reference), hosts).pin() }
        }
        return lock
    }
}
