internal import Credentials
internal import Lockfile
internal import NixHash
internal import NixStore
internal import OCI
internal import Threads

extension Pinr {
    /// Has Nix put the source of a pin into the store.
    ///
    /// Nix evaluates the `default.nix` that this program carries, with a lock that has this pin alone: one that fails takes
    /// no other down, and what lies in the project's folder does not matter. An image, which Nix cannot fetch by itself, is
    /// fetched here and added.
    /// - Throws: `NixStoreError`, `CancellationError`, `Problem`; for an image also what fetching it throws.
    func realise(_ entry: PathReport.Entry, _ pin: Pin) async throws {
        let store = context.nixStore
        guard store.hasNix else { throw Problem.noNix(for: entry.path) }
        guard !context.isOffline else { throw Problem.offline(entry.path) }
        context.console.progress("fetching \(entry.name) into the Nix store")
        let scratch = try await onThread { _ in try store.makeScratchFolder() }
        do {
            if case .oci(let image) = pin.locked.fetch {
                try await add(image, of: entry, from: scratch)
            } else {
                try await evaluate(entry, pin, in: scratch)
            }
        } catch {
            try await onThread { _ in scratch.remove() }
            throw error
        }
        try await onThread { _ in scratch.remove() }
    }

    private func evaluate(_ entry: PathReport.Entry, _ pin: Pin, in scratch: ScratchFolder) async throws {
        let store = context.nixStore
        var pins = Pins()
        try pins.insert(pin, as: entry.name)
        let files = [
            ("pins.json", try LockDocument(pins: pins).serialized()), ("default.nix", DefaultNix.text),
            // The pin's name may be anything, and so is not written into Nix's language.
            ("path.nix", Array("(builtins.head (builtins.attrValues (import ./default.nix))).outPath\n".utf8)),
        ]
        do {
            try await onThread { cancellation in
                for (name, bytes) in files { try scratch.write(name) { try $0(bytes) } }
                try store.realise(entry.path, byEvaluating: "path.nix", in: scratch, cancellation: cancellation)
            }
        } catch let error as NixStoreError {
            // What Nix says may have a secret in it that nobody has needed so far.
            await context.credentials.learnSecrets()
            throw Problem(error, fetching: pin.locked.fetch, pin: entry.name.text)
        }
    }

    private func add(_ image: OCIFetch, of entry: PathReport.Entry, from scratch: ScratchFolder) async throws {
        let store = context.nixStore
        guard let digest = SHA256Digest(image: image.digest) else {
            throw Problem(.badLock, "`\(image.digest)` is not the digest of an image")
        }
        let (hash, _) = try await context.images.archive(
            of: ImageName(parsing: image.image), digest: digest, tag: image.tag,
            platform: ImagePlatform(os: image.os, architecture: image.arch)
        ) { source, cancellation in
            try scratch.write(entry.path.name) { write in
                var hash = SHA256()
                var chunk: [UInt8] = []
                while try source.next(&chunk) {
                    try cancellation.throwIfCancelled()
                    hash.update(chunk)
                    try write(chunk)
                }
                return hash.finish()
            }
        }
        guard hash == image.hash else { throw Problem.otherHash(locked: image.hash, now: hash, pin: entry.name.text) }
        try await onThread { cancellation in
            try store.add(entry.path, file: entry.path.name, in: scratch, cancellation: cancellation)
        }
    }
}
