public import JSON
public import Lockfile
public import NixHash
internal import Resolvers
internal import Threads
public import Updates

/// What `verify` found.
public struct VerifyReport: Sendable, Equatable {
    /// What is there now is not what is locked.
    public struct Mismatch: Sendable, Equatable {
        public let name: PinName
        public let expected: SHA256Digest
        public let actual: SHA256Digest
        /// The path in the Nix store, where that was looked at.
        public var path: StorePath?

        var json: JSON {
            var json: JSONObject = [
                "name": .string(name.text), "expected": .string(expected.sri), "actual": .string(actual.sri),
            ]
            if let path { json["path"] = .string(path.description) }
            return .object(json)
        }
    }

    /// A tag that the pin stands at leads elsewhere now, or is gone.
    public struct Moved: Sendable, Equatable {
        public let name: PinName
        /// The commit that is locked.
        public let expected: String
        /// The commit that the tag leads to now; nil when it is gone.
        public let actual: String?
    }

    public var verified: [PinName] = []
    public var mismatched: [Mismatch] = []
    public var moved: [Moved] = []
    public var failed: [Failure] = []

    /// The document of `verify --json`.
    public var json: JSON {
        [
            "verified": .array(verified.map { .string($0.text) }),
            "mismatched": .array(mismatched.map(\.json)),
            "moved": .array(
                moved.map {
                    [
                        "name": .string($0.name.text), "expected": .string($0.expected),
                        "actual": $0.actual.map { .string($0) } ?? .null,
                    ]
                }),
            "failed": .array(failed.map(\.json)),
        ]
    }
}

extension Pinr {
    /// What is held against the lock.
    public enum VerifiedPlace: Sendable {
        /// What is downloaded; also whether the tags that pins stand at are where they were.
        case upstream
        /// What lies in the machine's Nix store. Nothing is asked of the network, nor of Nix.
        case nixStore
    }

    /// Compares the hash of what is there now with the one that is locked.
    /// - Throws: `LockfileError`, `NixStoreError` when the store's directory is none, `CancellationError`
    public func verify(_ names: [String], in place: VerifiedPlace = .upstream) async throws -> VerifyReport {
        let document = try await read()
        let (pins, unreadable) = try Self.selectReadable(names, from: document)
        let results: [VerifyReport]
        switch place {
        case .upstream:
            let order = announce(pins.map(\.pin)) { try $0.tagQuestion($1, of: context.upstream.hosts) }
            results = await concurrently(pins, limit: context.jobs, order: order) { entry in
                await check(entry.name, entry.pin)
            }
        case .nixStore:
            let location = try await storeLocation()
            results = await concurrently(pins, limit: context.jobs) { entry in
                await check(entry.name, entry.pin, in: location)
            }
        }
        try Task.checkCancellation()
        if case .upstream = place { try await note(results, of: pins) }
        var report = VerifyReport()
        for result in results {
            report.verified += result.verified
            report.mismatched += result.mismatched
            report.moved += result.moved
            report.failed += result.failed
        }
        // Nobody looked at these.
        report.failed += unreadable
        return report
    }

    /// Remembers which pins came with the hash that is locked; where the tag leads now is another question.
    private func note(_ results: [VerifyReport], of pins: [(name: PinName, pin: Pin)]) async throws {
        let right = zip(pins, results).compactMap { entry, result in
            result.verified.isEmpty && result.moved.isEmpty || entry.pin.locked.fetch.hash == nil ? nil : entry
        }
        let (store, now) = (context.store, context.clock())
        try await onThread { store.noteVerified(right, at: now, unless: $0) }
    }

    private func check(_ name: PinName, _ pin: Pin) async -> VerifyReport {
        var report = VerifyReport()
        do {
            let actual = try await refetch(pin, name: name.text)
            if let expected = pin.locked.fetch.hash, expected != actual {
                report.mismatched.append(.init(name: name, expected: expected, actual: actual))
            } else if let moved = try await moved(name, pin) {
                report.moved.append(moved)
            } else {
                report.verified.append(name)
            }
        } catch {
            report.failed.append(Problem(describing: error).failure(of: name))
        }
        return report
    }

    /// Whether the tag that the pin stands at, or the release that it is locked to, leads elsewhere.
    private func moved(_ name: PinName, _ pin: Pin) async throws -> VerifyReport.Moved? {
        guard let locked = pin.locked.revision, let source = try? SourceTypes.read(pin.source) else { return nil }
        switch try await source.tagState(pin.locked, in: context.upstream) {
        case nil, .there?: return nil
        case .moved(let revision)?: return .init(name: name, expected: locked, actual: revision)
        case .gone?: return .init(name: name, expected: locked, actual: nil)
        }
    }
}
