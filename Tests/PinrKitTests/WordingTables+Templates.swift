import JSON
import Lockfile
import PinrKit
import Templates

extension WordingTests {
    static let templateErrors: [(any Error, Problem.Code)] = {
        let path = FieldPath("files", hostile)
        return [
            (TemplateError.malformed(manifest: hostile, jsonError), .internal),
            (TemplateError.field(manifest: hostile, path, .missing), .internal),
            (TemplateError.field(manifest: hostile, path, .wrongType(expected: .string, found: .null)), .internal),
            (TemplateError.unknownField(manifest: hostile, path), .internal),
            (TemplateError.missingFile(manifest: hostile, path), .internal),
            (TemplateError.badDestination(manifest: hostile, path, hostile), .internal),
            (TemplateError.badPinName(manifest: hostile, path), .internal),
            (TemplateError.unknownNeed(manifest: hostile, path, hostile), .internal),
            (TemplateError.destinationTaken(hostile, by: [hostile, "b"]), .exists),
            (TemplateError.pinTaken(hostile, by: ["a", hostile, "c"]), .exists),
            (TemplateError.noSuchTemplate(hostile, nearest: [hostile]), .notFound),
            (TemplateError.noSuchTemplate(hostile, nearest: []), .notFound),
            (TemplateError.group(hostile, members: [hostile, "b"]), .notFound),
            (TemplateError.noSuchFile(hostile, template: hostile, files: [hostile]), .notFound),
        ]
    }()

    static let placementErrors: [(any Error, Problem.Code)] = [
        (PlacementError.link(hostile), .exists), (PlacementError.notFile(hostile), .exists),
        (PlacementError.notFolder(hostile), .exists), (PlacementError.tooLarge(hostile, limit: 1 << 20), .exists),
        (PlacementError.notPutBack([unrestored], after: nil), .io),
        (PlacementError.notPutBack([unrestored, unrestored], after: LockfileError(.notFound, file: hostile)), .io),
    ]

    private static let unrestored = PlacementError.Unrestored(path: hostile, backup: hostile, errnum: 13)

    private static let jsonError: JSONError = {
        do throws(JSONError) {
            _ = try JSON(parsing: bytes)
            preconditionFailure("that is no JSON")
        } catch {
            return error
        }
    }()
}
