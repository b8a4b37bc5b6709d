internal import Synchronization
internal import Threads
internal import Transfer

/// The header of a response and the first bytes of its body, as one thread finds them and another may ask for them.
final class BodyBeginning: Sendable {
    private let state = Mutex<(response: TransferResponse?, bytes: [UInt8]?)>((nil, nil))

    func set(_ response: TransferResponse) { state.withLock { $0.response = response } }

    /// Notes the first chunk of the body.
    func set(_ chunk: [UInt8]) { state.withLock { $0.bytes = Array(chunk.prefix(256)) } }

    /// The URL that gave a web page, as a message may repeat it; nil when what came is none.
    var webPage: String? {
        state.withLock { state in
            guard let response = state.response else { return nil }
            // An archive may be sent under any type; then its bytes tell.
            let isPage = state.bytes.map { WebPage.begins($0) } ?? response.isCalledWebPage
            return isPage ? response.printableURL : nil
        }
    }
}

/// A stream whose first chunk is noted.
final class ObservedSource: ByteSource {
    private let source: any ByteSource
    private let beginning: BodyBeginning
    private var hasBegun = false

    init(_ source: any ByteSource, _ beginning: BodyBeginning) {
        self.source = source
        self.beginning = beginning
    }

    var interruption: @Sendable () -> Void { source.interruption }

    func next(_ chunk: inout [UInt8]) throws -> Bool {
        guard try source.next(&chunk) else { return false }
        if !hasBegun { beginning.set(chunk) }
        hasBegun = true
        return true
    }
}
