import Foundation
import Support
import Synchronization
import Threads

@testable import Transfer

/// An engine that does not wait long for anything.
func quickEngine(
    environment: [String: String] = [:], _ change: (inout TransferConfiguration) -> Void = { _ in }
) -> TransferEngine {
    var configuration = TransferConfiguration(environment: environment)
    configuration.retryDelay = .milliseconds(10)
    change(&configuration)
    return TransferEngine(configuration: configuration)
}

/// Bytes that are never the same again, so that a lost, doubled or exchanged piece shows.
func patternedBytes(_ count: Int) -> [UInt8] {
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    var bytes = [UInt8]()
    bytes.reserveCapacity(count + 8)
    while bytes.count < count {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        withUnsafeBytes(of: state) { bytes.append(contentsOf: $0) }
    }
    bytes.removeLast(bytes.count - count)
    return bytes
}

/// Whether the bytes are the same; unlike `==` in an expectation, a failure does not print millions of them.
func isSame(_ left: some Sequence<UInt8>, _ right: some Sequence<UInt8>) -> Bool { left.elementsEqual(right) }

/// What came of a download: what it returned or threw, and what its consumer saw.
struct Download: Sendable {
    var response: Result<TransferResponse, any Error>
    var bytes: [UInt8]
    /// What the consumer was thrown.
    var consumerError: (any Error)?

    var error: TransferError? {
        if case .failure(let error) = response { return error as? TransferError }
        return nil
    }
}

extension TransferEngine {
    /// Downloads with a consumer on a thread of its own.
    ///
    /// - Parameter onChunk: called with each chunk.
    func fetch(
        _ request: TransferRequest, into channel: ByteChannel = ByteChannel(),
        onChunk: @escaping @Sendable (Int, ByteChannel) -> Void = { _, _ in }
    ) async throws -> Download {
        async let consumed = onThread { _ in
            var all: [UInt8] = []
            var chunk: [UInt8] = []
            do {
                while try channel.next(&chunk) {
                    all += chunk
                    onChunk(all.count, channel)
                }
                return Consumed(bytes: all, error: nil)
            } catch {
                return Consumed(bytes: all, error: error)
            }
        }
        let response: Result<TransferResponse, any Error>
        do {
            response = .success(try await download(request, into: channel))
        } catch {
            response = .failure(error)
        }
        let end = try await consumed
        return Download(response: response, bytes: end.bytes, consumerError: end.error)
    }

    func fetch(_ url: String) async throws -> Download {
        try await fetch(TransferRequest(url: url))
    }

    func get(_ url: String) async throws -> TransferResponse {
        try await send(TransferRequest(url: url))
    }
}

private struct Consumed: Sendable {
    let bytes: [UInt8]
    let error: (any Error)?
}

/// Waits until it is so, as `eventually` does; also where the task was cancelled.
func becomesTrue(_ condition: () -> Bool) async -> Bool {
    (try? await eventually(condition)) ?? condition()
}
