/// One of the two states that are merged, by the names that git gives them.
///
/// While a branch is rebased, `ours` is what it is put upon and `theirs` the commit that is put there.
public enum MergeSide: String, Sendable, CaseIterable {
    case ours, theirs

    /// The other one of the two.
    public var other: MergeSide { self == .ours ? .theirs : .ours }
}

/// A value as it is when every conflict is resolved to one side; both are the same where there is none.
struct Fork<Value> {
    var ours: Value
    var theirs: Value

    init(ours: Value, theirs: Value) {
        self.ours = ours
        self.theirs = theirs
    }

    /// What needs no choice.
    init(_ settled: Value) { self.init(ours: settled, theirs: settled) }

    subscript(side: MergeSide) -> Value { side == .ours ? ours : theirs }

    /// The same for a part of the value, or for what becomes of it.
    func map<Other>(_ transform: (Value) -> Other) -> Fork<Other> {
        Fork<Other>(ours: transform(ours), theirs: transform(theirs))
    }
}

extension Fork where Value: Equatable {
    /// Whether there is nothing to choose.
    var isSettled: Bool { ours == theirs }
}

/// Merges a value that has no parts: who changed it wins, and both agree or there is a choice.
func settle<Value: Equatable>(base: Value, ours: Value, theirs: Value) -> Fork<Value> {
    if ours == base { return Fork(theirs) }
    if theirs == base { return Fork(ours) }
    return Fork(ours: ours, theirs: theirs)
}
