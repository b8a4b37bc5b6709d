public import JSON
public import Lockfile

/// What is wrong with the templates themselves, or with what was asked of them: facts alone.
public enum TemplateError: Error, Equatable, Sendable {
    // A manifest.

    /// The manifest is not JSON.
    case malformed(manifest: String, JSONError)
    /// A member of the manifest is not what it should be.
    case field(manifest: String, FieldPath, FieldProblem)
    /// A member that no manifest has.
    case unknownField(manifest: String, FieldPath)
    /// It hands out a file that is not there.
    case missingFile(manifest: String, FieldPath)
    /// What no path below a project can be: absolute, with an empty part, `.` or `..`, or one that git or the pins have.
    case badDestination(manifest: String, FieldPath, String)
    /// What no pin can be called.
    case badPinName(manifest: String, FieldPath)
    /// It needs a template that there is not.
    case unknownNeed(manifest: String, FieldPath, String)

    // All of them.

    /// Two templates that are applied together put different files in one place.
    case destinationTaken(String, by: [String])
    /// Two templates that are applied together want different sources under one name.
    case pinTaken(String, by: [String])
    /// No template has this name; those that come near it.
    case noSuchTemplate(String, nearest: [String])
    /// The name is that of a group of templates, of which one is to be chosen.
    case group(String, members: [String])
    /// The template has no such file; those that it has.
    case noSuchFile(String, template: String, files: [String])
}
