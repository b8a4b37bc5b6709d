/// Why current versions of Nix refuse the headers in front of an entry of a tar archive, or read them differently than
/// older ones; headers are named by their type's letter.
public enum TarHeaderFault: Equatable, Sendable {
    /// A pax header of no length, `x` or `g`, which libarchive 3.8 refuses.
    case emptyHeader(UInt8)
    /// A second header of a type. libarchive 3.8 refuses pax headers and access lists, and takes the last of other ones
    /// where 3.6 takes the first.
    case repeatedHeader(UInt8)
    /// A `g` header with an attribute that means something for an entry, which libarchive 3.8 refuses and 3.6 ignores.
    case globalAttribute([UInt8])
    /// A long name, `L`, or link target, `K`, that is empty: libarchive 3.6 takes it, and 3.8 the header's own.
    case emptyLongName(UInt8)
    /// A name, `L`, or a link target, `K`, that is in a pax header too: the first one counts in libarchive 3.6, the last
    /// one in 3.8.
    case twofoldName(UInt8)
    /// The target of a link before an entry that is none, which libarchive 3.8 takes for a hard link then.
    case targetOfNoLink
    /// A volume's name with a body, which libarchive 3.8 skips and 3.6 does not.
    case volumeWithContents
    /// More headers than are looked at, or one of more than 1 MiB.
    case tooLong
}
