internal import Fetchers
internal import Lockfile
internal import NixHash
internal import NixStore
internal import SourceTree
internal import Threads

extension Pinr {
    /// Where the machine's Nix store is.
    /// - Throws: `NixStoreError.relativeDirectory`
    func storeLocation() async throws -> StoreLocation {
        let store = context.nixStore
        return try await onThread { _ in try store.location() }
    }

    /// Holds what lies in the store for a pin against the lock.
    func check(_ name: PinName, _ pin: Pin, in location: StoreLocation) async -> VerifyReport {
        var report = VerifyReport()
        do {
            context.console.progress("reading \(name)")
            let path = try Self.storePath(of: pin, in: location)
            guard let expected = pin.locked.fetch.hash else { throw Problem.unknownFetcher(pin.locked.fetch.fetcher) }
            let actual = try await hash(of: path, like: pin.locked.fetch, pin: name.text)
            if actual == expected {
                report.verified.append(name)
            } else {
                report.mismatched.append(.init(name: name, expected: expected, actual: actual, path: path))
            }
        } catch {
            report.failed.append(Problem(describing: error).failure(of: name))
        }
        return report
    }

    /// The path that a pin has in a store.
    /// - Throws: `StorePathError`; `Problem` for a fetcher that is not known.
    static func storePath(of pin: Pin, in location: StoreLocation) throws -> StorePath {
        guard let path = try pin.locked.fetch.storePath(in: location.directory) else {
            throw Problem.unknownFetcher(pin.locked.fetch.fetcher)
        }
        return path
    }

    /// The hash of what lies at a path, of the kind that the fetch is checked by.
    private func hash(of path: StorePath, like fetch: Fetch, pin name: String) async throws -> SHA256Digest {
        let (store, limits) = (context.nixStore, context.limits)
        return try await onThread { cancellation in
            let (real, kind) = try store.look(at: path)
            if kind == .nothing { throw Problem.notInStore(path, pin: name) }
            switch fetch {
            case .tarball, .git, .other:
                return try FolderHash.hash(path: real, limits: limits, cancellation: cancellation).digest
            case .file, .oci:
                guard kind == .file else { throw Problem.wrongKind(kind, at: real, pin: name) }
                return try FlatHash.hash(path: real, cancellation: cancellation)
            }
        }
    }
}
