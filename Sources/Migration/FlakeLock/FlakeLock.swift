internal import Git
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
        let json: JSON
        do {
            json = try JSON(parsing: bytes)
        } catch {
            throw LockfileError(.malformed(error))
        }
        guard let version = json.object?["version"] else { throw MigrationError.notItsLock(.flake) }
        guard let number = version.integer, (5...newestVersion).contains(Int(number)) else {
            throw MigrationError.unknownVersion(
                String(decoding: version.serializedCompactly(), as: UTF8.self), newest: newestVersion)
        }
        var graph = try FlakeGraph(Fields(foreign: json, at: FieldPath()))
        var lock = ForeignLock()
        for (name, reference) in try graph.rootInputs {
            do {
                lock.pins.append(try FlakeInput(name, try graph.node(reference), hosts).pin())
            } catch {
                lock.skipped.append(SkippedPin(name: name, reason: try reason(error)))
            }
        }
        return lock
    }

    /// What stands against taking an input, as far as it is about that input alone.
    private static func reason(_ error: any Error) throws -> SkipReason {
        switch error {
        case let reason as SkipReason: reason
        case let error as LockfileError: .unreadable(error)
        case let error as ResolveError: .refused(error)
        case let error as GitError: .badRepository(error)
        default: throw error
        }
    }
}
