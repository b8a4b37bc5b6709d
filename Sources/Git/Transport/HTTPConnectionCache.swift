internal import Synchronization
internal import Transfer

/// What the web servers have said they can do, so that the second question to one needs no introduction.
final class HTTPConnectionCache: Sendable {
    /// What is known about the git servers behind one host and port.
    private enum Origin {
        /// One of its repositories is being asked, and these wait for what it says.
        case asked(waiting: [CheckedContinuation<Capabilities?, Never>])
        /// Nil where it does not speak version 2, or what it said is no help.
        case known(Capabilities?)
    }

    private struct State {
        var connections: [GitURL: HTTPConnection] = [:]
        var origins: [String: Origin] = [:]
    }

    private let state = Mutex(State())

    func connection(to url: GitURL, _ transfer: TransferEngine) -> HTTPConnection {
        state.withLock { state in
            if let known = state.connections[url] { return known }
            let connection = HTTPConnection(url, transfer, self)
            state.connections[url] = connection
            return connection
        }
    }

    /// What another repository of the same host said; nil at once for who comes first, and has to ask and to `learn`.
    func capabilities(of url: GitURL) async -> Capabilities? {
        await withCheckedContinuation { continuation in
            let known: Capabilities?? = state.withLock { state in
                switch state.origins[url.origin] {
                case nil:
                    state.origins[url.origin] = .asked(waiting: [])
                    return .some(nil)
                case .known(let capabilities): return .some(capabilities)
                case .asked(let waiting):
                    state.origins[url.origin] = .asked(waiting: waiting + [continuation])
                    return nil
                }
            }
            if let known { continuation.resume(returning: known) }
        }
    }

    /// Notes what a server said, or nil when it said nothing that helps others; what came first counts.
    func learn(_ capabilities: Capabilities?, of url: GitURL) {
        let waiting = state.withLock { state -> [CheckedContinuation<Capabilities?, Never>] in
            switch state.origins[url.origin] {
            case .known?: return []
            case .asked(let waiting)?:
                state.origins[url.origin] = .known(capabilities)
                return waiting
            case nil:
                state.origins[url.origin] = .known(capabilities)
                return []
            }
        }
        for continuation in waiting { continuation.resume(returning: capabilities) }
    }
}

extension GitURL {
    /// Scheme, host and port.
    fileprivate var origin: String { "\(scheme)://\(host):\(port.map(String.init) ?? "")" }
}
