internal import Synchronization
internal import Threads

/// A SHA-256 that a thread of its own computes, beside who makes the bytes.
///
/// The thread is gone when the digest is there, or with the last reference.
final class SHA256Thread: Sendable {
    private let channel = ByteChannel(capacity: 3)
    private let digest: Digest
    private let worker: Worker

    /// What the thread leaves.
    private final class Digest: Sendable {
        let value = Mutex<SHA256Digest?>(nil)
    }

    /// - Throws: `ThreadError`
    init() throws {
        let (channel, digest) = (channel, Digest())
        self.digest = digest
        worker = try Worker {
            var hash = SHA256()
            var chunk: [UInt8] = []
            do {
                while try channel.next(&chunk) { hash.update(chunk) }
                let result = hash.finish()
                digest.value.withLock { $0 = result }
            } catch {
                // Cancelled: nobody asks for the digest any more.
            }
        }
    }

    deinit { channel.cancel() }

    /// Adds all of `buffer` to what is hashed, and leaves an empty one in its place.
    func update(exchanging buffer: inout [UInt8]) { _ = channel.send(exchanging: &buffer) }

    /// Ends the hash and the thread.
    func finish() -> SHA256Digest {
        channel.finish()
        worker.join()
        guard let digest = digest.value.withLock({ $0 }) else {
            fatalError("a digest that nobody cancelled is not there")
        }
        return digest
    }
}
