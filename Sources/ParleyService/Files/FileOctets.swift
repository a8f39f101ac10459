import ParleyModel
import ParleyStorage

extension Workspace {
    /// Octets of images that are shown as they are, at most.
    public static let pictureLimit: Int64 = 512 << 10

    /// Where a file's octets lie on this machine, to be sent from there. Whether the actor may have them is for the
    /// caller to ask.
    /// - Throws: `Fault.notFound` while octets are missing.
    public func path(of file: File) throws -> String {
        try blobs.path(hash(of: file))
    }

    /// Part of a file, at most 16 MiB, read away from the calling thread.
    /// - Throws: `Fault.notFound` while octets are missing, `Fault.unavailable` where they cannot be read.
    public func octets(of file: File, at offset: Int64 = 0, count: Int) async throws -> [UInt8] {
        let hash = try hash(of: file)
        let blobs = self.blobs
        do {
            return try await files.run { try blobs.open(hash).read(at: offset, count: count) }
        } catch is StorageFault {
            throw Fault.unavailable
        } catch is BlobFault {
            throw Fault.unavailable
        }
    }

    /// A file that may be shown in a page: a raster image by its own octets, small in every way.
    /// - Throws: `Fault.notFound` for every other.
    public func picture(_ file: File) async throws -> (octets: [UInt8], image: RasterImage) {
        guard file.size <= Workspace.pictureLimit else { throw Fault.notFound }
        let octets = try await octets(of: file, count: Int(Workspace.pictureLimit))
        guard let image = RasterImage(octets) else { throw Fault.notFound }
        return (octets, image)
    }

    private func hash(of file: File) throws -> BlobHash {
        guard file.received == file.size, let hash = file.blob.flatMap(BlobHash.init) else { throw Fault.notFound }
        return hash
    }
}
