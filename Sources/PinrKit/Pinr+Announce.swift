internal import Lockfile
internal import Resolvers

extension Pinr {
    /// Tells upstream what will be asked for these pins, so that each repository is asked once for all of them.
    ///
    /// - Parameter question: what upstream will be asked about a source and what it is locked to; nil for nothing.
    /// - Returns: the order in which the pins are best begun with, so that many repositories are asked at a time.
    func announce(_ pins: [Pin], asking question: (any SourceType, Locked) throws -> RefQuestion?) -> [Int] {
        let questions = pins.map { pin -> RefQuestion? in
            // What cannot be read or asked is refused when it is that pin's turn.
            guard let source = try? SourceTypes.read(pin.source) else { return nil }
            return (try? question(source, pin.locked)) ?? nil
        }
        context.upstream.announce(questions.compactMap(\.self))
        var documents: [String: Int] = [:]
        for pin in pins {
            guard let document = (try? SourceTypes.read(pin.source))?.sharedDocument else { continue }
            documents[document, default: 0] += 1
        }
        context.upstream.keep(documents.lazy.filter { $0.value > 1 }.map(\.key))
        return spread(questions.map { $0?.url })
    }
}
