internal import Lockfile

/// The merge of two states of the generated `default.nix`.
public enum DefaultNixMerge {
    /// The one that is right for both sides; nil when one of them was changed by hand, and a person has to look.
    ///
    /// A newer generation reads every lock that an older one does.
    public static func merged(ancestor: [UInt8], ours: [UInt8], theirs: [UInt8]) -> [UInt8]? {
        if ours == theirs || theirs == ancestor { return ours }
        if ours == ancestor { return theirs }
        guard let one = generation(of: ours), let other = generation(of: theirs), one != other else { return nil }
        return one > other ? ours : theirs
    }

    /// Whether a file is the one that pinr generates, or was once.
    public static func isOne(_ bytes: [UInt8]) -> Bool { DefaultNix.inspect(bytes) != .foreign }

    private static func generation(of bytes: [UInt8]) -> Int? {
        switch DefaultNix.inspect(bytes) {
        case .current: DefaultNix.generation
        case .older(let generation), .newer(let generation): generation
        case .edited, .foreign: nil
        }
    }
}
