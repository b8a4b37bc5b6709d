import Foundation
public import Testing

/// The tables of what real Nix says, which lie beside the checkout in `../shared`, or where `PINR_SHARED` points.
///
/// Who has only the repository has not got them. Tests that need them say so:
/// `@Test(.enabled(if: Shared.isAvailable, Shared.absence), arguments: Shared.rows("archives.tsv"))`.
public enum Shared {
    /// The directory, if it is there.
    public static let path: String? = {
        let path = ProcessInfo.processInfo.environment["PINR_SHARED"] ?? "\(packageRoot)/../shared"
        let standard = URL(fileURLWithPath: path).standardized.path
        guard FileManager.default.fileExists(atPath: "\(standard)/truth") else {
            FileHandle.standardError.write(Data("note: \(absence.rawValue)\n".utf8))
            return nil
        }
        return standard
    }()

    /// Whether the tables are there.
    public static var isAvailable: Bool { path != nil }

    /// Why a test that needs them was left out.
    public static let absence: Comment = "left out: shared/truth is not beside this checkout (PINR_SHARED)"

    /// The path of a file of truth, such as `archives/basic.tar`; `nil` when the tables are absent.
    public static func truth(_ name: String) -> String? { path.map { "\($0)/truth/\(name)" } }

    /// The rows of a table, by the names in its first line; `nil` when the tables are absent.
    public static func truthTable(_ name: String) -> [[String: String]]? {
        guard let file = truth(name), let data = FileManager.default.contents(atPath: file) else { return nil }
        let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
            .map { $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init) }
        guard let names = lines.first else { return [] }
        return lines.dropFirst().map { Dictionary(zip(names, $0)) { first, _ in first } }
    }

    /// The rows of a table, none when the tables are absent: for the arguments of a test.
    public static func rows(_ name: String) -> [[String: String]] { truthTable(name) ?? [] }
}

/// The directory with `Package.swift`.
public let packageRoot = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
