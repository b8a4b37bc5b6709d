internal import Fetchers
internal import Lockfile
internal import Resolvers
internal import Transfer

extension Resolution {
    /// What the publisher says about the file.
    var published: PublishedFile { PublishedFile(digests: publishedDigests, size: publishedSize) }
}

extension Pinr {
    /// Fetches what is behind a locked URL; where nothing is there any more, from where upstream moves such files to.
    ///
    /// Nix knows one address alone, so that it is said when that is no longer the right one.
    /// - Throws: what `fetch` throws; where nothing is anywhere, what it throws for the locked URL.
    func whereverItIs<Value>(
        _ url: String, _ pin: Pin, name: String, _ fetch: (String) async throws -> Value
    ) async throws -> Value {
        do {
            return try await fetch(url)
        } catch {
            guard Self.isGone(error) else { throw error }
            for other in (try? SourceTypes.read(pin.source))?.otherAddresses(of: url) ?? [] {
                let value: Value
                do {
                    value = try await fetch(other)
                } catch  where Self.isGone(error) {
                    continue
                }
                context.console.warn(
                    Notice(
                        "it has moved: nothing is at `\(printable(url))`, which Nix would fetch, and it is at "
                            + "`\(printable(other))` now", pin: name,
                        hint: "`pinr update \(printable(name))` writes the new address into the lock"))
                return value
            }
            throw error
        }
    }

    /// Whether an error says that there is nothing behind a URL.
    private static func isGone(_ error: any Error) -> Bool {
        if case TransferError.status(let code, _, _) = error { return code == 404 || code == 410 }
        return (error as? Problem)?.code == .notFound
    }
}
