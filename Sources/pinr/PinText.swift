import Dates
import JSON
import Lockfile
import NixHash
import PinrKit
import Updates

/// Pins as lines for people, and as machine output.
enum PinText {
    /// A time as people read it, in UTC.
    static func time(_ seconds: Int64) -> String { Moment(secondsSince1970: seconds)?.description ?? "\(seconds)" }

    /// A day as people read it, in UTC.
    static func day(_ seconds: Int64) -> String { Day(secondsSince1970: seconds).description }

    /// The pin in full.
    /// - Parameter verified: when its hash was last found to be right, in seconds since 1970 UTC.
    static func lines(_ name: PinName, _ pin: Pin, verified: Int64? = nil) -> [String] {
        var rows = [("source", pin.source.summary)]
        let url = pin.locked.fetch.url
        // What has neither version nor revision is told by its URL, which is said once.
        let summary = Summary.of(pin.locked)
        if summary != url { rows.append(("locked", summary)) }
        if let url { rows.append(("url", url)) }
        if case .oci(let image) = pin.locked.fetch { rows.append(("image", "\(image.image)@\(image.digest)")) }
        if let date = pin.locked.lastModified { rows.append(("date", Day(secondsSince1970: date).description)) }
        if let hash = pin.locked.fetch.hash { rows.append(("hash", hash.sri)) }
        if let verified { rows.append(("verified", Day(secondsSince1970: verified).description)) }
        if let policy = try? UpdatePolicy(pin.source), !policy.isEmpty { rows.append(("policy", policy.summary)) }
        if let frozen = pin.frozen {
            rows.append(
                (
                    "frozen",
                    [frozen.since.map { "since \($0)" }, frozen.reason].compactMap { $0 }.joined(separator: ": ")
                ))
        }
        if let note = pin.note { rows.append(("note", note)) }
        let width = max(8, (rows.map(\.0.count).max() ?? 0) + 1)
        return [printable(name.text)]
            + rows.map { key, value in
                "  \(key)" + String(repeating: " ", count: width - key.count) + printable(value)
            }
    }

    /// The pin in one line: its name, type, version or revision, URL and hash, with tabs between.
    static func plain(_ name: PinName, _ pin: Pin) -> String {
        [
            name.text, pin.source.type, pin.locked.version ?? pin.locked.revision ?? "-",
            place(of: pin.locked.fetch),
            pin.locked.fetch.hash?.sri ?? "-",
        ].map { printable($0) }.joined(separator: "\t")
    }

    /// Where a fetch is from.
    private static func place(of fetch: Fetch) -> String {
        if case .oci(let image) = fetch { "\(image.image)@\(image.digest)" } else { fetch.url ?? "-" }
    }

    /// `{"pins": {NAME: …}}`, each pin as it is in `pins.json`.
    static func json(_ pins: [(name: PinName, pin: Pin)]) -> JSON {
        ["pins": .object(JSONObject(pins.map { ($0.name.text, $0.pin.json) }))]
    }
}
